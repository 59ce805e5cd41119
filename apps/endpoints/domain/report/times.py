"""A time to an event: curves, how times ended, and for readers who may know the arms the test and the hazard ratio."""

from __future__ import annotations

from collections.abc import Sequence

from apps.endpoints.domain.event_times import Followed, event_times
from apps.endpoints.domain.report import wording
from apps.endpoints.domain.report.change import set_groups
from apps.endpoints.domain.report.curves import Drawn, curves_figure, curves_table
from apps.endpoints.domain.report.document import Block, Cell, Column, Note, Row, Section, Table
from apps.endpoints.domain.report.endings import endings_table, listing
from apps.endpoints.domain.report.left_out import left_out_notes
from apps.endpoints.domain.report.outcomes import Made, Outcome, title_of
from apps.endpoints.domain.report.plan import PlannedAnalysis, PlannedTimes, ReportPlan
from apps.endpoints.domain.results import NotEstimable
from apps.endpoints.domain.survival import (
    CoxResult,
    EventTime,
    HazardRatio,
    LogRank,
    fit_cox,
    log_rank,
    survival_curve,
)
from apps.endpoints.domain.values import Arm, NotAnalysable, TrialRecords

_POOLED = "pooled"


def times_analysis(records: TrialRecords, plan: ReportPlan, analysis: PlannedAnalysis) -> Made:
    """Curves for each column, and every arm compared with the reference.

    :raises NotAnalysable: if nobody was followed, or a day that is needed is not known.
    """
    times = analysis.times
    if times is None:
        raise NotAnalysable("The protocol does not say which event is counted.")
    groups = set_groups(records, plan, analysis)
    found = event_times(records, members=[one for group in groups for one in group.members], rule=times.event)
    if not found.followed:
        raise NotAnalysable("Nobody of the set was followed.")
    arms = {one.number: group.arm or _POOLED for group in groups for one in group.members}
    strata = {
        one.number: " / ".join(one.strata.get(factor.code, "?") for factor in analysis.factors)
        for group in groups
        for one in group.members
    }
    rows = [
        EventTime(one.number, arms[one.number], float(one.day), one.event, strata[one.number])
        for one in found.followed
    ]
    present = {row.arm for row in rows}
    drawn = [
        Drawn(
            group,
            survival_curve(rows, arm=group.arm or _POOLED, level=times.level)
            if (group.arm or _POOLED) in present
            else None,
        )
        for group in groups
    ]
    figure = curves_figure(drawn, plan, analysis, times)
    blocks: list[Block] = [figure] if figure is not None else []
    blocks.append(curves_table(drawn, plan, analysis, times))
    outcomes: list[Outcome] = []
    compared: list[Row] = []
    for arm in plan.compared:
        row, outcome = _compared(arm, rows, plan, analysis, times)
        compared.append(row)
        outcomes += [outcome] if outcome is not None else []
    if compared:
        blocks.append(_comparison(compared, plan, analysis, times))
    blocks.append(endings_table(found.followed, groups, plan, analysis))
    if not plan.pooled:
        blocks += _listed(found.followed, listing(found.followed, groups, analysis))
    blocks += left_out_notes(found.left_out, groups, plan)
    return Made(Section(analysis.key, title_of(analysis), tuple(blocks)), tuple(outcomes))


def hazard_sentence(one: Outcome, plan: ReportPlan, analysis: PlannedAnalysis) -> str:
    """The result of one comparison in a sentence: ratio, interval, and p of the log-rank test."""
    names = f"{plan.arm_label(one.arm)} against {plan.arm_label(one.reference)}"
    event = analysis.times.event.label if analysis.times else "the event"
    if one.p_value is None:
        return f"{names}: not estimable."
    p = wording.p_value(one.p_value)
    test = f"two-sided p {p if p.startswith('<') else f'= {p}'}, log-rank test"
    if one.estimate is None or one.interval is None:
        return f"{names}: the hazard ratio of {event} is not estimable ({test})."
    return (
        f"{names}: the hazard ratio of {event} was {one.estimate:.2f} ({one.interval.level:.0%} interval "
        f"{wording.limits(one.interval, 2)}; {test})."
    )


def _compared(
    arm: Arm,
    rows: Sequence[EventTime],
    plan: ReportPlan,
    analysis: PlannedAnalysis,
    times: PlannedTimes,
) -> tuple[Row, Outcome | None]:
    """One arm against the reference, from these two arms' times alone."""
    reference = plan.reference_arm
    assert reference is not None
    pair = (arm.code, reference.code)
    mine = [row for row in rows if row.arm in pair]
    stratified = bool(analysis.factors)
    label = Cell(f"{arm.brief} / {reference.brief}")
    try:
        test = log_rank(mine, arms=pair, stratified=stratified)
    except NotAnalysable as refusal:
        reasons = " ".join(reason.message for reason in refusal.reasons)
        return Row((label, Cell(f"not made: {reasons}"), *(wording.NONE,) * 4)), None
    fit = fit_cox(
        mine, arms=pair, reference=reference.code, stratified=stratified, ties=times.ties, level=times.level
    )
    ratio = None if isinstance(fit.ratios, NotEstimable) else fit.ratios[0]
    cells = (*_events(test), *_ratio(fit, ratio), _p(test))
    return Row((label, *cells)), Outcome(
        analysis.code,
        *pair,
        ratio.ratio if ratio else None,
        ratio.interval if ratio else None,
        None,
        test.p_value,
        "ratio",
    )


def _events(test: LogRank) -> tuple[Cell, Cell]:
    first, second = test.observed
    one, two = test.expected
    return (
        Cell(f"{first} / {second}", first, (("reference", second),)),
        Cell(f"{wording.decimal(one)} / {wording.decimal(two)}", one, (("reference", two),)),
    )


def _ratio(fit: CoxResult, ratio: HazardRatio | None) -> tuple[Cell, Cell]:
    if ratio is None:
        reason = fit.ratios.reason if isinstance(fit.ratios, NotEstimable) else ""
        return Cell("not estimable"), Cell(reason)
    return (
        Cell(f"{ratio.ratio:.2f}", ratio.ratio, (("log", ratio.coefficient), ("se", ratio.standard_error))),
        wording.interval_cell(ratio.interval, 2),
    )


def _p(test: LogRank) -> Cell:
    return Cell(
        wording.p_value(test.p_value), test.p_value, (("chi2", test.statistic), ("df", float(test.df)))
    )


def _comparison(
    rows: Sequence[Row], plan: ReportPlan, analysis: PlannedAnalysis, times: PlannedTimes
) -> Table:
    strata = wording.listed([factor.label.lower() for factor in analysis.factors])
    within = f", both within strata ({strata})" if strata else ""
    return Table(
        key=f"{analysis.key}-comparison",
        title=f"{analysis.label}: comparison",
        columns=(
            Column("Comparison", "start"),
            Column("Events"),
            Column("Expected\nif alike"),
            Column("Hazard\nratio"),
            Column(f"{times.level:.0%} interval"),
            Column("p, log-rank\n(two-sided)"),
        ),
        rows=tuple(rows),
        notes=(
            "Above one: the event comes sooner in the arm named first. Hazard ratio by Cox's regression, ties as "
            f"{times.ties.label}, Wald interval of its logarithm; p by the log-rank test{within}. Not adjusted for "
            "several comparisons.",
        ),
    )


def _listed(followed: Sequence[Followed], table: Table | None) -> list[Block]:
    if table is not None:
        return [table]
    return [Note(f"All {len(followed)} participants completed without the event.")]
