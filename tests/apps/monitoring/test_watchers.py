"""Taking over the watch and leaving it."""

from __future__ import annotations

from datetime import datetime

import pytest

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from apps.dosing.models import DosingSession
from apps.monitoring import services
from apps.monitoring.models import WatchChange
from apps.monitoring.selectors import watch
from apps.monitoring.services import WatchRefused
from tests.apps.monitoring.scene import seat
from tests.apps.monitoring.watch import MINUTE, leave, take, watcher_of, with_rule
from tests.factories.cast import Cast


def test_a_handover_of_several_is_one_signature_and_names_giver_and_taker(
    cast: Cast, second: User, at: datetime
) -> None:
    rows = [seat(cast, at=at, chair=chair, number=f"DE01-000{chair}") for chair in (1, 2, 3)]
    take(rows, cast.nurse, at)
    take(rows, second, at + 40 * MINUTE, version=1)
    changes = WatchChange.objects.filter(ordinal=2)
    assert {(row.from_person, row.to_person, row.recorded_by, row.at) for row in changes} == {
        (cast.nurse, second, second, at + 40 * MINUTE)
    }
    assert changes.values("signature").distinct().count() == 1
    told = AuditEvent.objects.filter(kind="watch.taken", actor_id=second.pk)
    assert {(event.detail["from"], event.detail["to"]) for event in told} == {
        (cast.nurse.email, second.email)
    }
    assert told.count() == 3


def test_who_signed_at_anothers_screen_is_kept(
    cast: Cast, second: User, session: DosingSession, at: datetime
) -> None:
    take(session, second, at, screen_of=cast.nurse)
    assert AuditEvent.objects.get(kind="watch.taken").detail["signed_in"] == cast.nurse.email


def test_an_old_page_is_refused_whole_with_who_watches_now(cast: Cast, second: User, at: datetime) -> None:
    one, two = (seat(cast, at=at, chair=chair, number=f"DE01-000{chair}") for chair in (1, 2))
    take(one, second, at)
    with pytest.raises(Conflict) as refusal:
        take([one, two], cast.nurse, at + MINUTE)
    (reason,) = refusal.value.reasons
    assert "Chair 1, DE01-0001, is watched by Nils Berg (version 1)" in reason.message
    assert reason.field == str(one.pk)
    assert watcher_of(two, at + MINUTE) is None


def test_taking_twice_is_told_so(cast: Cast, session: DosingSession, at: datetime) -> None:
    take(session, cast.nurse, at)
    with pytest.raises(Conflict, match="is watched by Nadia Klein"):
        take(session, cast.nurse, at + MINUTE, version=1)


def test_who_leaves_says_why_and_nobody_watches(cast: Cast, session: DosingSession, at: datetime) -> None:
    take(session, cast.nurse, at)
    with pytest.raises(Invalid):
        leave(session, cast.nurse, at + 2 * MINUTE, reason="  ")
    leave(session, cast.nurse, at + 2 * MINUTE)
    seen = watch(viewer=cast.nurse, session_id=session.pk, now=at + 3 * MINUTE).watching
    assert seen
    assert (seen.watcher, seen.gap and seen.gap.since) == (None, at + 2 * MINUTE)
    assert AuditEvent.objects.get(kind="watch.left").reason == "Fire alarm"


def test_nobody_leaves_for_another(cast: Cast, second: User, session: DosingSession, at: datetime) -> None:
    take(session, cast.nurse, at)
    with pytest.raises(Conflict, match="is watched by Nadia Klein"):
        leave(session, second, at + MINUTE)


def test_after_the_end_nobody_takes_over(cast: Cast, at: datetime) -> None:
    gone = seat(cast, at=at, minutes=130, state="DISCHARGED", ended_at=at - MINUTE)
    with pytest.raises(WatchRefused, match="has left"):
        take(gone, cast.nurse, at)


@pytest.mark.parametrize("role", ["COORDINATOR", "MONITOR", "SAFETY_PHYSICIAN"])
def test_who_may_not_observe_may_not_watch(
    cast: Cast, session: DosingSession, at: datetime, role: str
) -> None:
    with pytest.raises(NotAllowed):
        take(session, cast.by_role[role], at)


@pytest.mark.parametrize(
    "role", ["EFFICACY_RATER", "SPONSOR", "PHARMACIST", "UNBLINDED_STATISTICIAN", "OUTSIDER"]
)
def test_for_others_there_is_nobody_to_watch(
    cast: Cast, session: DosingSession, at: datetime, role: str
) -> None:
    with pytest.raises(NotFound):
        take(session, cast.by_role[role], at)


def test_another_sites_nurse_finds_nobody(cast: Cast, session: DosingSession, at: datetime) -> None:
    with pytest.raises(NotFound):
        take(session, cast.other_nurse, at)
    with pytest.raises(Invalid):
        services.watch_take_over(expected={}, by=cast.nurse, at=at)


def test_the_protocols_limit_refuses_one_too_many_but_never_somebody_unwatched(
    cast: Cast, second: User, at: datetime
) -> None:
    cast = with_rule(cast, at=at, most_per_watcher=2)
    one, two, three = (seat(cast, at=at, chair=chair, number=f"DE01-000{chair}") for chair in (1, 2, 3))
    take([one, two], cast.nurse, at)
    take(three, second, at)
    with pytest.raises(WatchRefused, match="3 participants for one person; the protocol allows 2"):
        take(three, cast.nurse, at + MINUTE, version=1)
    leave(three, second, at + 2 * MINUTE)
    take(three, cast.nurse, at + 3 * MINUTE, version=2)
    assert watcher_of(three, at + 3 * MINUTE) == cast.nurse
