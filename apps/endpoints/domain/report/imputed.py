"""Multiple imputation: the result where missing changes are imputed, and how far they must be shifted to tip it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from apps.endpoints.domain.figures import SurfaceCell, surface_figure
from apps.endpoints.domain.groups import Group
from apps.endpoints.domain.imputation import (
    Assumption,
    ImputationPlan,
    ImputationResult,
    ImputationRow,
    PooledEstimate,
    Sampling,
    TippingGrid,
    affected_by_leaving,
    analyse,
    complete,
    tipping_grid,
)
from apps.endpoints.domain.report import wording
from apps.endpoints.domain.report.change import set_groups
from apps.endpoints.domain.report.document import (
    Block,
    Cell,
    Column,
    Figure,
    Note,
    Paragraph,
    Row,
    Section,
    Table,
)
from apps.endpoints.domain.report.left_out import left_out_notes
from apps.endpoints.domain.report.outcomes import Made, Outcome, title_of, withheld
from apps.endpoints.domain.report.plan import PlannedAnalysis, PlannedImputation, ReportPlan
from apps.endpoints.domain.results import NotEstimable
from apps.endpoints.domain.values import NotAnalysable, ScoreSeries, TrialRecords

#: As many sets as the lines beside the plan are worth.
FEWER_SETS = 50
#: Assumptions beside the planned one: what the missing would be if those who left had the reference arm's course.
BESIDE = (Assumption.COPY_INCREMENTS, Assumption.COPY_REFERENCE, Assumption.JUMP_TO_REFERENCE)


def imputed_analysis(records: TrialRecords, plan: ReportPlan, analysis: PlannedAnalysis) -> Made:
    """Impute at random from the planned seed, pool, then shift the imputed values over the planned grid.

    :raises NotAnalysable: if the records cannot be imputed from, or the protocol plans no imputation.
    """
    reference, planned = plan.reference_arm, analysis.imputation
    if plan.arms is None or reference is None:
        return withheld(analysis, plan)
    if planned is None:
        raise NotAnalysable("The protocol plans no imputation for this analysis.")
    groups, series = set_groups(records, plan, analysis), records.series(analysis.instrument)
    rows = _rows(groups, series, analysis)
    model = ImputationPlan(
        days=analysis.model_days,
        analysis_day=analysis.endpoint_day,
        arms=tuple(arm.code for arm in plan.arms),
        reference=reference.code,
        factors=tuple(factor.code for factor in analysis.factors),
        covariate=f"baseline {analysis.instrument_label}",
        assumption=Assumption(planned.assumption),
    )
    sampling = Sampling(seed=planned.seed, sets=planned.sets)
    sets = complete(rows, plan=model, sampling=sampling)
    result = analyse(sets, weights=plan.weights, level=plan.level)
    fewer = replace(sampling, sets=min(sampling.sets, FEWER_SETS))
    others = [
        analyse(
            complete(rows, plan=replace(model, assumption=one), sampling=fewer),
            weights=plan.weights,
            level=plan.level,
        )
        for one in BESIDE
        if one is not model.assumption
    ]
    blocks: list[Block] = [_means(result, plan, analysis), _differences([result, *others], plan, analysis)]
    for arm in plan.compared:
        grid = tipping_grid(
            sets,
            arm=arm.code,
            arm_deltas=planned.arm_deltas,
            reference_deltas=planned.reference_deltas,
            alpha=1 - plan.level,
        )
        blocks += _tipping(grid, plan, analysis, planned)
    missing = [
        (number, "no baseline")
        for group in groups
        for number in sorted(group.numbers)
        if number not in series or series[number].baseline is None
    ]
    blocks += left_out_notes(missing, groups, plan)
    blocks.append(Note(f"Random numbers: {result.stream}."))
    return Made(Section(analysis.key, title_of(analysis), tuple(blocks)), tuple(_outcomes(result, analysis)))


def _rows(
    groups: Sequence[Group], series: Mapping[str, ScoreSeries], analysis: PlannedAnalysis
) -> tuple[ImputationRow, ...]:
    rows = []
    for group in groups:
        for one in group.members:
            known = series.get(one.number)
            if known is None or known.baseline is None:
                continue
            changes = {
                day: change for day in analysis.model_days if (change := known.change(day)) is not None
            }
            factors = {
                factor.code: one.strata[factor.code]
                for factor in analysis.factors
                if factor.code in one.strata
            }
            rows.append(ImputationRow(one.number, one.arm or "", changes, known.baseline, factors))
    return affected_by_leaving(rows, days=analysis.model_days)


def _outcomes(result: ImputationResult, analysis: PlannedAnalysis) -> Iterator[Outcome]:
    for one in result.differences:
        if isinstance(one.estimate, PooledEstimate):
            found = one.estimate.estimate
            yield Outcome(
                analysis.code,
                one.arm,
                one.reference,
                found.estimate,
                found.interval,
                found.standard_error,
                found.p_value,
            )


def _means(result: ImputationResult, plan: ReportPlan, analysis: PlannedAnalysis) -> Table:
    return Table(
        key=f"{analysis.key}-means",
        title=f"Least-squares means of the change at Day {analysis.endpoint_day}, imputed as "
        f"{result.assumption.label}, {analysis.definition.label.lower()}",
        columns=(
            Column("Arm", "start"),
            Column("n"),
            Column("Imputed"),
            Column("LS mean (SE)"),
            Column(f"{plan.level:.0%} interval"),
        ),
        rows=tuple(
            Row(
                (
                    Cell(plan.arm_label(one.arm)),
                    Cell(str(one.n), one.n),
                    Cell(str(one.imputed), one.imputed),
                    *_cells(one.estimate)[:2],
                )
            )
            for one in result.means
        ),
        notes=(
            "Normal changes at every planned visit with treatment and baseline by day, factors, and one unstructured "
            "covariance; parameters drawn from their posterior. Each completed set has its analysis of covariance; "
            "results are put together by Rubin's rules with Barnard and Rubin's degrees of freedom.",
            f"{result.weights.label.capitalize()}.",
        ),
    )


def _differences(results: Sequence[ImputationResult], plan: ReportPlan, analysis: PlannedAnalysis) -> Table:
    rows: list[Row] = []
    for result in results:
        planned = result is results[0]
        for one in result.differences:
            label = result.assumption.label[0].upper() + result.assumption.label[1:]
            label += "" if planned else " (beside the plan)"
            if len(plan.compared) > 1:
                label += f": {plan.arm_brief(one.arm)}"
            pooled = one.estimate
            extra = (
                (Cell("–"), Cell("–"))
                if isinstance(pooled, NotEstimable)
                else (
                    Cell(f"{100 * pooled.fraction_missing:.1f}%", pooled.fraction_missing),
                    Cell(wording.decimal(pooled.monte_carlo_error, 3), pooled.monte_carlo_error),
                )
            )
            rows.append(Row((Cell(label), *_cells(pooled), *extra)))
    reference = plan.reference_arm
    return Table(
        key=f"{analysis.key}-differences",
        title=f"Differences of least-squares means against {reference.brief.lower() if reference else ''}, by what the "
        "missing are taken to be",
        columns=(
            Column("Missing taken as", "start"),
            Column("Difference (SE)"),
            Column(f"{plan.level:.0%} interval"),
            Column("df"),
            Column("p (two-sided)"),
            Column("Information\nmissing"),
            Column("Monte Carlo\nerror"),
        ),
        rows=tuple(rows),
        notes=(
            "Beside the plan, values after leaving are imputed from the course of the reference arm: its steps from "
            "the last visit (copy increments), its course all along (copy reference), or its mean from leaving on "
            f"(jump); of {FEWER_SETS} completed sets at most.",
        ),
    )


def _cells(pooled: PooledEstimate | NotEstimable) -> tuple[Cell, Cell, Cell, Cell]:
    return wording.estimate_cells(pooled if isinstance(pooled, NotEstimable) else pooled.estimate)


def _tipping(
    grid: TippingGrid, plan: ReportPlan, analysis: PlannedAnalysis, planned: PlannedImputation
) -> list[Block]:
    several = len(plan.compared) > 1
    key = f"{analysis.key}-surface" + (f"-{grid.arm.lower()}" if several else "")
    arm, reference = plan.arm_brief(grid.arm), plan.arm_brief(grid.reference)
    title = f"Tipping points: {arm} against {reference}"
    across, up = f"Points added to imputed changes, {arm}", f"Points added, {reference}"
    blocks: list[Block] = [Paragraph(_tipped(grid, plan))]
    if len(grid.cells) > 1:
        svg = surface_figure(
            [
                SurfaceCell(one.arm_delta, one.reference_delta, one.estimate.p_value, one.significant)
                for one in grid.cells
            ],
            key=key,
            title=title,
            across=across,
            up=up,
            stands="Significant",
            tipped="Not significant",
        )
        caption = "p values. More points added to an arm make those of it who are missing worse."
        blocks.append(Figure(key, title, svg, caption))
    blocks.append(
        Table(
            key=key,
            title=title,
            columns=(
                Column(f"Points added,\n{arm}", "start"),
                Column("Difference (SE)"),
                Column(f"{plan.level:.0%} interval"),
                Column("p (two-sided)"),
                Column("Result", "start"),
            ),
            rows=tuple(_surface_rows(grid, reference)),
            notes=(f"{planned.sets} completed sets, shifted and analyzed again in every line.",),
        )
    )
    return blocks


def _surface_rows(grid: TippingGrid, reference: str) -> Iterator[Row]:
    for delta in sorted({one.reference_delta for one in grid.cells}):
        yield Row((Cell(f"{reference} {_points(delta)}"), *(Cell(""),) * 4), "group")
        for one in grid.cells:
            if one.reference_delta == delta:
                difference, interval, _, p = wording.estimate_cells(one.estimate)
                word = "significant" if one.significant else "not significant"
                yield Row(
                    (
                        Cell(_points(one.arm_delta)),
                        difference,
                        interval,
                        p,
                        Cell(word, float(one.significant)),
                    ),
                    indent=1,
                )


def _points(delta: float) -> str:
    return f"+{delta:g}" if delta > 0 else wording.decimal(delta, 0 if delta == int(delta) else 1)


def _tipped(grid: TippingGrid, plan: ReportPlan) -> str:
    """Where the result tips when only the arm's missing are shifted."""
    arm, largest = plan.arm_brief(grid.arm), max((one.arm_delta for one in grid.cells), default=0.0)
    found = dict(grid.boundary)
    if 0.0 not in found:
        return "The planned grid does not hold the unshifted reference, so no tipping point is told in a sentence."
    point = found[0.0]
    if point is None:
        return (
            f"The result stands even if the missing of {arm} were {largest:g} points worse than imputed, the largest "
            "shift planned, with nothing added in the reference."
        )
    if point == 0:
        return "There is no significant result to tip: it is not significant already without a shift."
    return (
        f"The result is lost once {_points(point)} points are added to what was imputed for {arm}, with nothing added "
        "in the reference."
    )
