"""The sections about the two hours after a dose: outliers of blood pressure, and the course of signs by slot."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from apps.endpoints.domain.figures import CourseLine, CoursePoint, course_figure
from apps.endpoints.domain.groups import Group
from apps.endpoints.domain.report import wording
from apps.endpoints.domain.report.columns import safety_groups
from apps.endpoints.domain.report.document import Block, Cell, Column, Figure, Paragraph, Row, Section, Table
from apps.endpoints.domain.report.people import heading
from apps.endpoints.domain.report.plan import ReportPlan
from apps.endpoints.domain.report.tally import hidden, share_cell
from apps.endpoints.domain.tolerability import (
    LABEL_OUTLIERS,
    ProfilePoint,
    SessionCourse,
    VitalSession,
    outlier_table,
    profile_by_slot,
)
from apps.endpoints.domain.values import SessionReading, SessionRecord, TrialRecords

Measure = Callable[[SessionReading], int | None]

#: Key, name with its unit, and where it is read.
MEASURES: tuple[tuple[str, str, Measure], ...] = (
    ("sbp", "Systolic blood pressure, mmHg", lambda reading: reading.sbp),
    ("dbp", "Diastolic blood pressure, mmHg", lambda reading: reading.dbp),
    ("cadss", "Dissociation, CADSS total", lambda reading: reading.dissociation),
    ("moaas", "Sedation, MOAA/S (5 is awake)", lambda reading: reading.sedation),
)
#: Means of fewer participants are in the table and not drawn.
FEWEST_DRAWN = 5
#: The age from which the label tells blood pressure apart.
OLDER_FROM = 65


def before_dose(session: SessionRecord, measure: Measure) -> int | None:
    """The last value before the first spray."""
    known = [
        value
        for one in session.readings
        if one.minute < 0 or one.slot == -1
        if (value := measure(one)) is not None
    ]
    return known[-1] if known else None


def after_dose(session: SessionRecord, measure: Measure) -> tuple[int, ...]:
    """The values since the first spray, extra readings included."""
    return tuple(
        value
        for one in session.readings
        if one.minute >= 0 and one.slot != -1
        if (value := measure(one)) is not None
    )


def vitals_section(records: TrialRecords, plan: ReportPlan) -> Section:
    """Who ever went beyond a limit of blood pressure after a dose, below and from 65 years, as the label tells it."""
    key, title = "vitals", "Blood pressure beyond limits"
    if not records.sessions:
        return Section(key, title, (Paragraph("No session with a spray has been received."),))
    sessions = [
        VitalSession(
            one.number,
            one.day,
            name,
            before_dose(one, measure),
            tuple(map(float, after_dose(one, measure))),
        )
        for one in records.sessions
        for name, _, measure in MEASURES[:2]
    ]
    groups = safety_groups(records, plan)
    rows: list[Row] = []
    for words, chosen in (
        ("Everybody", groups),
        (f"Below {OLDER_FROM} years", _of_age(groups, older=False)),
        (f"{OLDER_FROM} years and older", _of_age(groups, older=True)),
    ):
        sizes = [group.size for group in chosen]
        if words != "Everybody" and (not any(sizes) or sizes == [group.size for group in groups]):
            continue  # nobody is of that age, or everybody is
        rows.append(
            Row(
                (Cell(words), *(Cell("") if words == "Everybody" else _size(g, plan) for g in chosen)),
                "group",
            )
        )
        for line in outlier_table(chosen, sessions=sessions, rules=LABEL_OUTLIERS, level=plan.level):
            cells = tuple(share_cell(rate, plan) for rate in line.rates)
            rows.append(Row((Cell(line.rule.label), *cells), indent=1))
    table = Table(
        key=key,
        title="Participants ever beyond a limit after a dose",
        columns=(Column("Limit", "start"), *(heading(group) for group in groups)),
        rows=tuple(rows),
        notes=(
            "Participants (percent of those with a value; for a rise also before the same dose). A participant counts "
            "once for a limit, however often it was passed. The limits are those of the table in the US label.",
        ),
    )
    return Section(key, title, (table,))


def _of_age(groups: Sequence[Group], *, older: bool) -> tuple[Group, ...]:
    return tuple(
        Group(
            group.arm,
            group.label,
            tuple(
                one
                for one in group.members
                if one.age_years is not None and (one.age_years >= OLDER_FROM) == older
            ),
            group.brief,
        )
        for group in groups
    )


def _size(group: Group, plan: ReportPlan) -> Cell:
    return hidden(plan) if 0 < group.size < plan.least_shown else Cell(f"N = {group.size}", group.size)


def profiles_section(records: TrialRecords, plan: ReportPlan) -> Section:
    """Mean value at each slot after the first dose, with how many were measured."""
    key, title = "profiles", "The two hours after a dose"
    if not records.sessions:
        return Section(key, title, (Paragraph("No session with a spray has been received."),))
    groups = safety_groups(records, plan)
    blocks: list[Block] = []
    first = [one for one in records.sessions if one.ordinal == 1]
    for name, words, measure in MEASURES:
        points = _points(first, groups, measure, plan)
        if not points:
            continue
        shown = f"{words}, first session"
        svg = course_figure(
            _lines(points, first, groups, measure, plan),
            key=f"profile-{name}",
            title=shown,
            across="Minutes after the first spray",
            up=words.split(",")[0],
            tick_labels={-1.0: "before"},
        )
        blocks.append(
            Figure(
                f"profile-{name}",
                shown,
                svg,
                f"Means with {plan.level:.0%} intervals; n: participants measured.",
            )
        )
    blocks.append(_table(records.sessions, groups, plan))
    return Section(key, title, tuple(blocks))


def _courses(sessions: Sequence[SessionRecord], measure: Measure) -> list[SessionCourse]:
    return [
        SessionCourse(
            one.number,
            one.day,
            before_dose(one, measure),
            {
                reading.slot: float(value)
                for reading in one.readings
                if reading.slot is not None and reading.slot >= 0
                if (value := measure(reading)) is not None
            },
        )
        for one in sessions
    ]


def _points(
    sessions: Sequence[SessionRecord], groups: Sequence[Group], measure: Measure, plan: ReportPlan
) -> tuple[ProfilePoint, ...]:
    courses = _courses(sessions, measure)
    slots = sorted({slot for one in courses for slot in one.slots})
    found = profile_by_slot(groups, sessions=courses, slots=slots, level=plan.level)
    return tuple(one for one in found if one.participants >= max(plan.least_shown, 1))


def _lines(
    points: Sequence[ProfilePoint],
    sessions: Sequence[SessionRecord],
    groups: Sequence[Group],
    measure: Measure,
    plan: ReportPlan,
) -> tuple[CourseLine, ...]:
    lines = []
    for group in groups:
        start = [
            v for s in sessions if s.number in group.numbers and (v := before_dose(s, measure)) is not None
        ]
        first = (
            [CoursePoint(-1.0, sum(start) / len(start), None, None, len(start))]
            if len(start) >= plan.least_shown
            else []
        )
        lines.append(
            CourseLine(
                group.brief,
                (
                    *first,
                    *(
                        CoursePoint(
                            one.minutes,
                            one.value.mean or 0.0,
                            one.value.mean_interval.low if one.value.mean_interval else None,
                            one.value.mean_interval.high if one.value.mean_interval else None,
                            one.value.n,
                        )
                        for one in points
                        # A slot that is measured only if something persists is no point of a mean course.
                        if one.group == group.label and one.participants >= FEWEST_DRAWN
                    ),
                ),
            )
        )
    return tuple(lines)


def _table(sessions: Sequence[SessionRecord], groups: Sequence[Group], plan: ReportPlan) -> Table:
    """All sessions together: the change from before the dose at each slot."""
    rows: list[Row] = []
    for _, words, measure in MEASURES:
        points = _points(sessions, groups, measure, plan)
        if not points:
            continue
        rows.append(Row((Cell(words), *(Cell("") for _ in groups)), "group"))
        by_place = {(one.minutes, one.group): one for one in points}
        for minute in sorted({one.minutes for one in points}):
            cells = []
            for group in groups:
                one = by_place.get((minute, group.label))
                if one is None:
                    cells.append(wording.NONE)
                    continue
                cell = wording.mean_sd(one.change)
                cells.append(Cell(f"{cell.text}, n = {one.sessions}", cell.value, cell.parts))
            rows.append(Row((Cell(f"{minute} minutes"), *cells), indent=1))
    return Table(
        key="profiles",
        title="Change from before the dose by planned minute, all sessions",
        columns=(Column("Minute after the first spray", "start"), *(heading(group) for group in groups)),
        rows=tuple(rows),
        notes=(
            "Mean (SD) of the change from the last value before the same dose; n counts sessions, and a participant "
            "has several. Readings beside the plan are in the section about limits, not here.",
        ),
    )
