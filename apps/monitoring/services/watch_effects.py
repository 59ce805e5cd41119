"""What becomes of a watch by itself: asked before the dose, begun with the first spray, ended with the right to it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.core.events import publish
from apps.core.exceptions import Refused
from apps.dosing.domain.events import ClearingBegins, DoseBegun
from apps.dosing.models import DosingSession
from apps.monitoring import selectors
from apps.monitoring.domain.events import SprayAgainstRule
from apps.monitoring.domain.watchers import NO_PRESCRIBER, WATCHER_LIMIT, WatchAct
from apps.monitoring.models import Finding
from apps.monitoring.services.steps import act_record
from apps.monitoring.services.watch_rows import change_write, sessions_to_lock

LAPSED = "The right to watch at this site ended."


class DoseUnattended(Refused):
    """The protocol wants somebody there before the dose who is not."""

    code = "dose_unattended"
    title = "The dose may not be given yet"


def watch_check_before_dose(event: ClearingBegins) -> None:
    """
    React to a session about to be cleared: who would be there? This is the last moment to refuse, before the spray.

    :raises DoseUnattended: with every ground: no prescriber on site where the protocol gives no dose without one; more
        participants for whoever clears than it allows, and nobody else has the watch
    """
    session = sessions_to_lock().get(pk=event.session_id)
    grounds = selectors.dose_grounds(session, by=event.by, now=event.at)
    if grounds:
        raise DoseUnattended.because(grounds)


def watch_begin_with_spray(event: DoseBegun) -> None:
    """
    React to the first spray: whoever gave it watches from T0, unless another took the watch before.

    The spray has happened, so nothing is refused any more. What it went against is raised as a finding, and told to
    the apps above where the protocol would have refused it before.
    """
    by, at = event.by, event.at
    session = sessions_to_lock().get(pk=event.session_id)
    rule = selectors.rule_of(session)
    if not selectors.prescribers_on_site(site=session.site, now=event.dosed_at):
        _against(
            event,
            session,
            rule=NO_PRESCRIBER,
            message="First spray while no prescriber was marked on site",
            action="Fetch a prescriber. A prescriber who is here marks themselves on site.",
            departs=rule.without_prescriber == "refuse",
        )

    entry = selectors.watching_of([session], now=at)[session.pk]
    if entry.watcher is not None or not selectors.may_watch(by, session, at=at):
        return
    held, most = len(selectors.watched_by(by, now=at)) + 1, selectors.most_for(by, [session], at=at)
    begins = max([event.dosed_at, *(change.at for change in entry.changes)])
    change = change_write(entry, act=WatchAct.SPRAY, to=by, by=by, at=at, happened_at=begins)
    act_record("watch.begun", session, subject=change, by=by, at=at, detail={"to": by.email})
    if most is not None and held > most:
        _against(
            event,
            session,
            rule=WATCHER_LIMIT,
            message=f"{by} watches {held} participants since this first spray; the protocol allows {most} at once",
            action="Let somebody else take over the watch.",
            departs=True,
        )


@transaction.atomic
def watches_lapse(*, by: User, at: datetime) -> int:
    """End the watch of everybody who may no longer watch at the site, and return how many ended. The clock's work."""
    sessions = list(sessions_to_lock().filter(ended_at__isnull=True, watch_changes__isnull=False).distinct())
    ended = 0
    for entry in selectors.watching_of(sessions, now=at).values():
        if entry.watcher is None or selectors.may_watch(entry.watcher, entry.session, at=at):
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


def _against(
    event: DoseBegun, session: DosingSession, *, rule: str, message: str, action: str, departs: bool
) -> None:
    finding = Finding.objects.create(
        session=session,
        key=rule,
        rule=rule,
        severity="watch",
        message=message[:300],
        action=action,
        notify=["INVESTIGATOR"],
        raised_at=event.dosed_at,
        recorded_at=event.at,
        recorded_by=event.by,
    )
    act_record("finding.raised", session, subject=finding, by=event.by, at=event.at, detail={"key": rule})
    if departs:
        publish(
            SprayAgainstRule(
                participant_id=session.participant_id,
                session_id=session.pk,
                finding_id=finding.pk,
                rule=rule,
                happened=f"{message}.",
                sprayed_at=event.dosed_at,
                by=event.by,
                at=event.at,
            )
        )
