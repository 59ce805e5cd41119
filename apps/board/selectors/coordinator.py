"""Today at a site: what is due, what is late, who is in a chair, what waits for somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apps.accounts.models import User
from apps.dosing.models import DosingSession
from apps.monitoring.models import Finding
from apps.participants.models import Participant
from apps.reminders.models import Reminder
from apps.safety.models import AdverseEvent
from apps.schedule.models import Visit
from apps.screening.models import Screening
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.models import Site


@dataclass(frozen=True, slots=True)
class Today:
    """The coordinator's morning, on one screen."""

    site: Site
    sessions: tuple[DosingSession, ...]
    due: tuple[Visit, ...]
    overdue: tuple[Visit, ...]
    coming: tuple[Visit, ...]
    screenings: tuple[Screening, ...]
    to_randomize: tuple[Participant, ...]
    findings: tuple[Finding, ...]
    serious_open: tuple[AdverseEvent, ...]
    reminders_failed: int

    @property
    def needs_you(self) -> int:
        """How many things will not happen by themselves."""
        return len(self.overdue) + len(self.findings) + len(self.to_randomize) + self.reminders_failed


def today_at(*, viewer: User, site: Site, now: datetime) -> Today:
    """
    Return the day of one site.

    :raises NotAllowed: without dashboard:site there
    """
    access.check(user=viewer, permission=Permission.DASHBOARD_SITE, site_id=site.id, now=now)
    midnight = now.astimezone(ZoneInfo(site.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = (midnight + timedelta(days=1, hours=2)).replace(hour=0)
    visits = (
        Visit.objects.filter(
            participant__site=site,
            participant__status="RANDOMIZED",
            held_at__isnull=True,
            missed_at__isnull=True,
        )
        .select_related("participant")
        .order_by("planned_at", "target_date", "participant__number", "id")
    )
    waiting = visits.exclude(sessions__state__in=["CHECKED_IN", "WITHHELD", "CLEARED", "DOSING", "OBSERVING"])
    is_today = waiting.filter(opens_at__lt=tomorrow, closes_at__gt=now)
    planned_today = is_today.filter(planned_at__gte=midnight, planned_at__lt=tomorrow)
    unplanned_today = is_today.filter(planned_at__isnull=True, target_date=midnight.date())
    due = sorted(
        {*planned_today, *unplanned_today}, key=lambda v: (v.planned_at or v.opens_at, v.participant.number)
    )
    overdue = [
        visit
        for visit in waiting.filter(opens_at__lt=midnight)
        if visit.closes_at <= now
        or (visit.planned_at or visit.closes_at) < midnight
        or visit.target_date < midnight.date()
    ]
    shown = {visit.pk for visit in (*due, *overdue)}
    coming = [v for v in waiting.filter(opens_at__lt=tomorrow + timedelta(days=3)) if v.pk not in shown]
    sessions = DosingSession.objects.filter(site=site).exclude(state__in=["DISCHARGED", "STOPPED"])
    return Today(
        site=site,
        sessions=tuple(sessions.select_related("participant", "visit").order_by("chair")),
        due=tuple(due),
        overdue=tuple(overdue),
        coming=tuple(coming[:12]),
        screenings=tuple(
            Screening.objects.filter(participant__site=site, state="OPEN")
            .select_related("participant")
            .order_by("opened_at", "id")
        ),
        to_randomize=tuple(Participant.objects.filter(site=site, status="ELIGIBLE").order_by("number")),
        findings=tuple(
            Finding.objects.filter(
                session__site=site, acknowledged_at__isnull=True, severity__in=["urgent", "emergency"]
            )
            .exclude(session__state__in=["DISCHARGED", "STOPPED"])
            .select_related("session__participant")
            .order_by("raised_at", "id")
        ),
        serious_open=tuple(
            AdverseEvent.objects.filter(participant__site=site, is_serious=True, resolved_at__isnull=True)
            .select_related("participant")
            .order_by("site_aware_at", "id")
        ),
        reminders_failed=Reminder.objects.filter(site=site, state="FAILED").count(),
    )
