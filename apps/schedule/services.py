"""What can be done to the schedule: planned, moved with the first dose, appointed, held, missed."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Conflict, Reason
from apps.instruments.domain.slots import SlotPlan
from apps.instruments.services import slots_make
from apps.participants.domain.status import ParticipantStatus
from apps.participants.models import Participant
from apps.participants.services import participant_status_change
from apps.randomization.domain.events import ParticipantRandomized
from apps.schedule import selectors
from apps.schedule.domain.acts import (
    NotAppointed,
    VisitNotOpen,
    appointment_reasons,
    holding_reasons,
    missing_reasons,
    over_reasons,
)
from apps.schedule.domain.planning import PlannedVisit, closing_code, first_dose_code, visits_planned
from apps.schedule.domain.windows import Place, place, study_day
from apps.schedule.models import Visit
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.domain.protocol import Protocol
from apps.studies.selectors import protocol_of


def visits_plan_after_randomization(event: ParticipantRandomized) -> tuple[Visit, ...]:
    """React to a randomization: lay out every visit from a first dose on the very day at the site.

    Runs in the transaction of the draw. A participant whose visits stand already keeps them.
    """
    participant = Participant.objects.select_related("study", "site", "protocol_version").get(
        pk=event.participant_id
    )
    return visits_plan(participant=participant, expected_at=event.at, by=event.by, at=event.at)


@transaction.atomic
def visits_plan(
    *, participant: Participant, expected_at: datetime, by: User, at: datetime
) -> tuple[Visit, ...]:
    """Lay out every visit of a participant for a first dose on the local day of `expected_at`, and the rating slots.

    For apps below and for the draw: who may randomize may plan. Visits that stand already are kept as they are.
    """
    standing = tuple(selectors.visits_of(participant_id=participant.pk))
    if standing:
        return standing
    protocol = protocol_of(participant.protocol_version)
    tz = selectors.zone_of(participant)
    planned = visits_planned(protocol=protocol, first_dose_date=expected_at.astimezone(tz).date(), tz=tz)
    visits = Visit.objects.bulk_create(
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
    )
    _rating_slots(participant=participant, protocol=protocol, planned=planned, by=by, at=at)
    _record("schedule.planned", by=by, at=at, participant=participant, detail={"visits": len(visits)})
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
        _record(
            "schedule.reanchored",
            by=by,
            at=at,
            participant=participant,
            detail={"first_dose_date": first_dose_date.isoformat(), "moved": sorted(codes), "freed": freed},
        )
    return tuple(moved)


@transaction.atomic
def visit_appoint(
    *,
    visit_id: UUID,
    planned_at: datetime,
    chair: int | None = None,
    version: int | None = None,
    by: User,
    at: datetime,
) -> Visit:
    """
    Appoint a visit for a moment and, for a dose, a chair. The appointment of the first dose moves all windows.

    :raises NotFound: if there is no such visit at the person's sites
    :raises NotAllowed: if the person may not plan there
    :raises Conflict: if the visit changed since it was read
    :raises NotAppointed: with every ground: over, outside the window, too close to another dose, no such chair
    """
    visit = selectors.visit_get(viewer=by, visit_id=visit_id, now=at, lock=True)
    participant = visit.participant
    access.check(user=by, permission=Permission.VISIT_PLAN, site_id=participant.site_id, now=at)
    _unchanged(visit, version)

    protocol, tz = protocol_of(participant.protocol_version), selectors.zone_of(participant)
    carries = selectors.carries_windows(visit, protocol=protocol)
    day = planned_at.astimezone(tz).date()
    reasons = appointment_reasons(
        status=selectors.status_of(visit, now=at),
        window=None if carries else selectors.window_of(visit),
        planned_at=planned_at,
        now=at,
        tz=tz,
        is_dose=visit.is_dose,
        chair=chair,
        chairs=participant.site.chairs,
        # Where the first dose moves, the other windows and appointments move with it.
        other_doses=[]
        if carries
        else selectors.dose_dates_given(participant=participant, but_not=visit.pk)
        + selectors.dose_dates_appointed(participant=participant, but_not=visit.pk),
        spacing=protocol.spacing,
    )
    if reasons := (*_in_trial_reasons(participant), *reasons):
        raise NotAppointed.because(reasons)

    if carries and day != visit.target_date:
        visits_reanchor(participant=participant, first_dose_date=day, by=by, at=at)
        visit.refresh_from_db(fields=["opens_at", "target_date", "closes_at", "version"])
    visit.planned_at, visit.chair = planned_at, chair
    visit.version += 1
    visit.save(update_fields=["planned_at", "chair", "version"])

    _record(
        "visit.appointed",
        by=by,
        at=at,
        participant=participant,
        subject=visit,
        detail={"visit": visit.code, "planned_at": planned_at.isoformat(), "chair": chair},
    )
    return visit


@transaction.atomic
def visit_attend(
    *, visit_id: UUID, held_at: datetime, version: int | None = None, by: User, at: datetime
) -> Visit:
    """
    Record that a visit without a dose was held. A dosing visit is held by its first spray and by nothing else.

    :raises NotFound: if there is no such visit at the person's sites
    :raises NotAllowed: if the person may not plan there
    :raises Conflict: if the visit changed since it was read
    :raises VisitNotOpen: with every ground
    """
    visit = selectors.visit_get(viewer=by, visit_id=visit_id, now=at, lock=True)
    access.check(user=by, permission=Permission.VISIT_PLAN, site_id=visit.participant.site_id, now=at)
    _unchanged(visit, version)
    reasons = _in_trial_reasons(visit.participant)
    if visit.is_dose:
        reasons += (
            Reason("held_by_the_dose", "A dosing visit is held by its first spray; open the session."),
        )
    if reasons:
        raise VisitNotOpen.because(
            (
                *reasons,
                *holding_reasons(
                    status=selectors.status_of(visit, now=at),
                    window=selectors.window_of(visit),
                    held_at=held_at,
                    now=at,
                    tz=selectors.zone_of(visit.participant),
                ),
            )
        )
    return visit_hold(visit=visit, held_at=held_at, by=by, at=at)


@transaction.atomic
def visit_hold(*, visit: Visit, by: User, at: datetime, held_at: datetime | None = None) -> Visit:
    """
    Mark a locked visit as held at `held_at` (else `at`). For apps above, which have checked who may.

    When the visit that closes treatment is held, the participant has completed it.

    :raises VisitNotOpen: if the visit is over, before its window, or in the future
    """
    participant = visit.participant
    protocol, tz = protocol_of(participant.protocol_version), selectors.zone_of(participant)
    happened = held_at or at
    status = selectors.status_of(visit, now=at)
    reasons = (
        over_reasons(status)
        if selectors.carries_windows(visit, protocol=protocol)
        else holding_reasons(
            status=status, window=selectors.window_of(visit), held_at=happened, now=at, tz=tz
        )
    )
    if reasons:
        raise VisitNotOpen.because(reasons)

    visit.held_at, visit.held_by = happened, by
    visit.version += 1
    visit.save(update_fields=["held_at", "held_by", "version"])

    first = selectors.first_dose_date(participant=participant)
    on = happened.astimezone(tz).date()
    _record(
        "visit.held",
        by=by,
        at=at,
        participant=participant,
        subject=visit,
        detail={
            "visit": visit.code,
            "held_at": happened.isoformat(),
            "study_day": study_day(first_dose_date=first, on=on) if first else None,
            "in_window": place(selectors.window_of(visit), happened) is Place.OPEN,
        },
    )
    completes = visit.code == closing_code(protocol)
    if completes and participant.status == ParticipantStatus.RANDOMIZED.value:
        participant_status_change(
            participant=Participant.objects.select_for_update(of=("self",))
            .select_related("study", "site")
            .get(pk=participant.pk),
            to=ParticipantStatus.COMPLETED,
            by=by,
            at=at,
        )
    return visit


@transaction.atomic
def visit_miss(*, visit_id: UUID, reason: str, version: int | None = None, by: User, at: datetime) -> Visit:
    """
    Record that a visit will not be held any more, and why.

    :raises NotFound: if there is no such visit at the person's sites
    :raises NotAllowed: if the person may not plan there
    :raises Conflict: if the visit changed since it was read
    :raises VisitNotOpen: with every ground: over, not yet due, no reason
    """
    visit = selectors.visit_get(viewer=by, visit_id=visit_id, now=at, lock=True)
    access.check(user=by, permission=Permission.VISIT_PLAN, site_id=visit.participant.site_id, now=at)
    _unchanged(visit, version)
    reasons = missing_reasons(
        status=selectors.status_of(visit, now=at),
        window=selectors.window_of(visit),
        reason=reason,
        now=at,
        tz=selectors.zone_of(visit.participant),
    )
    if reasons:
        raise VisitNotOpen.because(reasons)

    visit.missed_at, visit.missed_by, visit.missed_reason = at, by, reason.strip()
    visit.version += 1
    visit.save(update_fields=["missed_at", "missed_by", "missed_reason", "version"])

    _record(
        "visit.missed",
        by=by,
        at=at,
        participant=visit.participant,
        subject=visit,
        reason=reason.strip(),
        detail={"visit": visit.code},
    )
    return visit


def _unchanged(visit: Visit, version: int | None) -> None:
    if version is not None and version != visit.version:
        raise Conflict(
            Reason(
                "stale_version",
                "Somebody changed this visit meanwhile. Look at it again, then decide.",
                "version",
            )
        )


def _in_trial_reasons(participant: Participant) -> tuple[Reason, ...]:
    if participant.status == ParticipantStatus.DISCONTINUED.value:
        return (Reason("left_the_trial", "This participant has left the trial."),)
    return ()


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


def _record(
    kind: str,
    *,
    by: User,
    at: datetime,
    participant: Participant,
    detail: dict[str, object],
    subject: Visit | None = None,
    reason: str = "",
) -> None:
    event_record(
        kind=kind,
        by=by,
        at=at,
        subject=subject if subject is not None else participant,
        study=participant.study.code,
        site=participant.site.code,
        participant=participant.number,
        reason=reason,
        detail=detail,
    )
