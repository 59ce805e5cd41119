"""The section about who is analyzed: every set with its size, and everybody left out with the reason."""

from __future__ import annotations

from collections import Counter

from apps.endpoints.domain.groups import Group, group_participants
from apps.endpoints.domain.report.document import Block, Cell, Column, Note, Row, Section, Table
from apps.endpoints.domain.report.plan import ReportPlan
from apps.endpoints.domain.report.tally import breakdown, count_cell
from apps.endpoints.domain.sets import ALL_RANDOMIZED, AnalysisSet, Condition, SetDefinition, analysis_set
from apps.endpoints.domain.values import TrialRecords


def definitions(plan: ReportPlan) -> tuple[SetDefinition, ...]:
    """Everybody randomized, then the sets of the protocol, each condition once."""
    found: dict[frozenset[Condition], SetDefinition] = {ALL_RANDOMIZED.conditions: ALL_RANDOMIZED}
    for one in (*plan.sets, plan.full_set, plan.safety_set):
        found.setdefault(one.conditions, one)
    return tuple(found.values())


def populations_section(records: TrialRecords, plan: ReportPlan) -> Section:
    """The analysis sets, and who of the randomized is in which of them not, and why."""
    sets = [analysis_set(records.participants, definition=one) for one in definitions(plan)]
    everybody = _columns(sets[0], plan)
    blocks: list[Block] = [
        Table(
            key="sets",
            title="Analysis sets",
            columns=(Column("Set", "start"), *(Column(group.label) for group in everybody)),
            rows=tuple(
                Row(
                    (
                        Cell(one.definition.label),
                        *(count_cell(group.size, plan) for group in _columns(one, plan)),
                    )
                )
                for one in sets
            ),
            notes=(
                "The safety set counts participants by what they received, the others by what was allotted.",
            ),
        )
    ]
    left_out = [one for one in sets if one.left_out]
    if not left_out:
        blocks.append(Note("Everybody randomized belongs to every set."))
    elif plan.pooled:
        blocks.append(_counted(left_out, plan))
    else:
        blocks.append(_listed(left_out, records, plan))
    return Section("populations", "Who is analyzed", tuple(blocks))


def _columns(one: AnalysisSet, plan: ReportPlan) -> tuple[Group, ...]:
    return group_participants(
        one.members,
        arms=plan.arms,
        as_treated=one.definition.conditions == plan.safety_set.conditions,
        total=plan.arms is not None,
    )


def _because(lacking: tuple[Condition, ...]) -> str:
    return "; ".join(condition.lacking for condition in lacking)


def _listed(sets: list[AnalysisSet], records: TrialRecords, plan: ReportPlan) -> Table:
    """Every participant by number: for readers who know the arms."""
    arms = {one.number: one.arm or "" for one in records.participants}
    rows: list[Row] = []
    for one in sets:
        rows.append(Row((Cell(f"Not in: {one.definition.label}"), Cell(""), Cell("")), "group"))
        rows += [
            Row((Cell(number), Cell(plan.arm_label(arms[number])), Cell(_because(lacking))), indent=1)
            for number, lacking in one.left_out
        ]
    return Table(
        key="left-out",
        title="Randomized participants left out, with the reason",
        columns=(Column("Participant", "start"), Column("Arm", "start"), Column("Reason", "start")),
        rows=tuple(rows),
    )


def _counted(sets: list[AnalysisSet], plan: ReportPlan) -> Table:
    rows: list[Row] = []
    for one in sets:
        rows.append(Row((Cell(f"Not in: {one.definition.label}"), Cell("")), "group"))
        reasons = Counter(_because(lacking) for _, lacking in one.left_out)
        names = sorted(reasons, key=lambda name: (-reasons[name], name))
        cells = breakdown([reasons[name] for name in names], plan)
        rows += [Row((Cell(name), cell), indent=1) for name, cell in zip(names, cells, strict=True)]
    return Table(
        key="left-out",
        title="Randomized participants left out, by reason",
        columns=(Column("Reason", "start"), Column("Participants")),
        rows=tuple(rows),
    )
