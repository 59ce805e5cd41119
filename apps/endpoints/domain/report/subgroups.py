"""The primary effect in subgroups, as a forest, and whether it differs between them: the test of interaction.

For each subgroup one model: the primary one with the subgroup and its interactions with day, treatment and both. The
differences of its levels and the test that they are equal are read off the same fit.
"""

from __future__ import annotations

from dataclasses import dataclass

from apps.endpoints.domain.figures import DifferenceRow, differences_figure
from apps.endpoints.domain.groups import group_participants
from apps.endpoints.domain.mmrm import FTest, MmrmFit
from apps.endpoints.domain.report import wording
from apps.endpoints.domain.report.document import Block, Cell, Column, Figure, Note, Row, Section, Table
from apps.endpoints.domain.report.estimated import primary_records
from apps.endpoints.domain.report.plan import PlannedAnalysis, ReportPlan
from apps.endpoints.domain.report.repeated import fit_repeated, moderator_of
from apps.endpoints.domain.results import ModelEstimate, NotEstimable
from apps.endpoints.domain.sets import analysis_set
from apps.endpoints.domain.values import NotAnalysable, ParticipantRecord, TrialRecords

KEY, TITLE = "subgroups", "The primary effect in subgroups"

Members = tuple[ParticipantRecord, ...]


@dataclass(frozen=True, slots=True)
class _Subgroup:
    """One way to tell participants apart: its levels with their members, and the model that tells them apart."""

    name: str
    levels: tuple[tuple[str, Members], ...]
    column: str
    fit: MmrmFit | NotEstimable


def subgroups_section(records: TrialRecords, plan: ReportPlan) -> Section | None:
    """The difference at the endpoint in everybody, then in each level of each subgroup; None without a model."""
    primary = plan.primary
    if primary is None or primary.method != "mmrm":
        return None
    if plan.pooled or plan.reference_arm is None:
        return Section(
            KEY, TITLE, (Note("Arms are pooled in this report, so nothing is compared."),), "withheld"
        )
    records = primary_records(records, plan)
    members = analysis_set(records.participants, definition=primary.definition).members
    everybody = _fit(records, plan, primary, members)
    names = tuple(dict.fromkeys(name for one in members for name in one.subgroups))
    found = [
        one for name in names if len((one := _subgroup(records, plan, primary, members, name)).levels) > 1
    ]
    blocks: list[Block] = []
    for arm in plan.compared:
        blocks += _forest(plan, primary, members, everybody, found, arm.code)
    return Section(KEY, TITLE, tuple(blocks))


def _subgroup(
    records: TrialRecords, plan: ReportPlan, primary: PlannedAnalysis, members: Members, name: str
) -> _Subgroup:
    levels = tuple(
        (level, tuple(one for one in members if one.subgroups.get(name) == level))
        for level in sorted({one.subgroups[name] for one in members if name in one.subgroups})
    )
    fit = (
        _fit(records, plan, primary, members, name)
        if len(levels) > 1
        else NotEstimable("there are not two levels")
    )
    return _Subgroup(name, levels, moderator_of(primary, name), fit)


def _fit(
    records: TrialRecords, plan: ReportPlan, primary: PlannedAnalysis, members: Members, name: str = ""
) -> MmrmFit | NotEstimable:
    try:
        return fit_repeated(
            group_participants(members, arms=plan.arms),
            records.series(primary.instrument),
            plan=plan,
            analysis=primary,
            subgroup=name,
        )
    except NotAnalysable as refusal:
        return NotEstimable("; ".join(reason.message for reason in refusal.reasons))


class _Forest:
    """Collects the rows of table and figure together, so that they say the same."""

    def __init__(self, plan: ReportPlan, arm: str, reference: str) -> None:
        self.plan, self.arm, self.reference = plan, arm, reference
        self.drawn: list[DifferenceRow] = []
        self.rows: list[Row] = []
        self.notes: list[str] = []

    def difference(
        self, label: str, members: Members, estimate: ModelEstimate | NotEstimable, *, indent: int
    ) -> None:
        """One line: how many in either arm, and the difference."""
        sizes = {group.arm: group.size for group in group_participants(members, arms=self.plan.arms)}
        counts = (sizes[self.arm], sizes[self.reference])
        known = estimate if isinstance(estimate, ModelEstimate) else None
        self.drawn.append(
            DifferenceRow(
                f"{label} ({counts[0]}, {counts[1]})",
                known.estimate if known else None,
                known.interval.low if known else None,
                known.interval.high if known else None,
                "" if isinstance(estimate, ModelEstimate) else estimate.reason,
                indent=indent,
            )
        )
        cells = wording.estimate_cells(estimate)[:2]
        self.rows.append(
            Row((Cell(label), *(Cell(str(n), n) for n in counts), *cells, Cell("")), indent=indent)
        )

    def heading(self, name: str, test: FTest | NotEstimable) -> None:
        """The name of a subgroup with its test of interaction."""
        if isinstance(test, NotEstimable):
            self.notes.append(f"Interaction with {name} not estimable: {test.reason}.")
            cell, words = Cell("not estimable"), "interaction not estimable"
        else:
            cell = Cell(
                wording.p_value(test.p_value),
                test.p_value,
                (("f", test.f), ("df", float(test.numerator_df)), ("denominator_df", test.denominator_df)),
            )
            words = f"interaction p {cell.text if cell.text.startswith('<') else f'= {cell.text}'}"
        self.drawn.append(DifferenceRow(name, None, note=words, heading=True))
        self.rows.append(Row((Cell(name), *(Cell(""),) * 4, cell), "group"))


def _forest(
    plan: ReportPlan,
    primary: PlannedAnalysis,
    members: Members,
    everybody: MmrmFit | NotEstimable,
    subgroups: list[_Subgroup],
    arm: str,
) -> list[Block]:
    reference = plan.reference_arm
    assert reference is not None
    key = KEY if len(plan.compared) == 1 else f"{KEY}-{arm.lower()}"
    day = str(primary.endpoint_day)
    forest = _Forest(plan, arm, reference.code)
    forest.difference("Everybody", members, _overall(everybody, arm, day), indent=0)
    for one in subgroups:
        forest.heading(one.name, _interaction(one, plan, arm, day))
        for level, chosen in one.levels:
            forest.difference(level, chosen, _in_level(one, level, chosen, plan, arm, day), indent=1)
    title = (
        f"Difference at Day {primary.endpoint_day} in subgroups: {plan.arm_brief(arm)} − {reference.brief}"
    )
    svg = differences_figure(
        forest.drawn,
        key=key,
        title=title,
        unit="points",
        favours_low="better than " + reference.brief.lower(),
        favours_high="worse",
    )
    table = Table(
        key=key,
        title=title,
        columns=(
            Column("Subgroup", "start"),
            Column(f"n,\n{plan.arm_brief(arm)}"),
            Column(f"n,\n{reference.brief}"),
            Column("Difference (SE)"),
            Column(f"{plan.level:.0%} interval"),
            Column("p of interaction\n(nominal)"),
        ),
        rows=tuple(forest.rows),
        notes=(
            "For each subgroup: the primary model with the subgroup and its interactions with day, with treatment and "
            "with both, fitted to everybody whose subgroup is known. The differences of its levels are read off that "
            "fit.",
            "p of interaction: that the difference at the endpoint is the same in all levels of the subgroup (F test, "
            "degrees of freedom as in the primary model). It is nominal: no order of testing holds it, and a trial of "
            "this size can overlook a real difference between subgroups.",
            *forest.notes,
        ),
    )
    caption = "Numbers in brackets: participants of the set in either arm. Left is better. p of interaction: nominal."
    return [Figure(key, title, svg, caption), table]


def _overall(fit: MmrmFit | NotEstimable, arm: str, day: str) -> ModelEstimate | NotEstimable:
    if isinstance(fit, NotEstimable):
        return fit
    return next(one.estimate for one in fit.differences if one.arm == arm and one.visit == day)


def _in_level(
    one: _Subgroup, level: str, members: Members, plan: ReportPlan, arm: str, day: str
) -> ModelEstimate | NotEstimable:
    if isinstance(one.fit, NotEstimable):
        return one.fit
    if absent := _absent(members, plan, arm):
        return NotEstimable(f"nobody of {absent}")
    return one.fit.difference_in(arm=arm, visit=day, factor=one.column, level=level)


def _interaction(one: _Subgroup, plan: ReportPlan, arm: str, day: str) -> FTest | NotEstimable:
    if isinstance(one.fit, NotEstimable):
        return one.fit
    for level, members in one.levels:
        if absent := _absent(members, plan, arm):
            return NotEstimable(f"nobody of {absent} in {level}")
    return one.fit.interaction_test(arm=arm, visit=day, factor=one.column)


def _absent(members: Members, plan: ReportPlan, arm: str) -> str:
    """The arm compared or the reference, if none of these participants is in it."""
    there = {group.arm for group in group_participants(members, arms=plan.arms) if group.size}
    return next(
        (
            plan.arm_label(code)
            for code in (arm, getattr(plan.reference_arm, "code", ""))
            if code not in there
        ),
        "",
    )
