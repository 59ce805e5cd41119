"""Time to an event against published results, brute force, and the laws of the methods."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from apps.endpoints.domain.results import NotEstimable
from apps.endpoints.domain.survival import (
    CoxResult,
    EventTime,
    HazardRatio,
    Ties,
    combine_estimates,
    combine_statistics,
    fit_cox,
    log_rank,
    second_stage,
    survival_curve,
)
from apps.endpoints.domain.values import NotAnalysable

# Weeks of remission in leukemia, 6-mercaptopurine against placebo (Freireich et al., Blood 1963;21:699); + is censored.
DRUG = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"


def remissions(text: str, arm: str) -> list[EventTime]:
    return [
        EventTime(f"{arm}{i:02}", arm, float(one.rstrip("+")), not one.endswith("+"))
        for i, one in enumerate(text.split())
    ]


LEUKEMIA = remissions(DRUG, "6-MP") + remissions(PLACEBO, "PBO")
ARMS = ("6-MP", "PBO")


def ratio(result: CoxResult) -> HazardRatio:
    assert not isinstance(result.ratios, NotEstimable)
    return result.ratios[0]


def test_the_remission_curve_is_the_published_one() -> None:
    curve = survival_curve(LEUKEMIA, arm="6-MP")
    assert [(s.time, s.at_risk, round(s.share, 4), round(s.standard_error or 0, 4)) for s in curve.steps] == [
        (6, 21, 0.8571, 0.0764),
        (7, 17, 0.8067, 0.0869),
        (10, 15, 0.7529, 0.0963),
        (13, 12, 0.6902, 0.1068),
        (16, 11, 0.6275, 0.1141),
        (22, 7, 0.5378, 0.1282),
        (23, 6, 0.4482, 0.1346),
    ]
    # medians and log-log limits as R's survfit and SAS's LIFETEST print them
    assert (curve.median.value, curve.median.low, curve.median.high) == (23, 13, None)
    placebo = survival_curve(LEUKEMIA, arm="PBO").median
    assert (placebo.value, placebo.low, placebo.high) == (8, 4, 11)


def test_a_curve_is_read_at_a_time_and_not_beyond_the_last_participant() -> None:
    curve = survival_curve(LEUKEMIA, arm="6-MP")
    assert curve.at(5) is None
    step = curve.at(12.5)
    assert step is not None
    assert step.time == 10
    assert (curve.at_risk(6), curve.at_risk(6.5), curve.at_risk(11), curve.at_risk(35)) == (21, 17, 13, 1)
    with pytest.raises(NotAnalysable, match="followed"):
        curve.at(36)
    last = survival_curve(LEUKEMIA, arm="PBO").steps[-1]
    assert (last.share, last.interval, last.standard_error) == (0.0, None, None)


def test_an_interval_is_symmetric_in_the_log_of_the_log() -> None:
    for step in survival_curve(LEUKEMIA, arm="6-MP", level=0.9).steps:
        assert step.interval is not None
        low, mid, high = (math.log(-math.log(x)) for x in (step.interval.high, step.share, step.interval.low))
        assert high - mid == pytest.approx(mid - low, rel=1e-9)
        assert step.standard_error is not None
        error = step.standard_error / (step.share * -math.log(step.share))
        assert high - mid == pytest.approx(stats.norm.ppf(0.95) * error, rel=1e-9)


@given(st.lists(st.integers(1, 30), min_size=1, max_size=40))
def test_without_censoring_the_curve_is_the_share_that_is_left(times: list[int]) -> None:
    rows = [EventTime(str(i), "A", t, True) for i, t in enumerate(times)]
    curve = survival_curve(rows, arm="A")
    n = len(times)
    for step in curve.steps:
        left = sum(t > step.time for t in times) / n
        assert step.share == pytest.approx(left, abs=1e-12)
        if step.standard_error is not None:
            assert step.standard_error == pytest.approx((left * (1 - left) / n) ** 0.5)
    assert curve.median.value == pytest.approx(float(np.median(times)))


def test_a_median_nobody_reached_is_none() -> None:
    rows = [EventTime(str(i), "A", 10, i == 0) for i in range(40)]
    median = survival_curve(rows, arm="A").median
    assert (median.value, median.low, median.high) == (None, None, None)


def test_the_published_log_rank_test() -> None:
    found = log_rank(LEUKEMIA, arms=ARMS)
    assert found.statistic == pytest.approx(16.79, abs=0.005)
    assert found.observed == (9, 21)
    assert found.expected == pytest.approx((19.25, 10.75), abs=0.005)
    assert found.z == pytest.approx(-(16.7929**0.5), abs=1e-4)
    assert found.df == 1


def brute_log_rank(rows: list[EventTime], arm: str) -> tuple[float, float]:
    """Excess of one arm and its variance, event time by event time."""
    excess = variance = 0.0
    for t in sorted({r.time for r in rows if r.event}):
        risk = [r for r in rows if r.time >= t]
        n, n1 = len(risk), sum(r.arm == arm for r in risk)
        d = sum(r.event and r.time == t for r in risk)
        excess += sum(r.event and r.time == t and r.arm == arm for r in risk) - d * n1 / n
        if n > 1:
            variance += d * (n1 / n) * (1 - n1 / n) * (n - d) / (n - 1)
    return excess, variance


@st.composite
def trials(draw: st.DrawFn, *, ties: bool = True) -> list[EventTime]:
    n = draw(st.integers(6, 24))
    times = draw(
        st.lists(st.integers(1, 8), min_size=n, max_size=n) if ties else st.permutations(range(1, n + 1))
    )
    events = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    strata = draw(st.lists(st.sampled_from("ab"), min_size=n, max_size=n))
    return [
        EventTime(f"{i:02}", "AB"[i % 2], float(t), e, s, {"x": float((i * 7) % 5)})
        for i, (t, e, s) in enumerate(zip(times, events, strata, strict=True))
    ]


@given(trials())
def test_log_rank_equals_brute_force_also_over_strata(rows: list[EventTime]) -> None:
    for stratified in (False, True):
        parts = [[r for r in rows if r.stratum == s] for s in "ab"] if stratified else [rows]
        sums = [brute_log_rank(part, "A") for part in parts]
        excess, variance = sum(s[0] for s in sums), sum(s[1] for s in sums)
        if variance < 1e-9:
            with pytest.raises(NotAnalysable):
                log_rank(rows, arms="AB", stratified=stratified)
            continue
        found = log_rank(rows, arms="AB", stratified=stratified)
        assert found.statistic == pytest.approx(excess**2 / variance, rel=1e-9, abs=1e-12)
        turned = log_rank(rows, arms="BA", stratified=stratified)
        assert turned.z == pytest.approx(-(found.z or 0.0), abs=1e-9)


def test_splitting_an_arm_in_two_keeps_what_is_expected_of_both() -> None:
    rows = [replace(r, arm=r.arm if r.arm == "PBO" else ("X", "Y")[i % 2]) for i, r in enumerate(LEUKEMIA)]
    three = log_rank(rows, arms=["X", "Y", "PBO"])
    assert three.df == 2
    assert three.z is None
    assert three.expected[0] + three.expected[1] == pytest.approx(log_rank(LEUKEMIA, arms=ARMS).expected[0])
    assert three.statistic >= log_rank(LEUKEMIA, arms=ARMS).statistic - 1e-9


@pytest.mark.parametrize(
    ("ties", "coefficient", "error", "likelihood_ratio", "score"),
    # as published with R's survival package and SAS's PHREG for these data
    [(Ties.EFRON, 1.5721, 0.4124, 16.35, 17.25), (Ties.BRESLOW, 1.5092, 0.4096, 15.21, 15.93)],
)
def test_the_published_hazard_ratio(
    ties: Ties, coefficient: float, error: float, likelihood_ratio: float, score: float
) -> None:
    result = fit_cox(LEUKEMIA, arms=ARMS, reference="6-MP", ties=ties)
    found = ratio(result)
    assert found.coefficient == pytest.approx(coefficient, abs=5e-5)
    assert found.standard_error == pytest.approx(error, abs=5e-5)
    assert result.likelihood_ratio.statistic == pytest.approx(likelihood_ratio, abs=0.005)
    assert result.score.statistic == pytest.approx(score, abs=0.005)
    assert found.ratio == pytest.approx(math.exp(found.coefficient))
    assert result.gradient < 1e-9
    assert (result.n, result.events) == (42, 30)


def brute_likelihood(beta: np.ndarray, rows: list[EventTime], *, stratified: bool, efron: bool) -> float:
    """The log partial likelihood from its definition, participant by participant."""
    total = 0.0
    for stratum in sorted({r.stratum for r in rows}) if stratified else [None]:
        mine = [r for r in rows if stratum is None or r.stratum == stratum]

        def weight(r: EventTime) -> float:
            return math.exp(beta[0] * (r.arm == "B") + beta[1] * r.covariates["x"])

        for t in sorted({r.time for r in mine if r.event}):
            tied = [r for r in mine if r.event and r.time == t]
            risk = sum(weight(r) for r in mine if r.time >= t)
            gone = sum(weight(r) for r in tied)
            for k, r in enumerate(tied):
                total += math.log(weight(r)) - math.log(risk - (k / len(tied) * gone if efron else 0.0))
    return total


@pytest.mark.parametrize("stratified", [False, True])
@pytest.mark.parametrize("ties", Ties)
def test_the_fit_is_the_maximum_of_the_likelihood_written_out(ties: Ties, stratified: bool) -> None:
    source = random.Random(5)
    rows = [
        EventTime(f"{i:02}", "AB"[i % 2], float(source.randint(1, 9)), source.random() < 0.7, "ab"[i % 3 == 0],
                  {"x": source.gauss(0, 2)})
        for i in range(50)
    ]  # fmt: skip
    result = fit_cox(rows, arms="AB", reference="A", covariates=["x"], ties=ties, stratified=stratified)

    def minus(beta: np.ndarray) -> float:
        return -brute_likelihood(beta, rows, stratified=stratified, efron=ties is Ties.EFRON)

    best = optimize.minimize(
        minus, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-13}
    )
    assert not isinstance(result.ratios, NotEstimable)
    beta = np.array([one.coefficient for one in result.ratios])
    assert beta == pytest.approx(best.x, abs=1e-6)
    assert result.log_likelihood == pytest.approx(-best.fun, abs=1e-9)
    assert result.log_likelihood_null == pytest.approx(-minus(np.zeros(2)), abs=1e-9)
    step = 1e-4
    hessian = np.array(
        [
            [
                (minus(beta + a + b) - minus(beta + a - b) - minus(beta - a + b) + minus(beta - a - b))
                / (4 * step**2)
                for b in step * np.eye(2)
            ]
            for a in step * np.eye(2)
        ]
    )
    errors = np.sqrt(np.diag(np.linalg.inv(hessian)))
    assert [one.standard_error for one in result.ratios] == pytest.approx(errors.tolist(), rel=1e-4)


@given(trials(ties=False))
@settings(max_examples=60)
def test_without_ties_the_score_test_is_the_log_rank_test(rows: list[EventTime]) -> None:
    try:
        plain = log_rank(rows, arms="AB")
    except NotAnalysable:
        return
    for ties in Ties:
        result = fit_cox(rows, arms="AB", reference="A", ties=ties)
        assert result.score.statistic == pytest.approx(plain.statistic, rel=1e-8, abs=1e-10)


@given(trials())
@settings(max_examples=60)
def test_turning_the_reference_turns_the_ratio_and_stretching_time_changes_nothing(
    rows: list[EventTime],
) -> None:
    try:
        found = fit_cox(rows, arms="AB", reference="A")
    except NotAnalysable:
        return
    if isinstance(found.ratios, NotEstimable):
        return
    turned = ratio(fit_cox(rows, arms="AB", reference="B"))
    assert turned.coefficient == pytest.approx(-found.ratios[0].coefficient, abs=1e-7)
    stretched = fit_cox([replace(r, time=r.time**2 + 1) for r in rows], arms="AB", reference="A")
    assert ratio(stretched).coefficient == pytest.approx(found.ratios[0].coefficient, abs=1e-9)


def test_an_arm_without_events_has_no_hazard_ratio_but_a_test() -> None:
    rows = [EventTime(f"{i:02}", "AB"[i % 2], float(i), i % 2 == 0) for i in range(20)]
    result = fit_cox(rows, arms="AB", reference="A")
    assert isinstance(result.ratios, NotEstimable)
    assert "nought or infinite" in result.ratios.reason
    assert result.score.p_value == pytest.approx(log_rank(rows, arms="AB").p_value)


@given(
    st.lists(
        st.tuples(st.sampled_from("AB"), st.sampled_from([0.0, 1.0, 2.0, 1e9]), st.booleans(),
                  st.sampled_from([0.0, 1.0, 1e6, -3.0])),
        min_size=2, max_size=12,
    ),
    st.sampled_from(Ties),
    st.booleans(),
)  # fmt: skip
def test_a_few_wild_rows_are_fitted_or_refused_and_never_break_it(rows, ties, adjusted) -> None:
    events = [EventTime(str(i), arm, t, e, "", {"x": x}) for i, (arm, t, e, x) in enumerate(rows)]
    try:
        found = fit_cox(events, arms="AB", reference="A", covariates=["x"] if adjusted else [], ties=ties)
    except NotAnalysable:
        return
    assert found.log_likelihood >= found.log_likelihood_null - 1e-9
    if not isinstance(found.ratios, NotEstimable):
        assert found.gradient < 1e-3
        assert all(one.interval.low <= one.ratio <= one.interval.high for one in found.ratios)


def test_the_third_transform_trials_statistic_gives_its_published_p_value() -> None:
    """A weighted combination statistic of 1.89 is 0.059 on two sides."""
    found = combine_statistics([1.89 / 2**0.5, 1.89 / 2**0.5], weights=[1, 1])
    assert found.z == pytest.approx(1.89)
    assert found.p_value == pytest.approx(0.059, abs=5e-4)


@given(
    st.lists(st.tuples(st.floats(-5, 5), st.floats(0.1, 3), st.floats(0.1, 5)), min_size=2, max_size=3),
)
def test_estimate_interval_and_test_of_a_combination_agree(stages: list[tuple[float, float, float]]) -> None:
    estimates, errors, weights = ([one[i] for one in stages] for i in range(3))
    found = combine_estimates(estimates, errors, weights=weights, level=0.95)
    ratios = [e / s for e, s in zip(estimates, errors, strict=True)]
    assert found.z == pytest.approx(combine_statistics(ratios, weights=weights).z)
    assert sum(w * w for w in found.weights) == pytest.approx(1)
    assert found.interval is not None
    assert found.estimate is not None
    # the statistic for a shifted effect is 0 at the estimate and the quantile at a limit
    for effect, z in ((found.estimate, 0.0), (found.interval.low, stats.norm.ppf(0.975))):
        moved = [(e - effect) / s for e, s in zip(estimates, errors, strict=True)]
        assert combine_statistics(moved, weights=weights).z == pytest.approx(z, abs=1e-8)


def test_weights_by_the_information_give_back_the_unweighted_test() -> None:
    """Interim at 10 weeks: whoever was still followed is censored there."""
    interim = [replace(r, time=min(r.time, 10.0), event=r.event and r.time <= 10) for r in LEUKEMIA]
    first, whole = log_rank(interim, arms=ARMS), log_rank(LEUKEMIA, arms=ARMS)
    second = second_stage(first, whole)
    assert first.information is not None
    assert whole.information is not None
    weights = [first.information**0.5, (whole.information - first.information) ** 0.5]
    assert combine_statistics([first.z or 0.0, second], weights=weights).z == pytest.approx(whole.z)
    with pytest.raises(NotAnalysable, match="no information"):
        second_stage(whole, first)
    with pytest.raises(NotAnalysable, match="same two arms"):
        second_stage(first, log_rank(LEUKEMIA, arms=ARMS[::-1]))


def test_faults_are_named() -> None:
    one = EventTime("1", "A", 3, True)
    with pytest.raises(NotAnalysable) as refusal:
        fit_cox([one, one, EventTime("2", "C", -1, True)], arms="AB", reference="A")
    said = " ".join(reason.message for reason in refusal.value.reasons)
    for words in ("analysed 2 times", "arm of 2", "time of -1"):
        assert words in said
    for rows, words in (
        ([one], "B has no participant"),
        ([replace(one, event=False), EventTime("2", "B", 1, False)], "Nobody had the event"),
    ):
        with pytest.raises(NotAnalysable, match=words):
            fit_cox(rows, arms="AB", reference="A")
    with pytest.raises(NotAnalysable, match="has no x"):
        fit_cox([one, EventTime("2", "B", 1, True)], arms="AB", reference="A", covariates=["x"])
    same = [replace(r, covariates={"x": float(r.arm == "PBO")}) for r in LEUKEMIA]
    with pytest.raises(NotAnalysable, match="cannot be told apart"):
        fit_cox(same, arms=ARMS, reference="6-MP", covariates=["x"])
    with pytest.raises(NotAnalysable, match="every one of at least two"):
        log_rank([one], arms="AB")
    with pytest.raises(NotAnalysable, match="weight above nought"):
        combine_statistics([1.0, 2.0], weights=[1.0, 0.0])
    with pytest.raises(NotAnalysable, match="standard error above"):
        combine_estimates([1.0], [0.0], weights=[1.0])
