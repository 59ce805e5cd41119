"""A report's plan as the protocol file states it: sets, analyses in order, cut-offs, terms, gate, the onset rule."""

from __future__ import annotations

from collections.abc import Mapping

from apps.endpoints.domain.binary import OnsetRule
from apps.endpoints.domain.estimands import Strategy
from apps.endpoints.domain.event_times import CensorAt, EventDefinition, Origin
from apps.endpoints.domain.measures import Measure, measure_of
from apps.endpoints.domain.multiplicity import families_from_plan
from apps.endpoints.domain.placing import placing_from_protocol
from apps.endpoints.domain.report.plan import (
    EventOfInterest,
    Factor,
    Kind,
    PlannedAnalysis,
    PlannedEstimand,
    PlannedImputation,
    PlannedTimes,
    ReportPlan,
)
from apps.endpoints.domain.results import MissingRule
from apps.endpoints.domain.sets import FULL_ANALYSIS, SAFETY, Condition, SetDefinition
from apps.endpoints.domain.survival import Ties
from apps.endpoints.domain.values import Arm
from apps.studies.domain.instrument_codes import GUESSES
from apps.studies.domain.protocol.endpoints import (
    Analysis,
    Covariance,
    DegreesOfFreedom,
    EndpointPlan,
    ModelTerm,
)
from apps.studies.domain.protocol.time_to_event import TimeToEvent
from apps.studies.domain.protocol.whole import Protocol

#: What is taken where a stored protocol names a mixed model and not how it is fitted.
_COVARIANCE: tuple[Covariance, ...] = ("unstructured",)
_IMPUTATION = PlannedImputation(100, 1, arm_deltas=tuple(float(step) for step in range(0, 21, 2)))
_DEGREES_OF_FREEDOM: DegreesOfFreedom = "kenward_roger"


def plan_from_protocol(
    protocol: Protocol,
    *,
    by_arm: bool,
    kind: Kind = "DAY28",
    characteristics: tuple[str, ...] = (),
    instrument_label: str = "",
) -> ReportPlan:
    """Read the plan of the Day 28 report (or whatever the primary visit is) off a protocol.

    `by_arm` is for readers who may know the arms. `characteristics` names the rows of the baseline table.
    """
    endpoints = protocol.endpoints
    sets = {
        one.code: _set(endpoints, one.code, FULL_ANALYSIS, by_arm=by_arm) for one in endpoints.analysis_sets
    }
    primary = next(one for one in endpoints.analyses if one.role == "primary")
    estimands = _estimands(endpoints, sets)
    arms = tuple(Arm(arm.code, arm.label, arm.treatment == "esketamine") for arm in protocol.arms)
    return ReportPlan(
        instrument=endpoints.primary.instrument,
        instrument_label=instrument_label or Measure(endpoints.primary.instrument).label,
        days=tuple(sorted(protocol.visit(code).day for code in endpoints.visits)),
        endpoint_day=protocol.endpoint_visit.day,
        baseline_day=protocol.baseline_visit.day,
        response_share=endpoints.response_fraction,
        remission_at_most=endpoints.remission_cutoff,
        arms=arms if by_arm else None,
        reference=endpoints.comparisons[0].reference if endpoints.comparisons else None,
        kind=kind,
        analyses=tuple(
            _planned(protocol, one, primary, sets[one.analysis_set], estimands) for one in endpoints.analyses
        ),
        families=families_from_plan(endpoints),
        gate=endpoints.gatekeeping.method,
        sets=tuple(sets.values()),
        estimand=endpoints.estimand,
        strategy=endpoints.strategy,
        characteristics=characteristics,
        onset=_onset(protocol),
        full_set=sets[primary.analysis_set],
        safety_set=_set(endpoints, "SAFETY", SAFETY, by_arm=by_arm),
        level=1 - endpoints.alpha,
        event_threshold=protocol.safety.frequent_from,
        emergent_days=protocol.safety.treatment_emergent_days_after_last_dose,
        of_interest=tuple(
            EventOfInterest(one.label, one.terms) for one in protocol.safety.events_of_interest
        ),
        fictional=protocol.fictional,
        guess_asked=any(
            planned.instrument in GUESSES for visit in protocol.visits for planned in visit.instruments
        ),
        placing=placing_from_protocol(protocol),
        estimands=tuple(estimands.values()),
        event_labels={event.code: event.label for event in endpoints.intercurrent_events},
        reason_labels={criterion.code: criterion.text for criterion in protocol.criteria},
    )


def _estimands(endpoints: EndpointPlan, sets: Mapping[str, SetDefinition]) -> dict[str, PlannedEstimand]:
    """The estimands by code, the primary one first."""
    return {
        one.code: PlannedEstimand(
            code=one.code,
            label=one.label,
            treatment=one.treatment,
            population=sets[one.population],
            variable=one.variable,
            strategies=tuple(
                (event.code, Strategy(one.strategies[event.code])) for event in endpoints.intercurrent_events
            ),
            summary=one.summary,
            mark=one.mark or "",
        )
        for one in endpoints.estimands
    }


def _estimand(analysis: Analysis, estimands: Mapping[str, PlannedEstimand]) -> PlannedEstimand | None:
    """The one an analysis names, or the primary one."""
    return estimands[analysis.estimand] if analysis.estimand else next(iter(estimands.values()), None)


def _planned(
    protocol: Protocol,
    analysis: Analysis,
    primary: Analysis,
    definition: SetDefinition,
    estimands: Mapping[str, PlannedEstimand],
) -> PlannedAnalysis:
    """One analysis, with what it leaves to the primary one or to Vigil filled in and named."""
    baseline, measure = protocol.baseline_visit.day, measure_of(analysis)
    days = tuple(sorted({protocol.visit(code).day for code in analysis.visits} - {baseline}))
    if analysis.time_to_event is not None:
        days = analysis.time_to_event.days
    filled: list[str] = []
    terms = analysis.terms
    if not terms and analysis.method not in ("descriptive", "time_to_event"):
        terms = _without_days(primary.terms) if analysis.method != "mmrm" else primary.terms
        if terms and analysis is not primary:
            filled.append("terms as in the primary analysis")
    covariance, degrees = analysis.covariance, analysis.degrees_of_freedom
    if analysis.method == "mmrm" and not covariance:
        covariance = primary.covariance or _COVARIANCE
        filled.append(
            "covariance as in the primary analysis" if primary.covariance else "covariance unstructured"
        )
    if analysis.method == "mmrm" and degrees is None:
        degrees = primary.degrees_of_freedom or _DEGREES_OF_FREEDOM
        filled.append(
            "degrees of freedom by Kenward-Roger" if degrees == _DEGREES_OF_FREEDOM else "degrees of freedom"
        )
    from_primary = (
        analysis is not primary
        and analysis.method == primary.method == "mmrm"
        and not analysis.terms
        and (measure_of(analysis), analysis.analysis_set) == (measure_of(primary), primary.analysis_set)
        and analysis.estimand in (None, *list(estimands)[:1])
        and set(analysis.visits) <= set(primary.visits)
    )
    if analysis.method == "multiple_imputation" and analysis.imputation is None:
        filled.append("sets, seed and deltas")
    imputed = analysis.method == "multiple_imputation" and analysis.instrument == primary.instrument
    model_days = tuple(sorted({protocol.visit(code).day for code in primary.visits} - {baseline}))
    return PlannedAnalysis(
        code=analysis.code,
        label=analysis.label,
        role=analysis.role,
        method=analysis.method,
        outcome=analysis.outcome,
        instrument=measure.code,
        instrument_label=measure.label,
        higher_is_better=measure.higher_is_better,
        days=days,
        definition=definition,
        missing=MissingRule(analysis.missing) if analysis.missing in set(MissingRule) else None,
        factors=_factors(terms)
        if analysis.time_to_event is None
        else _strata(protocol, analysis.time_to_event),
        terms=tuple(_term_words(term, analysis) for term in terms),
        term_names=tuple(term.name for term in terms),
        covariance=tuple(covariance),
        degrees_of_freedom=degrees or "",
        model_days=model_days if from_primary or imputed else days,
        from_primary=from_primary,
        imputation=_imputation(analysis),
        times=_times(protocol, analysis.time_to_event),
        filled_in=tuple(filled),
        mark=analysis.mark or "",
        estimand=None if analysis.time_to_event else _estimand(analysis, estimands),
    )


def _term_words(term: ModelTerm, analysis: Analysis) -> str:
    """A term in words; the baseline is always that of the analysis's own scale."""
    return f"Baseline {measure_of(analysis).label}" if term.name == "baseline" else term.label


def _imputation(analysis: Analysis) -> PlannedImputation | None:
    """The imputation as planned; a protocol stored before it could be named gets one of Vigil's own."""
    if analysis.method != "multiple_imputation":
        return None
    given = analysis.imputation
    if given is None:
        return _IMPUTATION
    return PlannedImputation(
        given.sets, given.seed, given.assumption, given.arm_deltas, given.reference_deltas
    )


def _times(protocol: Protocol, times: TimeToEvent | None) -> PlannedTimes | None:
    if times is None:
        return None
    event = EventDefinition(
        Origin(times.origin),
        CensorAt(times.censor_at),
        protocol.relapse if times.event == "relapse" else None,
        times.leaving_censors,
    )
    return PlannedTimes(event, Ties(times.ties), times.level or 1 - protocol.endpoints.alpha)


def _strata(protocol: Protocol, times: TimeToEvent) -> tuple[Factor, ...]:
    labels = {factor.code: factor.label for factor in protocol.randomization.strata}
    return tuple(Factor(code, labels[code]) for code in times.strata)


def _without_days(terms: tuple[ModelTerm, ...]) -> tuple[ModelTerm, ...]:
    """The terms of a model of one visit: those of the repeated one that do not name the day."""
    return tuple(term for term in terms if "day" not in term.name.split(":"))


def _factors(terms: tuple[ModelTerm, ...]) -> tuple[Factor, ...]:
    """The stratification factors among the terms."""
    return tuple(
        Factor(term.name, term.label)
        for term in terms
        if term.kind == "factor" and term.name not in ("treatment", "day")
    )


def _set(endpoints: EndpointPlan, code: str, otherwise: SetDefinition, *, by_arm: bool) -> SetDefinition:
    for one in endpoints.analysis_sets:
        if one.code == code:
            conditions = frozenset(Condition(requirement) for requirement in one.requires)
            if by_arm or Condition.SEVERITY_MET not in conditions:
                return SetDefinition(one.code, one.label, conditions)
            # From which list somebody was drawn is the draw's to know: a blinded reader gets the set without it.
            label = f"{one.label}, whatever the severity"
            return SetDefinition(one.code, label, conditions - {Condition.SEVERITY_MET})
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
