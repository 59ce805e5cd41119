"""A fitted analysis of covariance as JSON, as docs/reference/analyze-ancova.schema.json says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.endpoints.domain.analyses.ancova_request import AncovaAnswer, AncovaRequest
from apps.endpoints.domain.analyses.csv_file import CsvFile
from apps.endpoints.domain.analyses.estimates import estimate_json
from apps.endpoints.domain.mmrm import Numeric

SCHEMA_VERSION = 1


def ancova_json(
    file: CsvFile, request: AncovaRequest, answer: AncovaAnswer, *, software: Mapping[str, str]
) -> dict[str, Any]:
    """Every number of the fit, what it was asked for, and what it was computed from and with."""
    result = answer.result
    means = {result.covariate: result.covariate_mean} if result.covariate else {}
    return {
        "analysis": "ancova",
        "schema_version": SCHEMA_VERSION,
        "software": dict(software),
        "data": {
            "sha256": file.digest,
            "rows": len(file.lines),
            "missing_words": sorted(file.missing - {""}),
        },
        "model": {
            "outcome": request.outcome,
            "subject": request.subject,
            "arm": request.arm,
            "reference": request.reference,
            "covariates": {
                name: {"kind": "number"}
                if isinstance(column, Numeric)
                else {"kind": "factor", "levels": list(column.levels)}
                for name, column in answer.columns.items()
            },
            "covariate_means": means | dict(result.further),
            "visit": request.visit,
            "at": request.at,
            "missing": request.missing.value,
            "ranks": request.ranks,
            "level": request.level,
            "weights": request.weights.value.lower(),
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
