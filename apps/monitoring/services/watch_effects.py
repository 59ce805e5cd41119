"""What becomes of a watch by itself: it begins with the first spray, and ends with the right to it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.core.exceptions import Reason, Refused
from apps.dosing.domain.events import DoseBegun
from apps.dosing.models import DosingSession
from apps.monitoring import selectors
from apps.monitoring.domain.watchers import NO_PRESCRIBER, WatchAct
from apps.monitoring.models import Finding
from apps.monitoring.services.steps import act_record
from apps.monitoring.services.watch_rows import WatchRefused, change_write, may_watch, sessions_to_lock

LAPSED = "The right to watch at this site ended."


class PrescriberAbsent(Refused):
    """The protocol wants a prescriber on site before the first spray."""

    code = "prescriber_absent"
    title = "No prescriber is on site"


def watch_begin_with_spray(event: DoseBegun) -> None:
    """
    React to the first spray: whoever gave it watches from T0, unless another took the watch before.

    :raises PrescriberAbsent: if no prescriber is on site and the protocol refuses that
    :raises WatchRefused: if the giver would watch more participants than the protocol allows at once
    """
    by, at = event.by, event.at
    session = sessions_to_lock().get(pk=event.session_id)
    rule = selectors.rule_of(session)
    if not selectors.prescribers_on_site(site=session.site, now=event.dosed_at):
        if rule.without_prescriber == "refuse":
            raise PrescriberAbsent(
                Reason(
                    "prescriber_absent",
                    "No prescriber is marked on site; the protocol gives no first spray without one.",
                )
            )
        _absence_note(session, sprayed_at=event.dosed_at, by=by, at=at)

    entry = selectors.watching_of([session], now=at)[session.pk]
    if entry.watcher is not None or not may_watch(by, session, at=at):
        return
    if rule.most_per_watcher is not None:
        held = len(selectors.watched_by(by, now=at)) + 1
        if held > rule.most_per_watcher:
            raise WatchRefused(
                Reason(
                    "too_many",
                    f"You would watch {held} participants; the protocol allows {rule.most_per_watcher} at once. "
                    "Let somebody else take the watch before the spray.",
                )
            )
    begins = max([event.dosed_at, *(change.at for change in entry.changes)])
    change = change_write(entry, act=WatchAct.SPRAY, to=by, by=by, at=at, happened_at=begins)
    act_record("watch.begun", session, subject=change, by=by, at=at, detail={"to": by.email})


@transaction.atomic
def watches_lapse(*, by: User, at: datetime) -> int:
    """End the watch of everybody who may no longer watch at the site, and return how many ended. The clock's work."""
    sessions = list(sessions_to_lock().filter(ended_at__isnull=True, watch_changes__isnull=False).distinct())
    ended = 0
    for entry in selectors.watching_of(sessions, now=at).values():
        if entry.watcher is None or may_watch(entry.watcher, entry.session, at=at):
            continue
        sessions_to_lock().select_for_update(of=("self",), no_key=True).get(pk=entry.session.pk)
        (fresh,) = selectors.watching_of([entry.session], now=at).values()
        if fresh.watcher is None or fresh.version != entry.version:
            continue
        change = change_write(fresh, act=WatchAct.LAPSED, to=None, by=by, at=at, reason=LAPSED)
        act_record(
            "watch.lapsed",
            entry.session,
            subject=change,
            by=by,
            at=at,
            reason=LAPSED,
            detail={"from": entry.watcher.email},
        )
        ended += 1
    return ended


def _absence_note(session: DosingSession, *, sprayed_at: datetime, by: User, at: datetime) -> None:
    finding = Finding.objects.create(
        session=session,
        key=NO_PRESCRIBER,
        rule=NO_PRESCRIBER,
        severity="watch",
        message="First spray while no prescriber was marked on site",
        action="Fetch a prescriber. A prescriber who is here marks themselves on site.",
        notify=["INVESTIGATOR"],
        raised_at=sprayed_at,
        recorded_at=at,
        recorded_by=by,
    )
    act_record("finding.raised", session, subject=finding, by=by, at=at, detail={"key": NO_PRESCRIBER})
