"""Readings reach the analysis with the day they were taken, and the protocol's rule decides which of them count."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from apps.endpoints.domain.readings import Left
from apps.endpoints.domain.values import TrialRecords
from apps.endpoints.selectors import records_read
from apps.instruments.models import Rating
from apps.participants.models import Participant
from apps.studies.domain.protocol import Protocol
from apps.studies.domain.protocol.windowing import Windowing
from apps.studies.selectors import protocol_of
from tests.factories.cast import Cast

DAY = timedelta(days=1)


def read(cast: Cast, at: datetime, **rule: object) -> TrialRecords:
    """What a report is computed from, under a rule."""
    protocol: Protocol = protocol_of(cast.version)
    endpoints = protocol.endpoints.model_copy(update={"windowing": Windowing(**rule)})
    return records_read(
        study=cast.study,
        protocol=protocol.model_copy(update={"endpoints": endpoints}),
        cut_at=at + 60 * DAY,
        arms=None,
    )


def rate(cast: Cast, one: Participant, visit: str, when: datetime, total: int, **more: object) -> Rating:
    return Rating.objects.create(
        participant=one, instrument="MADRS", visit_code=visit, items={}, total=total, observed_at=when,
        entered_at=when, recorded_at=when, recorded_by=cast.rater, **more,
    )  # fmt: skip


@pytest.fixture
def one(reported: Cast, at: datetime) -> Participant:
    """Somebody without a Day 28, with a reading at no planned visit and a correction that moves Day 22."""
    found = Participant.objects.filter(study=reported.study).order_by("number")[3]
    rate(reported, found, "X1", at + 26 * DAY, 21)  # Day 27
    old = Rating.objects.get(participant=found, visit_code="D22")
    rate(reported, found, "D22", at + 19 * DAY, 23, supersedes=old, change_reason="The date was wrong")
    return found


def fates(records: TrialRecords, number: str) -> dict[str, tuple[int | None, str | None, bool | None]]:
    return {
        placed.reading.visit: (placed.reading.day, placed.counts_for, placed.in_window)
        for placed in records.readings
        if placed.reading.number == number
    }


def test_as_planned_by_window_and_without_gaps(reported: Cast, at: datetime, one: Participant) -> None:
    planned = read(reported, at)
    assert fates(planned, one.number)["X1"] == (27, None, None)
    assert fates(planned, one.number)["D22"] == (20, "D22", False)  # as last corrected: two days early
    assert dict(planned.series("MADRS")[one.number].visits).keys() == {2, 8, 15, 22}

    windows = read(reported, at, rule="visit_windows")
    assert fates(windows, one.number)["D22"] == (20, None, False)
    assert windows.series("MADRS")[one.number].visits.keys() == {2, 8, 15}

    contiguous = read(reported, at, rule="contiguous")
    assert fates(contiguous, one.number)["X1"] == (27, "D28", None)
    assert contiguous.series("MADRS")[one.number].visits[28] == 21
    assert contiguous.series("MADRS")[one.number].visits[22] == 23


def test_days_are_those_of_the_sites_calendar(reported: Cast, at: datetime, one: Participant) -> None:
    late = (
        at.replace(hour=22, minute=30) + 27 * DAY
    )  # half past eleven or later in Berlin, and the next day there
    rate(reported, one, "D28", late + timedelta(hours=1), 20)
    assert fates(read(reported, at), one.number)["D28"][0] == 29


def test_what_came_after_the_cut_is_not_read(reported: Cast, at: datetime, one: Participant) -> None:
    protocol = protocol_of(reported.version)
    early = records_read(study=reported.study, protocol=protocol, cut_at=at + 23 * DAY, arms=None)
    known = fates(early, one.number)
    assert "X1" not in known
    assert known["D22"][0] == 20
    assert all(placed.why in (None, Left.UNSCHEDULED) for placed in early.readings)


def test_an_item_is_read_where_its_scale_has_no_total(reported: Cast, at: datetime, one: Participant) -> None:
    def entered(visit: str, when: datetime, vas: int | None) -> None:
        items = {"mobility": 1, "self_care": 1, "usual_activities": 2, "pain": 1, "anxiety": 3, "vas": vas}
        Rating.objects.create(
            participant=one, instrument="EQ5D5L", visit_code=visit, items=items, total=None, observed_at=when,
            entered_at=when, recorded_at=when, recorded_by=reported.coordinator,
        )  # fmt: skip

    entered("D1", at, 45)
    entered("D15", at + 14 * DAY, None)  # asked, and the scale left empty
    entered("D28", at + 27 * DAY, 70)
    for rule in ({}, {"rule": "contiguous"}):
        series = read(reported, at, **rule).series("EQ5D5L.vas")
        assert list(series) == [one.number]
        assert (series[one.number].baseline, dict(series[one.number].visits)) == (45.0, {28: 70.0})
