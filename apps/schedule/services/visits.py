"""What is done with a visit: appointed, held, missed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.core.exceptions import Conflict, Reason
from apps.participants.domain.status import ParticipantStatus
from apps.participants.models import Participant
from apps.participants.services import participant_status_change
from apps.schedule import selectors
from apps.schedule.domain.acts import (
    NotAppointed,
    VisitNotOpen,
    appointment_reasons,
    holding_reasons,
    missing_reasons,
    over_reasons,
)
from apps.schedule.domain.planning import closing_code
from apps.schedule.domain.windows import Place, place, study_day
from apps.schedule.models import Visit
from apps.schedule.services.acts import act_record
from apps.schedule.services.planning import visits_reanchor
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.selectors import protocol_of


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

    act_record(
        kind="visit.appointed",
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
    act_record(
        kind="visit.held",
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

    act_record(
        kind="visit.missed",
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
