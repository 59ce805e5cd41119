"""How times ended: by reason and column, small numbers withheld; and by arm everybody who did not just complete."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from apps.endpoints.domain.event_times import Followed, Standing
from apps.endpoints.domain.groups import Group
from apps.endpoints.domain.report.document import Cell, Column, Row, Table
from apps.endpoints.domain.report.people import heading
from apps.endpoints.domain.report.plan import PlannedAnalysis, ReportPlan
from apps.endpoints.domain.report.tally import breakdown, hidden


def endings_table(
    followed: Sequence[Followed], groups: Sequence[Group], plan: ReportPlan, analysis: PlannedAnalysis
) -> Table:
    """Events and censored times by reason. Withheld so that neither a total nor its other parts give one away."""
    rows: list[Row] = []
    columns = [[one for one in followed if one.number in group.numbers] for group in groups]
    totals = [
        breakdown([sum(one.standing is standing for one in column) for standing in Standing], plan)
        for column in columns
    ]
    for place, standing in enumerate(Standing):
        counts = [Counter(one.kind for one in column if one.standing is standing) for column in columns]
        if not any(counts):
            continue
        rows.append(Row((Cell(standing.label), *(cells[place] for cells in totals))))
        kinds = sorted({kind for count in counts for kind in count if kind})
        kinds.sort(key=lambda kind: -sum(count[kind] for count in counts))
        parts = [
            breakdown([count[kind] for kind in kinds], plan)
            if cells[place].value is not None
            else (hidden(plan),) * len(kinds)
            for count, cells in zip(counts, totals, strict=True)
        ]
        rows += [
            Row((Cell(kind), *(cells[number] for cells in parts)), indent=1)
            for number, kind in enumerate(kinds)
        ]
    return Table(
        key=f"{analysis.key}-endings",
        title=f"{analysis.label}: how times ended",
        columns=(Column("How it ended", "start"), *(heading(group) for group in groups)),
        rows=tuple(rows),
    )


def listing(followed: Sequence[Followed], groups: Sequence[Group], analysis: PlannedAnalysis) -> Table | None:
    """Everybody by number whose time did not end with completing, for readers who know the arms; None for nobody."""
    rows: list[Row] = []
    for group in groups:
        mine = [
            one for one in followed if one.number in group.numbers and one.standing is not Standing.COMPLETED
        ]
        for one in sorted(mine, key=lambda one: (one.day, one.number)):
            rows.append(
                Row(
                    (
                        Cell(one.number),
                        Cell(group.brief or group.label),
                        Cell(str(one.day), one.day),
                        Cell("Event" if one.event else "Censored"),
                        Cell(one.why),
                    )
                )
            )
    if not rows:
        return None
    return Table(
        key=f"{analysis.key}-listing",
        title=f"{analysis.label}: participants with the event, and censored before completing",
        columns=(
            Column("Participant", "start"),
            Column("Arm", "start"),
            Column("Day"),
            Column("Ended", "start"),
            Column("Why", "start"),
        ),
        rows=tuple(rows),
    )
