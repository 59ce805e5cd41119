"""Opening sites."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Conflict, Invalid, Reason
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.models import Site, Study


def _zone_reasons(name: str) -> list[Reason]:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return [Reason("unknown_time_zone", f"“{name}” is no time zone.", "time_zone")]
    return []


@transaction.atomic
def site_create(
    *,
    study: Study,
    code: str,
    name: str,
    country: str,
    time_zone: str,
    enrolment_target: int,
    opened_on: date | None,
    by: User,
    at: datetime,
) -> Site:
    """
    Open a site.

    :raises Invalid: if the time zone or the country code cannot be right
    :raises Conflict: if the code is used in this study
    """
    access.check(user=by, permission=Permission.STUDY_MANAGE, study_id=study.id, now=at)
    reasons = _zone_reasons(time_zone)
    if not (len(country) == 2 and country.isalpha()):
        reasons.append(Reason("unknown_country", "A country is two letters.", "country"))
    if reasons:
        raise Invalid(*reasons)
    if Site.objects.select_for_update().filter(study=study, code=code).exists():
        raise Conflict(Reason("site_exists", f"The study has a site {code} already.", "code"))
    site = Site.objects.create(
        study=study,
        code=code,
        name=name,
        country=country.upper(),
        time_zone=time_zone,
        enrolment_target=enrolment_target,
        opened_on=opened_on,
    )
    event_record(kind="site.created", by=by, at=at, subject=site, study=study.code, site=code)
    return site
