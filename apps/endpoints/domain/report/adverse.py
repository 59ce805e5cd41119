"""The section about adverse events."""

from __future__ import annotations

from collections.abc import Sequence

from apps.endpoints.domain.adverse import AdverseEventTable, IncidenceRow, adverse_event_table
from apps.endpoints.domain.groups import Group, group_participants
from apps.endpoints.domain.report.document import Block, Cell, Column, Note, Paragraph, Row, Section, Table
from apps.endpoints.domain.report.people import heading
from apps.endpoints.domain.report.plan import ReportPlan
from apps.endpoints.domain.report.tally import breakdown, share_cell
from apps.endpoints.domain.sets import analysis_set
from apps.endpoints.domain.values import AdverseEventRecord, Severity, TrialRecords


def adverse_section(records: TrialRecords, plan: ReportPlan) -> Section:
    """Incidence of treatment-emergent events: each participant once per line, out of everybody treated."""
    members = analysis_set(records.participants, definition=plan.safety_set).members
    groups = group_participants(members, arms=plan.arms, as_treated=True)
    treated = frozenset(one.number for one in members)
    events = [event for event in records.adverse_events if event.number in treated]
    before = len(records.adverse_events) - len(events)
    table = adverse_event_table(groups, events=events, level=plan.level)
    columns = (Column("Adverse event", "start"), *(heading(group) for group in groups))
    frequent = [row for row in table.by_term if _frequent(row, plan)]
    blocks: list[Block] = [
        Table(
            key="adverse-overview",
            title="Adverse events, overview",
            columns=columns,
            rows=tuple(_row(row, plan) for row in table.overview),
            notes=(
                "Participants (percent of those treated). A participant with several such events counts once.",
            ),
        ),
        Table(
            key="adverse-terms",
            title=f"Adverse events in at least {plan.event_threshold:.0%} of a column",
            columns=columns,
            rows=tuple(_row(row, plan) for row in frequent),
            notes=("Terms as reported by the sites; the most frequent first.",),
        ),
        _worst(groups, events, plan, columns),
        *_serious(groups, events, plan, columns),
        *(Paragraph(text) for text in _dosing_day(table, plan)),
    ]
    if before:
        blocks.append(
            Note(
                f"{before} events of participants outside the {plan.safety_set.label.lower()} are not counted."
            )
        )
    return Section("adverse", "Adverse events", tuple(blocks))


def _worst(
    groups: Sequence[Group],
    events: Sequence[AdverseEventRecord],
    plan: ReportPlan,
    columns: tuple[Column, ...],
) -> Table:
    """Participants by the worst severity they had: each stands in one line."""
    order = list(Severity)
    worst: dict[str, Severity] = {}
    for event in events:
        if event.treatment_emergent:
            known = worst.get(event.number, event.severity)
            worst[event.number] = max(known, event.severity, key=order.index)
    counted = [
        breakdown([sum(worst.get(n) is one for n in g.numbers) for one in order], plan) for g in groups
    ]
    return Table(
        key="adverse-severity",
        title="Participants by their worst severity",
        columns=columns,
        rows=tuple(
            Row((Cell(one.value.capitalize()), *(cells[place] for cells in counted)))
            for place, one in enumerate(order)
        ),
        notes=("Severity and seriousness are two questions: a serious event need not be severe.",),
    )


def _serious(
    groups: Sequence[Group],
    events: Sequence[AdverseEventRecord],
    plan: ReportPlan,
    columns: tuple[Column, ...],
) -> list[Block]:
    """Serious events, and events that ended the treatment, term by term however seldom."""
    blocks: list[Block] = []
    for key, title, chosen in (
        ("adverse-serious", "Serious adverse events", [one for one in events if one.serious]),
        (
            "adverse-stopped",
            "Adverse events that led to discontinuation",
            [one for one in events if one.led_to_discontinuation],
        ),
    ):
        table = adverse_event_table(groups, events=chosen, level=plan.level)
        rows = [
            Row((Cell(row.label), *(share_cell(rate, plan) for rate in row.rates)))
            for row in table.by_term
            if any(rate.count >= plan.least_shown for rate in row.rates)
        ]
        if rows:
            blocks.append(Table(key, title, columns, tuple(rows), ("Terms as reported by the sites.",)))
        elif not chosen:
            blocks.append(Paragraph(f"{title}: none."))
        else:
            blocks.append(
                Note(f"{title}: terms with fewer than {plan.least_shown} participants are withheld.")
            )
    return blocks


def _frequent(row: IncidenceRow, plan: ReportPlan) -> bool:
    return any(
        (rate.value or 0) >= plan.event_threshold and rate.count >= plan.least_shown for rate in row.rates
    )


def _row(row: IncidenceRow, plan: ReportPlan) -> Row:
    return Row((Cell(row.label), *(share_cell(rate, plan) for rate in row.rates)))


def _dosing_day(table: AdverseEventTable, plan: ReportPlan) -> list[str]:
    """One sentence per column about when events began and ended."""
    sentences = []
    for group, share in zip(table.groups, table.dosing_day, strict=True):
        if share.events < max(plan.least_shown, 1) or share.on_dosing_day == 0:
            continue
        began, ended = share.on_dosing_day, share.resolved_same_day
        sentences.append(
            f"{group.label}: {began} of {share.events} events ({100 * began / share.events:.1f}%) began on a dosing "
            f"day, and {ended} of these ({100 * ended / began:.1f}%) ended the same day."
        )
    return sentences
