"""The primary effect in subgroups, as a forest: each fitted by the primary model in its members alone."""

from __future__ import annotations

from apps.endpoints.domain.figures import DifferenceRow, differences_figure
from apps.endpoints.domain.groups import Group, group_participants
from apps.endpoints.domain.report import wording
from apps.endpoints.domain.report.document import Block, Cell, Column, Figure, Note, Row, Section, Table
from apps.endpoints.domain.report.plan import PlannedAnalysis, ReportPlan
from apps.endpoints.domain.report.repeated import fit_repeated
from apps.endpoints.domain.results import ModelEstimate, NotEstimable
from apps.endpoints.domain.sets import analysis_set
from apps.endpoints.domain.values import NotAnalysable, ParticipantRecord, TrialRecords

KEY, TITLE = "subgroups", "The primary effect in subgroups"


def subgroups_section(records: TrialRecords, plan: ReportPlan) -> Section | None:
    """The difference at the endpoint in everybody, then in each level of each subgroup; None without a model."""
    primary = plan.primary
    if primary is None or primary.method != "mmrm":
        return None
    if plan.pooled or plan.reference_arm is None:
        return Section(
            KEY, TITLE, (Note("Arms are pooled in this report, so nothing is compared."),), "withheld"
        )
    members = analysis_set(records.participants, definition=primary.definition).members
    names = tuple(dict.fromkeys(name for one in members for name in one.subgroups))
    blocks: list[Block] = []
    for arm in plan.compared:
        blocks += _forest(records, plan, primary, members, names, arm.code)
    return Section(KEY, TITLE, tuple(blocks))


def _forest(
    records: TrialRecords,
    plan: ReportPlan,
    primary: PlannedAnalysis,
    members: tuple[ParticipantRecord, ...],
    names: tuple[str, ...],
    arm: str,
) -> list[Block]:
    reference = plan.reference_arm
    assert reference is not None
    key = KEY if len(plan.compared) == 1 else f"{KEY}-{arm.lower()}"
    drawn: list[DifferenceRow] = []
    rows: list[Row] = []

    def add(label: str, chosen: tuple[ParticipantRecord, ...], name: str, indent: int) -> None:
        groups = group_participants(chosen, arms=plan.arms)
        estimate = _difference(records, plan, primary, groups, name, arm)
        sizes = {group.arm: group.size for group in groups}
        counts = (sizes[arm], sizes[reference.code])
        known = estimate if isinstance(estimate, ModelEstimate) else None
        drawn.append(
            DifferenceRow(
                f"{name}: {label} ({counts[0]}, {counts[1]})"
                if name
                else f"{label} ({counts[0]}, {counts[1]})",
                known.estimate if known else None,
                known.interval.low if known else None,
                known.interval.high if known else None,
                "" if isinstance(estimate, ModelEstimate) else estimate.reason,
            )
        )
        cells = wording.estimate_cells(estimate)[:2]
        rows.append(Row((Cell(label), *(Cell(str(n), n) for n in counts), *cells), indent=indent))

    add("Everybody", members, "", 0)
    for name in names:
        levels = sorted({one.subgroups[name] for one in members if name in one.subgroups})
        if len(levels) < 2:
            continue
        rows.append(Row((Cell(name), *(Cell(""),) * 4), "group"))
        for level in levels:
            add(level, tuple(one for one in members if one.subgroups.get(name) == level), name, 1)
    title = (
        f"Difference at Day {primary.endpoint_day} in subgroups: {plan.arm_brief(arm)} − {reference.brief}"
    )
    svg = differences_figure(
        drawn,
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
        ),
        rows=tuple(rows),
        notes=(
            "Each line is the primary model fitted to the members of the subgroup alone, without the factor that makes "
            "it. Subgroups are small, their intervals are not adjusted, and a difference between two of them is no "
            "evidence unless it is tested.",
        ),
    )
    caption = "Numbers in brackets: participants of the set in either arm. Left is better."
    return [Figure(key, title, svg, caption), table]


def _difference(
    records: TrialRecords,
    plan: ReportPlan,
    primary: PlannedAnalysis,
    groups: tuple[Group, ...],
    name: str,
    arm: str,
) -> ModelEstimate | NotEstimable:
    without = next((factor.code for factor in primary.factors if factor.label == name), "")
    try:
        fit = fit_repeated(
            groups, records.series(primary.instrument), plan=plan, analysis=primary, without=without
        )
    except NotAnalysable as refusal:
        return NotEstimable("; ".join(reason.message for reason in refusal.reasons))
    return next(
        one.estimate for one in fit.differences if one.arm == arm and one.visit == str(primary.endpoint_day)
    )
