"""Exact, score and stratified methods: published tables, and computations that share no code with them."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from apps.endpoints.domain.binary import number_needed, rate, rate_difference
from apps.endpoints.domain.rates import (
    FourFold,
    StratumWeights,
    breslow_day,
    clopper_pearson_interval,
    cochran_mantel_haenszel,
    four_folds,
    mantel_haenszel_difference,
    mantel_haenszel_odds_ratio,
    miettinen_nurminen_difference,
    miettinen_nurminen_interval,
    miettinen_nurminen_test,
    needed_in_words,
    stratified_newcombe,
)
from apps.endpoints.domain.rates.miettinen_nurminen import restricted_rates, score_statistic
from apps.endpoints.domain.rates.odds_homogeneity import fitted_count
from apps.endpoints.domain.results import MissingRule
from apps.endpoints.domain.values import NotAnalysable

Z = float(stats.norm.ppf(0.975))


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    # Newcombe, Stat Med 1998;17:857, table I, method 5
    [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)],
)
def test_clopper_pearson_agrees_with_newcombe_1998a(count: int, n: int, low: float, high: float) -> None:
    interval = clopper_pearson_interval(count, n)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_clopper_pearson_limits_leave_exactly_their_tail(pair: tuple[int, int]) -> None:
    count, n = pair
    interval = clopper_pearson_interval(count, n, level=0.9)
    assert interval is not None

    def at_least(p: float) -> float:
        return sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(count, n + 1))

    def at_most(p: float) -> float:
        return sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(count + 1))

    assert count == 0 or at_least(interval.low) == pytest.approx(0.05, rel=1e-8)
    assert count == n or at_most(interval.high) == pytest.approx(0.05, rel=1e-8)
    assert (interval.low == 0.0) == (count == 0)
    assert (interval.high == 1.0) == (count == n)


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(NotAnalysable):
        clopper_pearson_interval(3, 2)
    assert clopper_pearson_interval(0, 0) is None
    with pytest.raises(NotAnalysable):
        miettinen_nurminen_interval(0, 0, 1, 2)
    with pytest.raises(NotAnalysable):
        miettinen_nurminen_interval(3, 2, 1, 2)
    with pytest.raises(NotAnalysable):
        FourFold("A", 3, 2, 0, 1)
    with pytest.raises(NotAnalysable):
        miettinen_nurminen_difference(
            rate(1, 2, rule=MissingRule.LOCF), rate(1, 2, rule=MissingRule.OBSERVED_CASES)
        )


@pytest.mark.parametrize(
    ("table", "low", "high"),
    # Newcombe, Stat Med 1998;17:873, table II, method 6
    [
        ((56, 70, 48, 80), 0.0528, 0.3382),
        ((9, 10, 3, 10), 0.1700, 0.8406),
        ((6, 7, 2, 7), 0.0342, 0.8534),
        ((5, 56, 0, 29), -0.0326, 0.1933),
        ((0, 10, 0, 20), -0.1658, 0.2844),
        ((0, 10, 0, 10), -0.2879, 0.2879),
        ((10, 10, 0, 20), 0.7156, 1.0),
        ((10, 10, 0, 10), 0.6636, 1.0),
    ],
)
def test_miettinen_nurminen_agrees_with_newcombe_1998b(
    table: tuple[int, int, int, int], low: float, high: float
) -> None:
    interval = miettinen_nurminen_interval(*table)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


@st.composite
def two_by_two(draw: st.DrawFn) -> tuple[int, int, int, int]:
    n1, n2 = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    return draw(st.integers(0, n1)), n1, draw(st.integers(0, n2)), n2


def log_likelihood(p: float, x: int, n: int) -> float:
    return sum(
        k * math.log(q) if k and q > 0 else (-math.inf if k else 0.0) for k, q in ((x, p), (n - x, 1 - p))
    )


@given(two_by_two(), st.floats(-0.98, 0.98))
def test_the_restricted_rates_are_the_most_likely_pair(table: tuple[int, int, int, int], d: float) -> None:
    x1, n1, x2, n2 = table
    p1, p2 = restricted_rates(x1, n1, x2, n2, difference=d)
    assert p1 - p2 == pytest.approx(d, abs=1e-9)
    best = log_likelihood(p1, x1, n1) + log_likelihood(p2, x2, n2)
    for p in np.linspace(max(0.0, -d), min(1.0, 1 - d), 201):
        here = log_likelihood(min(1.0, max(0.0, p + d)), x1, n1) + log_likelihood(p, x2, n2)
        assert here <= best + 1e-6


@given(two_by_two())
@settings(max_examples=150)
def test_the_score_interval_exists_for_every_table_and_ends_where_the_statistic_meets_the_quantile(
    table: tuple[int, int, int, int],
) -> None:
    x1, n1, x2, n2 = table
    interval = miettinen_nurminen_interval(*table)
    observed = x1 / n1 - x2 / n2
    assert -1 <= interval.low <= observed <= interval.high <= 1
    if interval.low > -1:
        assert score_statistic(*table, difference=interval.low) == pytest.approx(Z, rel=1e-6)
        assert miettinen_nurminen_test(*table, difference=interval.low) == pytest.approx(0.05, rel=1e-5)
    if interval.high < 1:
        assert score_statistic(*table, difference=interval.high) == pytest.approx(-Z, rel=1e-6)
    turned = miettinen_nurminen_interval(x2, n2, x1, n1)
    assert (turned.low, turned.high) == pytest.approx((-interval.high, -interval.low), abs=1e-9)
    steps = [score_statistic(*table, difference=d) for d in np.linspace(-0.99, 0.99, 67)]
    assert all(later <= earlier + 1e-9 for earlier, later in pairwise(steps))


# Lung cancer and smoking in eight Chinese cities (Agresti, Categorical Data Analysis, 2nd ed., table 6.3):
# smokers with cancer, smokers, non-smokers with cancer, non-smokers.
CHINA = [
    FourFold(*row)
    for row in (
        ("Beijing", 126, 226, 35, 96),
        ("Shanghai", 908, 1596, 497, 1304),
        ("Shenyang", 913, 1660, 336, 934),
        ("Nanjing", 235, 407, 58, 179),
        ("Harbin", 402, 710, 121, 336),
        ("Zhengzhou", 182, 338, 72, 170),
        ("Taiyuan", 60, 159, 11, 54),
        ("Nanchang", 104, 193, 21, 57),
    )
]
# Admissions at Berkeley 1973 by department (Bickel, Hammel and O'Connell, Science 1975;187:398): men, then women.
BERKELEY = [
    FourFold(*row)
    for row in (
        ("A", 512, 825, 89, 108),
        ("B", 353, 560, 17, 25),
        ("C", 120, 325, 202, 593),
        ("D", 138, 417, 131, 375),
        ("E", 53, 191, 94, 393),
        ("F", 22, 373, 24, 341),
    )
]


def test_the_chinese_cities_come_out_as_published() -> None:
    test = cochran_mantel_haenszel(CHINA)
    assert test.statistic == pytest.approx(280.1375, abs=5e-5)
    assert (test.df, test.strata, test.notes) == (1, 8, ())
    ratio = mantel_haenszel_odds_ratio(CHINA)
    assert (ratio.value, ratio.interval.low, ratio.interval.high) == pytest.approx(
        (2.1745, 1.9840, 2.3832), abs=5e-5
    )
    homogeneity = breslow_day(CHINA)
    assert (homogeneity.statistic, homogeneity.p_value) == pytest.approx((5.1997, 0.6356), abs=5e-5)
    assert homogeneity.df == 7


def test_berkeley_comes_out_as_published_with_and_without_correction() -> None:
    corrected = cochran_mantel_haenszel(BERKELEY, continuity=True)
    assert (corrected.statistic, corrected.p_value) == pytest.approx((1.4269, 0.2323), abs=5e-5)
    assert "with continuity" in corrected.method
    assert cochran_mantel_haenszel(BERKELEY).statistic > corrected.statistic
    ratio = mantel_haenszel_odds_ratio(BERKELEY)
    assert (ratio.value, ratio.interval.low, ratio.interval.high) == pytest.approx(
        (0.9046968, 0.7719074, 1.0603298), abs=5e-8
    )
    assert breslow_day(BERKELEY).statistic == pytest.approx(18.8255, abs=5e-4)
    assert breslow_day(BERKELEY).p_value < 0.01


def exact_difference(tables: list[FourFold]) -> tuple[Fraction, Fraction]:
    """The common difference and Sato's variance, in fractions."""
    weight = sum((Fraction(t.n1 * t.n2, t.n) for t in tables), Fraction(0))
    value = sum(
        (Fraction(t.n1 * t.n2, t.n) * (Fraction(t.x1, t.n1) - Fraction(t.x2, t.n2)) for t in tables),
        Fraction(0),
    )
    value /= weight
    variance = Fraction(0)
    for t in tables:
        u1, u2 = Fraction(t.n1, t.n), Fraction(t.n2, t.n)
        variance += value * (t.x2 * u1 * u1 - t.x1 * u2 * u2 + u1 * u2 * (t.n2 - t.n1) / 2)
        variance += Fraction(t.x1 * (t.n2 - t.x2) + t.x2 * (t.n1 - t.x1), 2 * t.n)
    return value, variance / weight**2


@pytest.mark.parametrize("tables", [CHINA, BERKELEY, CHINA[-2:]])
def test_the_common_difference_equals_exact_arithmetic(tables: list[FourFold]) -> None:
    value, variance = exact_difference(tables)
    found = mantel_haenszel_difference(tables)
    assert found.value == pytest.approx(float(value), rel=1e-12)
    assert found.standard_error == pytest.approx(float(variance) ** 0.5, rel=1e-12)
    assert found.interval.high - found.interval.low == pytest.approx(2 * Z * float(variance) ** 0.5, rel=1e-9)


def test_satos_error_is_the_spread_of_the_difference_in_many_small_strata() -> None:
    """200 strata of two to five per arm, 1500 times: the error that is reported is the error that is made."""
    source = np.random.default_rng(20)
    n1, n2 = source.integers(2, 6, 200), source.integers(2, 6, 200)
    base = source.uniform(0.2, 0.6, 200)
    values, errors = [], []
    for _ in range(1500):
        x1, x2 = source.binomial(n1, base + 0.15), source.binomial(n2, base)
        found = mantel_haenszel_difference(
            [FourFold(str(i), *map(int, row)) for i, row in enumerate(zip(x1, n1, x2, n2, strict=True))]
        )
        values.append(found.value)
        errors.append(found.standard_error or 0.0)
    assert np.mean(values) == pytest.approx(0.15, abs=4 * np.std(values) / 1500**0.5)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.08)


@given(two_by_two())
def test_one_stratum_gives_newcombes_own_interval(table: tuple[int, int, int, int]) -> None:
    x1, n1, x2, n2 = table
    plain = rate_difference(rate(x1, n1, rule=MissingRule.NONE), rate(x2, n2, rule=MissingRule.NONE))
    for weights in StratumWeights:
        found = stratified_newcombe([FourFold("all", *table)], weights=weights)
        assert found.value == pytest.approx(plain.value, abs=1e-12)
        assert (found.interval.low, found.interval.high) == pytest.approx(
            (plain.interval.low, plain.interval.high), abs=1e-9
        )
        assert weights.label in found.method


@given(st.lists(two_by_two(), min_size=2, max_size=5), st.sampled_from(StratumWeights))
def test_stratified_newcombe_holds_its_estimate_and_turns_with_the_arms(
    rows: list[tuple[int, int, int, int]], weights: StratumWeights
) -> None:
    tables = [FourFold(str(i), *row) for i, row in enumerate(rows)]
    found = stratified_newcombe(tables, weights=weights)
    assert -1 <= found.interval.low <= found.value <= found.interval.high <= 1
    turned = stratified_newcombe(
        [FourFold(t.stratum, t.x2, t.n2, t.x1, t.n1) for t in tables], weights=weights
    )
    assert turned.value == pytest.approx(-found.value, abs=1e-9)
    assert turned.interval.low == pytest.approx(-found.interval.high, abs=1e-9)


def test_wilson_weights_favour_the_stratum_that_is_known_better() -> None:
    """With Mantel-Haenszel weights the value is the common difference; the other weights move it."""
    small_odd = [FourFold("large", 50, 100, 40, 100), FourFold("small", 9, 10, 1, 10)]
    by_size = stratified_newcombe(small_odd)
    assert by_size.value == pytest.approx(mantel_haenszel_difference(small_odd).value, rel=1e-12)
    assert stratified_newcombe(small_odd, weights=StratumWeights.WILSON).value != pytest.approx(
        by_size.value, abs=1e-3
    )


@given(two_by_two(), st.floats(0.05, 20))
def test_the_fitted_count_has_the_ratio_and_the_margins(
    table: tuple[int, int, int, int], ratio: float
) -> None:
    x1, n1, x2, n2 = table
    if not 0 < x1 + x2 < n1 + n2:
        return
    stratum = FourFold("s", *table)
    a = fitted_count(stratum, ratio=ratio)
    assert max(0, x1 + x2 - n2) < a < min(x1 + x2, n1)
    b, c, d = n1 - a, x1 + x2 - a, n2 - (x1 + x2) + a
    assert a * d == pytest.approx(ratio * b * c, rel=1e-6)


def test_an_empty_cell_of_a_stratum_is_dropped_with_a_note() -> None:
    lonely = FourFold("Malta", 3, 4, 0, 0)
    for method in (
        cochran_mantel_haenszel,
        mantel_haenszel_difference,
        mantel_haenszel_odds_ratio,
        breslow_day,
    ):
        plain, noted = method(CHINA), method([*CHINA, lonely])
        assert noted.notes == ("Stratum Malta was left out: nobody in the second arm.",)
        assert noted.strata == plain.strata == 8
        assert repr(noted).split("notes")[0] == repr(plain).split("notes")[0]
    with pytest.raises(NotAnalysable, match="No stratum"):
        stratified_newcombe([lonely])
    with pytest.raises(NotAnalysable, match="twice"):
        mantel_haenszel_difference([CHINA[0], CHINA[0]])


def test_what_does_not_exist_is_refused_and_not_printed() -> None:
    with pytest.raises(NotAnalysable, match="nought or infinite"):
        mantel_haenszel_odds_ratio([FourFold("A", 4, 4, 2, 5)])
    with pytest.raises(NotAnalysable, match="no test"):
        cochran_mantel_haenszel([FourFold("A", 0, 4, 0, 5)])
    with pytest.raises(NotAnalysable, match="nothing to compare"):
        breslow_day([FourFold("A", 2, 4, 2, 5), FourFold("B", 0, 4, 0, 5)])


def test_rows_are_counted_into_strata() -> None:
    rows = [("DE", "ESK", True), ("DE", "ESK", False), ("DE", "PBO", True), ("AT", "PBO", False)]
    assert four_folds(rows, arm="ESK", reference="PBO") == (
        FourFold("AT", 0, 0, 0, 1),
        FourFold("DE", 1, 2, 1, 1),
    )
    with pytest.raises(NotAnalysable, match="HIGH"):
        four_folds([("DE", "HIGH", True)], arm="ESK", reference="PBO")


def test_a_number_needed_in_words_runs_through_infinity() -> None:
    published = rate_difference(
        rate(70, 101, rule=MissingRule.OBSERVED_CASES), rate(52, 100, rule=MissingRule.OBSERVED_CASES)
    )
    assert needed_in_words(number_needed(published)) == "NNTB 5.8 (NNTB 3.3 to NNTB 26.3)"
    harmful = number_needed(
        rate_difference(
            rate(52, 100, rule=MissingRule.OBSERVED_CASES), rate(70, 101, rule=MissingRule.OBSERVED_CASES)
        )
    )
    assert needed_in_words(harmful) == "NNTH 5.8 (NNTH 26.3 to NNTH 3.3)"
    unclear = rate_difference(rate(5, 20, rule=MissingRule.NONE), rate(4, 20, rule=MissingRule.NONE))
    said = needed_in_words(number_needed(unclear), digits=0)
    assert said.startswith("NNTB 20 (NNTH ")
    assert " to infinity to NNTB " in said
    level = rate_difference(rate(4, 20, rule=MissingRule.NONE), rate(4, 20, rule=MissingRule.NONE))
    assert needed_in_words(number_needed(level)).startswith("infinity (NNTH ")


def test_the_score_interval_covers_what_it_says() -> None:
    """Every table of 12 against 15 at 25 pairs of true rates, weighed by its probability: no simulation."""
    n1, n2 = 12, 15
    limits = {(a, b): miettinen_nurminen_interval(a, n1, b, n2) for a in range(n1 + 1) for b in range(n2 + 1)}
    covered = []
    for p1 in (0.1, 0.3, 0.5, 0.7, 0.9):
        for p2 in (0.1, 0.3, 0.5, 0.7, 0.9):
            first, second = stats.binom.pmf(range(n1 + 1), n1, p1), stats.binom.pmf(range(n2 + 1), n2, p2)
            covered.append(
                sum(
                    first[a] * second[b]
                    for (a, b), one in limits.items()
                    if one.low - 1e-9 <= p1 - p2 <= one.high + 1e-9
                )
            )
    assert 0.945 < np.mean(covered) < 0.965
    assert min(covered) > 0.92
