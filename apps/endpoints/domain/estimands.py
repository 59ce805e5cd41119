"""From records with intercurrent events to the values an estimand asks for, each with its reason.

The strategies of ICH E9(R1). Treatment policy: what was measured counts, also after the event. Hypothetical: what was
measured after the event does not count; the value is missing, as if the event had not happened and nothing was seen.
Composite: after the event the outcome is the failure value. While on treatment: after the event the last value before
it stands. A measurement on the day of the event itself was taken before it. Nothing measured is changed: a value that
does not count stays in the row as `measured`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from apps.endpoints.domain.intercurrent import IntercurrentEvent
from apps.endpoints.domain.values import NotAnalysable, ScoreSeries


class Strategy(StrEnum):
    """How an intercurrent event is handled; the values are the protocol file's words."""

    TREATMENT_POLICY = "treatment_policy"
    HYPOTHETICAL = "hypothetical"
    COMPOSITE = "composite"
    WHILE_ON_TREATMENT = "while_on_treatment"


class Origin(StrEnum):
    """Where the value of an analysis row comes from."""

    MEASURED = "measured"
    MISSING = "missing"
    SET_MISSING = "set_missing"
    FAILURE = "failure_value"
    LAST_ON_TREATMENT = "last_on_treatment"


@dataclass(frozen=True, slots=True)
class AnalysisValue:
    """One participant at one planned day.

    `score` enters the analysis, None where it is missing there; `measured` is what was seen, whether it counts or
    not. `event` is the intercurrent event that decided, None where none did.
    """

    number: str
    day: int
    baseline: float | None
    score: float | None
    measured: float | None
    origin: Origin
    event: IntercurrentEvent | None
    reason: str

    @property
    def change(self) -> float | None:
        """Score minus baseline, or None where either is missing."""
        return None if self.score is None or self.baseline is None else self.score - self.baseline


# (series, day) -> the score that stands for failure, such as the participant's own baseline
FailureValue = Callable[[ScoreSeries, int], float | None]

# Of two events on one day the one whose strategy stands first decides.
_PRECEDENCE = (Strategy.COMPOSITE, Strategy.HYPOTHETICAL, Strategy.WHILE_ON_TREATMENT)


def back_to_baseline(series: ScoreSeries, day: int) -> float | None:
    """The failure value that says: no better than at baseline."""
    return series.baseline


def analysis_values(
    series: Iterable[ScoreSeries],
    *,
    days: Sequence[int],
    events: Iterable[IntercurrentEvent],
    strategies: Mapping[str, Strategy],
    failure: FailureValue | None = None,
) -> tuple[AnalysisValue, ...]:
    """One row for every participant and day, by the strategy of each kind of event.

    Of several events the earliest with another strategy than treatment policy decides.

    :raises NotAnalysable: if a kind of event has no strategy, a composite strategy no failure value, or a
        participant two series.
    """
    by_person: dict[str, list[IntercurrentEvent]] = defaultdict(list)
    for event in events:
        by_person[event.number].append(event)
    kinds = {event.kind for some in by_person.values() for event in some}
    faults = [f"No strategy is set for {kind}." for kind in sorted(kinds - set(strategies))]
    if failure is None and any(strategies.get(kind) is Strategy.COMPOSITE for kind in kinds):
        faults.append("A composite strategy needs a failure value.")
    people = sorted(series, key=lambda one: one.number)
    if len({one.number for one in people}) < len(people):
        faults.append("A participant has two series.")
    if faults:
        raise NotAnalysable(*faults)
    rows = []
    for one in people:
        deciding = _deciding(by_person[one.number], strategies)
        rows += [_value(one, day, deciding, strategies, failure) for day in sorted(days)]
    return tuple(rows)


def _deciding(
    events: Iterable[IntercurrentEvent], strategies: Mapping[str, Strategy]
) -> IntercurrentEvent | None:
    real = [event for event in events if strategies[event.kind] in _PRECEDENCE]
    return min(
        real,
        key=lambda event: (event.day, _PRECEDENCE.index(strategies[event.kind]), event.kind),
        default=None,
    )


def _value(
    series: ScoreSeries,
    day: int,
    event: IntercurrentEvent | None,
    strategies: Mapping[str, Strategy],
    failure: FailureValue | None,
) -> AnalysisValue:
    measured = series.visits.get(day)
    score, origin, reason = measured, Origin.MEASURED, "measured"
    if measured is None:
        origin, reason = Origin.MISSING, "not measured"
    if event is not None and day <= event.day:
        event = None
    if event is not None:
        after = f"after {event.kind} on Day {event.day}"
        strategy = strategies[event.kind]
        if strategy is Strategy.COMPOSITE and failure is not None:
            score, origin, reason = failure(series, day), Origin.FAILURE, f"counts as failure {after}"
        elif strategy is Strategy.HYPOTHETICAL:
            score, origin, reason = None, Origin.SET_MISSING, f"does not count {after}"
        else:
            until = [seen for seen in series.visits if seen <= event.day]
            score = series.visits[max(until)] if until else None
            origin = Origin.LAST_ON_TREATMENT if until else Origin.MISSING
            last = f"value of Day {max(until)}, the last" if until else "no value"
            reason = f"{last} before {event.kind} on Day {event.day}"
    return AnalysisValue(series.number, day, series.baseline, score, measured, origin, event, reason)
