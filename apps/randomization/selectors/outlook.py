"""How long each stratum of a site goes on randomizing, from what everybody may know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from apps.randomization.domain.outlook import RATE_DAYS, Limit, Span, days_of_pace, span_of
from apps.randomization.domain.plan import strata_spanned
from apps.randomization.models import Allocation, RandomizationList, sealed_call
from apps.randomization.selectors.lists import commitments_of
from apps.studies.domain.protocol import Protocol
from apps.studies.models import Site


@dataclass(frozen=True, slots=True)
class StratumSpan:
    """A stratum of a site: its key, what it is called there, and how long it goes on."""

    key: str
    label: str
    span: Span


@dataclass(frozen=True, slots=True)
class _Draw:
    stratum: str
    site_id: UUID
    at: datetime


def strata_spans(
    *, study_id: UUID, sites: Iterable[Site], protocol: Protocol, now: datetime
) -> dict[UUID, tuple[StratumSpan, ...]]:
    """Return for each of these sites of a study its strata, in the order of their keys; none before lists are
    committed. The caller has checked who asks.
    """
    lists = [made for made in commitments_of(study_id=study_id) if made.state == "LIVE"]
    if protocol.randomization.method == "none" or not lists:
        return {}
    drawn = tuple(
        _Draw(*row)
        for row in Allocation.objects.filter(study_id=study_id, allocated_at__lte=now).values_list(
            "stratum", "participant__site_id", "allocated_at"
        )
    )
    since = (now - min(one.at for one in drawn)).days if drawn else None
    return {
        site.pk: tuple(
            StratumSpan(
                key,
                _label(key, protocol),
                span_of(
                    _limits(key, site, lists, protocol, drawn, now),
                    observed_days=days_of_pace(since_first=since),
                ),
            )
            for key in strata_spanned(protocol=protocol, sites=[(site.country, site.code)])
        )
        for site in sites
    }


def _limits(
    stratum: str,
    site: Site,
    lists: list[RandomizationList],
    protocol: Protocol,
    drawn: tuple[_Draw, ...],
    now: datetime,
) -> list[Limit]:
    """Return everything that may end randomization in a stratum of a site."""

    def limit(kind: str, most: int, those: list[_Draw]) -> Limit:
        recently = sum(one.at > now - timedelta(days=RATE_DAYS) for one in those)
        return Limit(kind, max(most - len(those), 0), recently)

    here = [one for one in drawn if one.stratum == stratum]
    found = []
    if protocol.randomization.method != "minimization":
        places = min(made.places for made in lists)
        # A stratum that opened after the list was built has no places until somebody makes the list longer.
        if not all(_has_places(made, stratum, site) for made in lists):
            places = 0
        found.append(limit("places", places, here))
    caps = protocol.randomization.caps
    if caps.stratum is not None:
        found.append(limit("cap_stratum", caps.stratum, here))
    if caps.site is not None:
        found.append(limit("cap_site", caps.site, [one for one in drawn if one.site_id == site.pk]))
    if caps.study is not None:
        found.append(limit("cap_study", caps.study, list(drawn)))
    return found


def _has_places(made: RandomizationList, stratum: str, site: Site) -> bool:
    rows = sealed_call(
        "list_serves",
        list=made.pk,
        stratum=stratum,
        site=site.pk,
        cap_study=None,
        cap_site=None,
        cap_stratum=None,
    )
    return bool(rows[0][0] == "YES")


def _label(key: str, protocol: Protocol) -> str:
    """Return the stratum in words; what all strata of a site share goes without saying."""
    levels = dict(part.split("=", 1) for part in key.split("|") if "=" in part)
    words = [
        f"{factor.label}: {level.label}"
        for factor in protocol.randomization.strata
        if factor.source == "participant"
        for level in factor.levels
        if level.code == levels.get(factor.code)
    ]
    return ", ".join(words) or "Everybody"
