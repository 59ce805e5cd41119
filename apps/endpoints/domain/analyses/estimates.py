"""A model's estimate for machines and for a terminal, the same in every analysis."""

from __future__ import annotations

import math
from typing import Any

from apps.endpoints.domain.analyses.text_table import fixed, p_text
from apps.endpoints.domain.results import Interval, ModelEstimate, NotEstimable


def estimate_json(estimate: ModelEstimate | NotEstimable) -> dict[str, Any]:
    """Every number of it, or why there is none."""
    if isinstance(estimate, NotEstimable):
        return {"not_estimable": estimate.reason}
    return {
        "estimate": estimate.estimate,
        "standard_error": estimate.standard_error,
        "df": estimate.df,
        "t": estimate.t,
        "p_value": estimate.p_value,
        "lower": estimate.interval.low,
        "upper": estimate.interval.high,
    }


def estimate_heads(level: float) -> tuple[str, ...]:
    """The heads of the cells of `estimate_cells`."""
    return ("estimate", "SE", "df", "t", "p", *(f"{100 * level:.4g}% {end}" for end in ("low", "high")))


def estimate_cells(estimate: ModelEstimate | NotEstimable) -> tuple[str, ...]:
    """Seven cells."""
    if isinstance(estimate, NotEstimable):
        return ("not estimable", *[""] * 6)
    return (
        fixed(estimate.estimate),
        fixed(estimate.standard_error),
        f"{estimate.df:.2f}",
        f"{estimate.t:.3f}",
        p_text(estimate.p_value),
        fixed(estimate.interval.low),
        fixed(estimate.interval.high),
    )


def limits_json(interval: Interval | None) -> dict[str, float] | None:
    """The two ends of an interval."""
    return None if interval is None else {"lower": interval.low, "upper": interval.high}


def finite(value: float | None) -> float | None:
    """JSON has no infinity: None stands for it where the schema says so."""
    return value if value is not None and math.isfinite(value) else None
