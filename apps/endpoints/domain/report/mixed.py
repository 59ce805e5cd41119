"""The mixed model for repeated measures: means and differences by visit, how it was fitted, and what was tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from apps.endpoints.domain.figures import ChangeLine, ChangePoint, change_figure
from apps.endpoints.domain.groups import Group
from apps.endpoints.domain.mmrm import Attempt, MmrmFit, NoFit
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
from apps.endpoints.domain.report.left_out import left_out_notes, without_values
from apps.endpoints.domain.report.outcomes import Made, Outcome, title_of, withheld
from apps.endpoints.domain.report.plan import PlannedAnalysis, ReportPlan
from apps.endpoints.domain.report.repeated import BASELINE, fit_repeated
from apps.endpoints.domain.results import ModelEstimate
from apps.endpoints.domain.values import ScoreSeries, TrialRecords


def mixed_analysis(records: TrialRecords, plan: ReportPlan, analysis: PlannedAnalysis) -> Made:
    """Fit the declared model and report it by visit.

    :raises NotAnalysable: if the rows contradict each other or are too few.
    """
    if plan.arms is None or plan.reference_arm is None:
        return withheld(analysis, plan)
    groups, series = set_groups(records, plan, analysis), records.series(analysis.instrument)
    try:
        fit = fit_repeated(groups, series, plan=plan, analysis=analysis)
    except NoFit as refusal:
        text = "No covariance structure of the protocol's ladder could be accepted, so there is no estimate."
        blocks = (Paragraph(text), _attempts(refusal.attempts, analysis))
        return Made(Section(analysis.key, title_of(analysis), blocks, "failed"))
    outcomes = _outcomes(fit, analysis)
    section = Section(
        analysis.key,
        title_of(analysis),
        (
            *(Paragraph(result_sentence(one, plan, analysis)) for one in outcomes),
            *_figure(fit, groups, series, plan, analysis),
            _means(fit, plan, analysis),
            _differences(fit, plan, analysis),
            _attempts(fit.attempts, analysis),
            *_sigma(fit, analysis),
            *left_out_notes(without_values(groups, series, analysis.model_days), groups, plan),
            *_set_aside(fit),
        ),
    )
    return Made(section, outcomes)


def result_sentence(one: Outcome, plan: ReportPlan, analysis: PlannedAnalysis) -> str:
    """The result of one comparison at the endpoint, in a sentence."""
    if one.estimate is None or one.interval is None or one.p_value is None or one.standard_error is None:
        return f"{plan.arm_label(one.arm)} against {plan.arm_label(one.reference)}: not estimable."
    p = wording.p_value(one.p_value)
    return (
        f"{plan.arm_label(one.arm)} against {plan.arm_label(one.reference)}: the least-squares mean change of "
        f"{analysis.instrument_label} at Day {analysis.endpoint_day} differed by {wording.decimal(one.estimate)} "
        f"points (SE {wording.decimal(one.standard_error, 2)}, {plan.level:.0%} interval "
        f"{wording.limits(one.interval, 2)}, "
        f"two-sided p {p if p.startswith('<') else f'= {p}'}; mixed model for repeated measures)."
    )


def _outcomes(fit: MmrmFit, analysis: PlannedAnalysis) -> tuple[Outcome, ...]:
    found = []
    for one in fit.differences:
        if one.visit != str(analysis.endpoint_day):
            continue
        known = one.estimate if isinstance(one.estimate, ModelEstimate) else None
        found.append(
            Outcome(
                analysis.code,
                one.arm,
                one.reference,
                known.estimate if known else None,
                known.interval if known else None,
                known.standard_error if known else None,
                known.p_value if known else None,
            )
        )
    return tuple(found)


def _figure(
    fit: MmrmFit,
    groups: Sequence[Group],
    series: Mapping[str, ScoreSeries],
    plan: ReportPlan,
    analysis: PlannedAnalysis,
) -> tuple[Figure, ...]:
    if len(analysis.days) < 2:
        return ()
    lines = []
    for group in groups:
        points = [
            ChangePoint(
                int(one.visit),
                one.estimate.estimate,
                one.estimate.interval.low,
                one.estimate.interval.high,
                one.n,
            )
            for one in fit.ls_means
            if one.arm == group.arm
            and int(one.visit) in analysis.days
            and isinstance(one.estimate, ModelEstimate)
        ]
        with_baseline = sum(n in series and series[n].baseline is not None for n in group.numbers)
        lines.append(ChangeLine(group.brief, tuple(points), with_baseline))
    title = f"Least-squares mean change of {analysis.instrument_label} by visit"
    svg = change_figure(
        lines,
        key=analysis.key,
        title=title,
        scale_name=analysis.instrument_label,
        counted="least-squares means of the mixed model",
        baseline_day=plan.baseline_day,
        higher_is_better=analysis.higher_is_better,
    )
    caption = f"Estimated by the mixed model, with {plan.level:.0%} intervals; {analysis.better}. n: participants seen."
    return (Figure(analysis.key, title, svg, caption),)


def _means(fit: MmrmFit, plan: ReportPlan, analysis: PlannedAnalysis) -> Table:
    rows: list[Row] = []
    for arm in plan.arms or ():
        rows.append(Row((Cell(arm.label), *(Cell(""),) * 4), "group"))
        rows += [
            Row(
                (
                    Cell(f"Day {one.visit}"),
                    Cell(str(one.n), one.n),
                    *wording.estimate_cells(one.estimate)[:3],
                ),
                indent=1,
            )
            for one in fit.ls_means
            if one.arm == arm.code and int(one.visit) in analysis.days
        ]
    return Table(
        key=f"{analysis.key}-means",
        title=f"Least-squares means of the change, {analysis.definition.label.lower()}",
        columns=(
            Column("Visit", "start"),
            Column("n"),
            Column("LS mean (SE)"),
            Column(f"{plan.level:.0%} interval"),
            Column("df"),
        ),
        rows=tuple(rows),
        notes=_notes(fit, analysis),
    )


def _differences(fit: MmrmFit, plan: ReportPlan, analysis: PlannedAnalysis) -> Table:
    rows: list[Row] = []
    for arm in plan.compared:
        reference = plan.reference_arm
        label = f"{arm.label} − {reference.label if reference else ''}"
        rows.append(Row((Cell(label), *(Cell(""),) * 4), "group"))
        rows += [
            Row((Cell(f"Day {one.visit}"), *wording.estimate_cells(one.estimate)), indent=1)
            for one in fit.differences
            if one.arm == arm.code and int(one.visit) in analysis.days
        ]
    return Table(
        key=f"{analysis.key}-differences",
        title="Differences of least-squares means by visit",
        columns=(
            Column("Comparison", "start"),
            Column("Difference (SE)"),
            Column(f"{plan.level:.0%} interval"),
            Column("df"),
            Column("p (two-sided)"),
        ),
        rows=tuple(rows),
        notes=(
            f"{analysis.favorable.capitalize()} favors the first arm named. What is tested, and in which order, is in "
            "the section about testing; "
            f"only Day {analysis.endpoint_day} is this analysis's result.",
        ),
    )


def _attempts(attempts: Sequence[Attempt], analysis: PlannedAnalysis) -> Table:
    return Table(
        key=f"{analysis.key}-covariance",
        title="Covariance structures in the order of the protocol, each attempt",
        columns=(
            Column("Structure", "start"),
            Column("Outcome", "start"),
            Column("Para-\nmeters"),
            Column("−2 log\nlikelihood"),
            Column("Largest\ngradient"),
            Column("Smallest\neigenvalue"),
            Column("Condition"),
        ),
        rows=tuple(
            Row(
                (
                    Cell(one.covariance.label[0].upper() + one.covariance.label[1:]),
                    Cell("accepted" if one.accepted else f"refused: {one.refused}"),
                    Cell(str(one.parameters), one.parameters),
                    Cell(f"{one.minus_two_log_likelihood:.3f}", one.minus_two_log_likelihood),
                    # Sizes, not values: their last digits are noise of the arithmetic.
                    Cell(_size(one.gradient)),
                    Cell(_size(one.eigenvalue)),
                    Cell(_size(one.condition)),
                )
            )
            for one in attempts
        ),
        notes=(
            "The first structure whose fit is accepted is taken: its gradient is nought and its Hessian positive "
            "definite. A structure after it is not tried.",
        ),
    )


def _size(value: float) -> str:
    """The order of magnitude, upwards: "below 1e−9"."""
    if value != value or value in (float("inf"), float("-inf")):
        return "–"
    if value <= 0:
        return "not positive" if value < 0 else "0"
    if value < 1e-6:
        return "below 1e−6"
    return wording.decimal(value, 2) if value < 1000 else f"{value:.1e}"


def _sigma(fit: MmrmFit, analysis: PlannedAnalysis) -> tuple[Block, ...]:
    columns = (Column("Day", "start"), *(Column(f"Day {visit}") for visit in fit.visits))
    rows = tuple(
        Row((Cell(f"Day {visit}"), *(Cell(wording.decimal(value, 2), value) for value in line)))
        for visit, line in zip(fit.visits, fit.sigma, strict=True)
    )
    table = Table(
        key=f"{analysis.key}-sigma",
        title=f"Estimated covariance of one participant's changes, {fit.covariance.label}",
        columns=columns,
        rows=rows,
        notes=("The same in every arm.",),
    )
    return (table,)


def _notes(fit: MmrmFit, analysis: PlannedAnalysis) -> tuple[str, ...]:
    numbers = fit.statistics
    terms = ", ".join(analysis.terms) or "baseline, day, treatment, treatment by day"
    mean = fit.covariate_means.get(BASELINE)
    notes = [
        f"Terms: {terms}. Covariance {fit.covariance.label}; {fit.model.estimation.value.upper()}; degrees of freedom "
        f"by {fit.model.degrees_of_freedom.label}.",
        f"{numbers.subjects} participants with {numbers.rows} changes; −2 log likelihood "
        f"{numbers.minus_two_log_likelihood:.3f}, AIC {numbers.aic:.3f}, BIC {numbers.bic:.3f}.",
        f"Means at a baseline of {wording.decimal(mean, 2)} (mean of the analyzed rows), {fit.model.weights.label}."
        if mean is not None
        else f"{fit.model.weights.label.capitalize()}.",
    ]
    if fit.lost:
        notes.append(
            f"Columns that the data could not tell from others were left out: {wording.listed(fit.lost)}."
        )
    return tuple(notes)


def _set_aside(fit: MmrmFit) -> tuple[Note, ...]:
    """Changes that were observed and could not enter because a covariate is missing."""
    return tuple(
        Note(f"Not analyzed, {one.subject} on Day {one.visit}: no {wording.listed(one.missing)}.")
        for one in fit.set_aside
    )
