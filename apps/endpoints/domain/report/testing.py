"""The section about testing: every hypothesis of the gate in its order, decided, or nominal only."""

from __future__ import annotations

from collections.abc import Sequence

from apps.endpoints.domain.multiplicity import Decision, Hypothesis, Verdict, decide_in_order
from apps.endpoints.domain.report import wording
from apps.endpoints.domain.report.document import Cell, Column, Note, Paragraph, Row, Section, Table
from apps.endpoints.domain.report.outcomes import Outcome
from apps.endpoints.domain.report.plan import ReportPlan

KEY, TITLE = "testing", "Order of testing"


def verdicts_of(plan: ReportPlan, outcomes: Sequence[Outcome]) -> tuple[Verdict, ...]:
    """Decide the plan's hypotheses; one whose analysis gave no p value stands, and closes its gate."""
    known = {(one.analysis, one.arm): one.p_value for one in outcomes}
    wanted: list[Hypothesis] = [one for family in plan.families for one in family.hypotheses]
    p_values = {one: known.get((one.analysis, one.arm)) for one in wanted}
    return decide_in_order(plan.families, p_values=p_values, alpha=1 - plan.level)


def testing_section(plan: ReportPlan, outcomes: Sequence[Outcome]) -> Section:
    """What was tested, against what, and what became of it."""
    if plan.pooled:
        return Section(
            KEY, TITLE, (Note("Arms are pooled in this report, so nothing is tested."),), "withheld"
        )
    if plan.kind == "DSMB":
        text = (
            "The protocol plans no interim test: every p value here is nominal, and none may end the trial."
        )
        return Section(KEY, TITLE, (Paragraph(text),))
    if not plan.families:
        text = "The protocol names no order of testing: every p value of this report is nominal."
        return Section(KEY, TITLE, (Paragraph(text),))
    labels = {one.code: one.label for one in plan.analyses}
    rows = []
    for one in verdicts_of(plan, outcomes):
        name = labels.get(one.hypothesis.analysis, one.hypothesis.analysis)
        if len(plan.compared) > 1:
            name += f": {plan.arm_label(one.hypothesis.arm)}"
        rows.append(
            Row(
                (
                    Cell(f"{one.family}. {name}"),
                    wording.NONE if one.p_value is None else Cell(wording.p_value(one.p_value), one.p_value),
                    wording.NONE if one.limit is None else Cell(f"{one.limit:.4g}", one.limit),
                    Cell(one.decision.label, float(one.decision is Decision.REJECTED)),
                    Cell(_named(one.reason, plan)),
                )
            )
        )
    table = Table(
        key=KEY,
        title="Hypotheses in the order in which they are tested",
        columns=(
            Column("Hypothesis", "start"),
            Column("p"),
            Column("Held\nagainst"),
            Column("Decision", "start"),
            Column("Why", "start"),
        ),
        rows=tuple(rows),
        notes=(
            "Nominal only: the p value is given for information and proves nothing, however small it is.",
        ),
    )
    return Section(KEY, TITLE, (table,))


def _named(reason: str, plan: ReportPlan) -> str:
    """A reason with the labels of analyses and arms for their codes."""
    for one in sorted(plan.analyses, key=lambda analysis: -len(analysis.code)):
        for arm in plan.arms or ():
            several = len(plan.compared) > 1
            reason = reason.replace(
                f"{one.code} ({arm.code})", f"{one.label}: {arm.label}" if several else one.label
            )
    return reason
