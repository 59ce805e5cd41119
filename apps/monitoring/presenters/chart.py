"""The chart of a session for its pages."""

from __future__ import annotations

from typing import Any

from apps.monitoring.domain import chart
from apps.monitoring.selectors import Watch, drawn_of


def vitals_chart(watch: Watch) -> dict[str, Any] | None:
    """Return the chart of a session; None while nothing was measured."""
    return chart.vitals_chart(drawn_of(watch))
