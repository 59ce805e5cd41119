"""The worst case is the protocol's, not the list's: the need asks nothing of what anybody was given."""

from __future__ import annotations

import itertools
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.studies.domain.loading import SHIPPED, load
from apps.supply.domain.outlook import (
    BUCKETS,
    HORIZON,
    Need,
    Treated,
    needs,
    pace_words,
    sessions_ahead,
    stratum_words,
    words,
    worst_session,
)

TODAY = date(2026, 3, 10)
FLEXIBLE = load(SHIPPED / "transform_2.yaml")


@pytest.mark.parametrize(
    ("protocol", "worst"), [("transform_2", (3, 3)), ("nct04599855", (3, 3)), ("sustain_3", (3, 0))]
)
def test_the_worst_session_of_each_shipped_design(protocol: str, worst: tuple[int, int]) -> None:
    assert worst_session(load(SHIPPED / f"{protocol}.yaml"), devices=3) == worst


def test_a_quiet_site_must_be_able_to_serve_one_newcomer() -> None:
    sessions = sessions_ahead(FLEXIBLE, treated=[], recently=0, today=TODAY)
    assert len(sessions) == HORIZON + 1
    assert {day: count for day, count in enumerate(sessions) if count} == {
        visit.day - 1: 1 for visit in FLEXIBLE.dosing_visits
    }


def test_who_is_in_treatment_needs_the_visits_that_got_no_kits_yet_and_are_not_over() -> None:
    codes = [visit.code for visit in FLEXIBLE.dosing_visits]
    quiet = sessions_ahead(FLEXIBLE, treated=[], recently=0, today=TODAY)

    def more(person: Treated) -> int:
        return sum(sessions_ahead(FLEXIBLE, treated=[person], recently=0, today=TODAY)) - sum(quiet)

    assert more(Treated(TODAY, frozenset())) == len(codes)
    assert more(Treated(TODAY, frozenset(codes[:1]))) == len(codes) - 1
    assert more(Treated(TODAY - timedelta(days=200), frozenset(codes[:1]))) == 0


def test_a_busy_site_is_expected_to_go_on_like_that() -> None:
    sessions = sessions_ahead(FLEXIBLE, treated=[], recently=4, today=TODAY)
    assert [sessions[day] >= 1 for day in (0, 14, 28, 42, 56)] == [True] * 5
    assert sum(sessions) > 3 * sum(sessions_ahead(FLEXIBLE, treated=[], recently=0, today=TODAY))


@given(st.lists(st.integers(0, 4), max_size=60))
def test_needs_grow_and_end_with_everything(sessions: list[int]) -> None:
    found = needs(sessions, worst=(3, 2))
    assert [need.day for need in found] == [day for day, count in enumerate(sessions) if count]
    assert all(early.active < late.active for early, late in itertools.pairwise(found))
    if found:
        assert found[-1] == Need(found[-1].day, 3 * sum(sessions), 2 * sum(sessions))


def test_there_are_five_answers_and_the_database_gives_the_same() -> None:
    assert [words(days) for days in BUCKETS] == [
        *(
            f"This site may be unable to randomize or treat someone within {days} days."
            for days in BUCKETS[1:]
        ),
        "Covered for 56 days at least, whoever is randomized.",
    ]
    sql = Path("apps/supply/migrations/sql/0006_stock_outlook.sql").read_text()
    assert re.search(r"unnest\(ARRAY\[([\d, ]+)\]\)", sql).group(1) == ", ".join(map(str, BUCKETS))  # type: ignore[union-attr]


def test_a_stratum_is_told_in_the_same_five_steps() -> None:
    assert [stratum_words(days) for days in BUCKETS] == [
        *(
            f"This site may be unable to randomize someone in this stratum within {days} days."
            for days in BUCKETS[1:]
        ),
        "Covered for 56 days at least.",
    ]
    assert [pace_words(days) for days in BUCKETS] == [
        *("Less than 7 days", "7 to 14 days", "14 to 28 days", "28 to 56 days", "56 days or more")
    ]
