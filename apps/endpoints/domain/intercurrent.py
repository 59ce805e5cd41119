"""Intercurrent events as they happened, and how they are found in what was recorded."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IntercurrentEvent:
    """What happened to one participant, and on which protocol day: stopped treatment, took something else."""

    number: str
    kind: str
    day: int


@dataclass(frozen=True, slots=True)
class PlannedDose:
    """One dosing visit of one participant: its planned day, and what became of it (neither: not known yet)."""

    day: int
    given: bool
    missed: bool


def missed_in_a_row(doses: Iterable[PlannedDose], *, least: int) -> int | None:
    """The planned day of the first dose of the first run of at least `least` missed in a row, or None."""
    run: list[int] = []
    for dose in sorted(doses, key=lambda one: one.day):
        run = [*run, dose.day] if dose.missed and not dose.given else []
        if len(run) == least:
            return run[0]
    return None


def before_leaving(
    events: Sequence[IntercurrentEvent], *, leaving: str, only: Collection[str]
) -> tuple[IntercurrentEvent, ...]:
    """The events without those of the kinds in `only` that merely followed from leaving (kind `leaving`).

    Nobody who left is dosed again, so that doses missed from that day on say nothing more.
    """
    left = {one.number: one.day for one in events if one.kind == leaving}
    return tuple(one for one in events if one.kind not in only or one.day < left.get(one.number, one.day + 1))
