"""Reading visits. A visit of another site is not there."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.core.asking import Question
from apps.core.exceptions import NotFound
from apps.participants.domain.status import ParticipantStatus
from apps.participants.models import Participant
from apps.schedule.domain.planning import first_dose_code
from apps.schedule.domain.status import VisitStatus, visit_status
from apps.schedule.domain.windows import Window, day_start
from apps.schedule.models import Visit
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.domain.protocol import Protocol
from apps.studies.models import Site, Study
from apps.studies.selectors import protocol_of


def visit_get(
    *,
    viewer: User,
    visit_id: UUID,
    now: datetime,
    permission: Permission = Permission.VISIT_READ,
    lock: bool = False,
) -> Visit:
    """
    Return a visit at a site where the viewer holds the permission.

    :raises NotFound: if there is none, or it is another site's
    """
    found = Visit.objects.filter(
        pk=visit_id, participant__site__in=access.sites_where(user=viewer, permission=permission, now=now)
    ).select_related("participant__study", "participant__site", "participant__protocol_version")
    found = found.defer("participant__protocol_version__document")
    if lock:
        found = found.select_for_update(of=("self",))
    visit = found.first()
    if visit is None:
        raise NotFound("There is no such visit.")
    return visit


def visits_of(*, participant_id: UUID) -> QuerySet[Visit]:
    """Return a participant's visits by day. Who asks has been checked at the participant."""
    return Visit.objects.filter(participant_id=participant_id).order_by("day", "code")


@Question
def visits_standing(participant: UUID) -> QuerySet[Visit]:
    """Ask whether a participant has visits: the identifier of one, or nothing."""
    return Visit.objects.filter(participant=participant).values_list("pk")[:1]


def visits_between(
    *,
    viewer: User,
    now: datetime,
    site: Site | None = None,
    study: Study | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> QuerySet[Visit]:
    """Return the visits a viewer may read whose window touches the span, the one that closes first at the head.

    Without a span: all of them. Visits of participants who left the trial are no longer due and are left out,
    unless they were held or missed before.
    """
    sites = access.sites_where(user=viewer, permission=Permission.VISIT_READ, now=now)
    found = Visit.objects.filter(participant__site__in=sites).exclude(
        participant__status=ParticipantStatus.DISCONTINUED.value, held_at__isnull=True, missed_at__isnull=True
    )
    if site is not None:
        found = found.filter(participant__site=site)
    if study is not None:
        found = found.filter(participant__study=study)
    if starts_at is not None:
        found = found.filter(closes_at__gt=starts_at)
    if ends_at is not None:
        found = found.filter(opens_at__lt=ends_at)
    return found.select_related("participant__study", "participant__site").order_by(
        "closes_at", "participant__number", "code"
    )


def visits_due(
    *, viewer: User, now: datetime, site: Site | None = None, study: Study | None = None
) -> QuerySet[Visit]:
    """Return what is due or overdue at `now`: opened, neither held nor missed, the participant still in the trial."""
    return visits_between(viewer=viewer, now=now, site=site, study=study, ends_at=now).filter(
        held_at__isnull=True, missed_at__isnull=True
    )


def with_status(rows: QuerySet[Visit], *, status: str, now: datetime) -> QuerySet[Visit]:
    """Narrow visits to those of one status at `now`: the same rule as `visit_status`, asked of the database."""
    match VisitStatus(status):
        case VisitStatus.HELD:
            return rows.filter(held_at__isnull=False)
        case VisitStatus.MISSED:
            return rows.filter(missed_at__isnull=False)
        case waiting:
            rows = rows.filter(held_at__isnull=True, missed_at__isnull=True)
    match waiting:
        case VisitStatus.PLANNED:
            return rows.filter(opens_at__gt=now)
        case VisitStatus.DUE:
            return rows.filter(opens_at__lte=now, closes_at__gt=now)
        case _:
            return rows.filter(closes_at__lte=now)


def window_of(visit: Visit) -> Window:
    """Return a visit's window as a plain value."""
    return Window(opens_at=visit.opens_at, target_date=visit.target_date, closes_at=visit.closes_at)


def status_of(visit: Visit, *, now: datetime) -> VisitStatus:
    """Return what a visit is called at `now`."""
    return visit_status(window=window_of(visit), held_at=visit.held_at, missed_at=visit.missed_at, now=now)


def carries_windows(visit: Visit, *, protocol: Protocol) -> bool:
    """Say whether this is the visit of the first dose, still to come: all windows, its own too, move with it."""
    return visit.held_at is None and visit.code == first_dose_code(protocol)


def zone_of(participant: Participant) -> ZoneInfo:
    """Return the clock of the participant's site."""
    return ZoneInfo(participant.site.time_zone)


def dose_dates_given(*, participant: Participant, but_not: UUID | None = None) -> list[date]:
    """Return the dates, at the site, on which doses were given."""
    tz = zone_of(participant)
    held = Visit.objects.filter(participant=participant, is_dose=True, held_at__isnull=False).exclude(
        pk=but_not
    )
    return sorted(moment.astimezone(tz).date() for moment in held.values_list("held_at", flat=True))


def dose_dates_appointed(*, participant: Participant, but_not: UUID | None = None) -> list[date]:
    """Return the dates, at the site, for which doses are appointed and not yet given."""
    tz = zone_of(participant)
    waiting = Visit.objects.filter(
        participant=participant, is_dose=True, held_at__isnull=True, missed_at__isnull=True
    ).exclude(pk=but_not)
    moments = waiting.exclude(planned_at__isnull=True).values_list("planned_at", flat=True)
    return sorted(moment.astimezone(tz).date() for moment in moments)


def first_dose_date(*, participant: Participant) -> date | None:
    """Return the day of the first dose at the site: given, or still expected. None before randomization."""
    protocol = protocol_of(participant.protocol_version)
    first = Visit.objects.filter(participant=participant, code=first_dose_code(protocol)).first()
    if first is None:
        return None
    if first.held_at is not None:
        return first.held_at.astimezone(zone_of(participant)).date()
    return first.target_date


def first_dose_waits(*, participant: Participant) -> bool:
    """Say whether the first dose of all is still to come."""
    return not Visit.objects.filter(participant=participant, is_dose=True, held_at__isnull=False).exists()


def appointments_beside(visit: Visit) -> QuerySet[Visit]:
    """Return other appointments at the site for the same chair on the same local day: a warning, not a refusal."""
    if visit.planned_at is None or visit.chair is None:
        return Visit.objects.none()
    tz = zone_of(visit.participant)
    day = visit.planned_at.astimezone(tz).date()
    return (
        Visit.objects.filter(
            participant__site_id=visit.participant.site_id,
            chair=visit.chair,
            planned_at__gte=day_start(day, tz),
            planned_at__lt=day_start(day + timedelta(days=1), tz),
            held_at__isnull=True,
            missed_at__isnull=True,
        )
        .exclude(pk=visit.pk)
        .select_related("participant")
        .order_by("planned_at", "id")
    )
