"""The observation plan of one session: what is due when, what was done, and what is late.

Lateness is computed from facts and the moment of asking; nothing of it is stored. Two readings for one slot are
both kept and both counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from apps.monitoring.domain.conditions import returned_to_normal
from apps.monitoring.domain.readings import PREDOSE, Reading, Values, in_order, minutes_between
from apps.studies.domain.protocol import DischargeRule, ObservationPlan, Slot


class SlotState(StrEnum):
    """Where one slot stands."""

    UPCOMING = "UPCOMING"
    DUE = "DUE"
    OVERDUE = "OVERDUE"
    DONE = "DONE"
    DONE_LATE = "DONE_LATE"
    NOT_DONE = "NOT_DONE"
    SKIPPED = "SKIPPED"
    MISSED = "MISSED"


OUTSTANDING = frozenset({SlotState.UPCOMING, SlotState.DUE, SlotState.OVERDUE})

#: A session forgotten open must not grow a plan without end: two days of quarter hours.
MOST_REPEATS = 192


@dataclass(frozen=True, slots=True)
class DueSlot:
    """A slot of the plan put on the clock. `minute` is its name: PREDOSE (-1) before the dose.

    The window is closed at both ends. Times are None while the moment they count from has not come.
    """

    minute: int
    code: str
    label: str
    measures: tuple[str, ...]
    if_unresolved: tuple[str, ...]
    mandatory: bool
    opens_at: datetime | None
    due_at: datetime | None
    closes_at: datetime | None
    repeat: bool = False

    def holds(self, moment: datetime) -> bool:
        """Say whether a reading at this moment keeps the tolerance."""
        if self.opens_at is None or moment < self.opens_at:
            return False
        return self.closes_at is None or moment <= self.closes_at

    def minutes_late(self, moment: datetime) -> int:
        """Return whole minutes beyond the due moment if the tolerance was overstepped, else 0."""
        if self.due_at is None or self.closes_at is None or moment <= self.closes_at:
            return 0
        return minutes_between(self.due_at, moment)


@dataclass(frozen=True, slots=True)
class SlotStatus:
    """A slot, what was taken for it, and what is still missing."""

    slot: DueSlot
    state: SlotState
    readings: tuple[Reading, ...]
    wanted: tuple[str, ...]
    missing: tuple[str, ...]
    minutes_late: int = 0

    @property
    def is_doubled(self) -> bool:
        """True when a measure was taken more than once for this slot: both stay and are shown as two."""
        seen = [measure for reading in self.readings for measure in reading.values.measures]
        return len(seen) != len(set(seen))


def due_times(
    *,
    dosed_at: datetime | None,
    last_spray_at: datetime | None,
    plan: ObservationPlan,
    checked_in_at: datetime | None = None,
    until: datetime | None = None,
) -> tuple[DueSlot, ...]:
    """Put the plan on the clock, and add what repeats after its last slot up to the first repeat due after `until`.

    Slots count from the first spray (T0) or from the last one, as the protocol says; the predose slot is open from
    check-in to the first spray.
    """
    slots = [
        _place(slot, dosed_at=dosed_at, last_spray_at=last_spray_at, checked_in_at=checked_in_at)
        for slot in plan.slots
    ]
    timed = [slot for slot in slots if slot.minute != PREDOSE]
    last = max(timed, key=lambda slot: slot.minute, default=None)
    if last is None or last.due_at is None or until is None or not plan.after_plan_measures:
        return tuple(slots)
    every = timedelta(minutes=plan.after_plan_every_minutes)
    shape = plan.slots[-1]
    for step in range(1, MOST_REPEATS + 1):
        due_at = last.due_at + step * every
        minute = last.minute + step * plan.after_plan_every_minutes
        slots.append(
            DueSlot(
                minute=minute,
                code=f"T{minute}",
                label=f"{minute} minutes",
                measures=tuple(plan.after_plan_measures),
                if_unresolved=(),
                mandatory=True,
                opens_at=due_at - timedelta(minutes=shape.before_tolerance_minutes),
                due_at=due_at,
                closes_at=due_at + timedelta(minutes=shape.after_tolerance_minutes),
                repeat=True,
            )
        )
        if due_at > until:
            break
    return tuple(slots)


def _place(
    slot: Slot, *, dosed_at: datetime | None, last_spray_at: datetime | None, checked_in_at: datetime | None
) -> DueSlot:
    opens_at = due_at = closes_at = None
    if slot.minute is None:
        opens_at = due_at = checked_in_at
        closes_at = dosed_at
    else:
        anchor = last_spray_at if slot.from_ == "last_spray" else dosed_at
        if anchor is not None:
            due_at = anchor + timedelta(minutes=slot.minute)
            opens_at = due_at - timedelta(minutes=slot.before_tolerance_minutes)
            closes_at = due_at + timedelta(minutes=slot.after_tolerance_minutes)
    return DueSlot(
        minute=PREDOSE if slot.minute is None else slot.minute,
        code=slot.code,
        label=slot.label,
        measures=tuple(slot.measures),
        if_unresolved=tuple(slot.if_unresolved),
        mandatory=slot.mandatory,
        opens_at=opens_at,
        due_at=due_at,
        closes_at=closes_at,
    )


def statuses(
    slots: Sequence[DueSlot],
    readings: Sequence[Reading],
    *,
    rule: DischargeRule,
    baseline: Values,
    now: datetime,
    ended_at: datetime | None = None,
) -> tuple[SlotStatus, ...]:
    """Say of every slot where it stands at `now`. Repeats that the end of the session overtook are left out."""
    found = []
    for slot in slots:
        taken = in_order(reading for reading in readings if reading.slot_minute == slot.minute)
        if (
            slot.repeat
            and not taken
            and ended_at is not None
            and (slot.closes_at is None or slot.closes_at > ended_at)
        ):
            continue
        wanted = slot.measures + tuple(
            measure
            for measure in slot.if_unresolved
            if not returned_to_normal(measure, _earlier(slot, readings), rule=rule, baseline=baseline)
        )
        found.append(_status(slot, taken, wanted, now=now, ended_at=ended_at))
    return tuple(found)


def _earlier(slot: DueSlot, readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """Return what was known when the slot came up: earlier readings, not those taken for the slot itself."""
    return in_order(
        reading
        for reading in readings
        if reading.slot_minute != slot.minute and (slot.due_at is None or reading.observed_at < slot.due_at)
    )


def _status(
    slot: DueSlot,
    taken: tuple[Reading, ...],
    wanted: tuple[str, ...],
    *,
    now: datetime,
    ended_at: datetime | None,
) -> SlotStatus:
    open_measures = set(wanted)
    completed_at: datetime | None = None
    anything_measured = False
    for reading in taken:
        settled = reading.values.measures | reading.not_done.keys()
        anything_measured = anything_measured or bool(reading.values.measures)
        if open_measures and not open_measures - settled:
            completed_at = reading.observed_at
        open_measures -= settled
    missing = tuple(measure for measure in wanted if measure in open_measures)
    if taken and not missing:
        late = slot.minutes_late(completed_at) if completed_at is not None else 0
        done = SlotState.DONE_LATE if late else SlotState.DONE
        state = done if anything_measured else SlotState.NOT_DONE
        return SlotStatus(slot, state, taken, wanted, missing, late)
    state = _open_state(slot, now=now, ended_at=ended_at)
    late = slot.minutes_late(now) if state is SlotState.OVERDUE else 0
    return SlotStatus(slot, state, taken, wanted, missing, late)


def _open_state(slot: DueSlot, *, now: datetime, ended_at: datetime | None) -> SlotState:
    moment = now if ended_at is None else ended_at
    past = SlotState.MISSED if slot.mandatory else SlotState.SKIPPED
    if slot.opens_at is None or moment < slot.opens_at:
        return SlotState.UPCOMING if ended_at is None else SlotState.SKIPPED
    if slot.closes_at is None or moment <= slot.closes_at:
        return SlotState.DUE if ended_at is None else SlotState.SKIPPED
    if ended_at is not None or slot.minute == PREDOSE:  # what was before the dose cannot be measured after it
        return past
    return SlotState.OVERDUE if slot.mandatory else SlotState.SKIPPED


def next_due(found: Sequence[SlotStatus]) -> SlotStatus | None:
    """Return what to do next: a slot that can still be kept; else the latest overdue one; else the soonest."""
    due = [status for status in found if status.state is SlotState.DUE]
    if due:
        return min(due, key=_due_at)
    overdue = [status for status in found if status.state is SlotState.OVERDUE]
    if overdue:
        return max(overdue, key=_due_at)
    upcoming = [
        status for status in found if status.state is SlotState.UPCOMING and status.slot.due_at is not None
    ]
    return min(upcoming, key=_due_at, default=None)


def overdue(found: Sequence[SlotStatus]) -> tuple[SlotStatus, ...]:
    """Return the mandatory slots whose tolerance has passed and that still lack a reading."""
    return tuple(status for status in found if status.state is SlotState.OVERDUE)


def due_slot(
    minute: int | None,
    *,
    dosed_at: datetime | None,
    last_spray_at: datetime | None,
    plan: ObservationPlan,
    checked_in_at: datetime | None = None,
    until: datetime | None = None,
) -> DueSlot | None:
    """Return the slot of this minute as `due_times` puts it on the clock, without the others; None if there is none."""
    if minute is None:
        return None
    for slot in plan.slots:
        if minute == (PREDOSE if slot.minute is None else slot.minute):
            return _place(slot, dosed_at=dosed_at, last_spray_at=last_spray_at, checked_in_at=checked_in_at)
    slots = due_times(
        dosed_at=dosed_at, last_spray_at=last_spray_at, plan=plan, checked_in_at=checked_in_at, until=until
    )
    return slot_at(slots, minute)


def slot_at(slots: Sequence[DueSlot], minute: int | None) -> DueSlot | None:
    """Return the slot of this minute, if the plan has one."""
    return next((slot for slot in slots if slot.minute == minute), None)


def rule_minute(reading_at: datetime, slot: DueSlot | None, dosed_at: datetime | None) -> int | None:
    """Return the minute since T0 that rules speak of; None before the dose.

    A reading taken a little early, but within the tolerance of its slot, is the slot's reading: the pressure taken at
    87 minutes for the slot of 90 is the 90-minute pressure (rule E3).
    """
    if dosed_at is None or reading_at < dosed_at:
        return None
    minute = minutes_between(dosed_at, reading_at)
    if slot is not None and slot.minute != PREDOSE and slot.holds(reading_at):
        return max(minute, slot.minute)
    return minute


def _due_at(status: SlotStatus) -> datetime:
    due_at = status.slot.due_at
    assert due_at is not None  # only slots on the clock are compared
    return due_at
