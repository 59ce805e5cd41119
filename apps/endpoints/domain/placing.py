"""From readings as they were recorded to one score for each visit, by the protocol's rule, and nothing lost.

A rating belongs to the visit it was recorded at, and was taken on some day. Under the rule as planned the first
decides; under windows the second does (`windows`). The baseline is what was recorded for it: under windows it counts
if it was taken no later than the baseline day, and no other reading can become one. Every reading comes out once:
it counts for a visit, or it is left out and says why. Whether it was taken within the window of its own visit is told
under every rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from apps.endpoints.domain.measures import instrument_of
from apps.endpoints.domain.readings import Left, Placed, RecordedReading
from apps.endpoints.domain.values import ScoreSeries
from apps.endpoints.domain.windows import (
    AnalysisWindow,
    Duplicates,
    Excluded,
    Reading,
    Tie,
    assign_windows,
    contiguous_windows,
    windows_from_visits,
)
from apps.studies.domain.protocol import Protocol
from apps.studies.domain.protocol.windowing import AS_PLANNED, Windowing

#: Far before any treatment: a baseline may be taken on any day up to its own.
_LONG_BEFORE = -10_000


@dataclass(frozen=True, slots=True)
class Placing:
    """A protocol's rule with everything it needs.

    `visits` are the windows of the grid by code, counted from the first dose; `analysis` the windows after baseline in
    which readings of each scale are sorted, by its code (empty as planned).
    """

    rule: Windowing
    baseline: AnalysisWindow
    visits: Mapping[str, AnalysisWindow]
    analysis: Mapping[str, tuple[AnalysisWindow, ...]]

    @property
    def by_window(self) -> bool:
        """Whether the day decides, and not the visit it was recorded at."""
        return self.rule.rule != "as_planned"

    def name(self, code: str) -> str:
        """A visit by its day; one that is not of the grid by its code."""
        own = self.visits.get(code)
        return code if own is None else f"Day {own.target_day}"

    def sentences(self) -> tuple[str, ...]:
        """The rule in words."""
        if not self.by_window:
            return (
                "A reading counts for the visit it was recorded at, whenever it was taken; one that was recorded at no "
                "planned visit does not count.",
            )
        windows = (
            "A reading counts for the visit in whose protocol window it was taken, whatever visit it was recorded at."
            if self.rule.rule == "visit_windows"
            else "A reading counts for the visit nearest to the day on which it was taken, whatever visit it was "
            f"recorded at; of two equally near, the {self.rule.tie} one."
        )
        duplicates = f"Of several readings in one window, {Duplicates(self.rule.duplicates).label}"
        if self.rule.duplicates == "nearest":
            duplicates += f"; of two equally near, the {self.rule.tie} one"
        return (
            windows,
            f"{duplicates}.",
            f"Baseline is the reading recorded at {self.name(self.baseline.code)}, if it was taken no later.",
        )


def placing_from_protocol(protocol: Protocol) -> Placing:
    """The protocol's rule, with the windows it makes for each scale."""
    rule = protocol.endpoints.windowing
    counted = [visit for visit in protocol.visits if visit.anchor == "first_dose"]
    baseline = next(visit for visit in counted if visit.code == protocol.endpoints.baseline_visit)
    analysis: dict[str, tuple[AnalysisWindow, ...]] = {}
    if rule.rule != AS_PLANNED.rule:
        for instrument in sorted({planned.instrument for visit in counted for planned in visit.instruments}):
            rated = [
                visit
                for visit in counted
                if visit.day > baseline.day
                and any(planned.instrument == instrument for planned in visit.instruments)
            ]
            if not rated:
                continue
            analysis[instrument] = (
                windows_from_visits(rated)
                if rule.rule == "visit_windows"
                else contiguous_windows(
                    [(visit.code, visit.day) for visit in rated],
                    first_day=baseline.day + 1,
                    last_day=rule.last_day or max(visit.latest_day for visit in rated),
                    tie=Tie(rule.tie),
                )
            )
    return Placing(
        rule=rule,
        baseline=AnalysisWindow(baseline.code, baseline.day, _LONG_BEFORE, baseline.day),
        visits={window.code: window for window in windows_from_visits(counted)},
        analysis=analysis,
    )


def place_readings(readings: Iterable[RecordedReading], *, placing: Placing) -> tuple[Placed, ...]:
    """Every reading once, in the order of participants, scales and times.

    :raises apps.endpoints.domain.values.NotAnalysable: if a visit has two readings of one participant and scale.
    """
    known = list(readings)
    if not placing.by_window:
        placed = [_as_planned(one, placing) for one in known]
    else:
        by_scale: dict[str, list[RecordedReading]] = defaultdict(list)
        for one in known:
            by_scale[one.instrument].append(one)
        placed = [
            found
            for instrument, some in sorted(by_scale.items())
            for found in _by_window(some, placing.analysis.get(instrument_of(instrument), ()), placing)
        ]
    return tuple(
        sorted(
            placed,
            key=lambda one: (one.reading.number, one.reading.instrument, one.reading.at, one.reading.visit),
        )
    )


def scores_of(placed: Iterable[Placed], *, placing: Placing) -> tuple[ScoreSeries, ...]:
    """The readings that count, as one series for each participant and scale, under the days of their visits.

    :raises apps.endpoints.domain.values.NotAnalysable: if two count for one day.
    """
    found: dict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
    for one in placed:
        if one.counts_for is not None:
            day = placing.visits[one.counts_for].target_day
            found[one.reading.number, one.reading.instrument].append((day, one.reading.value))
    return tuple(
        ScoreSeries.build(number, instrument, scores, baseline_day=placing.baseline.target_day)
        for (number, instrument), scores in sorted(found.items())
    )


def _in_window(one: RecordedReading, placing: Placing) -> bool | None:
    own = placing.visits.get(one.visit)
    return None if own is None or one.day is None else own.first_day <= one.day <= own.last_day


def _as_planned(one: RecordedReading, placing: Placing) -> Placed:
    if one.visit in placing.visits:
        return Placed(one, one.visit, _in_window(one, placing))
    return _left(one, placing, Left.UNSCHEDULED, "No planned visit.")


def _left(one: RecordedReading, placing: Placing, why: Left, reason: str) -> Placed:
    return Placed(one, None, _in_window(one, placing), why, reason)


def _by_window(
    readings: Sequence[RecordedReading], windows: Sequence[AnalysisWindow], placing: Placing
) -> list[Placed]:
    placed: list[Placed] = []
    pools: dict[bool, list[RecordedReading]] = {True: [], False: []}
    for one in readings:
        if one.day is None:
            # Nobody was treated here: what was recorded as baseline is one, and nothing can come after it.
            placed.append(
                Placed(one, one.visit, None)
                if one.visit == placing.baseline.code
                else _left(one, placing, Left.NO_DAY, "There was no first dose.")
            )
        else:
            pools[one.visit == placing.baseline.code].append(one)
    for is_baseline, pool in pools.items():
        by_key = {(one.number, one.visit): one for one in pool}
        sorted_out = assign_windows(
            (Reading(one.number, one.visit, one.day or 0, one.at, one.value) for one in pool),
            windows=[placing.baseline] if is_baseline else windows,
            duplicates=Duplicates(placing.rule.duplicates),
            tie=Tie(placing.rule.tie),
        )
        for assigned in sorted_out.assigned:
            one = by_key[assigned.reading.number, assigned.reading.key]
            placed.append(Placed(one, assigned.window.code, _in_window(one, placing)))
        for left in sorted_out.left_out:
            one = by_key[left.reading.number, left.reading.key]
            if left.why is Excluded.DUPLICATE:
                other = by_key[left.reading.number, left.instead or ""]
                owner = placing.name(left.window.code if left.window else "")
                reason = f"The reading of Day {other.day} counts for {owner}."
                placed.append(_left(one, placing, Left.DUPLICATE, reason))
            elif is_baseline:
                placed.append(_left(one, placing, Left.AFTER_BASELINE, f"Taken on Day {one.day}."))
            else:
                placed.append(_left(one, placing, Left.OUTSIDE, left.reason))
    return placed
