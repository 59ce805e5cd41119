"""The first section: how many, the primary result in a sentence, what it is worth, and what could not be made."""

from __future__ import annotations

from collections.abc import Sequence

from apps.endpoints.domain.multiplicity import Decision
from apps.endpoints.domain.report import wording
from apps.endpoints.domain.report.columns import full_groups
from apps.endpoints.domain.report.document import Block, Note, Paragraph, Section
from apps.endpoints.domain.report.mixed import result_sentence
from apps.endpoints.domain.report.outcomes import Outcome
from apps.endpoints.domain.report.plan import ReportPlan
from apps.endpoints.domain.report.testing import verdicts_of
from apps.endpoints.domain.report.times import hazard_sentence
from apps.endpoints.domain.values import TrialRecords


def summary_section(
    records: TrialRecords, plan: ReportPlan, outcomes: Sequence[Outcome], sections: Sequence[Section]
) -> Section:
    """What a reader takes away who reads no further."""
    blocks: list[Block] = [Paragraph(text) for text in _primary(plan, outcomes)]
    people = records.participants
    randomized = [one for one in people if one.randomized]
    blocks.append(
        Paragraph(
            f"{len(people)} participants were screened, {len(randomized)} randomized, "
            f"{sum(one.dosed for one in randomized)} received the nasal spray and "
            f"{sum(one.completed for one in randomized)} completed the phase."
        )
    )
    sizes = wording.listed([f"{group.size} ({group.label})" for group in full_groups(records, plan)])
    blocks.append(Paragraph(f"The {plan.full_set.label.lower()} holds {sizes}."))
    lost = [section.title for section in sections if section.status == "failed"]
    if lost:
        blocks.append(Paragraph(f"Could not be made, and says why in its place: {'; '.join(lost)}."))
    if plan.pooled:
        blocks.append(
            Note(
                "This report pools the arms and withholds small counts, so that it tells nothing about the effect of "
                "treatment."
            )
        )
    if plan.kind == "DSMB":
        blocks.append(
            Note(
                "An interim look at data received until the cut, uncleaned: numbers can change. The protocol plans no "
                "interim test."
            )
        )
    if plan.fictional:
        blocks.append(Note("The study is fictional: nobody in this report exists."))
    return Section("summary", "Summary", tuple(blocks))


def _primary(plan: ReportPlan, outcomes: Sequence[Outcome]) -> list[str]:
    """The primary result of each arm compared, and whether the gate lets it count."""
    primary = plan.primary
    if primary is None or plan.pooled or primary.method == "descriptive":
        return []
    found = [one for one in outcomes if one.analysis == primary.code]
    if not found:
        return [f"The primary analysis ({primary.label}) gave no estimate; its section says why."]
    sentence = result_sentence if primary.times is None else hazard_sentence
    texts = [f"Primary analysis. {sentence(one, plan, primary)}" for one in found]
    if plan.kind != "DSMB" and plan.families:
        texts.append(_gate(plan, outcomes))
    return texts


def _gate(plan: ReportPlan, outcomes: Sequence[Outcome]) -> str:
    labels = {one.code: one.label for one in plan.analyses}

    def named(decision: Decision) -> str:
        names = [
            labels.get(one.hypothesis.analysis, one.hypothesis.analysis)
            + (f" ({plan.arm_label(one.hypothesis.arm)})" if len(plan.compared) > 1 else "")
            for one in verdicts_of(plan, outcomes)
            if one.decision is decision
        ]
        return wording.listed(names) or "none"

    return (
        f"In the protocol's order of testing, significant: {named(Decision.REJECTED)}; not significant: "
        f"{named(Decision.NOT_REJECTED)}; nominal only: {named(Decision.NOMINAL_ONLY)}."
    )
