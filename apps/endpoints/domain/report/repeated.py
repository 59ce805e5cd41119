"""From participants to the rows of a mixed model for repeated measures, and the model as the protocol has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from apps.endpoints.domain.groups import Group
from apps.endpoints.domain.mmrm import (
    Covariance,
    DegreesOfFreedom,
    Factor,
    MmrmFit,
    MmrmModel,
    ModelFrame,
    Numeric,
    fit_mmrm,
    usual_terms,
)
from apps.endpoints.domain.report.plan import PlannedAnalysis, ReportPlan
from apps.endpoints.domain.values import NotAnalysable, ParticipantRecord, ScoreSeries

TREATMENT, DAY, BASELINE, SUBGROUP = "treatment", "day", "baseline", "subgroup"

COVARIANCES: Mapping[str, Covariance] = {
    "unstructured": Covariance.UNSTRUCTURED,
    "toeplitz_heterogeneous": Covariance.TOEPLITZ_HETEROGENEOUS,
    "toeplitz": Covariance.TOEPLITZ,
    "ante_dependence_heterogeneous": Covariance.ANTE_DEPENDENCE_HETEROGENEOUS,
    "ante_dependence": Covariance.ANTE_DEPENDENCE,
    "ar1_heterogeneous": Covariance.AUTOREGRESSIVE_HETEROGENEOUS,
    "ar1": Covariance.AUTOREGRESSIVE,
    "compound_symmetry_heterogeneous": Covariance.COMPOUND_SYMMETRY_HETEROGENEOUS,
    "compound_symmetry": Covariance.COMPOUND_SYMMETRY,
}
DEGREES: Mapping[str, DegreesOfFreedom] = {
    "kenward_roger": DegreesOfFreedom.KENWARD_ROGER,
    "satterthwaite": DegreesOfFreedom.SATTERTHWAITE,
}


def repeated_frame(
    members: Sequence[ParticipantRecord],
    series: Mapping[str, ScoreSeries],
    *,
    plan: ReportPlan,
    factors: Sequence[str],
    days: Sequence[int],
    subgroup: str = "",
) -> ModelFrame:
    """A row for each member with a baseline and each visit; the change is None where the visit was not rated.

    `subgroup` names what the column of that name tells the members apart by.
    """
    known = [(one, series[one.number]) for one in members if one.number in series]
    rows = [(one, found, day) for one, found in known if found.baseline is not None for day in days]
    return ModelFrame(
        subject=[one.number for one, _, _ in rows],
        outcome=[found.change(day) for _, found, day in rows],
        columns={
            TREATMENT: Factor([one.arm for one, _, _ in rows], tuple(arm.code for arm in plan.arms or ())),
            DAY: Factor([str(day) for _, _, day in rows], tuple(str(day) for day in days)),
            BASELINE: Numeric([found.baseline for _, found, _ in rows]),
            **{name: Factor.of([one.strata.get(name) for one, _, _ in rows]) for name in factors},
            **(
                {SUBGROUP: Factor.of([one.subgroups.get(subgroup) for one, _, _ in rows])} if subgroup else {}
            ),
        },
        visit=DAY,
    )


def model_of(plan: ReportPlan, analysis: PlannedAnalysis, *, moderator: str = "") -> MmrmModel:
    """The model as the protocol names it; with a `moderator` its main effect and its interactions with day, treatment
    and both, as far as the model has not got them."""
    reference = plan.reference_arm
    terms = tuple(tuple(name.split(":")) for name in analysis.term_names)
    terms = terms or usual_terms([BASELINE], arm=TREATMENT, visit=DAY)
    if moderator:
        wanted = ((DAY,), (TREATMENT,), (DAY, TREATMENT))
        for term in ((moderator,), *((*others, moderator) for others in wanted)):
            if frozenset(term) not in {frozenset(known) for known in terms}:
                terms = (*terms, term)
    return MmrmModel(
        arm=TREATMENT,
        reference=reference.code if reference else "",
        terms=terms,
        covariance=tuple(COVARIANCES[name] for name in analysis.covariance),
        degrees_of_freedom=DEGREES[analysis.degrees_of_freedom or "kenward_roger"],
        level=plan.level,
        weights=plan.weights,
    )


def fit_repeated(
    groups: Sequence[Group],
    series: Mapping[str, ScoreSeries],
    *,
    plan: ReportPlan,
    analysis: PlannedAnalysis,
    subgroup: str = "",
) -> MmrmFit:
    """Fit the model of an analysis to the members of the columns, with `subgroup` and its interactions if named.

    :raises NotAnalysable: if it cannot be fitted; `NoFit` if no covariance of the ladder was accepted.
    """
    if not series:
        raise NotAnalysable(f"No participant has a value of {analysis.instrument_label}.")
    if len(analysis.model_days) < 2:
        raise NotAnalysable("A model of repeated measures needs at least two visits.")
    members = [one for group in groups for one in group.members]
    frame = repeated_frame(
        members,
        series,
        plan=plan,
        factors=[factor.code for factor in analysis.factors],
        days=analysis.model_days,
        subgroup=subgroup if moderator_of(analysis, subgroup) == SUBGROUP else "",
    )
    return fit_mmrm(frame, model=model_of(plan, analysis, moderator=moderator_of(analysis, subgroup)))


def moderator_of(analysis: PlannedAnalysis, subgroup: str) -> str:
    """The column that tells a subgroup apart: a factor of the model that is the same, else a column of its own."""
    if not subgroup:
        return ""
    return next((factor.code for factor in analysis.factors if factor.label == subgroup), SUBGROUP)
