"""Telling in time that somebody may be turned away: kits to the pharmacist, lists and limits to the administrator.

Like the outlook itself the messages hold coarse steps alone: no number of places, of kits or of participants.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import NotFound
from apps.reminders.models import Reminder
from apps.reminders.services.unblinding import role_holders
from apps.studies.domain.permissions import Role
from apps.studies.models import Study
from apps.supply import selectors
from apps.supply.domain.outlook import LIST_WARNING_DAYS
from apps.supply.selectors import StratumOutlook

_LIST_HELP = "A list is made longer with `manage.py randomization extend`; a limit stands in the protocol."


@transaction.atomic
def outlook_collect(*, by: User, at: datetime) -> int:
    """
    Write a due row for everybody who is to know that kits, a list or a limit may soon turn somebody away; return how
    many are new.

    Each is told once a week for as long as it lasts. Safe to run twice at once, as `reminders_collect` is.
    """
    wanted = {
        row.key: row for study in Study.objects.filter(state="LIVE") for row in _rows(study, by=by, at=at)
    }
    known = set(Reminder.objects.filter(key__in=wanted).values_list("key", flat=True))
    new = [row for key, row in sorted(wanted.items()) if key not in known]
    if not new:
        return 0
    Reminder.objects.bulk_create(new, ignore_conflicts=True)
    event_record(kind="reminder.collected", by=by, at=at, detail={"rows": len(new)})
    return len(new)


def _rows(study: Study, *, by: User, at: datetime) -> Iterator[Reminder]:
    try:
        found = selectors.outlook_of_study(study=study, now=at)
    except NotFound:  # no version of the protocol is in force yet
        return
    for row in (*_kits(study, found, at), *_lists(study, found, at)):
        row.study, row.due_at, row.recorded_at, row.recorded_by = study, at, at, by
        yield row


def _week(at: datetime) -> str:
    year, week, _ = at.isocalendar()
    return f"{year}-{week:02d}"


def _kits(study: Study, found: tuple[StratumOutlook, ...], at: datetime) -> Iterator[Reminder]:
    """One message per site, whatever its strata."""
    short = {one.site.pk: one.site for one in found if one.kit_days < LIST_WARNING_DAYS}
    for site in short.values():
        for user in role_holders((Role.PHARMACIST,), study=study, site=site, now=at):
            yield Reminder(
                code="KITS_SHORT",
                key=f"KITS_SHORT:{site.pk}:{_week(at)}:{user.pk}",
                site=site,
                recipient=user,
                subject=f"{site.code}: kits may run short",
                body=f"In the worst case the stock of {site.code} does not cover {LIST_WARNING_DAYS} days.\n"
                "Open Kits, Outlook: it says how many pairs to ask for.\n",
            )


def _lists(study: Study, found: tuple[StratumOutlook, ...], at: datetime) -> Iterator[Reminder]:
    """One message per site, with its strata."""
    short: dict[object, list[StratumOutlook]] = {}
    for one in found:
        if one.list_days < LIST_WARNING_DAYS:
            short.setdefault(one.site.pk, []).append(one)
    for strata in short.values():
        site = strata[0].site
        lines = [f"- {one.stratum}: {one.because}" for one in strata]
        for user in role_holders((Role.ADMINISTRATOR,), study=study, site=site, now=at):
            yield Reminder(
                code="LIST_SHORT",
                key=f"LIST_SHORT:{site.pk}:{_week(at)}:{user.pk}",
                site=site,
                recipient=user,
                subject=f"{site.code}: somebody may be turned away from randomization",
                body=f"Within {LIST_WARNING_DAYS} days {site.code} may be unable to randomize somebody of:\n"
                + "\n".join(lines)
                + f"\n{_LIST_HELP}\n",
            )
