"""Reads a protocol file as plain data, and says on which line a thing stood.

Stricter than YAML: only `true` and `false` are booleans (so `no` stays a word), dates stay text, keys may
not repeat, and anchors, tags, endless numbers and control characters are refused. What is left has exactly
one meaning.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

import yaml

LARGEST_FILE = 1_000_000
LARGEST_NUMBER = 1_000_000_000
LONGEST_NUMBER = 40
DEEPEST = 40

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Fault:
    """One mistake of a study author: where it stands (`arms[1].ratio`), on which line, and what is wrong."""

    path: str
    message: str
    line: int | None = field(default=None, compare=False)

    def __str__(self) -> str:
        if not self.path:
            return f"line {self.line}: {self.message}" if self.line else self.message
        return f"{self.path}{f' (line {self.line})' if self.line else ''}: {self.message}"


@dataclass
class Reading:
    """The data of a file, the line of every path in it, and what could not be read."""

    tree: Any = None
    lines: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def line_of(self, path: str) -> int | None:
        """The line of the path, or of the nearest block around it."""
        while path and path not in self.lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.lines.get(path)


# The C parser where PyYAML was built with it; both give the same events.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NULL = re.compile(r"(?:~|null|Null|NULL|)\Z")
_BOOL = re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(
    r"(?:[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_MISSING = object()


def dotted(path: Path) -> str:
    """`("arms", 1, "ratio")` as `arms[1].ratio`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def read(text: str) -> Reading:
    """The data in the text. Never raises; what is wrong stands in `faults`."""
    reading = Reading()
    if len(text) > LARGEST_FILE:
        reading.faults.append(Fault("", f"the file is longer than {LARGEST_FILE} characters"))
        return reading
    try:
        _Builder(reading).build(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context or "cannot be read"
        line = None if mark is None else mark.line + 1
        reading.faults.append(Fault("", f"not valid YAML: {problem}", line))
    except (yaml.YAMLError, UnicodeError) as error:
        reading.faults.append(Fault("", f"not valid YAML: {str(error).splitlines()[0]}"))
    except _Unreadable as stop:
        reading.faults.append(stop.fault)
    if not reading.faults and not isinstance(reading.tree, dict):
        reading.faults.append(Fault("", "a protocol is a mapping of fields, this file is not"))
    return reading


class _Unreadable(Exception):
    """Reading on makes no sense."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.message)


@dataclass
class _Open:
    """A mapping or list being filled, with the key whose value comes next."""

    value: dict[str, Any] | list[Any]
    path: Path
    key: Any = _MISSING
    kept: bool = True


class _Builder:
    """Fills a Reading from the stream of events, without recursion, so that no depth can hurt."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.stack: list[_Open] = []
        self.documents = 0

    def build(self, text: str) -> None:
        for event in yaml.parse(text, Loader=_LOADER):
            line = 0 if event.start_mark is None else event.start_mark.line + 1
            if isinstance(event, yaml.DocumentStartEvent):
                self.documents += 1
                if self.documents > 1:
                    raise _Unreadable(
                        Fault("", "a second document begins here; one file holds one protocol", line)
                    )
            elif isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise _Unreadable(Fault("", "anchors and aliases are not allowed; write it out", line))
            elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                self._open({} if isinstance(event, yaml.MappingStartEvent) else [], event.tag, line)
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                self.stack.pop()
            elif isinstance(event, yaml.ScalarEvent):
                self._scalar(event, line)

    def _open(self, value: dict[str, Any] | list[Any], tag: str | None, line: int) -> None:
        if self._wants_key():
            raise _Unreadable(Fault(dotted(self.stack[-1].path), "a field name must be a word", line))
        path, kept = self._place(line)
        if len(path) > DEEPEST:
            raise _Unreadable(Fault(dotted(path[:8]), "nested too deeply", line))
        if tag is not None:
            self.reading.faults.append(Fault(dotted(path), f"the tag {tag} is not allowed", line))
        self._put(value)
        self.stack.append(_Open(value, path, kept=kept))

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        if self._wants_key():
            self._key(str(event.value), line)
            return
        path, kept = self._place(line)
        value: Any = None
        try:
            if event.tag is not None:
                raise ValueError(f"the tag {event.tag} is not allowed")
            value = _plain(event.value) if not event.style else _text(event.value)
        except ValueError as error:
            if kept:
                self.reading.faults.append(Fault(dotted(path), str(error), line))
        self._put(value)

    def _wants_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1].value, dict) and self.stack[-1].key is _MISSING

    def _key(self, key: str, line: int) -> None:
        top = self.stack[-1]
        where = dotted((*top.path, key))
        if not key or _CONTROL.search(key):
            raise _Unreadable(Fault(dotted(top.path), "a field name must be a word", line))
        if key in top.value:
            first = self.reading.lines.get(where)
            self.reading.faults.append(Fault(where, f"written twice; first on line {first}", line))
        elif top.kept:
            self.reading.lines[where] = line
        top.key = key

    def _place(self, line: int) -> tuple[Path, bool]:
        """The path of the value that comes now, and whether it counts (not inside a field written twice)."""
        if not self.stack:
            return (), True
        top = self.stack[-1]
        if isinstance(top.value, list):
            path: Path = (*top.path, len(top.value))
            if top.kept:
                self.reading.lines.setdefault(dotted(path), line)
            return path, top.kept
        return (*top.path, top.key), top.kept and top.key not in top.value

    def _put(self, value: Any) -> None:
        if not self.stack:
            self.reading.tree = value
            return
        top = self.stack[-1]
        if isinstance(top.value, list):
            top.value.append(value)
        else:
            top.value.setdefault(top.key, value)
            top.key = _MISSING


def _plain(text: str) -> Any:
    """An unquoted scalar: null, boolean, number, or else text. Raises ValueError for what cannot be used."""
    if _NULL.match(text):
        return None
    if _BOOL.match(text):
        return text.lower() == "true"
    is_whole = bool(_INTEGER.match(text))
    if not is_whole and not _FLOAT.match(text):
        return _text(text)
    if len(text) > LONGEST_NUMBER:
        raise ValueError("this number is too long")
    number = int(text) if is_whole else float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    if not math.isfinite(number) or abs(number) > LARGEST_NUMBER:
        raise ValueError(f"{text} is not a number a protocol can use")
    return number


def _text(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("the text holds a control character")
    return text
