"""Taking over the watch, and leaving it: one act, one signature, for one participant or for a whole shift."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from apps.accounts.models import User
from apps.core.exceptions import Conflict, Invalid, NotFound, Reason
from apps.monitoring import selectors
from apps.monitoring.domain.watchers import WatchAct, limit_reasons
from apps.monitoring.selectors import Watching
from apps.monitoring.services.steps import act_record
from apps.monitoring.services.watch_rows import WatchRefused, change_write, sessions_to_lock
from apps.studies import access
from apps.studies.domain.permissions import Permission

REASON_LENGTH = 200


@transaction.atomic
def watch_take_over(
    *, expected: Mapping[UUID, int], by: User, at: datetime, screen_of: User | None = None
) -> list[Watching]:
    """
    Watch these participants from now on, all or none. The page or endpoint has checked the signature of `by`.

    `expected` names each session with the version of its watch as the signer saw it. `screen_of` is whoever was signed
    in at the screen, where that was another.

    :raises NotFound: if a session is not there for `by`
    :raises NotAllowed: if `by` may not watch at a site
    :raises Invalid: if nobody is named
    :raises Conflict: if a watch changed hands meanwhile, or `by` has it already, with who watches now
    :raises WatchRefused: with every ground: a participant has left, more than the protocol allows at once
    """
    watchings = _locked(expected, by=by, at=at)
    _version_check(watchings, expected)
    grounds = _over(watchings)
    own = [entry for entry in watchings if entry.watcher == by]
    if own and not grounds:
        raise Conflict.because(
            Reason("watched_already", f"{_place(entry)} is watched by {by} already.", "sessions")
            for entry in own
        )
    others = sum(entry.watcher is not None for entry in watchings)
    grounds += limit_reasons(
        watches_already=len(selectors.watched_by(by, now=at)),
        takes_from_others=others,
        takes_unwatched=len(watchings) - others,
        most=selectors.most_for(by, [entry.session for entry in watchings], at=at),
    )
    if grounds:
        raise WatchRefused.because(grounds)

    signature = uuid4()
    for entry in watchings:
        change = change_write(entry, act=WatchAct.TAKEN, to=by, by=by, at=at, signature=signature)
        act_record(
            "watch.taken",
            entry.session,
            subject=change,
            by=by,
            at=at,
            detail={
                "from": entry.watcher.email if entry.watcher else None,
                "to": by.email,
                "signature": str(signature),
                "signed_in": screen_of.email if screen_of else by.email,
            },
        )
    return _again(watchings, at=at)


@transaction.atomic
def watch_leave(*, expected: Mapping[UUID, int], reason: str, by: User, at: datetime) -> list[Watching]:
    """
    Leave these participants although nobody takes over. From now on nobody watches them, and everybody is told.

    The page or endpoint has checked the signature.

    :raises NotFound: if a session is not there for `by`
    :raises NotAllowed: if `by` may not watch at a site
    :raises Invalid: if nobody is named, or no reason is given
    :raises Conflict: if a watch changed hands meanwhile, or is not that of `by`, with who watches now
    """
    watchings = _locked(expected, by=by, at=at)
    given = reason.strip()
    if not given or len(given) > REASON_LENGTH:
        raise Invalid(
            Reason(
                "reason_needed", f"Say in at most {REASON_LENGTH} characters why nobody takes over.", "reason"
            )
        )
    _version_check(watchings, expected)
    foreign = [entry for entry in watchings if entry.watcher != by]
    if foreign:
        raise Conflict.because(_state(entry) for entry in foreign)
    signature = uuid4()
    for entry in watchings:
        change = change_write(
            entry, act=WatchAct.LEFT, to=None, by=by, at=at, signature=signature, reason=given
        )
        act_record(
            "watch.left",
            entry.session,
            subject=change,
            by=by,
            at=at,
            reason=given,
            detail={"from": by.email, "signature": str(signature)},
        )
    return _again(watchings, at=at)


def _locked(expected: Mapping[UUID, int], *, by: User, at: datetime) -> list[Watching]:
    """Load the sessions locked, always in the same order, and see that `by` may watch at their sites."""
    if not expected:
        raise Invalid(Reason("nobody_chosen", "Choose at least one participant.", "sessions"))
    visible = access.sites_where(user=by, permission=Permission.SESSION_READ, now=at)
    rows = sessions_to_lock().filter(pk__in=list(expected), site__in=visible)
    sessions = list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))
    if len(sessions) != len(expected):
        raise NotFound("There is no such session.")
    for site_id in {session.site_id for session in sessions}:
        access.check(user=by, permission=Permission.WATCH_TAKE, site_id=site_id, now=at)
    found = selectors.watching_of(sessions, now=at)
    return sorted(found.values(), key=lambda entry: (entry.session.chair, str(entry.session.pk)))


def _version_check(watchings: Collection[Watching], expected: Mapping[UUID, int]) -> None:
    changed = [entry for entry in watchings if entry.version != expected[entry.session.pk]]
    if changed:
        raise Conflict.because(_state(entry) for entry in changed)


def _state(entry: Watching) -> Reason:
    """Say who watches now: what somebody must know whose page was too old."""
    if entry.is_over:
        now = "has left"
    elif entry.watcher is None:
        now = "is watched by nobody"
    else:
        now = f"is watched by {entry.watcher}"
    return Reason(
        "watch_changed",
        f"{_place(entry)} {now} (version {entry.version}). Nothing was signed; look again.",
        str(entry.session.pk),
    )


def _over(watchings: Collection[Watching]) -> tuple[Reason, ...]:
    return tuple(
        Reason("session_over", f"{_place(entry)} has left.", "sessions")
        for entry in watchings
        if entry.is_over
    )


def _place(entry: Watching) -> str:
    return f"Chair {entry.session.chair}, {entry.session.participant.number},"


def _again(watchings: Collection[Watching], *, at: datetime) -> list[Watching]:
    return list(selectors.watching_of([entry.session for entry in watchings], now=at).values())
