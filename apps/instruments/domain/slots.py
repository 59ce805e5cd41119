"""Interviews to be held by a blinded rater: when, and with which recall. No visit, no site, no dose."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from uuid import UUID

from apps.studies.domain.protocol import Protocol, VisitPlan

ALIAS_LENGTH = 6
_SPOKEN = bytes.maketrans(b"OI", b"89")


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """One interview to plan. `visit_code` stays with the site. Open from `opens_at` until before `closes_at`."""

    instrument: str
    visit_code: str
    recall: str
    opens_at: datetime
    closes_at: datetime


def alias_of(slot_id: UUID) -> str:
    """Return the word a rater knows an interview by: six letters and digits out of a random identifier.

    It carries neither order nor participant: two interviews with one person have unrelated aliases. O and I are
    replaced, for they are read aloud on the telephone.
    """
    return base64.b32encode(slot_id.bytes)[:ALIAS_LENGTH].translate(_SPOKEN).decode()


def day_of(anchor: date, day: int) -> date:
    """Return the date of a protocol day; Day 1 is the anchor and there is no Day 0."""
    return anchor + timedelta(days=day - 1 if day > 0 else day)


def window(visit: VisitPlan, *, anchor: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return from when until when (exclusive) a visit's window runs: whole days on the site's clock."""
    return (
        _midnight(day_of(anchor, visit.earliest_day), zone),
        _midnight(day_of(anchor, visit.latest_day) + timedelta(days=1), zone),
    )


def blinded_plans(
    visits: Iterable[VisitPlan],
    *,
    anchor: date,
    zone: tzinfo,
    windows: Mapping[str, tuple[datetime, datetime]],
) -> tuple[SlotPlan, ...]:
    """Return the interviews of these visits that a blinded rater holds; `windows` overrides a visit's own."""
    plans = []
    for visit in visits:
        opens_at, closes_at = windows.get(visit.code) or window(visit, anchor=anchor, zone=zone)
        plans += [
            SlotPlan(planned.instrument, visit.code, planned.recall or "", opens_at, closes_at)
            for planned in visit.instruments
            if planned.rater == "blinded_rater"
        ]
    return tuple(plans)


def screening_plans(
    protocol: Protocol, *, anchor: date, zone: tzinfo, attempt: int = 1
) -> tuple[SlotPlan, ...]:
    """Return the interviews that screening needs.

    Those of visits counted from screening, and those of a later visit whose total decides on eligibility or on
    the randomization list (in NCT04599855 the one before the first dose). The latter are open from the day after
    the last screening visit begins until screening must be over. A repeated screening has visits of its own.
    """
    screening = [visit for visit in protocol.visits if visit.anchor == "screening"]
    asked = {fact.visit for fact in protocol.facts if fact.source == "rating"}
    later = [visit for visit in protocol.visits if visit.anchor != "screening" and visit.code in asked]
    starts = _midnight(day_of(anchor, max((visit.day for visit in screening), default=0) + 1), zone)
    ends = _midnight(anchor + timedelta(days=_longest_screening(protocol)), zone)
    before_dose = {visit.code: (starts, max(ends, starts + timedelta(days=1))) for visit in later}
    plans = blinded_plans([*screening, *later], anchor=anchor, zone=zone, windows=before_dose)
    own = {visit.code for visit in screening}
    return tuple(
        SlotPlan(
            plan.instrument,
            visit_code_of(plan.visit_code, attempt) if plan.visit_code in own else plan.visit_code,
            plan.recall,
            plan.opens_at,
            plan.closes_at,
        )
        for plan in plans
    )


def visit_code_of(code: str, attempt: int) -> str:
    """Return a screening visit's code in a repeated screening, "SW1.2": its ratings are not those of the first."""
    return code if attempt == 1 else f"{code}.{attempt}"


def _longest_screening(protocol: Protocol) -> int:
    phases = {visit.phase for visit in protocol.visits if visit.anchor == "screening"}
    days = [phase.maximum_days or phase.days or 0 for phase in protocol.phases if phase.code in phases]
    latest = [visit.latest_day for visit in protocol.visits if visit.anchor == "screening"]
    return max([*days, *latest, 1])


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)
