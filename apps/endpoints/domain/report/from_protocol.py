"""A report's plan as the protocol file states it: sets, visits, cut-offs, model terms, the onset rule."""

from __future__ import annotations

from apps.endpoints.domain.binary import OnsetRule
from apps.endpoints.domain.report.plan import Factor, ReportPlan
from apps.endpoints.domain.sets import FULL_ANALYSIS, SAFETY, Condition, SetDefinition
from apps.endpoints.domain.values import Arm
from apps.studies.domain.instrument_codes import GUESSES
from apps.studies.domain.protocol.endpoints import Analysis, EndpointPlan
from apps.studies.domain.protocol.whole import Protocol


def plan_from_protocol(
    protocol: Protocol, *, by_arm: bool, characteristics: tuple[str, ...] = (), instrument_label: str = ""
) -> ReportPlan:
    """Read the plan of the Day 28 report (or whatever the primary visit is) off a protocol.

    `by_arm` is for readers who may know the arms. `characteristics` names the rows of the baseline table.
    """
    endpoints = protocol.endpoints
    model = _covariance_analysis(endpoints)
    arms = tuple(Arm(arm.code, arm.label, arm.treatment == "esketamine") for arm in protocol.arms)
    return ReportPlan(
        instrument=endpoints.primary.instrument,
        instrument_label=instrument_label or endpoints.primary.instrument,
        days=tuple(sorted(protocol.visit(code).day for code in endpoints.visits)),
        endpoint_day=protocol.endpoint_visit.day,
        baseline_day=protocol.baseline_visit.day,
        response_share=endpoints.response_fraction,
        remission_at_most=endpoints.remission_cutoff,
        arms=arms if by_arm else None,
        reference=endpoints.comparisons[0].reference if endpoints.comparisons else None,
        factors=_factors(model),
        characteristics=characteristics,
        onset=_onset(protocol),
        full_set=_set(endpoints, model.analysis_set if model else "", FULL_ANALYSIS),
        safety_set=_set(endpoints, "SAFETY", SAFETY),
        level=1 - endpoints.alpha,
        fictional=protocol.fictional,
        guess_asked=any(
            planned.instrument in GUESSES for visit in protocol.visits for planned in visit.instruments
        ),
        reason_labels={criterion.code: criterion.text for criterion in protocol.criteria},
    )


def _covariance_analysis(endpoints: EndpointPlan) -> Analysis | None:
    """The analysis of covariance of the primary scale, else the primary analysis, else the first."""
    scale = endpoints.primary.instrument
    wanted = [one for one in endpoints.analyses if one.instrument == scale]
    for fits in (
        [one for one in wanted if one.method == "ancova"],
        [one for one in wanted if one.role == "primary"],
        wanted,
    ):
        if fits:
            return fits[0]
    return None


def _factors(model: Analysis | None) -> tuple[Factor, ...]:
    """The stratification factors of the model; its visit terms have no place in an analysis of one visit."""
    terms = () if model is None else model.terms
    return tuple(
        Factor(term.name, term.label)
        for term in terms
        if term.kind == "factor" and term.name not in ("treatment", "day")
    )


def _set(endpoints: EndpointPlan, code: str, otherwise: SetDefinition) -> SetDefinition:
    for one in endpoints.analysis_sets:
        if one.code == code:
            return SetDefinition(
                one.code, one.label, frozenset(Condition(requirement) for requirement in one.requires)
            )
    return otherwise


def _onset(protocol: Protocol) -> OnsetRule | None:
    rule = protocol.endpoints.onset
    if rule is None:
        return None
    return OnsetRule(
        onset_day=protocol.visit(rule.by_visit).day,
        end_day=max(protocol.visit(code).day for code in rule.visits),
        excursion_days=tuple(sorted(protocol.visit(code).day for code in rule.excursion_visits)),
        share=protocol.endpoints.response_fraction,
        excursion_floor=rule.excursion_fraction,
        excursions_allowed=rule.excursions_allowed,
    )
