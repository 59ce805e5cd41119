"""What the database itself refuses of watches and marks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from apps.accounts.models import User
from apps.dosing.models import DosingSession
from apps.monitoring.models import PrescriberMark, WatchChange
from tests.apps.monitoring.scene import seat
from tests.apps.monitoring.watch import MINUTE, mark
from tests.factories.cast import Cast


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
