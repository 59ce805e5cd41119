"""Reading adverse events. Efficacy raters hold no permission that leads here."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.core.exceptions import NotFound
from apps.dosing.models import DosingSession
from apps.participants.models import Participant
from apps.safety.domain.events import Account
from apps.safety.models import AdverseEvent, Medication
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.domain.protocol.conduct import ConcomitantRule, SafetyPlan
from apps.studies.models import Site, Study
from apps.studies.selectors import protocol_of

_PATH = ("participant__study", "participant__site", "participant__protocol_version", "session")


def adverse_event_get(
    *,
    viewer: User,
    adverse_event_id: UUID,
    now: datetime,
    permission: Permission = Permission.ADVERSE_EVENT_READ,
    lock: bool = False,
) -> AdverseEvent:
    """
    Return an adverse event at a site where the viewer holds the permission.

    :raises NotFound: if there is none, or it is another site's
    """
    found = AdverseEvent.objects.filter(
        pk=adverse_event_id,
        participant__site__in=access.sites_where(user=viewer, permission=permission, now=now),
    ).select_related(*_PATH)
    if lock:
        found = found.select_for_update(of=("self",))
    event = found.first()
    if event is None:
        raise NotFound("There is no such adverse event.")
    return event


def adverse_events_visible(
    *,
    viewer: User,
    now: datetime,
    site: Site | None = None,
    study: Study | None = None,
    participant_id: UUID | None = None,
    session_id: UUID | None = None,
    search: str = "",
    serious: bool | None = None,
    ongoing: bool | None = None,
) -> QuerySet[AdverseEvent]:
    """Return the adverse events a viewer may read, newest onset first, narrowed by what is given."""
    sites = access.sites_where(user=viewer, permission=Permission.ADVERSE_EVENT_READ, now=now)
    found = AdverseEvent.objects.filter(participant__site__in=sites).select_related(*_PATH)
    if site is not None:
        found = found.filter(participant__site=site)
    if study is not None:
        found = found.filter(participant__study=study)
    if participant_id is not None:
        found = found.filter(participant_id=participant_id)
    if session_id is not None:
        found = found.filter(session_id=session_id)
    if search.strip():
        found = found.filter(participant__number__icontains=search.strip()) | found.filter(
            term__icontains=search.strip()
        )
    if serious is not None:
        found = found.filter(is_serious=serious)
    if ongoing is not None:
        found = found.filter(resolved_at__isnull=ongoing)
    return found.order_by("-onset_at", "id")


def adverse_events_of(*, participant_id: UUID) -> QuerySet[AdverseEvent]:
    """Return a participant's adverse events by onset. Who asks has been checked at the participant."""
    return AdverseEvent.objects.filter(participant_id=participant_id).order_by("onset_at", "id")


def serious_events_recorded(*, since: datetime) -> QuerySet[AdverseEvent]:
    """Return serious events the sites became aware of since a moment: for the clock that reminds, not for pages."""
    return (
        AdverseEvent.objects.filter(is_serious=True, site_aware_at__gte=since)
        .select_related(*_PATH)
        .order_by("site_aware_at", "id")
    )


def plan_of(participant: Participant) -> SafetyPlan:
    """Return the scales and clocks of the protocol the participant follows."""
    return protocol_of(participant.protocol_version).safety


def session_of_participant(*, session_id: UUID, participant: Participant) -> DosingSession:
    """
    Return a session of this very participant.

    :raises NotFound: if there is none
    """
    session = DosingSession.objects.filter(pk=session_id, participant=participant).first()
    if session is None:
        raise NotFound("This participant has no such session.")
    return session


def session_around(*, participant: Participant, onset_at: datetime) -> DosingSession | None:
    """Return the participant's session with a dose that began last before the onset, if any."""
    return (
        DosingSession.objects.filter(participant=participant, dosed_at__lte=onset_at)
        .order_by("-dosed_at", "id")
        .first()
    )


def account_of(event: AdverseEvent) -> Account:
    """Return what is said of an event as a plain value."""
    return Account(
        term=event.term,
        severity=event.severity,
        causality=event.causality,
        is_serious=event.is_serious,
        seriousness=tuple(event.seriousness),
        onset_at=event.onset_at,
        resolved_at=event.resolved_at,
        outcome=event.outcome,
        action_taken=event.action_taken,
        site_aware_at=event.site_aware_at,
    )


def medication_get(*, viewer: User, medication_id: UUID, now: datetime, lock: bool = False) -> Medication:
    """
    Return a medicine of a participant at the viewer's sites; `lock` needs a transaction.

    :raises NotFound: if there is none, or it is another site's
    """
    sites = access.sites_where(user=viewer, permission=Permission.ADVERSE_EVENT_READ, now=now)
    found = Medication.objects.filter(pk=medication_id, participant__site__in=sites).select_related(
        "participant__study", "participant__site", "participant__protocol_version"
    )
    row = (found.select_for_update(of=("self",)) if lock else found).first()
    if row is None:
        raise NotFound("There is no such medicine.")
    return row


def medications_of(*, participant: Participant) -> QuerySet[Medication]:
    """Return what a participant takes or took, by first day. The caller has checked who asks."""
    return Medication.objects.filter(participant=participant).order_by("started_on", "name", "id")


def oral_antidepressants(participant: Participant) -> tuple[str, ...]:
    """Return the codes of the oral antidepressants that belong to the trial's treatment."""
    protocol = protocol_of(participant.protocol_version)
    return tuple(drug.code for drug in protocol.oral_antidepressants)


def concomitant_rules(participant: Participant) -> tuple[ConcomitantRule, ...]:
    """Return what the protocol says of other medicines, class by class."""
    return protocol_of(participant.protocol_version).concomitant


def today_of(participant: Participant, *, now: datetime) -> date:
    """Return the day it is at the participant's site."""
    return now.astimezone(ZoneInfo(participant.site.time_zone)).date()
