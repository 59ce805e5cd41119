"""The section about blinding: how many guessed their treatment, and for who may know the arms, how well."""

from __future__ import annotations

from apps.endpoints.domain.bang import BangIndex, bang_five, bang_three, guess_counts
from apps.endpoints.domain.groups import group_participants
from apps.endpoints.domain.report import wording
from apps.endpoints.domain.report.document import (
    Block,
    Cell,
    Column,
    Note,
    Paragraph,
    Row,
    Section,
    Table,
)
from apps.endpoints.domain.report.plan import ReportPlan
from apps.endpoints.domain.sets import analysis_set
from apps.endpoints.domain.values import TrialRecords


def blinding_section(records: TrialRecords, plan: ReportPlan) -> Section:
    """How many answered, pooled; by arm the answers and Bang's index from three and from five grades."""
    members = analysis_set(records.participants, definition=plan.safety_set).members
    treated = frozenset(one.number for one in members)
    beliefs = {one.number: one.belief for one in records.guesses if one.number in treated}
    # A blinded reader sees how many answered and nothing of what: the answers alone lean towards an effect.
    few = 0 < len(beliefs) < plan.least_shown
    number = f"Fewer than {plan.least_shown}" if few else str(len(beliefs))
    blocks: list[Block] = [
        Paragraph(
            f"{number} of {len(members)} treated participants answered which treatment they believe they had, "
            "before anybody told them."
        )
    ]
    if plan.pooled:
        blocks.append(Note("What they believe is shown only by arm, to unblinded readers."))
        return Section("blinding", "Blinding", tuple(blocks))
    active = {arm.code: arm.active for arm in plan.arms or ()}
    rows = []
    for group in group_participants(members, arms=plan.arms, as_treated=True):
        counts = guess_counts(beliefs[one] for one in sorted(group.numbers & beliefs.keys()))
        is_active = active[group.arm or ""]
        values = (counts.answered, counts.drug, counts.placebo, counts.unknown)
        rows.append(
            Row(
                (
                    Cell(group.label),
                    *(Cell(str(value), value) for value in values),
                    _cell(bang_three(counts, active=is_active, level=plan.level)),
                    _cell(bang_five(counts, active=is_active, level=plan.level)),
                )
            )
        )
    blocks.append(
        Table(
            key="blinding",
            title="What participants believe they had, and Bang's blinding index",
            columns=(
                Column("Arm", "start"),
                Column("Answered"),
                Column("Believe: drug"),
                Column("Believe: placebo"),
                Column("Do not know"),
                Column(f"Index, three grades\n({plan.level:.0%} interval)"),
                Column(f"Index, five grades\n({plan.level:.0%} interval)"),
            ),
            rows=tuple(rows),
            notes=(
                "1: everybody guesses right; 0: guesses are chance; −1: everybody guesses wrong (Bang 2004). With five "
                "grades an uncertain guess weighs one half. The indices of the arms are not averaged.",
            ),
        )
    )
    return Section("blinding", "Blinding", tuple(blocks))


def _cell(index: BangIndex | None) -> Cell:
    if index is None:
        return wording.NONE
    text = wording.decimal(index.value, 2)
    if index.interval is not None:
        text += f" ({wording.limits(index.interval, 2)})"
    return Cell(text, index.value)
