"""Which values enter an analysis: its estimand's strategies, applied to all scores before any method sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from apps.endpoints.domain.estimands import (
    AnalysisValue,
    FailureValue,
    Strategy,
    analysis_values,
    back_to_baseline,
)
from apps.endpoints.domain.report.plan import PlannedAnalysis, PlannedEstimand, ReportPlan
from apps.endpoints.domain.sets import analysis_set
from apps.endpoints.domain.values import ScoreSeries, TrialRecords


@dataclass(frozen=True, slots=True)
class Estimated:
    """Records whose scores of one scale are those an estimand asks for, and the members' values that became others.

    `changed` are in the order of participants and days; a value that was neither measured nor put in is not among
    them.
    """

    records: TrialRecords
    changed: tuple[AnalysisValue, ...] = ()


def under_estimand(records: TrialRecords, plan: ReportPlan, analysis: PlannedAnalysis) -> Estimated:
    """The records as an analysis takes them; the same ones where its estimand takes whatever was measured.

    :raises apps.endpoints.domain.values.NotAnalysable: if an event happened that the estimand says nothing of.
    """
    if analysis.estimand is None:
        return Estimated(records)
    days = {*analysis.days, *analysis.model_days}
    rows = values_under(
        records, plan, analysis.estimand, instrument=analysis.instrument, days=days, outcome=analysis.outcome
    )
    if rows is None:
        return Estimated(records)
    visits: dict[str, dict[int, float]] = {one.number: {} for one in rows}
    for one in rows:
        if one.score is not None:
            visits[one.number][one.day] = one.score
    scores = tuple(
        replace(series, visits=visits[series.number]) if series.instrument == analysis.instrument else series
        for series in records.scores
    )
    members = analysis_set(records.participants, definition=analysis.definition).numbers
    changed = tuple(one for one in rows if one.number in members and one.day in days and is_changed(one))
    return Estimated(replace(records, scores=scores), changed)


def primary_records(records: TrialRecords, plan: ReportPlan) -> TrialRecords:
    """The records as the primary analysis takes them."""
    return records if plan.primary is None else under_estimand(records, plan, plan.primary).records


def values_under(
    records: TrialRecords,
    plan: ReportPlan,
    estimand: PlannedEstimand,
    *,
    instrument: str,
    days: Sequence[int] | set[int],
    outcome: str = "change",
) -> tuple[AnalysisValue, ...] | None:
    """Every value of one scale on `days` and whenever it was measured; None where all count as they were measured."""
    strategies = dict(estimand.strategies)
    if all(strategies.get(event.kind) is Strategy.TREATMENT_POLICY for event in records.intercurrent):
        return None
    series = records.series(instrument)
    everywhere = {*days, *(day for one in series.values() for day in one.visits)}
    return analysis_values(
        series.values(),
        days=sorted(everywhere),
        events=records.intercurrent,
        strategies=strategies,
        failure=failure_of(outcome, plan),
    )


def is_changed(one: AnalysisValue) -> bool:
    """Whether an intercurrent event made another value of it than was measured."""
    return one.event is not None and one.score != one.measured


def failure_of(outcome: str, plan: ReportPlan) -> FailureValue:
    """What stands for failure: no better than at baseline, and for remission in no case a total that counts as one."""
    if outcome != "remission":
        return back_to_baseline

    def ill(series: ScoreSeries, day: int) -> float | None:
        return None if series.baseline is None else max(series.baseline, plan.remission_at_most + 1)

    return ill
