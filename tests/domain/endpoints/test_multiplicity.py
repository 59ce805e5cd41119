"""Gates and families: the trials' own rules as vectors, and the laws that a procedure must keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from apps.endpoints.domain.multiplicity import (
    Decision,
    Family,
    Hypothesis,
    Procedure,
    Verdict,
    adjusted_p_values,
    decide_in_order,
    families_from_plan,
)
from apps.endpoints.domain.values import NotAnalysable
from apps.studies.domain.loading import load_shipped, shipped_keys
from apps.studies.domain.protocol.endpoints import Gatekeeping

LOW, HIGH = Hypothesis("MADRS_MMRM", "ESK56"), Hypothesis("MADRS_MMRM", "ESK84")
LOW2, HIGH2 = Hypothesis("MADRS_D2", "ESK56"), Hypothesis("MADRS_D2", "ESK84")
MONO = (Family((LOW, HIGH), Procedure.HOCHBERG), Family((LOW2, HIGH2), Procedure.HOCHBERG))

R, N, X = Decision.REJECTED, Decision.NOT_REJECTED, Decision.NOMINAL_ONLY


def decided(families: tuple[Family, ...], *p: float | None, alpha: float = 0.05) -> list[Decision]:
    order = [one for family in families for one in family.hypotheses]
    return [
        v.decision for v in decide_in_order(families, p_values=dict(zip(order, p, strict=True)), alpha=alpha)
    ]


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        ((0.04, 0.049, 0.01, 0.02), (R, R, R, R)),  # the larger is below 0.05: both
        ((0.03, 0.06, 0.001, 0.001), (N, N, X, X)),  # else the smaller against 0.025
        ((0.024, 0.06, 0.001, 0.001), (R, N, X, X)),  # Day 2 only if both
        ((0.06, 0.024, 0.001, 0.001), (N, R, X, X)),
        ((0.025, 0.06, 0.0, 0.0), (N, N, X, X)),  # equal is not below
        ((0.05, 0.01, 0.0, 0.0), (N, R, X, X)),
        ((0.001, 0.001, 0.004, 0.006), (R, R, R, R)),  # what NCT04599855 found
        ((0.001, 0.001, 0.06, 0.03), (R, R, N, N)),
        ((None, 0.01, 0.0, 0.0), (N, R, X, X)),  # a fit that failed rejects nothing
    ],
)
def test_the_rule_of_the_monotherapy_trial(
    p: tuple[float | None, ...], expected: tuple[Decision, ...]
) -> None:
    assert tuple(decided(MONO, *p)) == expected


SERIAL = tuple(Family((Hypothesis(name),)) for name in ("MADRS", "ONSET", "SDS", "PHQ9"))


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        ((0.020, 0.32, 0.001, 0.001), (R, N, X, X)),  # TRANSFORM-2: onset stops the gate
        ((0.088, 0.001, 0.001, 0.001), (N, X, X, X)),
        ((0.01, 0.02, 0.03, 0.04), (R, R, R, R)),
        ((0.01, None, 0.0, 0.0), (R, N, X, X)),
    ],
)
def test_a_serial_gate_stops_at_the_first_that_stands(
    p: tuple[float | None, ...], expected: tuple[Decision, ...]
) -> None:
    assert tuple(decided(SERIAL, *p)) == expected


def test_transform_1_may_not_test_the_lower_dose_although_its_interval_excludes_zero() -> None:
    families = (Family((HIGH,)), Family((LOW,)))
    verdicts = decide_in_order(families, p_values={HIGH: 0.088, LOW: 0.027}, alpha=0.05)
    assert verdicts == (
        Verdict(HIGH, 1, 0.088, N, 0.05, 0.05, "Not rejected: p is not below 0.05."),
        Verdict(LOW, 2, 0.027, X, 0.0, None, "Not tested: the gate closed at MADRS_MMRM (ESK84)."),
    )
    assert [v.tested for v in verdicts] == [True, False]


def test_the_reason_names_the_larger_p_value_that_carried_the_smaller() -> None:
    verdicts = decide_in_order(MONO[:1], p_values={LOW: 0.04, HIGH: 0.03}, alpha=0.05)
    assert "a larger p value of its family is below 0.05" in verdicts[1].reason
    assert verdicts[0].reason == "Rejected: p is below 0.05."


def test_a_truncated_family_passes_on_what_it_did_not_use() -> None:
    """Truncation one half, two hypotheses at 0.05: the limits by the formula of the paper."""
    first = Family((LOW, HIGH), Procedure.TRUNCATED_HOCHBERG, truncation=0.5)
    second = Family((LOW2, HIGH2), Procedure.HOCHBERG)
    # Limits (0.5/2 + 0.5/2) a = 0.025 and (0.5 + 0.25) a = 0.0375; one of two stands: 0.05 (1 - 0.75) = 0.0125 left.
    assert decided((first, second), 0.036, 0.037, 0.049, 0.049) == [R, R, R, R]
    assert decided((first, second), 0.036, 0.038, 0.0, 0.0) == [N, N, X, X]
    assert decided((first, second), 0.024, 0.038, 0.0124, 0.012) == [R, N, R, R]
    assert decided((first, second), 0.024, 0.038, 0.013, 0.0062) == [R, N, N, R]
    verdicts = decide_in_order(
        (first, second), p_values={LOW: 0.024, HIGH: 0.038, LOW2: 0.013, HIGH2: 0.0062}, alpha=0.05
    )
    assert verdicts[2].alpha == pytest.approx(0.0125)


def test_the_shipped_protocols_say_their_own_structure() -> None:
    plans = {key: load_shipped(key).endpoints for key in shipped_keys()}
    serial = families_from_plan(next(p for p in plans.values() if p.gatekeeping.method == "serial"))
    assert [family.hypotheses[0].analysis for family in serial] == [
        "MADRS_MMRM",
        "ONSET_D2",
        "SDS_MMRM",
        "PHQ9_MMRM",
    ]
    assert all(family.procedure is Procedure.SINGLE for family in serial)
    hochberg = families_from_plan(next(p for p in plans.values() if p.gatekeeping.method == "hochberg"))
    assert [len(family.hypotheses) for family in hochberg] == [2, 2]
    assert {family.procedure for family in hochberg} == {Procedure.HOCHBERG}
    assert families_from_plan(next(p for p in plans.values() if p.gatekeeping.method == "none")) == ()


def test_a_truncated_protocol_truncates_every_family_but_the_last() -> None:
    plan = load_shipped("nct04599855").endpoints
    gate = Gatekeeping(method="truncated_hochberg", order=plan.gatekeeping.order, truncation=0.5)
    families = families_from_plan(plan.model_copy(update={"gatekeeping": gate}))
    assert [(one.procedure, one.share) for one in families] == [
        (Procedure.TRUNCATED_HOCHBERG, 0.5),
        (Procedure.HOCHBERG, 1.0),
    ]
    for wrong in ({"method": "truncated_hochberg"}, {"method": "hochberg", "truncation": 0.5}):
        with pytest.raises(ValidationError, match="truncation belongs"):
            Gatekeeping.model_validate(wrong)


PROBABILITY = st.one_of(st.floats(0, 0.06), st.floats(0, 1))


@st.composite
def structures(draw: st.DrawFn) -> tuple[tuple[Family, ...], dict[Hypothesis, float | None]]:
    families, p_values = [], {}
    for number in range(draw(st.integers(1, 4))):
        size = draw(st.integers(1, 4))
        members = tuple(Hypothesis(f"A{number}", str(i)) for i in range(size))
        procedure = draw(
            st.sampled_from([Procedure.HOCHBERG, Procedure.TRUNCATED_HOCHBERG, Procedure.BONFERRONI])
        )
        families.append(Family(members, procedure, draw(st.floats(0, 1))))
        p_values |= {one: draw(st.one_of(st.none(), PROBABILITY)) for one in members}
    return tuple(families), p_values


@given(structures())
def test_nothing_is_rejected_behind_a_closed_gate(
    made: tuple[tuple[Family, ...], dict[Hypothesis, float | None]],
) -> None:
    families, p_values = made
    closed = False
    for number, family in enumerate(families, start=1):
        here = [v for v in decide_in_order(families, p_values=p_values, alpha=0.05) if v.family == number]
        assert not closed or {v.decision for v in here} == {X}
        assert all(v.reason for v in here)
        closed = (
            closed
            or all(v.decision is not R for v in here)
            or (family.share == 1 and any(v.decision is not R for v in here))
        )


@given(structures(), st.data())
def test_a_smaller_p_value_never_takes_a_rejection_away(
    made: tuple[tuple[Family, ...], dict[Hypothesis, float | None]], data: st.DataObject
) -> None:
    families, p_values = made
    chosen = data.draw(st.sampled_from(sorted(p_values, key=lambda one: one.label)))
    lower = data.draw(st.floats(0, 1)) * (1.0 if p_values[chosen] is None else p_values[chosen] or 0.0)

    def rejected(p: dict[Hypothesis, float | None]) -> set[Hypothesis]:
        return {v.hypothesis for v in decide_in_order(families, p_values=p, alpha=0.05) if v.decision is R}

    assert rejected(p_values) <= rejected(p_values | {chosen: lower})


@given(st.lists(PROBABILITY, min_size=1, max_size=6), st.floats(0, 1))
def test_hochberg_rejects_at_least_what_holm_does_and_truncation_lies_between(
    p: list[float], truncation: float
) -> None:
    members = tuple(Hypothesis(str(i)) for i in range(len(p)))
    alpha = 0.05

    def count(procedure: Procedure, share: float = 1.0) -> int:
        return decided((Family(members, procedure, share),), *p).count(R)

    holm = 0
    for place, value in enumerate(sorted(p)):
        if not value < alpha / (len(p) - place):
            break
        holm += 1
    bonferroni = sum(value < alpha / len(p) for value in p)
    assert bonferroni <= holm <= count(Procedure.HOCHBERG)
    assert count(Procedure.BONFERRONI) == bonferroni
    between = count(Procedure.TRUNCATED_HOCHBERG, truncation)
    assert bonferroni <= between <= count(Procedure.HOCHBERG)


def test_adjusted_p_values_by_hand() -> None:
    """Hochberg: the larger stays, the smaller is doubled unless the larger carries it; a serial gate takes the largest
    so far."""
    found = adjusted_p_values(MONO, p_values={LOW: 0.03, HIGH: 0.01, LOW2: 0.2, HIGH2: 0.02})
    assert [found[one] for one in (LOW, HIGH, LOW2, HIGH2)] == pytest.approx(
        [0.03, 0.02, 0.2, 0.04], abs=1e-12
    )
    order = [family.hypotheses[0] for family in SERIAL]
    found = adjusted_p_values(SERIAL, p_values=dict(zip(order, [0.02, 0.01, None, 0.001], strict=True)))
    assert [found[one] for one in order] == [pytest.approx(0.02), pytest.approx(0.02), None, 1.0]


@given(structures(), st.floats(1e-6, 0.5))
@settings(max_examples=60)
def test_a_hypothesis_is_rejected_exactly_where_its_adjusted_p_value_is_below(
    made: tuple[tuple[Family, ...], dict[Hypothesis, float | None]], alpha: float
) -> None:
    families, p_values = made
    adjusted = adjusted_p_values(families, p_values=p_values)
    for one in decide_in_order(families, p_values=p_values, alpha=alpha):
        found = adjusted[one.hypothesis]
        if found is not None and abs(found - alpha) > 1e-12:
            assert (one.decision is R) == (found < alpha)
        assert found is None or found >= (one.p_value or 0.0) - 1e-12


def test_the_error_rate_is_kept_when_every_hypothesis_is_true_and_when_some_are() -> None:
    """20,000 trials each; independent p values of true hypotheses are uniform, those of false ones nought."""
    source = np.random.default_rng(11)
    families = (
        Family((LOW, HIGH), Procedure.TRUNCATED_HOCHBERG, 0.5),
        Family((LOW2, HIGH2), Procedure.HOCHBERG),
    )
    order = [LOW, HIGH, LOW2, HIGH2]
    for false in ([], [LOW], [LOW, HIGH], [LOW, HIGH, LOW2]):
        wrong = 0
        for draw in source.uniform(size=(20_000, 4)):
            p = {one: 0.0 if one in false else float(v) for one, v in zip(order, draw, strict=True)}
            verdicts = decide_in_order(families, p_values=p, alpha=0.05)
            wrong += any(v.decision is R and v.hypothesis not in false for v in verdicts)
        assert wrong / 20_000 <= 0.05 + 4 * (0.05 * 0.95 / 20_000) ** 0.5


def test_faults_are_named() -> None:
    with pytest.raises(NotAnalysable, match="tested twice"):
        decide_in_order((Family((LOW,)), Family((LOW,))), p_values={LOW: 0.1}, alpha=0.05)
    with pytest.raises(NotAnalysable, match="has no p value"):
        decide_in_order((Family((LOW,)),), p_values={}, alpha=0.05)
    with pytest.raises(NotAnalysable, match="is not a p value"):
        decide_in_order((Family((LOW,)),), p_values={LOW: 1.2}, alpha=0.05)
    with pytest.raises(NotAnalysable, match="error rate"):
        decide_in_order((Family((LOW,)),), p_values={LOW: 0.2}, alpha=0.0)
    with pytest.raises(NotAnalysable, match="need a procedure"):
        Family((LOW, HIGH))
    with pytest.raises(NotAnalysable, match="at least one"):
        Family(())
    with pytest.raises(NotAnalysable, match="between 0 and 1"):
        Family((LOW,), truncation=2)
