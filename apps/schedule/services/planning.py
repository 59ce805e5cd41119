"""The schedule laid out after randomization, and moved with the first dose."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from apps.accounts.models import User
from apps.core.asking import ask
from apps.core.writing import in_transaction, row_add
from apps.instruments.domain.slots import SlotPlan
from apps.instruments.services import slots_make
from apps.participants.models import Participant
from apps.randomization.domain.events import RandomizationBegins
from apps.schedule import selectors
from apps.schedule.domain.planning import PlannedVisit, first_dose_code, visits_planned
from apps.schedule.domain.windows import Place, place
from apps.schedule.models import Visit
from apps.schedule.services.acts import act_record
from apps.studies.domain.protocol import Protocol
from apps.studies.selectors import protocol_of


def visits_plan_for_randomization(event: RandomizationBegins) -> tuple[Visit, ...]:
    """React to a draw about to be made: lay out every visit from a first dose on the very day at the site.

    Runs in the transaction of the draw. A participant whose visits stand already keeps them.
    """
    return visits_plan(participant=event.participant, expected_at=event.at, by=event.by, at=event.at)


@in_transaction
def visits_plan(
    *, participant: Participant, expected_at: datetime, by: User, at: datetime
) -> tuple[Visit, ...]:
    """Lay out every visit of a participant for a first dose on the local day of `expected_at`, and the rating slots.

    For apps below and for the draw: who may randomize may plan. Visits that stand already are kept as they are.
    """
    if ask(selectors.visits_standing(participant=participant.pk)):
        return tuple(selectors.visits_of(participant_id=participant.pk))
    protocol = protocol_of(participant.protocol_version)
    tz = selectors.zone_of(participant)
    planned = visits_planned(protocol=protocol, first_dose_date=expected_at.astimezone(tz).date(), tz=tz)
    visits = [
        Visit(
            participant=participant,
            code=visit.code,
            label=visit.label,
            day=visit.day,
            is_dose=visit.is_dose,
            opens_at=visit.window.opens_at,
            target_date=visit.window.target_date,
            closes_at=visit.window.closes_at,
            recorded_at=at,
            recorded_by=by,
        )
        for visit in planned
    ]
    row_add(*visits)
    _rating_slots(participant=participant, protocol=protocol, planned=planned, by=by, at=at)
    act_record(kind="schedule.planned", by=by, at=at, participant=participant, detail={"visits": len(visits)})
    return tuple(visits)


@transaction.atomic
def visits_reanchor(
    *, participant: Participant, first_dose_date: date, by: User, at: datetime
) -> tuple[Visit, ...]:
    """Move every window to a first dose on this date at the site; return the visits that moved.

    Visits held or missed keep their window, except the first dose itself, which defines it. An appointment that
    no longer fits its window is taken back and named in the audit record.
    """
    protocol = protocol_of(participant.protocol_version)
    tz = selectors.zone_of(participant)
    planned = {
        visit.code: visit
        for visit in visits_planned(protocol=protocol, first_dose_date=first_dose_date, tz=tz)
    }
    first = first_dose_code(protocol)
    moved, freed = [], []
    for visit in selectors.visits_of(participant_id=participant.pk).select_for_update():
        plan = planned.get(visit.code)
        if plan is None or selectors.window_of(visit) == plan.window:
            continue
        if visit.missed_at is not None or (visit.held_at is not None and visit.code != first):
            continue
        visit.opens_at, visit.closes_at = plan.window.opens_at, plan.window.closes_at
        visit.target_date = plan.window.target_date
        if visit.planned_at is not None and place(plan.window, visit.planned_at) is not Place.OPEN:
            visit.planned_at = visit.chair = None
            freed.append(visit.code)
        visit.version += 1
        visit.save()
        moved.append(visit)
    if moved:
        codes = {visit.code for visit in moved}
        waiting = {visit.code for visit in moved if visit.held_at is None}
        _rating_slots(
            participant=participant,
            protocol=protocol,
            planned=tuple(plan for plan in planned.values() if plan.code in waiting),
            by=by,
            at=at,
        )
        act_record(
            kind="schedule.reanchored",
            by=by,
            at=at,
            participant=participant,
            detail={"first_dose_date": first_dose_date.isoformat(), "moved": sorted(codes), "freed": freed},
        )
    return tuple(moved)


def _rating_slots(
    *,
    participant: Participant,
    protocol: Protocol,
    planned: tuple[PlannedVisit, ...],
    by: User,
    at: datetime,
) -> None:
    """Open the interview slots of the blinded rater; the slot carries the window and nothing of the visit's content."""
    plans = [
        SlotPlan(
            instrument=entry.instrument,
            visit_code=visit.code,
            recall=entry.recall or "",
            opens_at=visit.window.opens_at,
            closes_at=visit.window.closes_at,
        )
        for visit in planned
        for entry in protocol.visit(visit.code).instruments
        if entry.rater == "blinded_rater"
    ]
    if plans:
        slots_make(participant=participant, plans=plans, by=by, at=at)
