"""A fitted mixed model for repeated measures as JSON, as docs/reference/analyze-mmrm.schema.json says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.endpoints.domain.analyses.csv_file import CsvFile
from apps.endpoints.domain.analyses.estimates import estimate_json, finite
from apps.endpoints.domain.analyses.machine import head_json, refusal_json
from apps.endpoints.domain.analyses.mmrm_request import MmrmRequest
from apps.endpoints.domain.mmrm import Attempt, FTest, MmrmFit, ModelFrame, NoFit, Numeric
from apps.endpoints.domain.mmrm.frame import Column
from apps.endpoints.domain.results import NotEstimable
from apps.endpoints.domain.values import NotAnalysable


def mmrm_json(
    file: CsvFile, request: MmrmRequest, frame: ModelFrame, fit: MmrmFit, *, software: Mapping[str, str]
) -> dict[str, Any]:
    """Every number of the fit, what it was asked for, and what it was computed from and with."""
    s = fit.statistics
    return {
        **head_json("mmrm", file, software=software),
        "model": {
            **_asked(request),
            "terms": ["*".join(term) for term in fit.model.terms],
            "columns": {name: _column(column) for name, column in frame.columns.items()},
            "covariate_means": dict(fit.covariate_means),
        },
        "fit": {
            "covariance": fit.covariance.value,
            "rows": s.rows,
            "subjects": s.subjects,
            "columns": s.columns,
            "covariance_parameters": s.parameters,
            "minus_two_log_likelihood": s.minus_two_log_likelihood,
            "log_likelihood": s.log_likelihood,
            "aic": s.aic,
            "aicc": s.aicc,
            "bic": s.bic,
        },
        "attempts": [_attempt(one) for one in fit.attempts],
        "coefficients": [{"name": one.name, **estimate_json(one.estimate)} for one in fit.coefficients],
        "lost_columns": list(fit.lost),
        "vcov": [list(row) for row in fit.vcov],
        "vcov_unadjusted": [list(row) for row in fit.vcov_unadjusted],
        "covariance_matrix": {"visits": list(fit.visits), "rows": [list(row) for row in fit.sigma]},
        "ls_means": [
            {"arm": one.arm, "visit": one.visit, "n": one.n, **estimate_json(one.estimate)}
            for one in fit.ls_means
        ],
        "differences": [
            {"arm": one.arm, "reference": one.reference, "visit": one.visit, **estimate_json(one.estimate)}
            for one in fit.differences
        ],
        "overall_test": _test(fit.overall_test()),
        "patterns": [{"visits": list(one.visits), "subjects": one.subjects} for one in fit.patterns],
        "rows_set_aside": [
            {"subject": one.subject, "visit": one.visit, "missing": list(one.missing)}
            for one in fit.set_aside
        ],
        "subjects_without_data": list(fit.subjects_without_data),
    }


def mmrm_refusal_json(
    file: CsvFile, request: MmrmRequest, refusal: NotAnalysable, *, software: Mapping[str, str]
) -> dict[str, Any]:
    """What was asked for and why there is no fit; where no structure was accepted, every attempt."""
    return {
        **head_json("mmrm", file, software=software),
        "model": {**_asked(request), "covariates": list(request.covariates)},
        "refused": refusal_json(refusal),
        "attempts": [_attempt(one) for one in refusal.attempts] if isinstance(refusal, NoFit) else [],
    }


def _asked(request: MmrmRequest) -> dict[str, Any]:
    return {
        "outcome": request.outcome,
        "subject": request.subject,
        "visit": request.visit,
        "arm": request.arm,
        "reference": request.reference,
        "reference_levels": dict(request.reference_levels),
        "estimation": request.estimation.value,
        "degrees_of_freedom": request.degrees_of_freedom.value,
        "ladder": [one.value for one in request.covariance],
        "level": request.level,
        "weights": request.weights.value.lower(),
        "row_weights": request.row_weights,
    }


def _attempt(one: Attempt) -> dict[str, Any]:
    return {
        "covariance": one.covariance.value,
        "parameters": one.parameters,
        "accepted": one.accepted,
        "refused": one.refused,
        "iterations": one.iterations,
        "gradient": finite(one.gradient),
        "smallest_eigenvalue": finite(one.eigenvalue),
        "condition_number": finite(one.condition),
        "minus_two_log_likelihood": finite(one.minus_two_log_likelihood),
    }


def _column(column: Column) -> dict[str, Any]:
    if isinstance(column, Numeric):
        return {"kind": "number"}
    return {"kind": "factor", "levels": list(column.levels)}


def _test(test: FTest | NotEstimable) -> dict[str, Any]:
    if isinstance(test, NotEstimable):
        return {"not_estimable": test.reason}
    return {
        "f": test.f,
        "numerator_df": test.numerator_df,
        "denominator_df": test.denominator_df,
        "p_value": test.p_value,
    }
