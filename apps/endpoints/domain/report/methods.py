"""The last section: how numbers are made, in words, and what the report cannot tell."""

from __future__ import annotations

from apps.endpoints.domain.report.document import Paragraph, Section
from apps.endpoints.domain.report.plan import ReportPlan


def methods_section(plan: ReportPlan) -> Section:
    """Definitions and limits, for whatever this report holds."""
    texts = [
        "Baseline is the last value before the first dose on Day 1. Change is the score minus the baseline, so that a "
        "negative change is an improvement"
        + (
            ", but for scales on which more is better."
            if any(one.higher_is_better for one in plan.analyses)
            else "."
        ),
        "Observed cases are participants with a baseline and a score on the day. Carrying forward takes the latest "
        "score after baseline up to the day; the baseline itself is never carried, so that a participant without any "
        "later score is left out. Where missing counts as not achieved, everybody in the set is in the denominator.",
        "Quartiles average at jumps of the empirical distribution. Intervals of observed means are t intervals; "
        "intervals of rates are Wilson's, of differences of rates Newcombe's, without continuity correction.",
        "Everything stands as it was received and corrected by the data cut: adverse events, too, are read from their "
        "history as they were told then, and what was corrected later changes nothing here.",
    ]
    methods = {one.method for one in plan.analyses}
    if not plan.pooled and plan.primary is not None and plan.primary.method == "mmrm":
        texts.append(
            "Whether the effect differs between subgroups is tested in the primary model with the subgroup and its "
            "interactions. These p values are nominal: no order of testing holds them."
        )
    if not plan.pooled and "mmrm" in methods:
        texts.append(
            "The mixed model for repeated measures takes every observed change of the set; a missing change is assumed "
            "to be missing at random, given what was seen. It is fitted by restricted maximum likelihood; a fit is "
            "accepted only where the gradient vanishes and the Hessian is positive definite. With Kenward-Roger the "
            "standard errors are adjusted as well, in the linear form, which does not depend on how a structure is "
            "written."
        )
    if not plan.pooled and {"ancova", "ancova_ranks"} & methods:
        texts.append(
            "An analysis of covariance takes one change for each participant, as its rule for missing values derives "
            "it. It stands beside the primary analysis and does not replace it."
        )
    if "time_to_event" in methods:
        texts.append(
            "Times to an event count the day of the origin as Day 1. The share without the event is Kaplan and "
            "Meier's, with log-log intervals by Greenwood's formula; the limits of quartiles are Brookmeyer and "
            "Crowley's on the same scale. Who is censored on the day of an event was still at risk on it. The share on "
            "a day is that after the events of that day."
        )
        if not plan.pooled:
            texts.append(
                "Arms are compared with the reference two at a time: the log-rank test gives the p value, Cox's "
                "proportional hazards the ratio. An event that one arm lacks leaves the ratio without an estimate, and "
                "the test stands."
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
