"""How long a stratum goes on: careful, in steps, never better for more people, and blind to how a list was built."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.randomization.domain.outlook import (
    CONFIDENCE,
    LEAST_DAYS,
    RATE_DAYS,
    STEPS,
    Limit,
    cautious_count,
    days_of_pace,
    span_of,
    step_of,
)

COUNTS = st.integers(0, 200)
DAYS = st.integers(LEAST_DAYS, RATE_DAYS)


@pytest.mark.parametrize(
    ("count", "limit"), [(0, 2.9957), (1, 4.7439), (2, 6.2958), (5, 10.5130), (10, 16.9622), (30, 40.6906)]
)
def test_the_cautious_pace_is_garwoods_upper_limit(count: int, limit: float) -> None:
    """Of his table (Biometrika 1936, 28:437), one-sided 95 %."""
    assert cautious_count(count) == pytest.approx(limit, abs=5e-4)


@given(COUNTS)
def test_the_cautious_pace_leaves_five_chances_in_a_hundred(count: int) -> None:
    mean = cautious_count(count)
    chance = math.fsum(math.exp(n * math.log(mean) - mean - math.lgamma(n + 1)) for n in range(count + 1))
    assert chance == pytest.approx(1 - CONFIDENCE, abs=1e-9)
    assert mean > count


def test_a_count_is_never_negative() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        cautious_count(-1)


@given(left=COUNTS, recently=COUNTS, observed=DAYS)
def test_the_careful_end_of_the_interval_comes_first(left: int, recently: int, observed: int) -> None:
    span = span_of([Limit("places", left, recently)], observed_days=observed)
    assert span.days in STEPS
    assert span.days_at_pace in STEPS
    assert span.days <= span.days_at_pace
    assert span.kinds == (("places",) if span.days < STEPS[-1] else ())


@given(left=COUNTS, recently=COUNTS, observed=DAYS, more=st.integers(0, 50))
def test_more_places_never_end_sooner_and_more_people_never_later(
    left: int, recently: int, observed: int, more: int
) -> None:
    def span(left: int, recently: int) -> tuple[int, int]:
        found = span_of([Limit("places", left, recently)], observed_days=observed)
        return found.days, found.days_at_pace

    assert all(
        early <= late for early, late in zip(span(left, recently), span(left + more, recently), strict=True)
    )
    assert all(
        busy <= quiet for busy, quiet in zip(span(left, recently + more), span(left, recently), strict=True)
    )


@given(left=st.integers(-30, 0), recently=COUNTS, observed=DAYS)
def test_what_lets_nobody_in_covers_no_day(left: int, recently: int, observed: int) -> None:
    span = span_of([Limit("cap_site", left, recently)], observed_days=observed)
    assert (span.days, span.days_at_pace) == (0, 0)


@given(
    st.lists(
        st.builds(Limit, st.sampled_from(("places", "cap_site", "cap_study")), COUNTS, COUNTS), max_size=4
    ),
    DAYS,
)
def test_the_first_limit_decides(limits: list[Limit], observed: int) -> None:
    alone = [span_of([limit], observed_days=observed) for limit in limits]
    span = span_of(limits, observed_days=observed)
    assert span.days == min([STEPS[-1], *(one.days for one in alone)])
    assert span.days_at_pace == min([STEPS[-1], *(one.days_at_pace for one in alone)])


def test_without_a_limit_nothing_ends() -> None:
    assert span_of([], observed_days=RATE_DAYS).days == STEPS[-1]


def test_steps_round_down() -> None:
    assert [step_of(days) for days in (-3, 0, 6.9, 7, 13, 27.9, 28, 55, 56, math.inf)] == [
        *(0, 0, 0, 7, 7, 14, 28, 28, 56, 56)
    ]


def test_a_young_trial_is_taken_to_be_a_week_old() -> None:
    assert [days_of_pace(since_first=days) for days in (None, 0, 3, 7, 20, 56, 400)] == [
        56,
        7,
        7,
        7,
        20,
        56,
        56,
    ]
