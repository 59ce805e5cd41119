"""Checks on the endpoint plan: its visits, sets, models and order of tests exist."""

from __future__ import annotations

from collections.abc import Iterator

from apps.studies.domain.instrument_codes import ITEMS, TOTAL_RANGES
from apps.studies.domain.protocol import Analysis, Protocol
from apps.studies.domain.yaml_reading import Fault

_OWN_TERMS = frozenset({"treatment", "day", "treatment:day", "baseline", "baseline:day"})


def fractions_are_fractions(protocol: Protocol) -> Iterator[Fault]:
    """Response is a part of the baseline: above nothing, below everything."""
    if not 0 < protocol.endpoints.response_fraction < 1:
        yield Fault(
            "endpoints.response_fraction", "must lie between 0 and 1, both excluded; 0.5 is half of baseline"
        )


def endpoint_visits_exist(protocol: Protocol) -> Iterator[Fault]:
    """Every visit the endpoints name exists and rates what they count."""
    plan = protocol.endpoints
    visits = {visit.code: visit for visit in protocol.visits}
    named: list[tuple[str, str]] = [
        ("endpoints.primary.visit", plan.primary.visit),
        ("endpoints.baseline_visit", plan.baseline_visit),
        *((f"endpoints.visits[{index}]", code) for index, code in enumerate(plan.visits)),
    ]
    for place, analysis in enumerate(plan.analyses):
        for index, code in enumerate(analysis.visits):
            path = f"endpoints.analyses[{place}].visits[{index}]"
            named.append((path, code))
            if code in visits and analysis.instrument not in _rated(protocol, code):
                yield Fault(path, f"{analysis.instrument} is not rated at {code}")
    if plan.onset is not None:
        named.append(("endpoints.onset.by_visit", plan.onset.by_visit))
        for name, codes in (("visits", plan.onset.visits), ("excursion_visits", plan.onset.excursion_visits)):
            named.extend((f"endpoints.onset.{name}[{index}]", code) for index, code in enumerate(codes))
    for path, code in named:
        if code not in visits:
            yield Fault(path, f"no visit {code}")
    for path, code in (
        ("endpoints.primary.visit", plan.primary.visit),
        ("endpoints.baseline_visit", plan.baseline_visit),
    ):
        if code in visits and plan.primary.instrument not in _rated(protocol, code):
            yield Fault(path, f"{plan.primary.instrument} is not rated at {code}")
    if plan.baseline_visit in visits and not visits[plan.baseline_visit].baseline:
        yield Fault(
            "endpoints.baseline_visit", f"{plan.baseline_visit} is not the baseline visit of the grid"
        )
    if plan.primary.visit in visits and not visits[plan.primary.visit].endpoint:
        yield Fault(
            "endpoints.primary.visit", f"{plan.primary.visit} is not marked as an endpoint in the grid"
        )


def _rated(protocol: Protocol, code: str) -> set[str]:
    return {item.instrument for visit in protocol.visits if visit.code == code for item in visit.instruments}


def analyses_are_defined(protocol: Protocol) -> Iterator[Fault]:
    """One primary analysis, sets that exist, and an order of tests that names analyses."""
    plan = protocol.endpoints
    sets = {entry.code for entry in plan.analysis_sets}
    codes = {analysis.code for analysis in plan.analyses}
    primaries = [analysis for analysis in plan.analyses if analysis.role == "primary"]
    if len(primaries) != 1:
        yield Fault("endpoints.analyses", f"exactly one analysis must be primary, here are {len(primaries)}")
    for analysis in primaries:
        if not _reaches(protocol, analysis):
            yield Fault(
                "endpoints.primary", f"the primary analysis {analysis.code} does not reach this endpoint"
            )
    for index, analysis in enumerate(plan.analyses):
        if analysis.analysis_set not in sets:
            yield Fault(
                f"endpoints.analyses[{index}].analysis_set", f"unknown analysis set {analysis.analysis_set}"
            )
        if analysis.method == "mmrm" and not (analysis.covariance and analysis.degrees_of_freedom):
            yield Fault(
                f"endpoints.analyses[{index}].covariance",
                "a mixed model needs its covariance ladder and its degrees_of_freedom before the data are seen",
            )
        if analysis.method == "multiple_imputation" and analysis.imputation is None:
            yield Fault(
                f"endpoints.analyses[{index}].imputation",
                "an imputation needs its assumption, its sets and its seed before the data are seen",
            )
    if plan.onset is None and any(analysis.method == "onset" for analysis in plan.analyses):
        yield Fault("endpoints.onset", "an analysis counts onset, but nothing defines it")
    for index, code in enumerate(plan.gatekeeping.order):
        if code not in codes:
            yield Fault(f"endpoints.gatekeeping.order[{index}]", f"unknown analysis {code}")
    if plan.gatekeeping.method == "serial" and len(plan.gatekeeping.order) < 2:
        yield Fault("endpoints.gatekeeping.order", "serial testing needs the order of at least two analyses")


def _reaches(protocol: Protocol, analysis: Analysis) -> bool:
    """Whether an analysis gives the primary endpoint: its instrument at its visit, or the time to an event of it."""
    primary = protocol.endpoints.primary
    if analysis.time_to_event is None:
        return analysis.instrument == primary.instrument and primary.visit in analysis.visits
    relapse = protocol.relapse if analysis.time_to_event.event == "relapse" else None
    return relapse is None or relapse.instrument == primary.instrument


#: What these count or add is the total: a share of its fall, a limit of it, points of it.
_OF_TOTALS = frozenset({"proportion", "onset", "multiple_imputation"})


def analyses_have_something_to_analyze(protocol: Protocol) -> Iterator[Fault]:
    """An instrument with a total, or an item that it has: else the report could only say that there is nothing."""
    for place, analysis in enumerate(protocol.endpoints.analyses):
        path, items = f"endpoints.analyses[{place}]", ITEMS.get(analysis.instrument, ())
        if not items:
            continue  # an unknown instrument is a fault of its own
        if analysis.item is None:
            if analysis.instrument not in TOTAL_RANGES:
                yield Fault(
                    f"{path}.item",
                    f"{analysis.instrument} has no total; name the item that is analyzed: {', '.join(items)}",
                )
        elif analysis.item not in items:
            yield Fault(
                f"{path}.item",
                f"{analysis.instrument} has no item {analysis.item}; it has {', '.join(items)}",
            )
        elif analysis.method in _OF_TOTALS or analysis.role == "primary":
            yield Fault(
                f"{path}.item",
                f"{'the primary analysis' if analysis.role == 'primary' else analysis.method} is of a total, not of an "
                "item",
            )


def models_know_their_terms(protocol: Protocol) -> Iterator[Fault]:
    """A model term is one of the trial's own or a stratum factor; comparisons and lists name what exists."""
    plan = protocol.endpoints
    arms = {arm.code for arm in protocol.arms}
    strata = {factor.code for factor in protocol.randomization.strata}
    lists = {entry.code for entry in protocol.randomization.lists}
    for place, analysis in enumerate(plan.analyses):
        for index, term in enumerate(analysis.terms):
            if term.name not in _OWN_TERMS | strata:
                path = f"endpoints.analyses[{place}].terms[{index}].name"
                yield Fault(
                    path, f"unknown term {term.name}; known: {', '.join(sorted(_OWN_TERMS | strata))}"
                )
    for index, comparison in enumerate(plan.comparisons):
        for name, code in (("arm", comparison.arm), ("reference", comparison.reference)):
            if code not in arms:
                yield Fault(f"endpoints.comparisons[{index}].{name}", f"unknown arm {code}")
        if comparison.arm == comparison.reference:
            yield Fault(f"endpoints.comparisons[{index}].reference", "an arm cannot be compared with itself")
    for place, entry in enumerate(plan.analysis_sets):
        if "severity_list" in entry.requires and not entry.lists:
            yield Fault(f"endpoints.analysis_sets[{place}].lists", "severity_list needs the lists it means")
        for index, code in enumerate(entry.lists):
            if code not in lists:
                yield Fault(f"endpoints.analysis_sets[{place}].lists[{index}]", f"unknown list {code}")


def windows_reach_the_last_visit(protocol: Protocol) -> Iterator[Fault]:
    """Windows without gaps end no earlier than the last visit that is analyzed."""
    rule = protocol.endpoints.windowing
    days = [visit.day for visit in protocol.visits if visit.anchor == "first_dose" and visit.instruments]
    if rule.last_day is not None and days and rule.last_day < max(days):
        yield Fault("endpoints.windowing.last_day", f"the last visit that rates anything is Day {max(days)}")


def estimands_handle_every_event(protocol: Protocol) -> Iterator[Fault]:
    """Each estimand has a strategy for each event and a set; the primary one is that of the primary analysis."""
    plan = protocol.endpoints
    events = [event.code for event in plan.intercurrent_events]
    sets = {entry.code for entry in plan.analysis_sets}
    for place, one in enumerate(plan.estimands):
        path = f"endpoints.estimands[{place}]"
        named = [entry.event for entry in one.handling]
        for index, code in enumerate(named):
            if code not in events:
                yield Fault(f"{path}.handling[{index}].event", f"unknown intercurrent event {code}")
            elif code in named[:index]:
                yield Fault(f"{path}.handling[{index}].event", f"{code} has a strategy already")
        for code in events:
            if code not in named:
                yield Fault(f"{path}.handling", f"says nothing of {code}")
        if one.population not in sets:
            yield Fault(f"{path}.population", f"unknown analysis set {one.population}")
    if plan.intercurrent_events and not plan.estimands:
        yield Fault(
            "endpoints.estimands", "intercurrent events need an estimand that says what becomes of them"
        )
    if not plan.estimands:
        return
    first = plan.estimands[0]
    for event in plan.intercurrent_events:
        if event.event == "left_treatment" and first.strategies.get(event.code) not in (None, plan.strategy):
            yield Fault(
                "endpoints.strategy", f"the primary estimand says otherwise of {event.code}: make them agree"
            )
    for analysis in plan.analyses:
        if analysis.role == "primary" and analysis.analysis_set != first.population:
            yield Fault("endpoints.estimands[0].population", f"{analysis.code} is made in another set")


def analyses_name_their_estimand(protocol: Protocol) -> Iterator[Fault]:
    """A supplementary analysis names another estimand than the primary one, and the primary analysis does not."""
    plan = protocol.endpoints
    known = [one.code for one in plan.estimands]
    for place, analysis in enumerate(plan.analyses):
        path = f"endpoints.analyses[{place}].estimand"
        if analysis.estimand is not None and analysis.estimand not in known:
            yield Fault(path, f"unknown estimand {analysis.estimand}")
        other = analysis.estimand is not None and analysis.estimand not in known[:1]
        if analysis.role == "supplementary" and not other:
            yield Fault(path, "a supplementary analysis estimates something else than the primary estimand")
        if analysis.role == "primary" and other:
            yield Fault(path, "the primary analysis is of the first estimand")


def events_are_recorded(protocol: Protocol) -> Iterator[Fault]:
    """A kind of event is asked for once, and medicines by rules that prohibit."""
    prohibited = [rule.code for rule in protocol.concomitant if rule.rule == "prohibited"]
    events = protocol.endpoints.intercurrent_events
    for place, event in enumerate(events):
        path = f"endpoints.intercurrent_events[{place}]"
        if event.event == "left_treatment" and any(one.event == event.event for one in events[:place]):
            yield Fault(f"{path}.event", "leaving treatment is one event, and stands here twice")
        if event.event != "prohibited_medicine":
            continue
        if not prohibited:
            yield Fault(f"{path}.event", "no rule of concomitant prohibits anything")
        for index, code in enumerate(event.rules):
            if code not in prohibited:
                yield Fault(f"{path}.rules[{index}]", f"no rule {code} of concomitant prohibits anything")


ENDPOINT_CHECKS = (
    (("endpoints",), fractions_are_fractions),
    (("endpoints", "visits"), endpoint_visits_exist),
    (("endpoints", "relapse"), analyses_are_defined),
    (("endpoints",), analyses_have_something_to_analyze),
    (("endpoints", "visits"), windows_reach_the_last_visit),
    (("endpoints",), estimands_handle_every_event),
    (("endpoints",), analyses_name_their_estimand),
    (("endpoints", "concomitant"), events_are_recorded),
    (("endpoints", "arms", "randomization"), models_know_their_terms),
)
