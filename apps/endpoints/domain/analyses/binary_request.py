"""From a file and what was asked to rates, their differences, and their comparison over strata."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from apps.endpoints.domain.analyses.columns import leveled, role_clashes, unknown_columns
from apps.endpoints.domain.analyses.csv_file import CsvFile, number_of, refuse
from apps.endpoints.domain.analyses.subjects import at_lines, gathered
from apps.endpoints.domain.binary import number_needed, rate, rate_difference
from apps.endpoints.domain.rates import (
    ChiSquareTest,
    FourFold,
    StratifiedEstimate,
    StratumWeights,
    breslow_day,
    clopper_pearson_interval,
    cochran_mantel_haenszel,
    four_folds,
    mantel_haenszel_difference,
    mantel_haenszel_odds_ratio,
    miettinen_nurminen_interval,
    miettinen_nurminen_test,
    stratified_newcombe,
)
from apps.endpoints.domain.results import (
    Interval,
    MissingRule,
    NotEstimable,
    NumberNeeded,
    Rate,
    RateDifference,
)
from apps.endpoints.domain.values import NotAnalysable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class BinaryRequest:
    """What was asked, by the names of the file's columns.

    `reached` are the words of the outcome that mean it was reached; without them the outcome must be 0 and 1.
    `missing` is "missing counts as not achieved" or observed cases.
    """

    outcome: str
    subject: str
    arm: str
    reference: str
    reached: tuple[str, ...] = ()
    strata: tuple[str, ...] = ()
    missing: MissingRule = MissingRule.NON_RESPONDER
    stratum_weights: StratumWeights = StratumWeights.MANTEL_HAENSZEL
    continuity: bool = False
    level: float = 0.95


@dataclass(frozen=True, slots=True)
class ArmRate:
    """One arm's rate with its exact interval beside Wilson's."""

    arm: str
    rate: Rate
    exact: Interval | None


@dataclass(frozen=True, slots=True)
class OverStrata:
    """The comparison over strata; what does not exist for these counts says why."""

    tables: tuple[FourFold, ...]
    test: ChiSquareTest | NotEstimable
    difference: StratifiedEstimate | NotEstimable
    newcombe: StratifiedEstimate | NotEstimable
    odds_ratio: StratifiedEstimate | NotEstimable
    homogeneity: ChiSquareTest | NotEstimable


@dataclass(frozen=True, slots=True)
class Comparison:
    """An arm against the reference, without strata and (where asked) over them."""

    arm: str
    reference: str
    difference: RateDifference
    score_interval: Interval
    score_p_value: float
    needed: NumberNeeded
    strata: OverStrata | None


@dataclass(frozen=True, slots=True)
class BinaryAnswer:
    """Rates in the order of the arms (the reference first), comparisons, and who was left out and why."""

    rates: tuple[ArmRate, ...]
    comparisons: tuple[Comparison | tuple[str, NotEstimable], ...]
    words: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]


def analyse_binary(file: CsvFile, request: BinaryRequest) -> BinaryAnswer:
    """Count and compare.

    :raises NotAnalysable: if the file or the request will not do, each fault with its line.
    """
    words = _refuse_request(file, request)
    arms = leveled(file, request.arm, first=request.reference)
    outcome = file.texts(request.outcome)
    columns = {request.arm: arms.values, request.outcome: outcome}
    columns |= {name: file.texts(name) for name in request.strata}
    people, faults = gathered(file, subject=request.subject, columns=columns)
    faults += [
        f"{name} has {len(places)} rows ({at_lines(file, places)}); a yes-or-no endpoint has one."
        for name, places in people.rows.items()
        if len(places) > 1
    ]
    refuse(faults)
    left_out: list[tuple[str, str]] = []
    counted: list[tuple[str, str, bool]] = []
    for name, own in people.values.items():
        said = own[request.outcome]
        if said is None and request.missing is MissingRule.OBSERVED_CASES:
            left_out.append((name, "no outcome"))
            continue
        stratum = " / ".join(str(own[one]) for one in request.strata)
        counted.append((stratum, str(own[request.arm]), said in words))
    rates = tuple(_arm_rate(arm, counted, request) for arm in arms.levels)
    comparisons = tuple(_compared(rates[0], one, counted, request) for one in rates[1:])
    return BinaryAnswer(rates, comparisons, words, tuple(left_out))


def _arm_rate(arm: str, counted: Sequence[tuple[str, str, bool]], request: BinaryRequest) -> ArmRate:
    mine = [reached for _, given, reached in counted if given == arm]
    return ArmRate(
        arm,
        rate(sum(mine), len(mine), rule=request.missing, level=request.level),
        clopper_pearson_interval(sum(mine), len(mine), level=request.level),
    )


def _compared(
    reference: ArmRate, one: ArmRate, counted: Sequence[tuple[str, str, bool]], request: BinaryRequest
) -> Comparison | tuple[str, NotEstimable]:
    try:
        difference = rate_difference(one.rate, reference.rate, level=request.level)
    except NotAnalysable as fault:
        return one.arm, NotEstimable(_reason(fault))
    counts = (one.rate.count, one.rate.denominator, reference.rate.count, reference.rate.denominator)
    mine = [row for row in counted if row[1] in (one.arm, reference.arm)]
    return Comparison(
        one.arm,
        reference.arm,
        difference,
        miettinen_nurminen_interval(*counts, level=request.level),
        miettinen_nurminen_test(*counts),
        number_needed(difference),
        _over_strata(mine, one.arm, reference.arm, request) if request.strata else None,
    )


def _over_strata(
    rows: Sequence[tuple[str, str, bool]], arm: str, reference: str, request: BinaryRequest
) -> OverStrata:
    tables = four_folds(rows, arm=arm, reference=reference)
    level = request.level
    return OverStrata(
        tables,
        _or_reason(lambda: cochran_mantel_haenszel(tables, continuity=request.continuity)),
        _or_reason(lambda: mantel_haenszel_difference(tables, level=level)),
        _or_reason(lambda: stratified_newcombe(tables, weights=request.stratum_weights, level=level)),
        _or_reason(lambda: mantel_haenszel_odds_ratio(tables, level=level)),
        _or_reason(lambda: breslow_day(tables)),
    )


def _or_reason(compute: Callable[[], T]) -> T | NotEstimable:
    try:
        return compute()
    except NotAnalysable as fault:
        return NotEstimable(_reason(fault))


def _reason(fault: NotAnalysable) -> str:
    return " ".join(reason.message for reason in fault.reasons)


def _refuse_request(file: CsvFile, request: BinaryRequest) -> tuple[str, ...]:
    """The words that mean reached, once nothing speaks against the request."""
    roles = {"subject": request.subject, "arm": request.arm, "outcome": request.outcome}
    faults = unknown_columns(file, list(dict.fromkeys([*roles.values(), *request.strata])))
    faults += role_clashes(roles, request.strata, kind="a stratum")
    strata = request.strata
    faults += [f"{name} is a stratum twice." for name in dict.fromkeys(strata) if strata.count(name) > 1]
    refuse(faults)
    for name in (request.subject, request.arm, *request.strata):
        faults += file.lacking(name)
    arms = leveled(file, request.arm, first=request.reference).levels
    if request.reference not in arms:
        faults.append(f"{request.reference} is not a level of {request.arm}: {', '.join(arms)}.")
    elif len(arms) < 2:
        faults.append(f"{request.arm} has one level only; there is nothing to compare.")
    texts = file.texts(request.outcome)
    words = request.reached
    if not words:
        words = tuple(dict.fromkeys(text for text in texts if text is not None and number_of(text) == 1))
        odd = dict.fromkeys(text for text in texts if text is not None and number_of(text) not in (0, 1))
        faults += [
            f"Line {file.lines[texts.index(text)]}: {request.outcome} is {text!r}, neither 0 nor 1; say with --reached "
            "which words mean that it was reached, or with --na which mean missing."
            for text in odd
        ]
    else:
        faults += [f"No cell of {request.outcome} is {word!r}." for word in words if word not in texts]
    refuse(faults)
    return words
