"""Rates and their comparisons as lines of text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from apps.endpoints.domain.analyses.binary_request import (
    BinaryAnswer,
    BinaryRequest,
    Comparison,
    OverStrata,
)
from apps.endpoints.domain.analyses.text_table import block, fixed, p_text
from apps.endpoints.domain.rates import ChiSquareTest, StratifiedEstimate, needed_in_words
from apps.endpoints.domain.results import Interval, NotEstimable


def binary_text(request: BinaryRequest, answer: BinaryAnswer) -> Iterator[str]:
    """What was asked, what was counted, and how the arms compare."""
    yield "Yes-or-no endpoint"
    yield ""
    yield f"Reached      {request.outcome} is {' or '.join(answer.words) or '1'}; {request.missing.label}"
    yield f"Reference    {request.arm} = {request.reference}"
    if request.strata:
        yield f"Strata       {', '.join(request.strata)}"
    if answer.left_out:
        yield f"Left out     {len(answer.left_out)}:"
        yield from (f"               {name}: {reason}" for name, reason in answer.left_out)
    percent = f"{100 * request.level:.4g}%"
    yield from block(
        "Rates",
        ("arm", "reached", "of", "rate", f"{percent} Wilson", f"{percent} Clopper-Pearson"),
        [
            (
                one.arm,
                str(one.rate.count),
                str(one.rate.denominator),
                "" if one.rate.value is None else fixed(one.rate.value),
                _limits(one.rate.interval),
                _limits(one.exact),
            )
            for one in answer.rates
        ],
    )
    yield from block(
        "Differences",
        ("arm", "difference", f"{percent} Newcombe", f"{percent} Miettinen-Nurminen", "p", "number needed"),
        [
            (
                f"{one.arm} - {one.reference}",
                fixed(one.difference.value),
                _limits(one.difference.interval),
                _limits(one.score_interval),
                p_text(one.score_p_value),
                needed_in_words(one.needed),
            )
            if isinstance(one, Comparison)
            else (f"{one[0]} - {request.reference}", f"not estimable: {one[1].reason}", "", "", "", "")
            for one in answer.comparisons
        ],
    )
    for one in answer.comparisons:
        if isinstance(one, Comparison) and one.strata is not None:
            yield from _over_strata(f"{one.arm} - {one.reference}", one.strata)


def _over_strata(title: str, strata: OverStrata) -> Iterator[str]:
    yield from block(
        f"{title} by stratum",
        ("stratum", "reached", "of", "reference reached", "of"),
        [(t.stratum, str(t.x1), str(t.n1), str(t.x2), str(t.n2)) for t in strata.tables],
    )
    yield ""
    yield f"{title} over strata"
    yield from _estimate("Common difference", strata.difference)
    yield from _estimate("Common difference", strata.newcombe)
    yield from _estimate("Common odds ratio", strata.odds_ratio)
    yield from _test("No difference", strata.test)
    yield from _test("One odds ratio", strata.homogeneity)


def _estimate(title: str, estimate: StratifiedEstimate | NotEstimable) -> Iterator[str]:
    if isinstance(estimate, NotEstimable):
        yield f"  {title}: not estimable: {estimate.reason}"
        return
    error = "" if estimate.standard_error is None else f", SE {fixed(estimate.standard_error)}"
    yield f"  {title} {fixed(estimate.value)} ({_limits(estimate.interval)}){error}; {estimate.method}"
    yield from (f"    {note}" for note in estimate.notes)


def _test(title: str, test: ChiSquareTest | NotEstimable) -> Iterator[str]:
    if isinstance(test, NotEstimable):
        yield f"  {title}: not estimable: {test.reason}"
        return
    yield f"  {title}: chi-square({test.df}) = {test.statistic:.4f}, p = {p_text(test.p_value)}; {test.method}"
    yield from (f"    {note}" for note in test.notes)


def _limits(interval: Interval | None) -> str:
    return "" if interval is None else f"{fixed(interval.low)} to {fixed(interval.high)}"
