"""The form for readings from paper: one line for each slot that still lacks something, and some for extra readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from apps.core.exceptions import Reason
from apps.monitoring.domain.paper import PAPER_FIGURES, REFUSED, Outcome
from apps.monitoring.domain.readings import PREDOSE, SIGNS
from apps.monitoring.domain.values import FLAGS, MEASURES, NUMBERS, SCALES
from apps.monitoring.domain.words import measures_words, slot_word
from apps.monitoring.selectors import Watch

EXTRA_ROWS = 4


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the page: what was typed, and what became of it."""

    typed: Mapping[str, str]
    outcome: Outcome | None


def blank_rows(watch: Watch) -> list[dict[str, Any]]:
    """Return the lines of an empty page. Only the slot is filled in; a value never is."""
    wanted = [
        status
        for status in watch.statuses
        if status.missing and not (status.slot.minute != PREDOSE and watch.session.dosed_at is None)
    ]
    rows = [
        _row(
            number,
            {"row_id": str(uuid4()), "slot": str(status.slot.minute)},
            hint=f"Due: {measures_words(status.missing)}",
        )
        for number, status in enumerate(wanted)
    ]
    rows += [_row(len(rows) + extra, {"row_id": str(uuid4())}) for extra in range(EXTRA_ROWS)]
    return rows


def typed_rows(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Return the lines that were not saved, as typed, with every ground."""
    refused = [line for line in lines if line.outcome is None or line.outcome.state == REFUSED]
    return [
        _row(
            number,
            line.typed,
            reasons=line.outcome.reasons if line.outcome else (),
        )
        for number, line in enumerate(refused)
    ]


def slot_options(watch: Watch) -> list[tuple[str, str]]:
    """Return the slots a line may belong to."""
    return [("", "Extra"), *((str(slot.minute), slot_word(slot.minute)) for slot in watch.slots)]


def _row(
    number: int, typed: Mapping[str, str], *, hint: str = "", reasons: Sequence[Reason] = ()
) -> dict[str, Any]:
    wrong = {reason.field.split(".")[0]: reason for reason in reasons}
    faults = {reason.field: reason.message for reason in reasons}
    unusual = {reason.field for reason in reasons if reason.code == "confirm_or_repeat"}

    def entry(name: str, label: str, **more: Any) -> dict[str, Any]:
        fault = wrong.get(
            {"time": "observed_at", "cadss": "cadss_items", "bprs": "bprs_items"}.get(name, name)
        )
        return {
            "name": f"r{number}-{name}",
            "label": label,
            "value": typed.get(name, ""),
            "error": fault.message if fault else "",
            **more,
        }

    return {
        "number": number + 1,
        "prefix": f"r{number}",
        "id": entry("row_id", ""),
        "slot": entry("slot", "Slot"),
        "time": entry("time", "Time on paper"),
        "by": entry("measured_by", "Measured by"),
        "figures": [
            entry(
                name,
                NUMBERS[name].label,
                unit=NUMBERS[name].unit,
                asks=name in unusual or bool(typed.get(f"confirm_{name}")),
                confirm_name=f"r{number}-confirm_{name}",
                confirmed=bool(typed.get(f"confirm_{name}")),
            )
            for name in PAPER_FIGURES
        ],
        "cadss": entry("cadss", f"CADSS: the {SCALES['cadss_items'].items} digits"),
        "bprs": entry("bprs", f"BPRS: the {SCALES['bprs_items'].items} digits"),
        "ready": entry("ready", FLAGS["ready"]),
        "signs": [entry(name, label) for name, label in SIGNS.items()],
        "not_done": [
            entry(f"not_done_{measure}", label, fault=faults.get(f"not_done.{measure}", ""))
            for measure, label in MEASURES.items()
        ],
        "not_done_open": any(typed.get(f"not_done_{measure}") for measure in MEASURES),
        "more_open": any(typed.get(name) for name in ("note", *SIGNS)),
        "note": entry("note", "Note"),
        "hint": hint,
        "reasons": list(reasons),
    }
