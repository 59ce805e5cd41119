"""The whole report, put together in a fixed order."""

from __future__ import annotations

from apps.endpoints.domain.report import wording
from apps.endpoints.domain.report.blinding import blinding_section
from apps.endpoints.domain.report.document import Block, Note, Paragraph, Provenance, Report, Section
from apps.endpoints.domain.report.efficacy import change_section, full_groups, rates_section
from apps.endpoints.domain.report.model import analyse, model_section
from apps.endpoints.domain.report.people import baseline_section, flow_section
from apps.endpoints.domain.report.plan import ReportPlan
from apps.endpoints.domain.report.safety import adverse_section
from apps.endpoints.domain.results import ModelEstimate
from apps.endpoints.domain.values import TrialRecords


def compose_report(records: TrialRecords, *, plan: ReportPlan, provenance: Provenance) -> Report:
    """Compute and arrange everything.

    A pooled plan never looks at an arm, even where the records hold them: a report of records with the arms
    left out is the same document.

    :raises NotAnalysable: if the records contradict each other, or an arm is asked for and unknown.
    """
    sections = (
        _summary(records, plan),
        flow_section(records, plan),
        baseline_section(records, plan),
        change_section(records, plan),
        model_section(records, plan),
        rates_section(records, plan),
        adverse_section(records, plan),
        *((blinding_section(records, plan),) if plan.guess_asked else ()),
        _methods(plan),
    )
    return Report(
        title=f"Day {plan.endpoint_day} report, {provenance.study}",
        subtitle="All arms pooled" if plan.pooled else "By arm: for unblinded readers only",
        pooled=plan.pooled,
        fictional=plan.fictional,
        provenance=provenance,
        sections=sections,
    )


def _summary(records: TrialRecords, plan: ReportPlan) -> Section:
    people = records.participants
    randomized = [one for one in people if one.randomized]
    blocks: list[Block] = [
        Paragraph(
            f"{len(people)} participants were screened, {len(randomized)} randomized, "
            f"{sum(one.dosed for one in randomized)} received the nasal spray and "
            f"{sum(one.completed for one in randomized)} completed the phase."
        )
    ]
    sizes = wording.listed([f"{group.size} ({group.label})" for group in full_groups(records, plan)])
    blocks.append(Paragraph(f"The {plan.full_set.label.lower()} holds {sizes}."))
    result = analyse(records, plan)
    labels = {arm.code: arm.label for arm in plan.arms or ()}
    for one in result.differences if result is not None else ():
        if isinstance(one.estimate, ModelEstimate):
            estimate = one.estimate
            blocks.append(
                Paragraph(
                    f"{labels[one.arm]} against {labels[one.reference]}: the change of {plan.instrument_label} at Day "
                    f"{plan.endpoint_day} differed by {wording.decimal(estimate.estimate)} points ({plan.level:.0%} "
                    f"interval {wording.limits(estimate.interval)}, two-sided p {_p(estimate.p_value)}; analysis of "
                    "covariance, last observation carried forward)."
                )
            )
    if plan.pooled:
        blocks.append(
            Note(
                "This report pools the arms and withholds small counts, so that it tells nothing about the effect of "
                "treatment."
            )
        )
    if plan.fictional:
        blocks.append(Note("The study is fictional: nobody in this report exists."))
    return Section("summary", "Summary", tuple(blocks))


def _p(value: float) -> str:
    text = wording.p_value(value)
    return text if text.startswith("<") else f"= {text}"


def _methods(plan: ReportPlan) -> Section:
    texts = [
        "Baseline is the last value before the first dose on Day 1. Change is the score minus the baseline, so that a "
        "negative change is an improvement.",
        "Observed cases are participants with a baseline and a score on the day. Carrying forward takes the latest "
        "score after baseline up to the day; the baseline itself is never carried, so that a participant without any "
        "later score is left out. Where missing counts as not achieved, everybody in the set is in the denominator.",
        "Quartiles average at jumps of the empirical distribution. Intervals of observed means are t intervals; "
        "intervals of rates are Wilson's, of differences of rates Newcombe's, without continuity correction.",
    ]
    if not plan.pooled:
        texts.append(
            "The analysis of covariance is the sensitivity analysis on carried-forward values. It is not the mixed "
            "model for repeated measures that such protocols name as primary, and its p value is not adjusted for "
            "several comparisons."
        )
    if plan.onset is not None:
        texts.append(
            f"Onset of response needs at least {plan.response_share:.0%} improvement by Day {plan.onset.onset_day} and "
            f"at every later visit; {_times(plan.onset.excursions_allowed)} may fall short while improvement stays at "
            f"{plan.onset.excursion_floor:.0%} or more, but not at Day {plan.onset.end_day}. A missing visit is not a "
            "response kept."
        )
    return Section("methods", "Methods and limits", tuple(Paragraph(text) for text in texts))


def _times(count: int) -> str:
    return {0: "no visit", 1: "one visit"}.get(count, f"{count} visits")
