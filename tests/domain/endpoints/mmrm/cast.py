"""The published example data as frames, and short ways to ask for a model."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np

from apps.endpoints.domain.mmrm import (
    Covariance,
    Factor,
    MmrmFit,
    MmrmModel,
    ModelFrame,
    Numeric,
    usual_terms,
)
from apps.endpoints.domain.results import ModelEstimate, NotEstimable

DATA = Path(__file__).parents[1] / "data"
FEV_TERMS = (
    ("RACE",),
    ("SEX",),
    ("FEV1_BL",),
    ("AVISIT",),
    ("ARMCD",),
    ("FEV1_BL", "AVISIT"),
    ("AVISIT", "ARMCD"),
)


def real(estimate: ModelEstimate | NotEstimable) -> ModelEstimate:
    assert isinstance(estimate, ModelEstimate), estimate
    return estimate


def lines_of(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(newline="") as file:
        return list(csv.DictReader(file))


def number(text: str) -> float | None:
    return float(text) if text else None


def fev_frame() -> ModelFrame:
    """fev_data: 200 subjects at four visits, many outcomes missing."""
    lines = lines_of("fev_data.csv")
    columns: dict[str, Factor | Numeric] = {
        name: Factor.of([line[name] for line in lines]) for name in ("AVISIT", "ARMCD", "RACE")
    }
    columns["SEX"] = Factor([line["SEX"] for line in lines], ("Male", "Female"))
    columns["FEV1_BL"] = Numeric([number(line["FEV1_BL"]) for line in lines])
    return ModelFrame(
        [line["USUBJID"] for line in lines], [number(line["FEV1"]) for line in lines], columns, "AVISIT"
    )


def fev_model(**more: Any) -> MmrmModel:
    facts: dict[str, Any] = {"arm": "ARMCD", "reference": "PBO", "terms": FEV_TERMS}
    return MmrmModel(**(facts | more))


def hamd_frame() -> ModelFrame:
    """The antidepressant example: change of HAMD17 at visits 4 to 7."""
    lines = lines_of("antidepressant_data.csv")
    return ModelFrame(
        [line["PATIENT"] for line in lines],
        [float(line["CHANGE"]) for line in lines],
        {
            "VISIT": Factor([line["VISIT"] for line in lines], ("4", "5", "6", "7")),
            "THERAPY": Factor.of([line["THERAPY"] for line in lines]),
            "POOLINV": Factor.of([line["POOLINV"] for line in lines]),
            "BASVAL": Numeric([float(line["BASVAL"]) for line in lines]),
        },
        "VISIT",
    )


def hamd_model(**more: Any) -> MmrmModel:
    terms = usual_terms(["BASVAL", "BASVAL*VISIT"], arm="THERAPY", visit="VISIT")
    facts: dict[str, Any] = {"arm": "THERAPY", "reference": "PLACEBO", "terms": terms}
    return MmrmModel(**(facts | more))


def expected(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / "expected" / f"{name}.json").read_text())
    return found


def estimates(fit: MmrmFit) -> dict[str, ModelEstimate]:
    return {one.name: real(one.estimate) for one in fit.coefficients}


def trial(*, subjects: int, visits: int, seed: int, drop_out: float = 0.0, effect: float = 0.0) -> ModelFrame:
    """A made-up trial of two arms with a baseline, three regions, and drop-out that never comes back.

    Correlations lie between compound symmetry and autoregression, variances grow. Who does badly drops out more
    often: missing at random, not completely so. `effect` is the true difference at the last visit.
    """
    random = np.random.default_rng(seed)
    n, v = subjects, visits
    distance = np.abs(np.subtract.outer(np.arange(v), np.arange(v)))
    sd = 8 * np.linspace(0.8, 1.2, v)
    sigma = np.outer(sd, sd) * (0.3 + 0.3 * 0.6**distance + 0.4 * np.eye(v))
    treated = np.arange(n) % 2 == 0
    base = 37 + 5 * random.standard_normal(n)
    growth = np.arange(1, v + 1) / v
    mean = -2 - 16 * growth + 0.3 * (base - 37)[:, None] + effect * treated[:, None] * growth
    y = mean + random.standard_normal((n, v)) @ np.linalg.cholesky(sigma).T
    leaves = random.random((n, v - 1)) < drop_out * (1 + 0.5 * np.tanh((y - mean)[:, :-1] / 8))
    seen = np.column_stack([np.ones(n, dtype=bool), np.cumprod(~leaves, axis=1).astype(bool)])
    names = tuple(f"Day {7 * (place + 1)}" for place in range(v))

    def repeated(values: list[str]) -> list[str]:
        return [value for value in values for _ in range(v)]

    columns: dict[str, Factor | Numeric] = {
        "AVISIT": Factor(list(names) * n, names),
        "ARM": Factor(repeated(["ESK" if one else "PBO" for one in treated]), ("PBO", "ESK")),
        "REGION": Factor(
            repeated([("EU", "NA", "ROW")[place % 3] for place in range(n)]), ("EU", "NA", "ROW")
        ),
        "BASE": Numeric(np.repeat(base, v).tolist()),
    }
    outcome = [float(a) if there else None for a, there in zip(y.ravel(), seen.ravel(), strict=True)]
    return ModelFrame(repeated([f"S{place:05d}" for place in range(n)]), outcome, columns, "AVISIT")


def trial_model(*covariances: Covariance, **more: Any) -> MmrmModel:
    terms = usual_terms(["BASE", "BASE*AVISIT", "REGION"], arm="ARM", visit="AVISIT")
    facts: dict[str, Any] = {"arm": "ARM", "reference": "PBO", "terms": terms}
    if covariances:
        facts["covariance"] = covariances
    return MmrmModel(**(facts | more))
