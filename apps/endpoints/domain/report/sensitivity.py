"""The primary result beside the analyses that ask how much it hangs on assumptions, or on another estimand."""

from __future__ import annotations

from collections.abc import Sequence

from apps.endpoints.domain.report import wording
from apps.endpoints.domain.report.document import Cell, Column, Row, Section, Table
from apps.endpoints.domain.report.outcomes import Outcome
from apps.endpoints.domain.report.plan import PlannedAnalysis, ReportPlan

KEY, TITLE = "sensitivity", "The primary result beside others"


def sensitivity_section(plan: ReportPlan, outcomes: Sequence[Outcome]) -> Section | None:
    """Differences at the primary endpoint by every analysis of it in points; None where nothing is compared."""
    primary = plan.primary
    if plan.pooled or primary is None:
        return None
    chosen = {
        one.code: one
        for one in plan.analyses
        if one.role in ("primary", "sensitivity", "supplementary")
        and (one.instrument, one.endpoint_day) == (primary.instrument, primary.endpoint_day)
    }
    shown = [one for one in outcomes if one.analysis in chosen and one.unit == "points"]
    if len({one.analysis for one in shown}) < 2:
        return None
    table = Table(
        key=KEY,
        title=f"Difference of the change of {primary.instrument_label} at Day {primary.endpoint_day}",
        columns=(
            Column("Analysis", "start"),
            *((Column("Estimand", "start"),) if plan.estimands else ()),
            *((Column("Comparison", "start"),) if len(plan.compared) > 1 else ()),
            Column("Difference (SE)"),
            Column(f"{plan.level:.0%} interval"),
            Column("p (two-sided)"),
        ),
        rows=tuple(_row(one, chosen[one.analysis], plan) for one in shown),
        notes=(
            "A sensitivity analysis asks how the answer hangs on assumptions, a supplementary one asks another "
            "question. Only the primary result is tested; the other p values are nominal.",
        ),
    )
    return Section(KEY, TITLE, (table,))


def _row(one: Outcome, analysis: PlannedAnalysis, plan: ReportPlan) -> Row:
    known = one.estimate is not None and one.standard_error is not None
    cells = [Cell(f"{analysis.role.capitalize()}: {analysis.label}")]
    if plan.estimands:
        cells.append(Cell(analysis.estimand.label) if analysis.estimand else wording.NONE)
    if len(plan.compared) > 1:
        cells.append(Cell(f"{plan.arm_brief(one.arm)} − {plan.arm_brief(one.reference)}"))
    if known:
        assert one.estimate is not None
        assert one.standard_error is not None
        text = f"{wording.decimal(one.estimate)} ({wording.decimal(one.standard_error, 2)})"
        cells.append(Cell(text, one.estimate, (("se", one.standard_error),)))
    else:
        cells.append(wording.NONE)
    cells.append(wording.interval_cell(one.interval, 2) if one.interval else wording.NONE)
    cells.append(wording.NONE if one.p_value is None else Cell(wording.p_value(one.p_value), one.p_value))
    return Row(tuple(cells))
