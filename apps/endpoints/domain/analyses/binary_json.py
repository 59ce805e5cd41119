"""Rates and their comparisons as JSON, as docs/reference/analyze-binary.schema.json says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.endpoints.domain.analyses.binary_request import (
    BinaryAnswer,
    BinaryRequest,
    Comparison,
    OverStrata,
)
from apps.endpoints.domain.analyses.csv_file import CsvFile
from apps.endpoints.domain.analyses.estimates import finite, limits_json
from apps.endpoints.domain.analyses.machine import head_json, refusal_json
from apps.endpoints.domain.rates import ChiSquareTest, StratifiedEstimate, needed_in_words
from apps.endpoints.domain.results import NotEstimable
from apps.endpoints.domain.values import NotAnalysable


def binary_json(
    file: CsvFile, request: BinaryRequest, answer: BinaryAnswer, *, software: Mapping[str, str]
) -> dict[str, Any]:
    """Every number, what it was asked for, and what it was computed from and with."""
    return {
        **head_json("binary", file, software=software),
        "request": _asked(request) | {"reached": list(answer.words)},
        "rates": [
            {
                "arm": one.arm,
                "count": one.rate.count,
                "denominator": one.rate.denominator,
                "value": one.rate.value,
                "wilson": limits_json(one.rate.interval),
                "clopper_pearson": limits_json(one.exact),
            }
            for one in answer.rates
        ],
        "comparisons": [
            _comparison(one)
            if isinstance(one, Comparison)
            else {"arm": one[0], "reference": request.reference, "not_estimable": one[1].reason}
            for one in answer.comparisons
        ],
        "left_out": [{"subject": name, "reason": reason} for name, reason in answer.left_out],
    }


def binary_refusal_json(
    file: CsvFile, request: BinaryRequest, refusal: NotAnalysable, *, software: Mapping[str, str]
) -> dict[str, Any]:
    """What was asked for, and why nothing is compared."""
    return {
        **head_json("binary", file, software=software),
        "request": _asked(request),
        "refused": refusal_json(refusal),
    }


def _asked(request: BinaryRequest) -> dict[str, Any]:
    return {
        "outcome": request.outcome,
        "reached": list(request.reached),
        "subject": request.subject,
        "arm": request.arm,
        "reference": request.reference,
        "strata": list(request.strata),
        "missing": request.missing.value,
        "level": request.level,
        "stratum_weights": request.stratum_weights.value,
        "continuity_correction": request.continuity,
    }


def _comparison(one: Comparison) -> dict[str, Any]:
    return {
        "arm": one.arm,
        "reference": one.reference,
        "difference": one.difference.value,
        "newcombe": limits_json(one.difference.interval),
        "miettinen_nurminen": {**(limits_json(one.score_interval) or {}), "p_value": one.score_p_value},
        "number_needed": {
            "value": finite(one.needed.value),
            "lower": finite(one.needed.low),
            "upper": finite(one.needed.high),
            "crosses_infinity": one.needed.crosses_infinity,
            "words": needed_in_words(one.needed),
        },
        "over_strata": None if one.strata is None else _over_strata(one.strata),
    }


def _over_strata(strata: OverStrata) -> dict[str, Any]:
    return {
        "tables": [
            {
                "stratum": table.stratum,
                "arm_reached": table.x1,
                "arm_n": table.n1,
                "reference_reached": table.x2,
                "reference_n": table.n2,
            }
            for table in strata.tables
        ],
        "cochran_mantel_haenszel": _test(strata.test),
        "mantel_haenszel_difference": _estimate(strata.difference),
        "stratified_newcombe": _estimate(strata.newcombe),
        "mantel_haenszel_odds_ratio": _estimate(strata.odds_ratio),
        "breslow_day_tarone": _test(strata.homogeneity),
    }


def _test(test: ChiSquareTest | NotEstimable) -> dict[str, Any]:
    if isinstance(test, NotEstimable):
        return {"not_estimable": test.reason}
    return {
        "method": test.method,
        "chi_square": test.statistic,
        "df": test.df,
        "p_value": test.p_value,
        "strata": test.strata,
        "notes": list(test.notes),
    }


def _estimate(estimate: StratifiedEstimate | NotEstimable) -> dict[str, Any]:
    if isinstance(estimate, NotEstimable):
        return {"not_estimable": estimate.reason}
    return {
        "method": estimate.method,
        "value": estimate.value,
        "standard_error": estimate.standard_error,
        "lower": estimate.interval.low,
        "upper": estimate.interval.high,
        "strata": estimate.strata,
        "notes": list(estimate.notes),
    }
