"""The section about what was given: sessions, doses, titration, and how long people were watched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from apps.endpoints.domain.descriptive import summarize
from apps.endpoints.domain.groups import Group
from apps.endpoints.domain.report import wording
from apps.endpoints.domain.report.columns import safety_groups
from apps.endpoints.domain.report.document import Block, Cell, Column, Paragraph, Row, Section, Table
from apps.endpoints.domain.report.people import heading
from apps.endpoints.domain.report.plan import ReportPlan
from apps.endpoints.domain.report.tally import breakdown, hidden
from apps.endpoints.domain.results import Summary
from apps.endpoints.domain.tolerability import DoseRecord, ExposureColumn, exposure_columns
from apps.endpoints.domain.values import SessionRecord, TrialRecords

KEY, TITLE = "exposure", "Exposure and titration"


def exposure_section(records: TrialRecords, plan: ReportPlan) -> Section:
    """Sessions for each participant, doses by strength, the dose of each dosing day, and minutes watched."""
    groups = safety_groups(records, plan)
    if not records.sessions:
        return Section(KEY, TITLE, (Paragraph("No session with a spray has been received."),))
    asked = [one for one in records.sessions if one.dose_mg is not None]
    blocks: list[Block] = [_sessions(records.sessions, groups, plan)]
    if asked:
        doses = [DoseRecord(one.number, one.day, float(one.dose_mg or 0)) for one in asked]
        blocks.append(_titration(exposure_columns(groups, doses=doses), groups, plan))
    else:
        # Where the allocation fixes the dose it is a property of the arm, which the tables by arm already name.
        blocks.append(Paragraph("The allocation fixes the dose; nothing is titrated."))
    return Section(KEY, TITLE, tuple(blocks))


def _sessions(sessions: Sequence[SessionRecord], groups: Sequence[Group], plan: ReportPlan) -> Table:
    def line(label: str, value: Callable[[SessionRecord], int | None], *, each: bool = False) -> Row:
        cells = []
        for group in groups:
            mine = [one for one in sessions if one.number in group.numbers]
            found: Sequence[float]
            if each:
                found = [float(n) for n in Counter(one.number for one in mine).values()]
            else:
                found = [float(minutes) for one in mine if (minutes := value(one)) is not None]
            people = len({one.number for one in mine})
            cells.append(_summary(summarize(found), people, plan))
        return Row((Cell(label), *cells))

    return Table(
        key=KEY,
        title="Sessions with the nasal spray",
        columns=(Column("", "start"), *(heading(group) for group in groups)),
        rows=(
            Row(
                (
                    Cell("Sessions"),
                    *(
                        Cell(str(count), count)
                        for group in groups
                        for count in [sum(one.number in group.numbers for one in sessions)]
                    ),
                )
            ),
            line("Sessions for each participant", lambda one: None, each=True),
            line("Minutes watched after the first spray", lambda one: one.minutes),
            line("Minutes until first judged ready to leave", lambda one: one.ready_minute),
        ),
        notes=(
            "Mean (SD); median (quartiles), range where the arms are shown. Minutes are of sessions, not of people.",
        ),
    )


def _summary(summary: Summary, people: int, plan: ReportPlan) -> Cell:
    """A distribution over sessions, withheld where they are those of a few participants."""
    if summary.n and people < plan.least_shown:
        return hidden(plan)
    cell = wording.mean_sd(summary)
    if plan.pooled or summary.mean is None:
        return cell
    spread = wording.median_range(summary)
    return Cell(f"{cell.text}; {spread.text}", cell.value, (*cell.parts, *spread.parts))


def _titration(columns: Sequence[ExposureColumn], groups: Sequence[Group], plan: ReportPlan) -> Table:
    strengths = sorted({mg for column in columns for mg, _ in column.doses_by_strength})
    days = sorted({day for column in columns for day, _ in column.by_day})
    rows: list[Row] = []

    def block(title: str, counts_of: Callable[[ExposureColumn], dict[float, int]]) -> None:
        rows.append(Row((Cell(title), *(Cell("") for _ in groups)), "group"))
        shown = []
        for column in columns:
            counts = counts_of(column)
            shown.append(breakdown([counts.get(mg, 0) for mg in strengths], plan))
        for place, mg in enumerate(strengths):
            rows.append(Row((Cell(f"{mg:g} mg"), *(cells[place] for cells in shown)), indent=1))

    block("Dose most often given", lambda column: dict(column.modal))
    block("Last dose", lambda column: dict(column.last))
    for day in days:
        block(f"Day {day}", lambda column, day=day: dict(dict(column.by_day).get(day, ())))  # type: ignore[misc]
    return Table(
        key="titration",
        title="Participants by the dose asked for",
        columns=(Column("Dose", "start"), *(heading(group) for group in groups)),
        rows=tuple(rows),
        notes=(
            "The dose asked for; in the reference arm the same number of devices holds none of the study drug.",
        )
        if not plan.pooled
        else ("The dose asked for: in every arm the devices look alike.",),
    )
