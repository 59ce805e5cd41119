"""How long each site's stock lasts in the worst case: an answer that is the same whatever the list gave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

from apps.accounts.models import User
from apps.core.exceptions import NotFound
from apps.participants.domain.status import ParticipantStatus
from apps.participants.models import StatusChange
from apps.randomization.domain.plan import devices_per_session
from apps.randomization.selectors import strata_spans
from apps.randomization.services import sealed_call
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.domain.protocol import Protocol
from apps.studies.models import Site, Study
from apps.studies.selectors import protocol_of, protocol_version_current
from apps.supply.domain.outlook import (
    BUCKETS,
    CAUSES,
    RATE_DAYS,
    Treated,
    needs,
    pace_words,
    sessions_ahead,
    stratum_words,
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


@dataclass(frozen=True, slots=True)
class StratumOutlook:
    """For a stratum of a site: days surely covered by kits, by list and caps, and by these at the pace of late.

    All days are coarse steps; `causes` are codes of `CAUSES`, what may end before the horizon. A shortage of kits ends
    all strata of a site.
    """

    site: Site
    key: str
    stratum: str
    kit_days: int
    list_days: int
    list_days_at_pace: int
    causes: tuple[str, ...]

    @property
    def days(self) -> int:
        """Days surely covered."""
        return min(self.kit_days, self.list_days)

    @property
    def days_at_pace(self) -> int:
        """Days covered at the pace of late; kits are told in the worst case always."""
        return min(self.kit_days, self.list_days_at_pace)

    @property
    def is_short(self) -> bool:
        """Say whether somebody may be turned away within the time looked at."""
        return self.days < BUCKETS[-1]

    @property
    def text(self) -> str:
        """The answer in words."""
        return stratum_words(self.days)

    @property
    def pace_text(self) -> str:
        """How long it goes on at the pace of late, in words."""
        return pace_words(self.days_at_pace)

    @property
    def because(self) -> str:
        """What may end first, in words; empty where nothing does."""
        return ", ".join(words for code, words in CAUSES.items() if code in self.causes)


def outlook_by_stratum(
    *, viewer: User, now: datetime, study_id: UUID | None = None
) -> tuple[StratumOutlook, ...]:
    """Return the outlook of each stratum at the sites whose stock the viewer may follow, by site code."""
    return strata_outlooks(stock=outlook_by_site(viewer=viewer, now=now, study_id=study_id), now=now)


def outlook_of_study(*, study: Study, now: datetime) -> tuple[StratumOutlook, ...]:
    """Return the outlook of each stratum at every site of a study, for the messages that warn of it."""
    protocol = protocol_of(protocol_version_current(study=study, now=now))
    sites = Site.objects.filter(study=study).select_related("study").order_by("code")
    return strata_outlooks(stock=[_outlook(site, protocol, now) for site in sites], now=now)


def strata_outlooks(*, stock: Iterable[SiteOutlook], now: datetime) -> tuple[StratumOutlook, ...]:
    """Return the outlook of each stratum of these sites; none of a study without a committed list."""
    found = []
    for _, group in groupby(
        sorted(stock, key=lambda one: str(one.site.study_id)), key=lambda one: one.site.study_id
    ):
        of_study = list(group)
        study = of_study[0].site.study
        spans = strata_spans(
            study_id=study.pk,
            sites=[one.site for one in of_study],
            protocol=protocol_of(protocol_version_current(study=study, now=now)),
            now=now,
        )
        found += [
            StratumOutlook(
                site=one.site,
                key=each.key,
                stratum=each.label,
                kit_days=one.days,
                list_days=each.span.days,
                list_days_at_pace=each.span.days_at_pace,
                causes=(*(("kits",) if one.is_short else ()), *each.span.kinds),
            )
            for one in of_study
            for each in spans.get(one.site.pk, ())
        ]
    return tuple(sorted(found, key=lambda one: (one.site.code, one.stratum, one.key)))


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
