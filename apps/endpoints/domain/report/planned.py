"""The section about the plan: what the protocol declared before the data were seen, analysis by analysis."""

from __future__ import annotations

from apps.endpoints.domain.report import wording
from apps.endpoints.domain.report.document import Block, Cell, Column, Paragraph, Row, Section, Table
from apps.endpoints.domain.report.plan import PlannedAnalysis, ReportPlan

METHODS = {
    "mmrm": "Mixed model for repeated measures",
    "ancova": "Analysis of covariance",
    "ancova_ranks": "Analysis of covariance on ranks",
    "proportion": "Proportion, compared over strata",
    "onset": "Onset of response, compared over strata",
    "descriptive": "Description",
    "multiple_imputation": "Multiple imputation with added deltas",
    "time_to_event": "Time to an event: Kaplan-Meier, log-rank test and Cox regression",
}
STRUCTURES = {
    "unstructured": "unstructured",
    "toeplitz_heterogeneous": "heterogeneous Toeplitz",
    "toeplitz": "Toeplitz",
    "ante_dependence_heterogeneous": "heterogeneous ante-dependence",
    "ante_dependence": "ante-dependence",
    "ar1_heterogeneous": "heterogeneous AR(1)",
    "ar1": "AR(1)",
    "compound_symmetry_heterogeneous": "heterogeneous compound symmetry",
    "compound_symmetry": "compound symmetry",
}
DEGREES = {"kenward_roger": "Kenward-Roger", "satterthwaite": "Satterthwaite"}
_GATES = {
    "none": "No error rate is kept over several hypotheses: every p value is nominal.",
    "serial": "Hypotheses are tested one after the other, each at the full level, until one is not rejected; what "
    "comes after it is nominal only.",
    "hochberg": "The comparisons of one analysis are tested together by Hochberg's procedure; the next analysis is "
    "reached only when all of them are rejected.",
    "truncated_hochberg": "The comparisons of one analysis are tested together by the truncated Hochberg procedure; "
    "the next analysis is tested at what is left of the level.",
}
_STRATEGIES = {
    "treatment_policy": "whatever happened to the treatment (treatment policy)",
    "hypothetical": "as if nobody had stopped the treatment (hypothetical)",
    "composite": "stopping counts as failure (composite)",
    "while_on_treatment": "while on treatment",
}


def plan_section(plan: ReportPlan) -> Section:
    """Estimand, sets, analyses with their model, and the order of testing."""
    blocks: list[Block] = []
    if plan.estimand:
        strategy = _STRATEGIES.get(plan.strategy, plan.strategy)
        text = (
            f"Estimand: {plan.estimand} Intercurrent events: {strategy}. The protocol defines none of them, so that "
            "every measured value enters."
        )
        if plan.estimands:
            text = (
                f"Estimand: {plan.estimand} Its attributes, and other estimands, have a section of their own."
            )
        blocks.append(Paragraph(text))
    if plan.analyses:
        blocks.append(
            Table(
                key="plan",
                title="Analyses in the order of the protocol",
                columns=(
                    Column("Analysis", "start"),
                    Column("Role", "start"),
                    Column("Set; missing values", "start"),
                    Column("Method and model", "start"),
                ),
                rows=tuple(_row(one, plan) for one in plan.analyses),
                notes=(
                    "A mark (G) or (U) says that no source settles the choice: the protocol alone decides it.",
                ),
            )
        )
    if plan.gate:
        blocks.append(Paragraph(f"{_GATES[plan.gate]} Two-sided level {1 - plan.level:.3g}."))
    return Section("plan", "Analysis plan", tuple(blocks))


def _row(one: PlannedAnalysis, plan: ReportPlan) -> Row:
    mark = f" ({one.mark})" if one.mark in ("G", "U") else ""
    missing = "imputed" if one.missing is None else one.missing.label
    missing = one.times.event.censor_at.label if one.times is not None else missing
    days = wording.listed([str(day) for day in one.days])
    return Row(
        (
            Cell(f"{one.label}{mark}"),
            Cell(one.role.capitalize()),
            Cell(f"{one.definition.label}; {missing}{_estimand(one, plan)}"),
            Cell(
                f"{METHODS.get(one.method, one.method)}, Day{'s' if len(one.days) > 1 else ''} {days}{_model(one)}"
            ),
        )
    )


def _estimand(one: PlannedAnalysis, plan: ReportPlan) -> str:
    """The estimand of an analysis, where it is not the primary one."""
    return (
        ""
        if one.estimand is None or one.estimand in plan.estimands[:1]
        else f"; estimand: {one.estimand.label}"
    )


def _model(one: PlannedAnalysis) -> str:
    parts = []
    if one.from_primary:
        parts.append("read off the primary model")
    elif one.times is not None:
        event = one.times.event
        parts.append(f"days from {event.origin.label} to {event.label}, ties as {one.times.ties.label}")
        if event.relapse is not None:
            parts.append(f"relapse: {event.relapse.text.rstrip('.')}")
            parts += ["leaving treatment censors"] * event.leaving_censors
        parts.append(f"strata: {', '.join(factor.label for factor in one.factors) or 'none'}")
    elif one.method in ("proportion", "onset"):
        parts.append(f"strata: {', '.join(factor.label for factor in one.factors) or 'none'}")
    elif one.terms:
        parts.append(f"terms: {', '.join(one.terms)}")
    if one.covariance:
        parts.append("covariance: " + ", then ".join(STRUCTURES[name] for name in one.covariance))
    if one.degrees_of_freedom:
        parts.append(f"degrees of freedom: {DEGREES[one.degrees_of_freedom]}")
    if one.imputation is not None:
        parts.append(f"{one.imputation.sets} completed sets, seed {one.imputation.seed}")
    if one.filled_in:
        parts.append(f"not stated for it and filled in: {', '.join(one.filled_in)}")
    return "".join(f"; {part}" for part in parts)
