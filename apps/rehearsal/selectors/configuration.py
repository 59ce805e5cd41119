"""A study as it stands at a moment, as everybody at the web may know it: no place, no arm, no content."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Q

from apps.core.release import RELEASE
from apps.randomization.selectors import commitments_of
from apps.rehearsal.domain.configuration import (
    CommittedList,
    Configuration,
    DelegationLine,
    SitePlan,
    StockLine,
)
from apps.studies.models import Delegation, Study
from apps.studies.selectors import protocol_of, protocol_version_current
from apps.supply.domain.kits import KitState
from apps.supply.models import Kit

_IN_HAND = (KitState.AVAILABLE.value, KitState.QUARANTINED.value)


def configuration_read(*, study: Study, now: datetime) -> Configuration:
    """
    Return the study's configuration at `now`.

    Delegations that are over and kits past their expiry are left out, so that time alone can change it too.

    :raises NotFound: if the study has no protocol in force
    """
    version = protocol_version_current(study=study, now=now)
    lists = [one for one in commitments_of(study_id=study.pk) if one.purpose == "LIVE"]
    stock = (
        Kit.objects.filter(study=study, state__in=_IN_HAND, expires_on__gte=now.date())
        .values("site__code", "lot", "expires_on", "state")
        .annotate(kits=Count("id"))
    )
    log = Delegation.objects.filter(study=study).filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now))
    return Configuration(
        study=study.code,
        release=RELEASE,
        protocol=protocol_of(version),
        protocol_number=version.number,
        protocol_digest=version.digest,
        sites=tuple(
            SitePlan(
                site.code, site.country, site.time_zone, site.enrolment_target, site.chairs, site.opened_on
            )
            for site in study.sites.order_by("code")
        ),
        delegations=tuple(
            DelegationLine(
                person=str(line.user_id),
                role=line.role,
                site=line.site.code if line.site else "",
                starts_at=line.starts_at,
                ends_at=line.ends_at,
            )
            for line in log.filter(user__is_active=True).select_related("site")
        ),
        lists=tuple(CommittedList(one.code, one.commitment, one.state) for one in lists),
        stock=tuple(
            StockLine(row["site__code"], row["lot"], row["expires_on"], row["state"], row["kits"])
            for row in stock
        ),
    )
