"""From a protocol file to one frozen value, and back to a text whose digest names that value."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from apps.core.exceptions import Invalid, NotFound, Reason
from apps.studies.domain.checking import Fault, check, faults_of
from apps.studies.domain.protocol import Protocol
from apps.studies.domain.yaml_reading import read

SHIPPED = Path(__file__).resolve().parent.parent / "protocols"
SCHEMA_FILE = SHIPPED / "protocol.schema.json"


class ProtocolInvalid(Invalid):
    """The file is no protocol a trial could be run by; each reason's `field` is the path of one fault."""

    code = "protocol_invalid"
    title = "The protocol has faults"

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(*(Reason("protocol_fault", str(fault), fault.path) for fault in faults))


def load(source: str | Path) -> Protocol:
    """The protocol in this text, or in the file at this path.

    Raises ProtocolInvalid with every fault found, cross-checks included.
    """
    text = read_text(source) if isinstance(source, Path) else source
    faults = check(text)
    if faults:
        raise ProtocolInvalid(faults)
    return Protocol.model_validate_json(json.dumps(read(text).tree), strict=True)


def check_file(path: Path) -> list[Fault]:
    """Every fault of the file at this path, an unreadable file included. Never raises."""
    try:
        return check(read_text(path))
    except ProtocolInvalid as error:
        return list(error.faults)


def read_text(path: Path) -> str:
    """The text of the file. Raises ProtocolInvalid when it cannot be read as UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ProtocolInvalid([Fault("", f"not UTF-8 text (byte {error.start})")]) from error
    except OSError as error:
        raise ProtocolInvalid([Fault("", f"cannot be opened: {error.strerror}")]) from error


def from_document(document: Mapping[str, Any]) -> Protocol:
    """The protocol in a stored document (what `document` gave, now or in an earlier release).

    Raises ProtocolInvalid when it is not one.
    """
    try:
        return Protocol.model_validate_json(json.dumps(document), strict=True, context={"stored": True})
    except ValidationError as error:
        raise ProtocolInvalid(faults_of(error, document)) from error


def document(protocol: Protocol) -> dict[str, Any]:
    """The protocol as JSON data, every default written out."""
    return cast(dict[str, Any], _whole_numbers(protocol.model_dump(mode="json", by_alias=True)))


def canonical_json(protocol: Protocol) -> str:
    """One text per meaning: sorted keys, no spaces, defaults written out, 28.0 as 28."""
    return json.dumps(document(protocol), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(protocol: Protocol) -> str:
    """SHA-256 of the canonical JSON, 64 hexadecimal digits: files that say the same have the same digest."""
    return hashlib.sha256(canonical_json(protocol).encode()).hexdigest()


def shipped_keys() -> tuple[str, ...]:
    """The keys of the designs that come with Vigil."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.yaml")))


def load_shipped(key: str) -> Protocol:
    """A design that comes with Vigil. Raises NotFound for another key."""
    if key not in shipped_keys():
        raise NotFound(Reason("no_such_protocol", "No protocol of this key comes with Vigil.", "key"))
    return load(SHIPPED / f"{key}.yaml")


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a protocol file, for editors."""
    schema = Protocol.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def schema_text() -> str:
    """The JSON Schema exactly as it is published beside the shipped protocols."""
    return json.dumps(json_schema(), indent=2, sort_keys=True) + "\n"


def _whole_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _whole_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole_numbers(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
