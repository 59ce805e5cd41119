"""The section about the model: least-squares means and differences, apart from everything that was
observed."""

from __future__ import annotations

from collections.abc import Sequence

from apps.endpoints.domain.ancova import AncovaResult, AncovaRow, fit_ancova
from apps.endpoints.domain.figures import DifferenceRow, differences_figure
from apps.endpoints.domain.groups import Group
from apps.endpoints.domain.locf import carry_forward
from apps.endpoints.domain.report import wording
from apps.endpoints.domain.report.document import Cell, Column, Figure, Note, Paragraph, Row, Section, Table
from apps.endpoints.domain.report.efficacy import full_groups
from apps.endpoints.domain.report.plan import ReportPlan
from apps.endpoints.domain.results import ModelEstimate
from apps.endpoints.domain.sets import analysis_set
from apps.endpoints.domain.values import NotAnalysable, TrialRecords


def analyse(records: TrialRecords, plan: ReportPlan) -> AncovaResult | None:
    """The analysis of covariance on carried-forward changes, or None where nothing may be or can be
    compared."""
    reference = plan.reference_arm
    if plan.arms is None or reference is None:
        return None
    members = analysis_set(records.participants, definition=plan.full_set).members
    by_number = {one.number: one for one in members}
    series = records.series(plan.instrument)
    derived = carry_forward([series[n] for n in sorted(by_number) if n in series], day=plan.endpoint_day)
    rows = [
        AncovaRow(d.number, by_number[d.number].arm or "", d.change, by_number[d.number].strata, d.baseline)
        for d in derived
    ]
    try:
        return fit_ancova(
            rows,
            arms=[arm.code for arm in plan.arms],
            reference=reference.code,
            factors=[factor.code for factor in plan.factors],
            covariate=f"baseline {plan.instrument_label}",
            weights=plan.weights,
            level=plan.level,
        )
    except NotAnalysable:
        return None


def model_section(records: TrialRecords, plan: ReportPlan) -> Section:
    """What the model says: least-squares means, differences, and the terms it was fitted with."""
    title = f"Analysis of covariance at Day {plan.endpoint_day}"
    result = analyse(records, plan)
    labels = {arm.code: arm.label for arm in plan.arms or ()}
    if plan.pooled:
        return Section("model", title, (Note("Arms are pooled in this report, so nothing is compared."),))
    if result is None:
        text = "There are too few participants with the values that the model needs."
        return Section("model", title, (Paragraph(text),))
    groups = full_groups(records, plan)
    carried = _carried(records, groups, plan)
    means = Table(
        key="ls-means",
        title=f"Least-squares means of the change at Day {plan.endpoint_day}, last observation carried forward",
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
                    Cell(labels[one.arm]),
                    Cell(str(one.n), one.n),
                    Cell(str(carried[one.arm]), carried[one.arm]),
                    *wording.estimate_cells(one.estimate)[:2],
                )
            )
            for one in result.means
        ),
        notes=_model_notes(result, plan),
    )
    differences = Table(
        key="ls-differences",
        title="Differences of least-squares means",
        columns=(
            Column("Comparison", "start"),
            Column("Difference (SE)"),
            Column(f"{plan.level:.0%} interval"),
            Column("p (two-sided)"),
        ),
        rows=tuple(
            Row(
                (
                    Cell(f"{labels[one.arm]} − {labels[one.reference]}"),
                    *wording.estimate_cells(one.estimate),
                )
            )
            for one in result.differences
        ),
        notes=("Not adjusted for several comparisons; negative favors the first arm named.",),
    )
    figure = Figure("differences", "Differences between arms", _difference_figure(result, plan))
    return Section("model", title, (means, differences, figure))


def _carried(records: TrialRecords, groups: Sequence[Group], plan: ReportPlan) -> dict[str, int]:
    series = records.series(plan.instrument)
    return {
        group.arm or "": sum(
            derived.carried
            for derived in carry_forward(
                [series[n] for n in sorted(group.numbers) if n in series], day=plan.endpoint_day
            )
        )
        for group in groups
    }


def _model_notes(result: AncovaResult, plan: ReportPlan) -> tuple[str, ...]:
    factors = wording.listed([factor.label.lower() for factor in plan.factors])
    terms = f"treatment{f', {factors}' if factors else ''} and {result.covariate}"
    notes = [
        f"Terms: {terms}. Residual SD {wording.decimal(result.residual_sd, 2)} on {result.df} degrees of freedom.",
        f"Means at {result.covariate} {wording.decimal(result.covariate_mean, 2)} (mean of the analysed rows), "
        f"{result.weights.label}.",
    ]
    if result.lost_terms:
        notes.append(
            f"Columns that the data could not tell from others were left out: {wording.listed(result.lost_terms)}."
        )
    return tuple(notes)


def _difference_figure(result: AncovaResult, plan: ReportPlan) -> str:
    labels = {arm.code: arm.brief for arm in plan.arms or ()}
    rows = []
    for one in result.differences:
        name = f"{labels[one.arm]} − {labels[one.reference]}"
        if isinstance(one.estimate, ModelEstimate):
            interval = one.estimate.interval
            rows.append(DifferenceRow(name, one.estimate.estimate, interval.low, interval.high))
        else:
            rows.append(DifferenceRow(name, None, note=one.estimate.reason))
    reference = plan.reference_arm
    return differences_figure(
        rows,
        key="differences",
        title=f"Differences of the change of {plan.instrument_label} at Day {plan.endpoint_day}",
        unit="points",
        favours_low="better than " + (reference.brief if reference else "reference").lower(),
        favours_high="worse",
    )
