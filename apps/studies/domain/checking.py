"""Finds a study author's mistakes before the clinic does, each with the path and line where it stands.

First the shape (pydantic), then what no single field can know (the checks in `checks/`). A section that is
itself broken does not hide faults elsewhere: the cross-checks run on every section that has the right
shape.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from apps.studies.domain.checks import CROSS_CHECKS
from apps.studies.domain.protocol import Protocol
from apps.studies.domain.yaml_reading import Fault, dotted, read

__all__ = ["Fault", "check", "faults_of"]

_RULE_TAGS = frozenset({"all", "any", "not", "compare", "between", "in", "percent_change"})


def check(text: str) -> list[Fault]:
    """Every fault of the protocol in this text, in the order of the file. Never raises on any text."""
    reading = read(text)
    if reading.faults:
        return sorted(reading.faults, key=lambda fault: fault.line or 0)
    shape: list[Fault] = []
    broken: set[str] = set()
    try:
        Protocol.model_validate_json(json.dumps(reading.tree), strict=True)
    except ValidationError as error:
        shape = faults_of(error, reading.tree)
        broken = {str(detail["loc"][0]) for detail in error.errors() if detail["loc"]}
    partial = _partial(reading.tree, broken)
    found = shape + [
        fault
        for needs, cross_check in CROSS_CHECKS
        if all(name in partial.model_fields_set for name in needs)
        for fault in cross_check(partial)
    ]
    placed = [Fault(fault.path, fault.message, reading.line_of(fault.path)) for fault in dict.fromkeys(found)]
    return sorted(placed, key=lambda fault: fault.line or 0)


def faults_of(error: ValidationError, tree: Mapping[str, Any]) -> list[Fault]:
    """The errors of pydantic as faults, one for each path."""
    by_path: dict[str, list[str]] = {}
    for detail in error.errors(include_url=False):
        path = _path(detail, tree)
        message = _message(detail)
        if message not in by_path.setdefault(path, []):
            by_path[path].append(message)
    return [Fault(path, "; or ".join(messages)) for path, messages in by_path.items()]


def _partial(tree: Mapping[str, Any], broken: Iterable[str]) -> Protocol:
    """A protocol that holds only its well-shaped sections; the set of those is `model_fields_set`."""
    sections: dict[str, Any] = {}
    for name, field in Protocol.model_fields.items():
        if name in broken:
            continue
        if name in tree:
            sections[name] = _adapter(name).validate_json(json.dumps(tree[name]), strict=True)
        elif not field.is_required():
            sections[name] = field.get_default(call_default_factory=True)
    return Protocol.model_construct(set(sections), **sections)


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    annotation: Any = Protocol.model_fields[name].annotation
    return TypeAdapter(annotation)


def _path(detail: ErrorDetails, tree: Any) -> str:
    """The path in the file, without the names pydantic gives to the branches of a union."""
    steps: list[str | int] = []
    node: Any = tree
    tagged = False
    loc = detail["loc"]
    for position, part in enumerate(loc):
        if part in _RULE_TAGS and not tagged:
            tagged = True
            continue
        tagged = False
        if isinstance(part, int):
            if isinstance(node, list):
                steps.append(part)
                node = node[part] if part < len(node) else None
        elif isinstance(node, Mapping):
            if part in node:
                steps.append(part)
                node = node[part]
            elif position == len(loc) - 1:
                steps.append(part)
    return dotted(tuple(steps))


def _message(detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "missing":
        return "is required and missing"
    if kind == "extra_forbidden":
        name = str(detail["loc"][-1])
        close = difflib.get_close_matches(name, _field_names(), n=1)
        return f"unknown field{f'; did you mean {close[0]}?' if close else ''}"
    if kind == "value_error" and "error" in context:
        return str(context["error"])
    message = detail["msg"].replace("Input should be", "should be").replace("String should", "should")
    return message[:1].lower() + message[1:]


@cache
def _field_names() -> tuple[str, ...]:
    definitions = Protocol.model_json_schema().get("$defs", {}).values()
    names = {name for definition in definitions for name in definition.get("properties", {})}
    return tuple(sorted(names | set(Protocol.model_fields)))
