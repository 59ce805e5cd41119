"""A fitted analysis of covariance as JSON, as docs/reference/analyze-ancova.schema.json says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.endpoints.domain.analyses.ancova_request import AncovaAnswer, AncovaRequest
from apps.endpoints.domain.analyses.csv_file import CsvFile
from apps.endpoints.domain.analyses.estimates import estimate_json
from apps.endpoints.domain.analyses.machine import head_json, refusal_json
from apps.endpoints.domain.mmrm import Numeric
from apps.endpoints.domain.values import NotAnalysable


def ancova_json(
    file: CsvFile, request: AncovaRequest, answer: AncovaAnswer, *, software: Mapping[str, str]
) -> dict[str, Any]:
    """Every number of the fit, what it was asked for, and what it was computed from and with."""
    result = answer.result
    means = {result.covariate: result.covariate_mean} if result.covariate else {}
    return {
        **head_json("ancova", file, software=software),
        "model": {
            **_asked(request),
            "covariates": {
                name: {"kind": "number"}
                if isinstance(column, Numeric)
                else {"kind": "factor", "levels": list(column.levels)}
                for name, column in answer.columns.items()
            },
            "covariate_means": means | dict(result.further),
        },
        "fit": {"subjects": result.n, "df": result.df, "residual_sd": result.residual_sd},
        "lost_columns": list(result.lost_terms),
        "ls_means": [{"arm": one.arm, "n": one.n, **estimate_json(one.estimate)} for one in result.means],
        "differences": [
            {"arm": one.arm, "reference": one.reference, **estimate_json(one.estimate)}
            for one in result.differences
        ],
        "carried": [{"subject": name, "from": source} for name, source in answer.carried],
        "left_out": [{"subject": name, "reason": reason} for name, reason in answer.left_out],
    }


def ancova_refusal_json(
    file: CsvFile, request: AncovaRequest, refusal: NotAnalysable, *, software: Mapping[str, str]
) -> dict[str, Any]:
    """What was asked for, and why there is no fit."""
    return {
        **head_json("ancova", file, software=software),
        "model": {**_asked(request), "covariates": list(request.covariates)},
        "refused": refusal_json(refusal),
    }


def _asked(request: AncovaRequest) -> dict[str, Any]:
    return {
        "outcome": request.outcome,
        "subject": request.subject,
        "arm": request.arm,
        "reference": request.reference,
        "visit": request.visit,
        "at": request.at,
        "missing": request.missing.value,
        "ranks": request.ranks,
        "level": request.level,
        "weights": request.weights.value.lower(),
    }
