"""Analyses of covariance at one visit: least-squares means and differences, apart from everything observed."""

from __future__ import annotations

from collections.abc import Sequence

from apps.endpoints.domain.ancova import AncovaResult, AncovaRow, fit_ancova
from apps.endpoints.domain.groups import Group
from apps.endpoints.domain.locf import Derivation, derive
from apps.endpoints.domain.rank_ancova import fit_rank_ancova
from apps.endpoints.domain.report import wording
from apps.endpoints.domain.report.change import set_groups
from apps.endpoints.domain.report.document import Block, Cell, Column, Row, Section, Table
from apps.endpoints.domain.report.left_out import left_out_notes
from apps.endpoints.domain.report.outcomes import Made, Outcome, title_of, withheld
from apps.endpoints.domain.report.plan import PlannedAnalysis, ReportPlan
from apps.endpoints.domain.results import MissingRule, ModelEstimate
from apps.endpoints.domain.values import NotAnalysable, TrialRecords


def covariance_rows(derived: Derivation, groups: Sequence[Group]) -> list[AncovaRow]:
    """One row for each derived change."""
    by_number = {one.number: one for group in groups for one in group.members}
    return [
        AncovaRow(d.number, by_number[d.number].arm or "", d.change, by_number[d.number].strata, d.baseline)
        for d in derived.scores
    ]


def covariance_analysis(records: TrialRecords, plan: ReportPlan, analysis: PlannedAnalysis) -> Made:
    """The analysis of covariance on derived changes, or on their ranks.

    :raises NotAnalysable: if the model cannot be fitted.
    """
    reference = plan.reference_arm
    if plan.arms is None or reference is None:
        return withheld(analysis, plan)
    groups, series = set_groups(records, plan, analysis), records.series(analysis.instrument)
    if not series:
        raise NotAnalysable(f"No participant has a value of {analysis.instrument_label}.")
    members = sorted(n for group in groups for n in group.numbers if n in series)
    rule = analysis.missing or MissingRule.OBSERVED_CASES
    derived = derive([series[n] for n in members], day=analysis.endpoint_day, rule=rule)
    fit = fit_rank_ancova if analysis.method == "ancova_ranks" else fit_ancova
    result = fit(
        covariance_rows(derived, groups),
        arms=[arm.code for arm in plan.arms],
        reference=reference.code,
        factors=[factor.code for factor in analysis.factors],
        covariate=f"baseline {analysis.instrument_label}",
        weights=plan.weights,
        level=plan.level,
    )
    ranks = analysis.method == "ancova_ranks"
    blocks: list[Block] = [
        _means(result, derived, groups, plan, analysis),
        _differences(result, plan, analysis),
        *left_out_notes(
            [
                *(
                    (n, "no total on this scale")
                    for g in groups
                    for n in sorted(g.numbers)
                    if n not in series
                ),
                *derived.left_out,
            ],
            groups,
            plan,
        ),
    ]
    outcomes = tuple(
        Outcome(
            analysis.code,
            one.arm,
            one.reference,
            one.estimate.estimate,
            one.estimate.interval,
            one.estimate.standard_error,
            one.estimate.p_value,
            "ranks" if ranks else "points",
        )
        for one in result.differences
        if isinstance(one.estimate, ModelEstimate)
    )
    return Made(Section(analysis.key, title_of(analysis), tuple(blocks)), outcomes)


def _means(
    result: AncovaResult,
    derived: Derivation,
    groups: Sequence[Group],
    plan: ReportPlan,
    analysis: PlannedAnalysis,
) -> Table:
    of = "the rank of the change" if analysis.method == "ancova_ranks" else "the change"
    carried = {
        group.arm: sum(one.carried for one in derived.scores if one.number in group.numbers)
        for group in groups
    }
    return Table(
        key=f"{analysis.key}-means",
        title=f"Least-squares means of {of} at Day {analysis.endpoint_day}, {derived.rule.label}, "
        f"{analysis.definition.label.lower()}",
        columns=(
            Column("Arm", "start"),
            Column("n"),
            Column("Carried\nforward"),
            Column("LS mean (SE)"),
            Column(f"{plan.level:.0%} interval"),
        ),
        rows=tuple(
            Row(
                (
                    Cell(plan.arm_label(one.arm)),
                    Cell(str(one.n), one.n),
                    Cell(str(carried[one.arm]), carried[one.arm]),
                    *wording.estimate_cells(one.estimate)[:2],
                )
            )
            for one in result.means
        ),
        notes=_notes(result, analysis),
    )


def _differences(result: AncovaResult, plan: ReportPlan, analysis: PlannedAnalysis) -> Table:
    unit = "in ranks, not in points of the scale" if analysis.method == "ancova_ranks" else "in points"
    return Table(
        key=f"{analysis.key}-differences",
        title=f"Differences of least-squares means, {unit}",
        columns=(
            Column("Comparison", "start"),
            Column("Difference (SE)"),
            Column(f"{plan.level:.0%} interval"),
            Column("df"),
            Column("p (two-sided)"),
        ),
        rows=tuple(
            Row(
                (
                    Cell(f"{plan.arm_brief(one.arm)} − {plan.arm_brief(one.reference)}"),
                    *wording.estimate_cells(one.estimate),
                )
            )
            for one in result.differences
        ),
        notes=(f"Not adjusted for several comparisons; {analysis.favorable} favors the first arm named.",),
    )


def _notes(result: AncovaResult, analysis: PlannedAnalysis) -> tuple[str, ...]:
    factors = wording.listed([factor.label.lower() for factor in analysis.factors])
    terms = f"treatment{f', {factors}' if factors else ''} and {result.covariate}"
    notes = [
        f"Terms: {terms}. Residual SD {wording.decimal(result.residual_sd, 2)} on {result.df} degrees of freedom.",
        f"Means at {result.covariate} {wording.decimal(result.covariate_mean, 2)} (mean of the analyzed rows), "
        f"{result.weights.label}.",
    ]
    if result.lost_terms:
        notes.append(
            f"Columns that the data could not tell from others were left out: {wording.listed(result.lost_terms)}."
        )
    return tuple(notes)
