"""The record that the database leaves of every draw, and the chain of hashes that holds the records together.

A record is text, hashed as it is stored: ``hash = sha256(previous || record)`` in hexadecimal digits. The
first of a chain has the list's published commitment before it. A list has one chain for each stratum;
minimization has one, `WHOLE_LIST`, because each of its draws depends on all before it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.randomization.domain.minimization import Step

WHOLE_LIST = "*"
"""The chain of minimization; no stratum's key can read like it."""


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a list that was drawn."""

    seq: int
    block: int
    size: int


@dataclass(frozen=True, slots=True)
class DrawRecord:
    """What one draw saw and gave. `levels` are (factor, level), sorted; one of `place` and `step` is there.

    `at` is in UTC. `nonce` keeps the hash, which is known outside, from being tried out arm by arm.
    """

    method: str
    list: str
    stratum: str
    levels: tuple[tuple[str, str], ...]
    n: int
    participant: str
    key: str
    number: int
    by: str
    at: datetime
    nonce: str
    arm: str
    place: Place | None = None
    step: Step | None = None


def record_hash(*, previous: str, record: str) -> str:
    """Return the hash that ties a record to the one before it."""
    return hashlib.sha256((previous + record).encode("utf-8")).hexdigest()


def record_parse(text: str) -> DrawRecord:
    """Return the record in this text.

    Raises ValueError, naming the field that is missing or of another kind but none of its content.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("the record is no JSON") from None
    if not isinstance(found, dict):
        raise ValueError("the record is no JSON object")
    minimized = _word(found, "method") == "minimization"
    arm = _word(found, "arm")
    return DrawRecord(
        method=_word(found, "method"),
        list=_word(found, "list"),
        stratum=_word(found, "stratum"),
        levels=_levels(found),
        n=_whole(found, "n"),
        participant=_word(found, "participant"),
        key=_word(found, "key"),
        number=_whole(found, "number"),
        by=_word(found, "by"),
        at=_moment(found),
        nonce=_word(found, "nonce"),
        arm=arm,
        place=None
        if minimized
        else Place(_whole(found, "seq"), _whole(found, "block"), _whole(found, "size")),
        step=_step(found, arm) if minimized else None,
    )


def _step(found: Mapping[str, Any], arm: str) -> Step:
    counts = _of(found, "counts", dict)
    return Step(
        counts=tuple((factor, _wholes(counts, factor)) for factor in sorted(counts)),
        scores=_wholes(found, "scores"),
        numerators=_wholes(found, "numerators"),
        denominator=_whole(found, "denominator"),
        label=_word(found, "label"),
        drawn=_whole(found, "drawn"),
        arm=arm,
    )


def _levels(found: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    levels = _of(found, "levels", dict)
    return tuple((factor, _word(levels, factor)) for factor in sorted(levels))


def _moment(found: Mapping[str, Any]) -> datetime:
    written = _word(found, "at")
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise ValueError("the record's at is no time") from None
    if moment.tzinfo is None:
        raise ValueError("the record's at has no time zone")
    return moment


def _word(found: Mapping[str, Any], name: str) -> str:
    return str(_of(found, name, str))


def _whole(found: Mapping[str, Any], name: str) -> int:
    return int(_of(found, name, int))


def _wholes(found: Mapping[str, Any], name: str) -> tuple[int, ...]:
    return tuple(_whole({name: item}, name) for item in _of(found, name, list))


def _of(found: Mapping[str, Any], name: str, kind: type) -> Any:
    if name not in found:
        raise ValueError(f"the record has no {name}")
    value = found[name]
    # True and False are whole numbers to Python, and to nobody else.
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"the record's {name} is of another kind")
    return value
