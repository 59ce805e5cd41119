"""The section about readings and visits: by which rule they count, how many do, and what became of the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from apps.endpoints.domain.measures import instrument_of
from apps.endpoints.domain.placing import Placing
from apps.endpoints.domain.readings import Left, Placed
from apps.endpoints.domain.report import wording
from apps.endpoints.domain.report.document import Block, Cell, Column, Note, Paragraph, Row, Section, Table
from apps.endpoints.domain.report.plan import ReportPlan
from apps.endpoints.domain.report.tally import breakdown, count_cell
from apps.endpoints.domain.values import TrialRecords
from apps.endpoints.domain.windows import AnalysisWindow

KEY, TITLE = "readings", "Readings and their visits"


def readings_section(records: TrialRecords, plan: ReportPlan) -> Section | None:
    """Which reading counts for which visit; None where the records hold no readings or the plan no rule."""
    placing = plan.placing
    if placing is None or not records.readings:
        return None
    mark = f" ({placing.rule.mark})" if placing.rule.mark in ("G", "U") else ""
    blocks: list[Block] = [
        Paragraph(" ".join(placing.sentences()) + mark),
        _counts(records.readings, plan, placing),
    ]
    lost = [one for one in records.readings if one.counts_for is None]
    told = [one for one in records.readings if one.counts_for is None or one.in_window is False or one.moved]
    if not told:
        blocks.append(Note("Every reading was taken in the window of its visit, and counts for it."))
    elif plan.pooled:
        blocks += _counted(lost, plan)
    else:
        blocks.append(_listed(told, records, plan, placing))
    return Section(KEY, TITLE, tuple(blocks))


def _scales(plan: ReportPlan) -> tuple[tuple[str, str], ...]:
    """(Code, label) of the scales analyzed, the primary one first."""
    found = {plan.instrument: plan.instrument_label}
    for one in plan.analyses:
        found.setdefault(one.instrument, one.instrument_label)
    return tuple(found.items())


def _counts(readings: Sequence[Placed], plan: ReportPlan, placing: Placing) -> Table:
    rows: list[Row] = []
    for code, label in _scales(plan):
        mine = [one for one in readings if one.reading.instrument == code]
        if not mine:
            continue
        rows.append(Row((Cell(label), *(Cell(""),) * (5 + 2 * placing.by_window - 1)), "group"))
        windows = {one.code: one for one in placing.analysis.get(instrument_of(code), ())}
        seen = {one.reading.visit for one in mine} | {one.counts_for for one in mine}
        for visit in sorted(placing.visits.values(), key=lambda one: one.target_day):
            if visit.code not in seen:
                continue
            days = _days(windows.get(visit.code, visit))
            if placing.by_window and visit.code == placing.baseline.code:
                days = f"up to Day {visit.target_day}"
            here = [one for one in mine if one.reading.visit == visit.code]
            used = sum(one.counts_for == visit.code for one in mine)
            cells = (Cell(days), count_cell(used, plan), *_fates(here, plan, placing))
            rows.append(Row((Cell(placing.name(visit.code)), *cells), indent=1))
        others = [one for one in mine if one.reading.visit not in placing.visits]
        if others:
            cells = (wording.NONE, wording.NONE, *_fates(others, plan, placing))
            rows.append(Row((Cell("Unscheduled"), *cells), indent=1))
    by_window = placing.by_window
    return Table(
        key=KEY,
        title="Readings by scale and visit",
        columns=(
            Column("Visit", "start"),
            Column("Analysis\nwindow" if by_window else "Visit's\nwindow", "start"),
            Column("Count\nfor it"),
            Column("Taken outside\nits own window"),
            *((Column("Count for\nanother visit"), Column("Duplicates")) if by_window else ()),
            Column("Left out\notherwise" if by_window else "Left out"),
        ),
        rows=tuple(rows),
        notes=(
            "The columns after the first count go by the visit at which a reading was recorded, and its window in the "
            "visit grid. Days are those on which readings were taken, counted from the first dose on the site's "
            "calendar.",
        ),
    )


def _fates(here: Sequence[Placed], plan: ReportPlan, placing: Placing) -> Iterable[Cell]:
    outside = sum(one.in_window is False for one in here)
    twice = sum(one.why is Left.DUPLICATE for one in here)
    lost = sum(one.counts_for is None for one in here)
    yield count_cell(outside, plan)
    if placing.by_window:
        yield count_cell(sum(one.moved for one in here), plan)
        yield count_cell(twice, plan)
        lost -= twice
    yield count_cell(lost, plan)


def _days(window: AnalysisWindow) -> str:
    if window.first_day == window.last_day:
        return f"Day {window.first_day}"
    return f"Day {window.first_day} to {window.last_day}"


def _counted(lost: Sequence[Placed], plan: ReportPlan) -> list[Block]:
    """Why readings count for no visit, without anybody's number."""
    if not lost:
        return [Note("Every reading counts for a visit.")]
    reasons = Counter(one.why for one in lost if one.why is not None)
    ordered = sorted(reasons, key=lambda why: (-reasons[why], why.value))
    cells = breakdown([reasons[why] for why in ordered], plan)
    return [
        Table(
            key=f"{KEY}-left-out",
            title="Readings left out, by reason",
            columns=(Column("Reason", "start"), Column("Readings")),
            rows=tuple(Row((Cell(why.label), cell)) for why, cell in zip(ordered, cells, strict=True)),
        )
    ]


def _listed(told: Sequence[Placed], records: TrialRecords, plan: ReportPlan, placing: Placing) -> Table:
    """Every reading out of its window, moved or left out, by participant: for readers who know the arms."""
    arms = {one.number: one.arm or "" for one in records.participants}
    scales = dict(_scales(plan))
    rows = []
    for one in told:
        reading = one.reading
        rows.append(
            Row(
                (
                    Cell(reading.number),
                    Cell(plan.arm_brief(arms[reading.number])),
                    Cell(scales.get(reading.instrument, reading.instrument)),
                    Cell(placing.name(reading.visit)),
                    Cell("–" if reading.day is None else str(reading.day), reading.day),
                    Cell(wording.decimal(reading.value, 0), reading.value),
                    Cell(_fate(one, placing)),
                )
            )
        )
    return Table(
        key=f"{KEY}-listed",
        title="Readings taken outside the window of their visit, counting for another, or left out",
        columns=(
            Column("Participant", "start"),
            Column("Arm", "start"),
            Column("Scale", "start"),
            Column("Recorded at", "start"),
            Column("Taken on\nDay"),
            Column("Total"),
            Column("What became of it", "start"),
        ),
        rows=tuple(rows),
    )


def _fate(one: Placed, placing: Placing) -> str:
    if one.counts_for is not None:
        own = placing.visits.get(one.reading.visit)
        where = "" if own is None else f"; not taken in the window, {_days(own)}"
        return f"Counts for {placing.name(one.counts_for)}{where}"
    if one.why is Left.DUPLICATE:
        return f"Left out: {one.reason[0].lower()}{one.reason[1:].rstrip('.')}"
    return "" if one.why is None else f"Left out: {one.why.label[0].lower()}{one.why.label[1:]}"
