"""A prescriber comes and goes: marked by themselves, in one tap, as it happens."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.monitoring import selectors
from apps.monitoring.models import PrescriberMark
from apps.studies import access
from apps.studies.domain.permissions import Permission


@transaction.atomic
def prescriber_mark(*, site_id: UUID, on_site: bool, by: User, at: datetime) -> bool:
    """
    Mark oneself on site, or off, and return whether that changed anything. Saying it twice writes once.

    :raises NotFound: if the site is not there for `by`
    :raises NotAllowed: if `by` does not prescribe at this site
    """
    site = selectors.presence_site(viewer=by, site_id=site_id, now=at)
    access.check(user=by, permission=Permission.PRESENCE_MARK, site_id=site.pk, now=at)
    # One person's marks come one after the other.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    standing = {entry.person.pk for entry in selectors.prescribers_on_site(site=site, now=at)}
    if (by.pk in standing) is on_site:
        return False
    mark = PrescriberMark.objects.create(
        site=site, person=by, on_site=on_site, at=at, recorded_at=at, recorded_by=by
    )
    event_record(
        kind="prescriber.arrived" if on_site else "prescriber.left",
        by=by,
        at=at,
        subject=mark,
        study=site.study.code,
        site=site.code,
    )
    return True
