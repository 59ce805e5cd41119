"""Short ways to say who took part."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from apps.endpoints.domain.values import Arm, ParticipantRecord, ScoreSeries

ESK = Arm("ESK", "Esketamine")
PBO = Arm("PBO", "Placebo")
ARMS = (ESK, PBO)

DAY_ONE = datetime(2024, 3, 5, 9, 0, tzinfo=UTC)


def treated(number: str, arm: str | None = "ESK", **more: Any) -> ParticipantRecord:
    """Randomized, dosed, on the oral antidepressant, and still in the trial unless `more` says otherwise."""
    facts: dict[str, Any] = {
        "site": "DE01",
        "country": "DE",
        "screened_on": date(2024, 2, 1),
        "randomized_on": date(2024, 3, 5),
        "arm": arm,
        "first_dose_at": DAY_ONE,
        "first_dose_on": DAY_ONE.date(),
        "last_dose_on": DAY_ONE.date(),
        "last_seen_on": date(2024, 4, 1),
        "first_oral_dose_on": date(2024, 3, 5),
    }
    return ParticipantRecord(number=number, **(facts | more))


def screened(number: str, **more: Any) -> ParticipantRecord:
    """Screened and no further."""
    return ParticipantRecord(number=number, site="DE01", country="DE", screened_on=date(2024, 2, 1), **more)


def madrs(number: str, baseline: float | None, visits: dict[int, float]) -> ScoreSeries:
    """MADRS totals."""
    return ScoreSeries(number, "MADRS", baseline, visits)
