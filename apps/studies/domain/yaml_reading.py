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
DEEPEST = 40

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Fault:
    """One mistake of a study author: where it stands (`arms[1].ratio`), on which line, and what is wrong."""

    path: str
    message: str
    line: int | None = field(default=None, compare=False)

    def __str__(self) -> str:
        place = self.path or "file"
        return f"{place}{f' (line {self.line})' if self.line else ''}: {self.message}"


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


class _Loader(yaml.SafeLoader):
    """Composes nodes with the few plain types a protocol needs."""

    yaml_implicit_resolvers: dict[Any, Any] = {}


for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("tag:yaml.org,2002:int", r"[-+]?(?:0|[1-9][0-9]*)", list("-+0123456789")),
    (
        "tag:yaml.org,2002:float",
        r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        list("-+0123456789."),
    ),
):
    _Loader.add_implicit_resolver(_tag, re.compile(rf"^(?:{_pattern})$"), _first)

_KNOWN_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str", "map", "seq")}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


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
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                line = event.start_mark.line + 1 if event.start_mark is not None else None
                reading.faults.append(Fault("", "anchors and aliases are not allowed; write it out", line))
                return reading
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context or "cannot be read"
        line = None if mark is None else mark.line + 1
        reading.faults.append(Fault("", f"not valid YAML: {problem}", line))
        return reading
    except (yaml.YAMLError, ValueError) as error:
        reading.faults.append(Fault("", f"not valid YAML: {str(error).splitlines()[0]}"))
        return reading
    except RecursionError:
        reading.faults.append(Fault("", "nested too deeply"))
        return reading
    if not isinstance(node, yaml.MappingNode):
        reading.faults.append(Fault("", "a protocol is a mapping of fields, this file is not"))
        return reading
    reading.tree = _plain(node, (), reading)
    return reading


def _plain(node: yaml.Node, path: Path, reading: Reading) -> Any:
    where, line = dotted(path), _line(node)
    reading.lines.setdefault(where, line)
    if len(path) > DEEPEST:
        reading.faults.append(Fault(where, "nested too deeply", line))
        return None
    if node.tag not in _KNOWN_TAGS:
        reading.faults.append(Fault(where, f"the tag {node.tag} is not allowed", line))
        return None
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, reading)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, index), reading) for index, item in enumerate(node.value)]
    try:
        return _scalar(str(node.value), node.tag)
    except ValueError as error:
        reading.faults.append(Fault(where, str(error), line))
        return None


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1 if node.start_mark is not None else 0


def _mapping(node: yaml.MappingNode, path: Path, reading: Reading) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = _line(key_node)
        key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
        where = dotted((*path, key))
        if not key or _CONTROL.search(key):
            reading.faults.append(Fault(dotted(path), "a field name must be a word", line))
        elif key in plain:
            first = reading.lines[where]
            reading.faults.append(Fault(where, f"written twice; first on line {first}", line))
        else:
            reading.lines[where] = line
            plain[key] = _plain(value_node, (*path, key), reading)
    return plain


def _scalar(text: str, tag: str) -> Any:
    kind = tag.rsplit(":", 1)[-1]
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind in ("int", "float"):
        plain = text.lower().replace("+.", ".").replace(".inf", "inf").replace(".nan", "nan")
        if len(text) > 40:
            raise ValueError("this number is too long")
        number = int(plain) if kind == "int" else float(plain)
        if not math.isfinite(number) or abs(number) > LARGEST_NUMBER:
            raise ValueError(f"{text} is not a number a protocol can use")
        return number
    if _CONTROL.search(text):
        raise ValueError("the text holds a control character")
    return text
