"""Intercurrent events and what each strategy makes of the same records."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.endpoints.domain.estimands import (
    AnalysisValue,
    IntercurrentEvent,
    Origin,
    Strategy,
    analysis_values,
    back_to_baseline,
)
from apps.endpoints.domain.values import NotAnalysable
from apps.studies.domain.protocol.endpoints import Strategy as ProtocolStrategy
from tests.domain.endpoints.cast import madrs

DAYS = (2, 8, 15, 28)
SERIES = madrs("1", 40, {2: 36, 8: 30, 15: 24, 28: 18})
STOPPED = IntercurrentEvent("1", "stopping", 8)


def rows(strategy: Strategy, *events: IntercurrentEvent) -> dict[int, AnalysisValue]:
    found = analysis_values(
        [SERIES],
        days=DAYS,
        events=events or (STOPPED,),
        strategies={"stopping": strategy, "rescue": Strategy.COMPOSITE, "pause": Strategy.TREATMENT_POLICY},
        failure=back_to_baseline,
    )
    return {one.day: one for one in found}


@pytest.mark.parametrize(
    ("strategy", "scores", "origin"),
    [
        (Strategy.TREATMENT_POLICY, [36, 30, 24, 18], Origin.MEASURED),
        (Strategy.HYPOTHETICAL, [36, 30, None, None], Origin.SET_MISSING),
        (Strategy.COMPOSITE, [36, 30, 40, 40], Origin.FAILURE),
        (Strategy.WHILE_ON_TREATMENT, [36, 30, 30, 30], Origin.LAST_ON_TREATMENT),
    ],
)
def test_each_strategy(strategy: Strategy, scores: list[float | None], origin: Origin) -> None:
    found = rows(strategy)
    assert [found[day].score for day in DAYS] == scores
    assert found[8].origin is Origin.MEASURED  # the day of the event lies before it
    assert found[28].origin is origin
    assert found[28].measured == 18
    assert found[28].event == (None if strategy is Strategy.TREATMENT_POLICY else STOPPED)


def test_the_reason_names_the_event() -> None:
    assert rows(Strategy.HYPOTHETICAL)[28].reason == "does not count after stopping on Day 8"
    assert rows(Strategy.COMPOSITE)[28].reason == "counts as failure after stopping on Day 8"
    last = rows(Strategy.WHILE_ON_TREATMENT)[28].reason
    assert last == "value of Day 8, the last before stopping on Day 8"
    early = rows(Strategy.WHILE_ON_TREATMENT, IntercurrentEvent("1", "stopping", 1))[28]
    assert (early.score, early.reason) == (None, "no value before stopping on Day 1")
    assert rows(Strategy.COMPOSITE)[28].change == 0


def test_the_earliest_event_decides_and_on_one_day_failure_does() -> None:
    rescue = IntercurrentEvent("1", "rescue", 8)
    assert rows(Strategy.HYPOTHETICAL, STOPPED, rescue)[28].origin is Origin.FAILURE
    later = IntercurrentEvent("1", "rescue", 9)
    assert rows(Strategy.HYPOTHETICAL, later, STOPPED)[28].origin is Origin.SET_MISSING
    pause = IntercurrentEvent("1", "pause", 2)
    assert rows(Strategy.HYPOTHETICAL, pause, STOPPED)[8].score == 30


def test_what_was_not_measured_is_missing_and_says_so() -> None:
    (found,) = analysis_values([madrs("1", 40, {})], days=[28], events=[], strategies={})
    assert (found.score, found.origin, found.reason, found.change) == (
        None,
        Origin.MISSING,
        "not measured",
        None,
    )


def test_faults_are_named() -> None:
    with pytest.raises(NotAnalysable, match="No strategy is set for stopping"):
        analysis_values([SERIES], days=DAYS, events=[STOPPED], strategies={})
    with pytest.raises(NotAnalysable, match="failure value"):
        analysis_values([SERIES], days=DAYS, events=[STOPPED], strategies={"stopping": Strategy.COMPOSITE})
    with pytest.raises(NotAnalysable, match="two series"):
        analysis_values([SERIES, SERIES], days=DAYS, events=[], strategies={})


def test_the_words_are_the_protocols() -> None:
    assert {one.value for one in Strategy} == set(ProtocolStrategy.__args__)


@given(
    st.dictionaries(st.sampled_from(DAYS), st.integers(0, 60)),
    st.integers(1, 30),
    st.sampled_from(Strategy),
)
def test_nothing_before_the_event_changes_and_nothing_measured_is_lost(
    visits: dict[int, int], day: int, strategy: Strategy
) -> None:
    found = analysis_values(
        [madrs("1", 40, dict(visits))],
        days=DAYS,
        events=[IntercurrentEvent("1", "stopping", day)],
        strategies={"stopping": strategy},
        failure=back_to_baseline,
    )
    assert {one.day: one.measured for one in found} == {d: visits.get(d) for d in DAYS}
    for one in found:
        if one.day <= day or strategy is Strategy.TREATMENT_POLICY:
            assert one.score == visits.get(one.day)
