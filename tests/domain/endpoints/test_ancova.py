"""The ANCOVA against two implementations that share no code with it: exact fractions, and the textbook
formula."""

from __future__ import annotations

import csv
import random
from fractions import Fraction
from pathlib import Path

import pytest
from scipy import stats

from apps.endpoints.domain.ancova import AncovaResult, AncovaRow, fit_ancova
from apps.endpoints.domain.results import ModelEstimate, NotEstimable, Weights
from apps.endpoints.domain.values import NotAnalysable

HAMD = Path(__file__).parent / "data" / "antidepressant_data.csv"


def real(estimate: ModelEstimate | NotEstimable) -> ModelEstimate:
    assert isinstance(estimate, ModelEstimate)
    return estimate


def solve_exactly(matrix: list[list[Fraction]], right: list[list[Fraction]]) -> list[list[Fraction]]:
    """Gauss and Jordan in fractions: no rounding at all."""
    size = len(matrix)
    rows = [list(matrix[i]) + list(right[i]) for i in range(size)]
    for i in range(size):
        pivot = next(r for r in range(i, size) if rows[r][i] != 0)
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for other in range(size):
            if other != i and rows[other][i] != 0:
                factor = rows[other][i]
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[i], strict=True)]
    return [row[size:] for row in rows]


def exact_difference(rows: list[AncovaRow], *, factors: list[str]) -> tuple[float, float, float, int]:
    """DRUG minus PLACEBO, its SE, the placebo LS mean with equal weights, and df, by normal equations in
    fractions."""
    levels = {name: sorted({row.factors[name] for row in rows}) for name in factors}
    mean = Fraction(sum(Fraction(row.covariate) for row in rows), len(rows))

    def line(row: AncovaRow) -> list[Fraction]:
        return [
            Fraction(1),
            Fraction(row.arm == "DRUG"),
            *(Fraction(row.factors[name] == level) for name in factors for level in levels[name][1:]),
            Fraction(row.covariate) - mean,
        ]

    x = [line(row) for row in rows]
    y = [Fraction(row.outcome) for row in rows]
    k = len(x[0])
    xtx = [[sum((r[i] * r[j] for r in x), Fraction(0)) for j in range(k)] for i in range(k)]
    xty = [[sum((r[i] * v for r, v in zip(x, y, strict=True)), Fraction(0))] for i in range(k)]
    beta = [row[0] for row in solve_exactly(xtx, xty)]
    inverse = solve_exactly(xtx, [[Fraction(i == j) for j in range(k)] for i in range(k)])
    rss = sum(
        ((v - sum(a * b for a, b in zip(r, beta, strict=True))) ** 2 for r, v in zip(x, y, strict=True)),
        Fraction(0),
    )
    df = len(rows) - k
    placebo = [Fraction(1), Fraction(0)]
    placebo += [Fraction(1, len(levels[name])) for name in factors for _ in levels[name][1:]] + [Fraction(0)]
    ls_mean = sum((a * b for a, b in zip(placebo, beta, strict=True)), Fraction(0))
    return float(beta[1]), float(rss / df * inverse[1][1]) ** 0.5, float(ls_mean), df


def hamd_rows() -> list[AncovaRow]:
    """The last visit of each patient of the published antidepressant example."""
    latest: dict[str, AncovaRow] = {}
    with HAMD.open() as file:
        for line in csv.DictReader(file):
            latest[line["PATIENT"]] = AncovaRow(
                line["PATIENT"],
                line["THERAPY"],
                float(line["CHANGE"]),
                {"pool": line["POOLINV"], "gender": line["GENDER"]},
                float(line["BASVAL"]),
            )
    return list(latest.values())


def test_it_equals_exact_rational_arithmetic_on_the_published_antidepressant_data() -> None:
    rows = hamd_rows()
    factors = ["pool", "gender"]
    result = fit_ancova(
        rows, arms=["DRUG", "PLACEBO"], reference="PLACEBO", factors=factors, covariate="baseline HAMD17"
    )
    value, error, placebo_mean, df = exact_difference(rows, factors=factors)
    difference = real(result.differences[0].estimate)
    assert len(rows) == result.n == 172
    assert difference.df == df
    assert difference.estimate == pytest.approx(value, rel=1e-11)
    assert difference.standard_error == pytest.approx(error, rel=1e-11)
    assert difference.p_value == pytest.approx(2 * stats.t.sf(abs(value / error), df), rel=1e-9)
    assert difference.interval.high == pytest.approx(value + stats.t.ppf(0.975, df) * error, rel=1e-9)
    assert real(result.means[1].estimate).estimate == pytest.approx(placebo_mean, rel=1e-11)
    assert not result.lost_terms


def test_it_equals_the_textbook_formula_for_two_arms_and_one_covariate() -> None:
    rows = [AncovaRow(r.number, r.arm, r.outcome, {}, r.covariate) for r in hamd_rows()]
    result = fit_ancova(rows, arms=["DRUG", "PLACEBO"], reference="PLACEBO", factors=[], covariate="baseline")
    arms = {arm: [r for r in rows if r.arm == arm] for arm in ("DRUG", "PLACEBO")}
    mean_y = {arm: sum(r.outcome for r in some) / len(some) for arm, some in arms.items()}
    mean_x = {arm: sum(r.covariate for r in some) / len(some) for arm, some in arms.items()}
    sxx = sum((r.covariate - mean_x[r.arm]) ** 2 for r in rows)
    sxy = sum((r.covariate - mean_x[r.arm]) * (r.outcome - mean_y[r.arm]) for r in rows)
    syy = sum((r.outcome - mean_y[r.arm]) ** 2 for r in rows)
    slope = sxy / sxx
    gap = mean_x["DRUG"] - mean_x["PLACEBO"]
    variance = (syy - slope * sxy) / (len(rows) - 3)
    error = (variance * (1 / len(arms["DRUG"]) + 1 / len(arms["PLACEBO"]) + gap**2 / sxx)) ** 0.5
    difference = real(result.differences[0].estimate)
    assert difference.estimate == pytest.approx(mean_y["DRUG"] - mean_y["PLACEBO"] - slope * gap, rel=1e-11)
    assert difference.standard_error == pytest.approx(error, rel=1e-11)


def run(rows: list[AncovaRow], **more: object) -> AncovaResult:
    asked = {
        "arms": ["DRUG", "PLACEBO"],
        "reference": "PLACEBO",
        "factors": ["pool"],
        "covariate": "x",
    } | more
    return fit_ancova(rows, **asked)  # type: ignore[arg-type]


def test_the_order_of_rows_and_a_shifted_covariate_change_nothing() -> None:
    rows = hamd_rows()
    shuffled = random.Random(1).sample(rows, len(rows))
    assert run(shuffled) == run(rows)
    far = [AncovaRow(r.number, r.arm, r.outcome, r.factors, r.covariate + 1e6) for r in rows]
    moved = run(far)
    assert not moved.lost_terms
    assert real(moved.differences[0].estimate).estimate == pytest.approx(
        real(run(rows).differences[0].estimate).estimate, rel=1e-8
    )


def test_weights_move_the_means_and_not_the_difference() -> None:
    equal, observed = run(hamd_rows(), weights=Weights.EQUAL), run(hamd_rows(), weights=Weights.OBSERVED)
    assert real(equal.means[0].estimate).estimate != pytest.approx(
        real(observed.means[0].estimate).estimate, abs=1e-3
    )
    assert real(equal.differences[0].estimate).estimate == pytest.approx(
        real(observed.differences[0].estimate).estimate, rel=1e-12
    )
    assert (equal.weights, observed.weights) == (Weights.EQUAL, Weights.OBSERVED)


def test_a_column_the_data_cannot_tell_apart_is_named_and_the_difference_stands() -> None:
    rows = [
        AncovaRow(r.number, r.arm, r.outcome, {**r.factors, "copy": r.factors["gender"]}, r.covariate)
        for r in hamd_rows()
    ]
    plain, doubled = run(rows, factors=["gender"]), run(rows, factors=["gender", "copy"])
    assert doubled.lost_terms == ("copy=M",)
    assert doubled.df == plain.df
    assert real(doubled.differences[0].estimate).estimate == pytest.approx(
        real(plain.differences[0].estimate).estimate, rel=1e-11
    )
    # Equal weights on two copies of one factor are still the same weights, so the mean is determined.
    assert real(doubled.means[0].estimate).estimate == pytest.approx(
        real(plain.means[0].estimate).estimate, rel=1e-10
    )


def test_a_treatment_that_is_another_name_for_the_site_is_not_estimable_and_never_zero() -> None:
    rows = [
        AncovaRow(r.number, r.arm, r.outcome, {"site": "A" if r.arm == "DRUG" else "B"}, r.covariate)
        for r in hamd_rows()
    ]
    result = run(rows, factors=["site"])
    assert result.lost_terms == ("site=B",)
    assert isinstance(result.differences[0].estimate, NotEstimable)
    assert "site=B" in result.differences[0].estimate.reason


def test_an_arm_without_participants_is_not_estimable_and_the_others_stand() -> None:
    result = run(hamd_rows(), arms=["DRUG", "PLACEBO", "HIGH"])
    assert [mean.n > 0 for mean in result.means] == [True, True, False]
    assert isinstance(result.means[2].estimate, NotEstimable)
    assert isinstance(result.differences[1].estimate, NotEstimable)
    assert isinstance(result.differences[0].estimate, ModelEstimate)


def test_every_fault_of_the_rows_is_named_at_once() -> None:
    row = AncovaRow("1", "DRUG", -3, {}, 20)
    with pytest.raises(NotAnalysable) as refusal:
        run([row, row, AncovaRow("2", "OTHER", -3, {"pool": "a"}, 20)])
    said = " ".join(reason.message for reason in refusal.value.reasons)
    assert "analysed 2 times" in said
    assert "arm of 2" in said
    assert "1 has no pool" in said


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(NotAnalysable, match="cannot carry"):
        run([AncovaRow("1", "DRUG", -3, {}, 20), AncovaRow("2", "PLACEBO", -1, {}, 22)], factors=[])
    with pytest.raises(NotAnalysable):
        run([])


def test_a_perfect_fit_is_not_dressed_up_as_a_test() -> None:
    rows = [
        AncovaRow(str(i), arm, float(i) + (5 if arm == "DRUG" else 0), {}, float(i))
        for i, arm in enumerate(["DRUG", "PLACEBO"] * 4)
    ]
    result = run(rows, factors=[])
    assert isinstance(result.differences[0].estimate, NotEstimable)
