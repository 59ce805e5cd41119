from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from apps.accounts.models import User
from apps.accounts.selectors import system_user
from apps.audit.models import AuditEvent
from apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from apps.dosing.domain.events import DoseBegun
from apps.dosing.models import DosingSession
from apps.monitoring import services
from apps.monitoring.domain.watchers import WatchAct
from apps.monitoring.models import Finding, PrescriberMark, WatchChange
from apps.monitoring.selectors import prescribers_on_site, watch, watching
from apps.monitoring.services import PrescriberAbsent, WatchRefused
from apps.monitoring.tasks import unwatched_findings_raise
from apps.studies.domain.loading import digest, from_document
from apps.studies.domain.permissions import Role
from apps.studies.models import Delegation, ProtocolVersion
from tests.apps.monitoring.scene import seat
from tests.factories.cast import Cast, delegate, person_make

MINUTE = timedelta(minutes=1)


@pytest.fixture
def second(cast: Cast, at: datetime) -> User:
    """Another nurse of Berlin."""
    nurse = person_make("Nils Berg")
    delegate(nurse, Role.SESSION_NURSE, study=cast.study, site=cast.site, at=at)
    return nurse


def take(
    sessions: DosingSession | Iterable[DosingSession], by: User, at: datetime, version: int = 0, **given: Any
) -> Any:
    rows = [sessions] if isinstance(sessions, DosingSession) else list(sessions)
    return services.watch_take_over(expected={row.pk: version for row in rows}, by=by, at=at, **given)


def leave(
    session: DosingSession, by: User, at: datetime, version: int = 1, reason: str = "Fire alarm"
) -> Any:
    return services.watch_leave(expected={session.pk: version}, reason=reason, by=by, at=at)


def watcher_of(session: DosingSession, at: datetime) -> User | None:
    return watching(viewer=session.recorded_by, session_id=session.pk, now=at).watcher


def with_rule(cast: Cast, *, at: datetime, **changes: Any) -> Cast:
    """The cast under an amendment that says something else of who must be there."""
    document = {**cast.version.document, "monitoring": {**cast.version.document["monitoring"], **changes}}
    protocol = from_document(document)
    amended = ProtocolVersion.objects.create(
        study=cast.study,
        number=2,
        label="2.0",
        document=document,
        digest=digest(protocol),
        effective_at=at - timedelta(days=1),
        recorded_at=at,
        recorded_by=system_user(),
    )
    return replace(cast, version=amended)


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


# --- the first spray


def begun(session: DosingSession, by: User, at: datetime) -> None:
    services.watch_begin_with_spray(
        DoseBegun(session.participant_id, session.pk, dosed_at=session.dosed_at, by=by, at=at)
    )


def test_who_gives_the_first_spray_watches_from_it(cast: Cast, session: DosingSession, at: datetime) -> None:
    begun(session, cast.nurse, at + MINUTE)
    change = WatchChange.objects.get()
    assert (change.act, change.to_person, change.at, change.recorded_at, change.signature) == (
        WatchAct.SPRAY, cast.nurse, at, at + MINUTE, None,
    )  # fmt: skip
    assert AuditEvent.objects.filter(kind="watch.begun").exists()


def test_who_was_named_before_stays_the_watcher(
    cast: Cast, second: User, session: DosingSession, at: datetime
) -> None:
    take(session, second, at - 5 * MINUTE)
    begun(session, cast.nurse, at)
    assert watcher_of(session, at) == second


def test_a_spray_without_a_prescriber_is_noted_by_default(
    cast: Cast, session: DosingSession, at: datetime
) -> None:
    begun(session, cast.nurse, at)
    finding = Finding.objects.get(rule="NO_PRESCRIBER")
    assert (finding.raised_at, finding.severity) == (at, "watch")


def test_with_a_prescriber_nothing_is_noted(cast: Cast, session: DosingSession, at: datetime) -> None:
    services.prescriber_mark(site_id=cast.site.pk, on_site=True, by=cast.investigator, at=at - MINUTE)
    begun(session, cast.nurse, at)
    assert not Finding.objects.exists()


def test_where_the_protocol_says_so_there_is_no_spray_without_a_prescriber(cast: Cast, at: datetime) -> None:
    session = seat(with_rule(cast, at=at, without_prescriber="refuse"), at=at)
    with pytest.raises(PrescriberAbsent), transaction.atomic():
        begun(session, cast.nurse, at)
    mark(cast, at, on_site=True)
    begun(session, cast.nurse, at)


def test_who_watches_as_many_as_the_protocol_allows_gives_no_spray_before_another_is_named(
    cast: Cast, second: User, at: datetime
) -> None:
    cast = with_rule(cast, at=at, most_per_watcher=1)
    one, two = (seat(cast, at=at, chair=chair, number=f"DE01-000{chair}") for chair in (1, 2))
    take(one, cast.nurse, at)
    with pytest.raises(WatchRefused, match="Let somebody else take the watch"), transaction.atomic():
        begun(two, cast.nurse, at)
    take(two, second, at)
    begun(two, cast.nurse, at)


# --- presence


def mark(cast: Cast, at: datetime, *, on_site: bool, by: User | None = None) -> bool:
    return services.prescriber_mark(site_id=cast.site.pk, on_site=on_site, by=by or cast.investigator, at=at)


def test_a_prescriber_comes_and_goes_and_saying_it_twice_writes_once(cast: Cast, at: datetime) -> None:
    assert mark(cast, at, on_site=True)
    assert not mark(cast, at + MINUTE, on_site=True)
    (here,) = prescribers_on_site(site=cast.site, now=at + 2 * MINUTE)
    assert (here.person, here.since) == (cast.investigator, at)
    assert mark(cast, at + 3 * MINUTE, on_site=False)
    assert prescribers_on_site(site=cast.site, now=at + 3 * MINUTE) == ()
    told = AuditEvent.objects.filter(kind__startswith="prescriber.").order_by("id")
    assert [event.kind for event in told] == ["prescriber.arrived", "prescriber.left"]


def test_a_forgotten_prescriber_is_off_site_the_next_day_and_comes_again(cast: Cast, at: datetime) -> None:
    mark(cast, at, on_site=True)
    tomorrow = at + timedelta(days=1)
    assert prescribers_on_site(site=cast.site, now=tomorrow) == ()
    assert mark(cast, tomorrow, on_site=True)


def test_who_lost_the_delegation_is_no_prescriber(cast: Cast, at: datetime) -> None:
    mark(cast, at, on_site=True)
    Delegation.objects.filter(user=cast.investigator).update(ends_at=at + MINUTE)
    assert prescribers_on_site(site=cast.site, now=at + 2 * MINUTE) == ()


def test_only_prescribers_mark_themselves_and_only_at_their_site(cast: Cast, at: datetime) -> None:
    for person in (cast.nurse, cast.coordinator, cast.monitor):
        with pytest.raises(NotAllowed):
            mark(cast, at, on_site=True, by=person)
    for person in (cast.other_investigator, cast.rater, cast.sponsor):
        with pytest.raises(NotFound):
            mark(cast, at, on_site=True, by=person)


# --- by the clock


def ticks(at: datetime) -> int:
    return services.unwatched_findings_raise(by=system_user(), at=at)


def test_each_gap_is_told_once_after_the_minutes_of_the_protocol(
    cast: Cast, session: DosingSession, at: datetime
) -> None:
    take(session, cast.nurse, at)
    leave(session, cast.nurse, at + 10 * MINUTE)
    assert [ticks(at + minute * MINUTE) for minute in (11, 12, 13, 14)] == [0, 0, 1, 0]
    finding = Finding.objects.get(rule="UNWATCHED")
    assert (finding.severity, finding.raised_at, finding.notify) == (
        "urgent", at + 12 * MINUTE, ["SESSION_NURSE", "INVESTIGATOR"],
    )  # fmt: skip
    seen = watch(viewer=cast.nurse, session_id=session.pk, now=at + 14 * MINUTE)
    assert [entry.rule for entry in seen.unacknowledged] == ["UNWATCHED"]
    take(session, cast.nurse, at + 15 * MINUTE, version=2)
    seen = watch(viewer=cast.nurse, session_id=session.pk, now=at + 15 * MINUTE)
    assert seen.unacknowledged == ()
    leave(session, cast.nurse, at + 20 * MINUTE, version=3)
    assert ticks(at + 23 * MINUTE) == 1


def test_nobody_is_missed_before_the_spray_or_after_the_end(cast: Cast, at: datetime) -> None:
    seat(cast, at=at, minutes=None)
    seat(cast, at=at, minutes=300, chair=2, number="DE01-0002", state="DISCHARGED", ended_at=at)
    assert ticks(at + 60 * MINUTE) == 0


def test_who_loses_the_delegation_loses_the_watch(cast: Cast, session: DosingSession, at: datetime) -> None:
    take(session, cast.nurse, at)
    assert services.watches_lapse(by=system_user(), at=at + MINUTE) == 0
    Delegation.objects.filter(user=cast.nurse).update(ends_at=at + 2 * MINUTE)
    assert services.watches_lapse(by=system_user(), at=at + 3 * MINUTE) == 1
    change = WatchChange.objects.get(ordinal=2)
    assert (change.act, change.from_person, change.to_person, change.at) == (
        WatchAct.LAPSED, cast.nurse, None, at + 3 * MINUTE,
    )  # fmt: skip


def test_the_task_is_both_services_by_the_system(cast: Cast, session: DosingSession, at: datetime) -> None:
    import time_machine

    with time_machine.travel(at + 5 * MINUTE, tick=False):
        unwatched_findings_raise()
        unwatched_findings_raise()
    assert Finding.objects.get(rule="UNWATCHED").recorded_by == system_user()


# --- what the database itself refuses


def row(session: DosingSession, at: datetime, **changes: Any) -> WatchChange:
    given = {
        "session": session, "ordinal": 1, "act": "TAKEN", "to_person": session.recorded_by, "at": at,
        "signature": uuid4(), "recorded_at": at, "recorded_by": session.recorded_by,
    }  # fmt: skip
    return WatchChange.objects.create(**{**given, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"ordinal": 2},  # a row before it is missing
        {"ordinal": 0},
        {"signature": None},
        {"act": "LEFT"},
        {"act": "NAPPED"},
        {"to_person": None},
        {"reason": "because"},
        {"recorded_at": datetime(2026, 3, 10, 10, 0, tzinfo=UTC)},  # dated back
    ],
)
def test_the_database_takes_no_watch_that_can_not_be(
    cast: Cast, session: DosingSession, at: datetime, changes: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        row(session, at, **changes)


def test_the_database_knows_no_two_watchers(
    cast: Cast, second: User, session: DosingSession, at: datetime
) -> None:
    row(session, at)
    for changes in (
        {"ordinal": 1, "to_person": second, "recorded_by": second},  # numbered twice
        {"ordinal": 2, "to_person": second, "recorded_by": second},  # takes from nobody who had somebody
        {
            "ordinal": 2,
            "from_person": second,
            "to_person": cast.investigator,
            "recorded_by": cast.investigator,
        },
        {"ordinal": 2, "from_person": cast.nurse, "to_person": second},  # signed by another
        {"ordinal": 2, "from_person": cast.nurse, "to_person": cast.nurse},  # changes nothing
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            row(session, at + MINUTE, **changes)
    row(session, at + MINUTE, ordinal=2, from_person=cast.nurse, to_person=second, recorded_by=second)


def test_the_database_watches_nobody_after_the_end(cast: Cast, at: datetime) -> None:
    gone = seat(cast, at=at, minutes=130, state="DISCHARGED", ended_at=at - MINUTE)
    with pytest.raises(IntegrityError), transaction.atomic():
        row(gone, at)


def test_rows_can_be_neither_changed_nor_taken_away(cast: Cast, session: DosingSession, at: datetime) -> None:
    made = row(session, at)
    mark(cast, at, on_site=True)
    for refused in (
        lambda: WatchChange.objects.filter(pk=made.pk).update(at=at - MINUTE),
        lambda: PrescriberMark.objects.update(on_site=False),
        lambda: PrescriberMark.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            refused()


def test_the_database_lets_nobody_mark_another(cast: Cast, at: datetime) -> None:
    for changes in ({"recorded_by": cast.nurse}, {"at": at - MINUTE}):
        given = {
            "site": cast.site, "person": cast.investigator, "on_site": True, "at": at, "recorded_at": at,
            "recorded_by": cast.investigator,
        }  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            PrescriberMark.objects.create(**{**given, **changes})
