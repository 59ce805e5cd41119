"""How long each site's stock lasts in the worst case: an answer that is the same whatever the list gave."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from apps.accounts.models import User
from apps.core.exceptions import NotFound
from apps.participants.domain.status import ParticipantStatus
from apps.participants.models import StatusChange
from apps.randomization.domain.plan import devices_per_session
from apps.randomization.services import sealed_call
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.domain.protocol import Protocol
from apps.studies.models import Site
from apps.studies.selectors import protocol_of, protocol_version_current
from apps.supply.domain.outlook import (
    BUCKETS,
    RATE_DAYS,
    Treated,
    needs,
    sessions_ahead,
    words,
    worst_session,
)
from apps.supply.models import Kit


@dataclass(frozen=True, slots=True)
class SiteOutlook:
    """For a site: days surely covered, as a coarse step, and the pairs of kits (one of either content) to send."""

    site: Site
    days: int
    pairs: int

    @property
    def is_short(self) -> bool:
        """Say whether the stock may run out within the time looked at."""
        return self.days < BUCKETS[-1]

    @property
    def text(self) -> str:
        """The answer in words."""
        return words(self.days)


def outlook_by_site(*, viewer: User, now: datetime, study_id: UUID | None = None) -> tuple[SiteOutlook, ...]:
    """Return the outlook of each site whose stock the viewer may follow, by site code."""
    sites = access.sites_where(user=viewer, permission=Permission.STOCK_READ, now=now)
    if study_id is not None:
        sites = sites.filter(study_id=study_id)
    found = []
    for site in sites.select_related("study").order_by("code"):
        try:
            version = protocol_version_current(study=site.study, now=now)
        except NotFound:
            continue
        found.append(_outlook(site, protocol_of(version), now))
    return tuple(found)


def _outlook(site: Site, protocol: Protocol, now: datetime) -> SiteOutlook:
    zone = ZoneInfo(site.time_zone)
    today = now.astimezone(zone).date()
    devices = devices_per_session(protocol=protocol, dose_mg=None)
    draws = StatusChange.objects.filter(
        participant__site=site, to_status=ParticipantStatus.RANDOMIZED.value, at__lte=now
    ).values_list("participant_id", "participant__status", "at")
    served: defaultdict[UUID, set[str]] = defaultdict(set)
    for person, visit in (
        Kit.objects.filter(site=site, participant__status=ParticipantStatus.RANDOMIZED.value)
        .values_list("participant_id", "visit_code")
        .distinct()
    ):
        served[person].add(visit)
    grown = needs(
        sessions_ahead(
            protocol,
            treated=[
                Treated(_day(at, zone), frozenset(served[person]))
                for person, status, at in draws
                if status == ParticipantStatus.RANDOMIZED.value
            ],
            recently=sum(at > now - timedelta(days=RATE_DAYS) for _, _, at in draws),
            today=today,
        ),
        worst=worst_session(protocol, devices=devices),
    )
    [(days, pairs)] = sealed_call(
        "stock_outlook",
        site=site.pk,
        on=today,
        days=[need.day for need in grown],
        active=[need.active for need in grown],
        placebo=[need.placebo for need in grown],
    )
    return SiteOutlook(site=site, days=days, pairs=pairs)


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()
