"""Where a participant may go from where."""

import itertools

import pytest

from apps.participants.domain.status import (
    STATUS_LABELS,
    TRANSITIONS,
    IllegalTransition,
    ParticipantStatus,
    check_change,
    may_change,
)

S = ParticipantStatus

ALLOWED = {
    (S.SCREENING, S.SCREEN_FAILED),
    (S.SCREENING, S.ELIGIBLE),
    (S.SCREENING, S.DISCONTINUED),
    (S.SCREEN_FAILED, S.SCREENING),
    (S.ELIGIBLE, S.RANDOMIZED),
    (S.ELIGIBLE, S.SCREENING),
    (S.ELIGIBLE, S.SCREEN_FAILED),
    (S.ELIGIBLE, S.DISCONTINUED),
    (S.RANDOMIZED, S.COMPLETED),
    (S.RANDOMIZED, S.DISCONTINUED),
}


@pytest.mark.parametrize(("before", "after"), list(itertools.product(S, S)))
def test_every_pair_is_allowed_exactly_when_the_reviewed_table_says_so(before, after):
    assert may_change(before, after) is ((before, after) in ALLOWED)


@pytest.mark.parametrize(("before", "after"), sorted(set(itertools.product(S, S)) - ALLOWED))
def test_a_way_that_is_not_there_is_refused_in_words(before, after):
    with pytest.raises(IllegalTransition) as refusal:
        check_change(before, after)
    assert STATUS_LABELS[before].lower() in str(refusal.value)
    assert STATUS_LABELS[after].lower() in str(refusal.value)


def test_every_status_has_ways_out_and_words():
    assert set(TRANSITIONS) == set(S) == set(STATUS_LABELS)


def test_nobody_is_randomized_without_having_been_eligible():
    assert {before for before in S if may_change(before, S.RANDOMIZED)} == {S.ELIGIBLE}


def test_after_randomization_there_is_no_way_back():
    reachable, frontier = set(), {S.RANDOMIZED}
    while frontier:
        reachable |= frontier
        frontier = {after for before in frontier for after in TRANSITIONS[before]} - reachable
    assert reachable == {S.RANDOMIZED, S.COMPLETED, S.DISCONTINUED}
