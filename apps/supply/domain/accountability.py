"""The accountability log: one row per kit, from receipt to destruction, with who, when, and before which witness."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from apps.supply.domain.kits import Movement

_STEPS: tuple[tuple[str, frozenset[Movement]], ...] = (
    ("received", frozenset({Movement.RECEIVE})),
    ("dispensed", frozenset({Movement.DISPENSE})),
    ("confirmed", frozenset({Movement.CONFIRM})),
    ("administered", frozenset({Movement.ADMINISTER, Movement.ADMINISTER_IN_ERROR})),
    ("returned", frozenset({Movement.RETURN, Movement.REVERSE})),
    ("destroyed", frozenset({Movement.DESTROY})),
)

COLUMNS = (
    "kit", "serial", "lot", "expires_on", "state", "visit", "device",
    "received_at", "received_by",
    "dispensed_at", "dispensed_by", "dispensed_to",
    "confirmed_at", "confirmed_by",
    "administered_at", "administered_by", "administered_to", "in_error",
    "returned_at", "returned_by", "return_reason",
    "destroyed_at", "destroyed_by", "destruction_witness", "destruction_reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LogLine:
    """One movement as the log tells it. `participant` and `witness` may be empty."""

    movement: Movement
    at: datetime
    by: str
    participant: str = ""
    witness: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LogKit:
    """One kit with its lines in the order of the ledger."""

    number: str
    serial: str
    lot: str
    expires_on: date
    state: str
    visit: str
    device: int | None
    lines: Sequence[LogLine]


def log_row(kit: LogKit, *, zone: tzinfo) -> dict[str, str]:
    """Return a kit's row. Of several movements of a kind the last one counts: a kit moved twice tells where it is."""
    row = dict.fromkeys(COLUMNS, "")
    row |= {
        "kit": kit.number,
        "serial": kit.serial,
        "lot": kit.lot,
        "expires_on": kit.expires_on.isoformat(),
        "state": kit.state,
        "visit": kit.visit,
        "device": str(kit.device or ""),
    }
    for line in kit.lines:
        for name, movements in _STEPS:
            if line.movement in movements:
                row[f"{name}_at"] = line.at.astimezone(zone).isoformat(timespec="minutes")
                row[f"{name}_by"] = line.by
        match line.movement:
            case Movement.DISPENSE:
                row["dispensed_to"] = line.participant
            case Movement.ADMINISTER | Movement.ADMINISTER_IN_ERROR:
                row["administered_to"] = line.participant
                row["in_error"] = "yes" if line.movement is Movement.ADMINISTER_IN_ERROR else ""
            case Movement.RETURN | Movement.REVERSE:
                row["return_reason"] = line.reason
            case Movement.DESTROY:
                row["destruction_witness"], row["destruction_reason"] = line.witness, line.reason
    return row


def log_csv(kits: Iterable[LogKit], *, zone: tzinfo) -> str:
    """Return the log as CSV (RFC 4180). Cells a spreadsheet would take for a formula get an apostrophe before them."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for kit in kits:
        writer.writerow([guarded(value) for value in log_row(kit, zone=zone).values()])
    return text.getvalue()


def guarded(value: str) -> str:
    """Return a cell that no spreadsheet evaluates: an apostrophe stands before what begins like a formula."""
    return (
        f"'{value}"
        if value.lstrip(" \t\r\n")[:1] in {"=", "+", "-", "@"} or value[:1] in {"\t", "\r", "\n"}
        else value
    )
