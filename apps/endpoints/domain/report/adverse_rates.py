"""The section about adverse events per time at risk: events and participants per 100 participant-years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apps.endpoints.domain.groups import Group
from apps.endpoints.domain.report import wording
from apps.endpoints.domain.report.columns import safety_groups
from apps.endpoints.domain.report.document import Block, Cell, Column, Note, Row, Section, Table
from apps.endpoints.domain.report.plan import ReportPlan
from apps.endpoints.domain.report.tally import hidden
from apps.endpoints.domain.results import Interval
from apps.endpoints.domain.tolerability.at_risk import Exposed, Wanted, exposed
from apps.endpoints.domain.tolerability.event_rates import (
    DAYS_PER_YEAR,
    EventRate,
    compare_rates,
    events_per_time,
    incidence_per_time,
)
from apps.endpoints.domain.values import AdverseEventRecord, NotAnalysable, TrialRecords

KEY, TITLE = "adverse-rates", "Adverse events per time at risk"
INTEREST = "Events of special interest"
PER = 100.0


@dataclass(frozen=True, slots=True)
class _Kind:
    """One line: what is counted, under which heading."""

    heading: str
    label: str
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class _Rates:
    """One line in one column: every event, and the participants until their first."""

    events: EventRate
    people: EventRate


def adverse_rates_section(records: TrialRecords, plan: ReportPlan) -> Section | None:
    """Rates of all, serious, special and frequent events; by arm their differences and ratios; None for nobody at risk.

    :raises NotAnalysable: if the days of doses or events are not known.
    """
    groups = safety_groups(records, plan)
    members = [one for group in groups for one in group.members]
    everybody = exposed(members, events=records.adverse_events, window_days=plan.emergent_days)
    if not everybody:
        return None
    if len(everybody) < plan.least_shown:
        # An interval tells the time at risk, and that of few how long each was treated.
        text = f"Fewer than {plan.least_shown} participants were at risk: every rate is withheld."
        return Section(KEY, TITLE, (Note(text),))
    columns = [tuple(one for one in everybody if one.number in group.numbers) for group in groups]
    kinds = _kinds(columns, groups, plan)
    rates = [[_rates(column, kind.wanted, plan) for column in columns] for kind in kinds]
    blocks: list[Block] = [_table(groups, columns, kinds, rates, plan)]
    if plan.reference_arm is not None:
        blocks += _comparisons(groups, kinds, rates, plan)
    shown = {kind.label for kind in kinds if kind.heading == INTEREST}
    never = [one.label for one in plan.of_interest if one.terms and one.label not in shown]
    if never:
        blocks.append(Note(f"{INTEREST} that nobody had: {'; '.join(never)}."))
    untold = [one.label for one in plan.of_interest if not one.terms]
    if untold:
        blocks.append(Note(f"The protocol does not say by which terms these are told: {'; '.join(untold)}."))
    without = len(members) - len(everybody)
    if without:
        few = plan.pooled and without < plan.least_shown
        text = f"Fewer than {plan.least_shown}" if few else str(without)
        blocks.append(Note(f"{text} of the set had no dose of the nasal spray and no time at risk."))
    return Section(KEY, TITLE, tuple(blocks))


def _kinds(columns: Sequence[Sequence[Exposed]], groups: Sequence[Group], plan: ReportPlan) -> list[_Kind]:
    """Overall, of special interest, then terms as frequent as the protocol says, most participants first."""
    found = [
        _Kind("Overall", "Any adverse event", lambda event: True),
        _Kind("Overall", "Serious", lambda event: event.serious),
    ]
    seen = [event for column in columns for one in column for _, event in one.events]
    for interest in plan.of_interest:
        if any(interest.holds(event) for event in seen):
            found.append(_Kind(INTEREST, interest.label, interest.holds))
    people: dict[str, list[int]] = {}
    for place, column in enumerate(columns):
        for one in column:
            for term in {event.term for _, event in one.events}:
                people.setdefault(term, [0] * len(columns))[place] += 1
    frequent = [
        term
        for term, counts in people.items()
        if any(
            count >= max(plan.event_threshold * group.size, plan.least_shown)
            for count, group in zip(counts, groups, strict=True)
        )
    ]
    heading = f"Terms of at least {plan.event_threshold:.0%} of a column"
    for term in sorted(frequent, key=lambda term: (-sum(people[term]), term)):
        found.append(_Kind(heading, term, _of_term(term)))
    return found


def _of_term(term: str) -> Wanted:
    def wanted(event: AdverseEventRecord) -> bool:
        return event.term == term

    return wanted


def _rates(column: Sequence[Exposed], wanted: Wanted, plan: ReportPlan) -> _Rates:
    times = [one.to(wanted) for one in column]
    return _Rates(
        events_per_time(times, per=PER, level=plan.level),
        incidence_per_time(times, per=PER, level=plan.level),
    )


def _table(
    groups: Sequence[Group],
    columns: Sequence[Sequence[Exposed]],
    kinds: Sequence[_Kind],
    rates: Sequence[Sequence[_Rates]],
    plan: ReportPlan,
) -> Table:
    blank = tuple(Cell("") for _ in range(2 * len(groups)))
    years = [sum(one.days for one in column) / DAYS_PER_YEAR for column in columns]
    rows = [
        Row(
            (
                Cell("Participants at risk"),
                *(cell for column in columns for cell in (Cell(str(len(column)), len(column)), Cell(""))),
            )
        ),
        Row(
            (
                Cell("Participant-years at risk"),
                *(cell for total in years for cell in (Cell(wording.decimal(total, 2), total), Cell(""))),
            )
        ),
    ]
    before = ""
    for kind, line in zip(kinds, rates, strict=True):
        if kind.heading != before:
            before = kind.heading
            rows.append(Row((Cell(before), *blank), "group"))
        cells = [cell for one in line for cell in _cells(one, plan)]
        rows.append(Row((Cell(kind.label), *cells), indent=1))
    return Table(
        key=KEY,
        title=f"Events and participants per {PER:g} participant-years, {plan.safety_set.label.lower()}",
        columns=(
            Column("Adverse event", "start"),
            *(
                Column(f"{group.brief or group.label}\n{what}")
                for group in groups
                for what in ("events", "participants")
            ),
        ),
        rows=tuple(rows),
        notes=(
            f"Count; rate per {PER:g} participant-years ({plan.level:.0%} interval, exact for a Poisson count). At "
            f"risk from the first dose to {plan.emergent_days} days after the last, or to the last day on which "
            "anything is known of the participant. Events: every one, over the whole time at risk; the interval takes "
            "them as independent, which repeats in one person are not. Participants: each once, over the time until "
            "their first such event.",
        ),
    )


def _cells(rates: _Rates, plan: ReportPlan) -> tuple[Cell, Cell]:
    if 0 < rates.people.count < plan.least_shown:
        return hidden(plan), hidden(plan)
    return _cell(rates.events), _cell(rates.people)


def _cell(rate: EventRate) -> Cell:
    if rate.value is None or rate.interval is None:
        return wording.NONE
    low, high = rate.interval.low, rate.interval.high
    return Cell(
        f"{rate.count}; {_short(rate.value, 1)} ({_ends(rate.interval, 1)})",
        rate.value,
        (("count", rate.count), ("years", rate.years), ("low", low), ("high", high)),
    )


def _comparisons(
    groups: Sequence[Group], kinds: Sequence[_Kind], rates: Sequence[Sequence[_Rates]], plan: ReportPlan
) -> list[Block]:
    """One table for each arm against the reference."""
    reference = plan.reference_arm
    assert reference is not None
    place = {group.arm: number for number, group in enumerate(groups)}
    found: list[Block] = []
    for arm in plan.compared:
        rows: list[Row] = []
        before = ""
        for kind, line in zip(kinds, rates, strict=True):
            if kind.heading != before:
                before = kind.heading
                rows.append(Row((Cell(before), *(Cell("") for _ in range(4))), "group"))
            one, other = line[place[arm.code]], line[place[reference.code]]
            cells = (*_compared(one.events, other.events, plan), *_compared(one.people, other.people, plan))
            rows.append(Row((Cell(kind.label), *cells), indent=1))
        key = f"{KEY}-comparison" if len(plan.compared) == 1 else f"{KEY}-comparison-{arm.code.lower()}"
        found.append(
            Table(
                key=key,
                title=f"{arm.brief} against {reference.brief}: rates per {PER:g} participant-years",
                columns=(
                    Column("Adverse event", "start"),
                    Column("Events,\ndifference"),
                    Column("Events,\nratio"),
                    Column("Participants,\ndifference"),
                    Column("Participants,\nratio"),
                ),
                rows=tuple(rows),
                notes=(
                    f"With {plan.level:.0%} intervals: of a difference two exact Poisson intervals, joined; of a ratio "
                    "exact, given the sum of both counts. No ratio where an arm has no event. Nothing here is tested.",
                ),
            )
        )
    return found


def _compared(first: EventRate, second: EventRate, plan: ReportPlan) -> tuple[Cell, Cell]:
    try:
        one = compare_rates(first, second, level=plan.level)
    except NotAnalysable:
        return wording.NONE, wording.NONE
    difference = _with(one.difference, one.difference_interval, 1)
    if one.ratio is None or one.ratio_interval is None:
        return difference, wording.NONE
    return difference, _with(one.ratio, one.ratio_interval, 2)


def _with(value: float, interval: Interval, places: int) -> Cell:
    return Cell(
        f"{_short(value, places)} ({_ends(interval, places)})",
        value,
        (("low", interval.low), ("high", interval.high)),
    )


def _ends(interval: Interval, places: int) -> str:
    return f"{_short(interval.low, places)} to {_short(interval.high, places)}"


def _short(value: float, places: int) -> str:
    """Whole from a hundred on: further decimals of such a rate say nothing."""
    return wording.decimal(value, 0 if abs(value) >= 99.95 else places)
