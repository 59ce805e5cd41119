"""What may be signed, and until when something may be answered."""

import itertools

import pytest

from apps.screening.domain.decision import (
    NotEligible,
    ScreeningClosed,
    ScreeningState,
    Signed,
    check_open,
    check_signature,
)
from apps.screening.domain.eligibility import Assessment, CriterionResult, Outcome, verdict_of

HOLDS = {Outcome.PASSED: True, Outcome.FAILED: False, Outcome.OPEN: None}


def gate(stage: str, *outcomes: Outcome) -> Assessment:
    results = tuple(
        CriterionResult(
            f"I{n}", "inclusion", "screening", "Text.", outcome, HOLDS[outcome], is_computed=False
        )
        for n, outcome in enumerate(outcomes)
    )
    return Assessment(stage, verdict_of(results), results)


def sign(signed: Signed, early: Outcome, late: Outcome, state: ScreeningState = ScreeningState.OPEN) -> None:
    check_signature(
        signed,
        state=state,
        screening=gate("screening", early),
        randomization=gate("randomization", early, late),
    )


@pytest.mark.parametrize(("early", "late"), list(itertools.product(Outcome, Outcome)))
def test_eligible_is_signed_when_screening_passed_and_nothing_failed(early, late):
    if early is Outcome.PASSED and late is not Outcome.FAILED:
        sign(Signed.ELIGIBLE, early, late)
    else:
        with pytest.raises(NotEligible) as refusal:
            sign(Signed.ELIGIBLE, early, late)
        assert refusal.value.reasons


@pytest.mark.parametrize(("early", "late"), list(itertools.product(Outcome, Outcome)))
def test_a_failure_is_signed_when_something_failed(early, late):
    if Outcome.FAILED in (early, late):
        sign(Signed.FAILED, early, late)
    else:
        with pytest.raises(NotEligible):
            sign(Signed.FAILED, early, late)


@pytest.mark.parametrize(
    ("signed", "state", "allowed"),
    [
        (Signed.ELIGIBLE, ScreeningState.ELIGIBLE, False),
        (Signed.ELIGIBLE, ScreeningState.FAILED, False),
        (Signed.FAILED, ScreeningState.ELIGIBLE, True),
        (Signed.FAILED, ScreeningState.FAILED, False),
    ],
)
def test_what_is_signed_is_signed_once_but_the_second_gate_may_still_fail(signed, state, allowed):
    late = Outcome.FAILED if signed is Signed.FAILED else Outcome.PASSED
    if allowed:
        sign(signed, Outcome.PASSED, late, state)
    else:
        with pytest.raises(ScreeningClosed):
            sign(signed, Outcome.PASSED, late, state)


@pytest.mark.parametrize(
    ("state", "stage", "may_prepare", "allowed"),
    [
        (ScreeningState.OPEN, "screening", False, True),
        (ScreeningState.OPEN, "randomization", False, True),
        (ScreeningState.ELIGIBLE, "screening", True, False),
        (ScreeningState.ELIGIBLE, "randomization", True, True),
        (ScreeningState.ELIGIBLE, "randomization", False, False),
        (ScreeningState.FAILED, "screening", True, False),
        (ScreeningState.FAILED, "randomization", True, False),
    ],
)
def test_answers_end_with_the_signature_except_those_of_the_second_gate(state, stage, may_prepare, allowed):
    if allowed:
        check_open(state=state, stage=stage, may_prepare=may_prepare)
    else:
        with pytest.raises(ScreeningClosed):
            check_open(state=state, stage=stage, may_prepare=may_prepare)
