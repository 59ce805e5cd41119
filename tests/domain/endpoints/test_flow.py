"""Everybody who was screened is somewhere in the flow, once."""

from __future__ import annotations

import pytest

from apps.endpoints.domain.flow import participant_flow
from apps.endpoints.domain.values import NotAnalysable
from tests.domain.endpoints.cast import ARMS, screened, treated

PEOPLE = (
    screened("01"),
    screened("02", screen_failed=True, screen_failure_reasons=("I07", "X13")),
    screened("03", screen_failed=True, screen_failure_reasons=("X13",)),
    screened("04", screen_failed=True),
    treated("05", "ESK", completed=True),
    treated("06", "ESK", discontinuation_reason="Adverse event"),
    treated("07", "PBO"),
    treated("08", "PBO", first_dose_at=None, discontinuation_reason="Withdrew consent"),
)


def test_a_screen_failure_counts_once_under_its_first_reason() -> None:
    flow = participant_flow(PEOPLE, arms=ARMS)
    assert flow.screened == 8
    assert flow.screen_failed == 3
    assert {r.reason: r.count for r in flow.screen_failed_by_reason} == {"I07": 1, "X13": 1, "Not stated": 1}
    assert flow.in_screening == 1


def test_each_column_adds_up_to_its_randomized() -> None:
    for arms in (ARMS, None):
        flow = participant_flow(PEOPLE, arms=arms)
        assert sum(column.randomized for column in flow.columns) == flow.randomized == 4
        for one in flow.columns:
            parts = one.stopped_before_dose + one.completed + one.discontinued + one.ongoing
            assert parts == one.randomized
            assert sum(reason.count for reason in one.discontinued_by_reason) == one.discontinued


def test_the_pooled_flow_is_the_sum_of_the_arms() -> None:
    by_arm, pooled = participant_flow(PEOPLE, arms=ARMS), participant_flow(PEOPLE, arms=None)
    (everybody,) = pooled.columns
    assert everybody.completed == sum(column.completed for column in by_arm.columns) == 1
    assert everybody.dosed == 3
    assert everybody.arm is None


@pytest.mark.parametrize(
    "person",
    [
        treated("1", screen_failed=True),
        treated("1", randomized_on=None),
        treated("1", completed=True, discontinuation_reason="Adverse event"),
        treated("1", completed=True, first_dose_at=None),
    ],
)
def test_a_contradiction_is_refused(person: object) -> None:
    with pytest.raises(NotAnalysable):
        participant_flow([person], arms=ARMS)  # type: ignore[list-item]
