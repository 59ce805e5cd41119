"""Checks on times to an event: the event can be told, the clock can start, and what is asked can be answered."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from apps.studies.domain.protocol import Analysis, Protocol, Relapse, TimeToEvent
from apps.studies.domain.yaml_reading import Fault


def times_can_be_counted(protocol: Protocol) -> Iterator[Fault]:
    """Each analysis of times has an event, an origin everybody in its set has, days with visits, and strata."""
    for place, analysis in enumerate(protocol.endpoints.analyses):
        times, path = analysis.time_to_event, f"endpoints.analyses[{place}].time_to_event"
        if times is not None:
            yield from _event(protocol, times, path)
            yield from _origin(protocol, analysis, times, path)
            yield from _asked(protocol, analysis, times, path)


def _event(protocol: Protocol, times: TimeToEvent, path: str) -> Iterator[Fault]:
    relapse = protocol.relapse
    if times.event != "relapse":
        return
    if relapse is None:
        yield Fault(
            f"{path}.event", "the protocol does not say what a relapse is: the block relapse is missing"
        )
    elif not _seen_twice(protocol, relapse):
        yield Fault(
            "relapse",
            f"no two consecutive visits that rate {relapse.instrument} can lie {relapse.minimum_days_apart} to "
            f"{relapse.maximum_days_apart} days apart, so that no score could tell a relapse",
        )


def _seen_twice(protocol: Protocol, relapse: Relapse) -> bool:
    visits = sorted(
        (
            visit
            for visit in protocol.visits
            if visit.anchor == "first_dose"
            and any(one.instrument == relapse.instrument for one in visit.instruments)
        ),
        key=lambda visit: visit.day,
    )
    return any(
        later.latest_day - earlier.earliest_day >= relapse.minimum_days_apart
        and later.earliest_day - earlier.latest_day <= relapse.maximum_days_apart
        for earlier, later in pairwise(visits)
    )


def _origin(protocol: Protocol, analysis: Analysis, times: TimeToEvent, path: str) -> Iterator[Fault]:
    requires = next(
        (set(one.requires) for one in protocol.endpoints.analysis_sets if one.code == analysis.analysis_set),
        None,
    )
    if times.origin == "randomization" and protocol.randomization.method == "none":
        yield Fault(f"{path}.origin", "nobody is randomized in this trial; the clock can start at first_dose")
    if times.origin == "first_dose" and requires is not None and "dosed" not in requires:
        yield Fault(
            f"{path}.origin",
            f"the set {analysis.analysis_set} takes in participants without a first dose, whose clock never starts",
        )


def _asked(protocol: Protocol, analysis: Analysis, times: TimeToEvent, path: str) -> Iterator[Fault]:
    known = {factor.code for factor in protocol.randomization.strata}
    for index, code in enumerate(times.strata):
        if code not in known:
            yield Fault(f"{path}.strata[{index}]", f"unknown stratum {code}")
    if times.strata and len(protocol.arms) < 2:
        yield Fault(f"{path}.strata", "strata compare arms, and this trial has one")
    last = max((v.latest_day for v in protocol.visits if v.anchor == "first_dose"), default=0)
    for index, day in enumerate(times.days):
        if day > last:
            yield Fault(f"{path}.days[{index}]", f"the last visit is over by Day {last}")
    tested = analysis.role == "primary" or analysis.code in protocol.endpoints.gatekeeping.order
    if tested and times.level is not None and abs(times.level + protocol.endpoints.alpha - 1) > 1e-9:
        yield Fault(f"{path}.level", "an analysis that is tested has the intervals of its test: 1 - alpha")


def relapse_events_can_be_told(protocol: Protocol) -> Iterator[Fault]:
    """A relapse beside the score is told by what makes it serious, by words of its term, or by both."""
    for index, event in enumerate(protocol.relapse.other_events if protocol.relapse else ()):
        if event.seriousness is None and not event.terms:
            yield Fault(
                f"relapse.other_events[{index}]", "nothing tells it: name its seriousness or its terms"
            )


TIME_CHECKS = (
    (("endpoints", "visits", "arms", "randomization", "relapse"), times_can_be_counted),
    (("relapse",), relapse_events_can_be_told),
)
