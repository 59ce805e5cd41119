"""Who belongs to which analysis, and to which column."""

from __future__ import annotations

import pytest

from apps.endpoints.domain.groups import group_participants, suppress_small
from apps.endpoints.domain.sets import ALL_RANDOMIZED, FULL_ANALYSIS, SAFETY, Condition, analysis_set
from apps.endpoints.domain.values import NotAnalysable
from tests.domain.endpoints.cast import ARMS, screened, treated

EVERYBODY = (
    treated("3"),
    treated("1", "PBO"),
    treated("4", first_oral_dose_on=None),
    treated("2", first_dose_at=None, first_oral_dose_on=None),
    screened("5", screen_failed=True),
)


def test_each_set_holds_exactly_those_who_meet_its_conditions() -> None:
    assert analysis_set(EVERYBODY, definition=ALL_RANDOMIZED).numbers == {"1", "2", "3", "4"}
    assert analysis_set(EVERYBODY, definition=SAFETY).numbers == {"1", "3", "4"}
    assert analysis_set(EVERYBODY, definition=FULL_ANALYSIS).numbers == {"1", "3"}


def test_who_was_randomized_and_left_out_is_named_with_every_reason() -> None:
    full = analysis_set(EVERYBODY, definition=FULL_ANALYSIS)
    assert full.left_out == (("2", (Condition.DOSED, Condition.ORAL_DOSED)), ("4", (Condition.ORAL_DOSED,)))


def test_a_blinded_reader_gets_one_column_even_when_arms_are_in_the_records() -> None:
    (column,) = group_participants(EVERYBODY[:3], arms=None)
    assert column.arm is None
    assert column.size == 3


def test_arms_come_in_the_protocol_order_with_a_total_on_request() -> None:
    columns = group_participants(EVERYBODY[:3], arms=ARMS, total=True)
    assert [(column.arm, column.size) for column in columns] == [("ESK", 2), ("PBO", 1), (None, 3)]


def test_safety_counts_by_what_was_given() -> None:
    swapped = treated("9", "PBO", treated_arm="ESK")
    assert [g.size for g in group_participants([swapped], arms=ARMS)] == [0, 1]
    assert [g.size for g in group_participants([swapped], arms=ARMS, as_treated=True)] == [1, 0]


def test_an_unknown_arm_is_refused_rather_than_dropped() -> None:
    with pytest.raises(NotAnalysable, match="participant 7"):
        group_participants([treated("7", None)], arms=ARMS)


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ((10, 20, 0), (10, 20, 0)),
        ((1, 4, 20), (None, None, 20)),
        ((3, 8, 20), (None, None, 20)),  # 3 alone could be had by subtraction, so 8 goes too
        ((3, 0, 0), (None, 0, 0)),
        ((), ()),
    ],
)
def test_small_cells_are_hidden_and_cannot_be_had_by_subtraction(
    counts: tuple[int, ...], shown: tuple[int | None, ...]
) -> None:
    assert suppress_small(counts, threshold=5) == shown
