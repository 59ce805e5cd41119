"""The section about estimands: their attributes, who had which intercurrent event, and which values it changed."""

from __future__ import annotations

from collections.abc import Sequence

from apps.endpoints.domain.binary import rate
from apps.endpoints.domain.estimands import AnalysisValue, Origin, Strategy
from apps.endpoints.domain.groups import Group, group_participants
from apps.endpoints.domain.report import wording
from apps.endpoints.domain.report.document import Block, Cell, Column, Note, Row, Section, Table
from apps.endpoints.domain.report.estimated import is_changed, values_under
from apps.endpoints.domain.report.people import heading
from apps.endpoints.domain.report.plan import PlannedAnalysis, PlannedEstimand, ReportPlan
from apps.endpoints.domain.report.tally import count_cell, share_cell
from apps.endpoints.domain.results import MissingRule
from apps.endpoints.domain.sets import analysis_set
from apps.endpoints.domain.values import TrialRecords

KEY, TITLE = "estimands", "Estimands and intercurrent events"

STRATEGIES: dict[Strategy, str] = {
    Strategy.TREATMENT_POLICY: "Treatment policy: what was measured counts, also afterwards",
    Strategy.HYPOTHETICAL: "Hypothetical: what was measured afterwards is set aside, as if it had not happened",
    Strategy.COMPOSITE: "Composite: every visit afterwards counts as failure",
    Strategy.WHILE_ON_TREATMENT: "While on treatment: the last value before it stands for every visit afterwards",
}
_FATES: dict[Origin, str] = {
    Origin.SET_MISSING: "set aside",
    Origin.MISSING: "set aside, nothing before it",
    Origin.FAILURE: "counts as failure",
    Origin.LAST_ON_TREATMENT: "the last value before it stands",
}


def estimands_section(records: TrialRecords, plan: ReportPlan) -> Section | None:
    """What is estimated, and what became of values after intercurrent events; None without estimands."""
    if not plan.estimands:
        return None
    members = analysis_set(records.participants, definition=plan.estimands[0].population).members
    groups = group_participants(members, arms=plan.arms)
    blocks: list[Block] = [_attributes(plan), _events(records, groups, plan)]
    # The open part of an interim report holds no efficacy, so that nothing is said of its values.
    if not (plan.kind == "DSMB" and plan.pooled):
        blocks += _values(records, plan)
    return Section(KEY, TITLE, tuple(blocks))


def _attributes(plan: ReportPlan) -> Table:
    rows: list[Row] = []
    for place, one in enumerate(plan.estimands):
        kind = "Primary" if place == 0 else "Supplementary"
        mark = f" ({one.mark})" if one.mark in ("G", "U") else ""
        rows.append(Row((Cell(f"{kind}: {one.label}{mark}"), Cell("")), "group"))
        attributes = (
            ("Treatment", one.treatment),
            ("Population", one.population.label),
            ("Variable", one.variable),
            *((plan.event_labels[kind], STRATEGIES[strategy]) for kind, strategy in one.strategies),
            ("Summary", one.summary),
        )
        rows += [Row((Cell(name), Cell(words)), indent=1) for name, words in attributes]
    return Table(
        key=KEY,
        title="Estimands",
        columns=(Column("Attribute", "start"), Column("Definition", "start")),
        rows=tuple(rows),
        notes=("Between variable and summary stand the intercurrent events, each with its strategy.",),
    )


def _events(records: TrialRecords, groups: Sequence[Group], plan: ReportPlan) -> Table:
    happened: dict[str, set[str]] = {kind: set() for kind in plan.event_labels}
    for event in records.intercurrent:
        happened.setdefault(event.kind, set()).add(event.number)
    anybody = set[str]().union(*happened.values())
    lines = [(plan.event_labels.get(kind, kind), numbers) for kind, numbers in happened.items()]
    return Table(
        key="intercurrent",
        title=f"Participants with an intercurrent event, {plan.estimands[0].population.label.lower()}",
        columns=(Column("Event", "start"), *(heading(group) for group in groups)),
        rows=tuple(
            Row((Cell(label), *(_share(numbers, group, plan) for group in groups)))
            for label, numbers in [*lines, ("Any of them", anybody)]
        ),
        notes=(
            "Participants (percent). A value measured on the day of an event was measured before it; of several events "
            "the earliest whose strategy is not treatment policy decides.",
        ),
    )


def _share(numbers: set[str], group: Group, plan: ReportPlan) -> Cell:
    found = rate(len(numbers & group.numbers), group.size, rule=MissingRule.OBSERVED_CASES, level=plan.level)
    return share_cell(found, plan)


def _values(records: TrialRecords, plan: ReportPlan) -> list[Block]:
    """How many values each estimand changed, and by arm which."""
    rows: list[Row] = []
    listed: list[Row] = []
    for one in plan.estimands:
        analyses = _made_for(one, plan)
        rows.append(Row((Cell(one.label), *(Cell(""),) * 4), "group"))
        for analysis in analyses:
            title = Cell(f"{one.label}: {analysis.instrument_label}")
            listed.append(Row((title, *(Cell(""),) * 5), "group"))
            values = _members_values(records, plan, one, analysis)
            for kind, strategy in one.strategies:
                rows.append(_counted(values, records, plan, one, analysis, kind, strategy))
            listed += [_listed(value, records, plan) for value in values if is_changed(value)]
    blocks: list[Block] = [
        Table(
            key="estimand-values",
            title="Values after intercurrent events, by estimand",
            columns=(
                Column("Event", "start"),
                Column("Strategy; scale", "start"),
                Column("Measured\nafter it"),
                Column("Values\nchanged"),
                Column("Participants\nconcerned"),
            ),
            rows=tuple(rows),
            notes=(
                "At the visits of the first analysis of each estimand. Changed are values set aside and values that "
                "stand for others or for visits not measured; nothing is changed in the records.",
            ),
        )
    ]
    if plan.pooled:
        return blocks
    if all(row.kind == "group" for row in listed):
        return [*blocks, Note("No value was changed by a strategy: every estimand takes what was measured.")]
    return [
        *blocks,
        Table(
            key="estimand-listed",
            title="Values that do not enter as they were measured",
            columns=(
                Column("Participant", "start"),
                Column("Arm", "start"),
                Column("Visit", "start"),
                Column("Measured"),
                Column("Enters as"),
                Column("Why", "start"),
            ),
            rows=tuple(
                row
                for place, row in enumerate(listed)
                if row.kind != "group" or (place + 1 < len(listed) and listed[place + 1].kind != "group")
            ),
        ),
    ]


def _made_for(estimand: PlannedEstimand, plan: ReportPlan) -> tuple[PlannedAnalysis, ...]:
    """The analysis whose visits are told of: the first one of the estimand."""
    return tuple(one for one in plan.analyses if one.estimand == estimand)[:1]


def _members_values(
    records: TrialRecords, plan: ReportPlan, estimand: PlannedEstimand, analysis: PlannedAnalysis
) -> tuple[AnalysisValue, ...]:
    """The members' values at the visits of an analysis; none where all count as they were measured."""
    days = {*analysis.days, *analysis.model_days}
    rows = values_under(
        records, plan, estimand, instrument=analysis.instrument, days=days, outcome=analysis.outcome
    )
    members = analysis_set(records.participants, definition=analysis.definition).numbers
    return tuple(one for one in rows or () if one.number in members and one.day in days)


def _counted(
    values: Sequence[AnalysisValue],
    records: TrialRecords,
    plan: ReportPlan,
    estimand: PlannedEstimand,
    analysis: PlannedAnalysis,
    kind: str,
    strategy: Strategy,
) -> Row:
    members = analysis_set(records.participants, definition=analysis.definition).numbers
    series = records.series(analysis.instrument)
    first: dict[str, int] = {}
    for event in records.intercurrent:
        if event.kind == kind and event.number in members:
            first[event.number] = min(event.day, first.get(event.number, event.day))
    after = [
        (number, day)
        for number, since in first.items()
        if number in series
        for day in {*analysis.days, *analysis.model_days}
        if day > since and day in series[number].visits
    ]
    changed = [
        (one.number, one.day) for one in values if is_changed(one) and one.event and one.event.kind == kind
    ]
    concerned = {number for number, _ in (*after, *changed)}
    words = STRATEGIES[strategy].split(":")[0]
    return Row(
        (
            Cell(plan.event_labels.get(kind, kind)),
            Cell(f"{words}; {analysis.instrument_label}"),
            count_cell(len(after), plan),
            count_cell(len(changed), plan),
            count_cell(len(concerned), plan),
        ),
        indent=1,
    )


def _listed(value: AnalysisValue, records: TrialRecords, plan: ReportPlan) -> Row:
    arm = next(one.arm or "" for one in records.participants if one.number == value.number)
    assert value.event is not None
    event = plan.event_labels.get(value.event.kind, value.event.kind)
    return Row(
        (
            Cell(value.number),
            Cell(plan.arm_brief(arm)),
            Cell(f"Day {value.day}"),
            _score(value.measured),
            _score(value.score),
            Cell(f"{event}, Day {value.event.day}: {_FATES[value.origin]}"),
        ),
        indent=1,
    )


def _score(score: float | None) -> Cell:
    return wording.NONE if score is None else Cell(wording.decimal(score, 0), score)
