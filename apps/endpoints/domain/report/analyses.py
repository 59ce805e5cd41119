"""Each method of the protocol and who makes it. One that fails, or that nobody makes, is a section that says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from apps.endpoints.domain.estimands import AnalysisValue
from apps.endpoints.domain.report.change import descriptive_analysis
from apps.endpoints.domain.report.document import Note, Section
from apps.endpoints.domain.report.estimated import under_estimand
from apps.endpoints.domain.report.imputed import imputed_analysis
from apps.endpoints.domain.report.mixed import mixed_analysis
from apps.endpoints.domain.report.model import covariance_analysis
from apps.endpoints.domain.report.outcomes import Made, failed
from apps.endpoints.domain.report.plan import PlannedAnalysis, ReportPlan
from apps.endpoints.domain.report.proportions import rate_analysis
from apps.endpoints.domain.report.times import times_analysis
from apps.endpoints.domain.values import NotAnalysable, TrialRecords

MAKERS: Mapping[str, Callable[[TrialRecords, ReportPlan, PlannedAnalysis], Made]] = {
    "mmrm": mixed_analysis,
    "ancova": covariance_analysis,
    "ancova_ranks": covariance_analysis,
    "proportion": rate_analysis,
    "onset": rate_analysis,
    "descriptive": descriptive_analysis,
    "multiple_imputation": imputed_analysis,
    "time_to_event": times_analysis,
}


def make_analysis(records: TrialRecords, plan: ReportPlan, analysis: PlannedAnalysis) -> Made:
    """One analysis of the plan as its section, on the values its estimand asks for, whatever becomes of it."""
    maker = MAKERS.get(analysis.method)
    if maker is None:
        return failed(analysis, (f'Vigil does not make the method "{analysis.method}".',))
    try:
        taken = under_estimand(records, plan, analysis)
        made = maker(taken.records, plan, analysis)
        return replace(made, section=_told(made.section, taken.changed, plan, analysis))
    except NotAnalysable as refusal:
        return failed(analysis, tuple(reason.message for reason in refusal.reasons))
    except (ArithmeticError, ValueError, np.linalg.LinAlgError) as fault:
        # The fault's own words are for programmers; that it failed is for everybody.
        return failed(analysis, (f"The computation failed ({type(fault).__name__}).",))


def _told(
    section: Section, changed: Sequence[AnalysisValue], plan: ReportPlan, analysis: PlannedAnalysis
) -> Section:
    """The section with a remark about values that its estimand made others; the section on estimands lists them."""
    estimand = analysis.estimand
    if section.status != "made" or estimand is None:
        return section
    primary = not plan.estimands or estimand == plan.estimands[0]
    if not changed:
        # That nothing was changed goes without saying for the primary estimand; for another it is the answer.
        text = f"Estimand: {estimand.label}. No value had to be changed for it."
        return section if primary else replace(section, blocks=(*section.blocks, Note(text)))
    people = len({one.number for one in changed})
    counted = (
        f"values of fewer than {plan.least_shown} participants"
        if people < plan.least_shown
        else f"{len(changed)} {'value' if len(changed) == 1 else 'values'} of {people} "
        f"{'participant' if people == 1 else 'participants'}"
    )
    words = f"Estimand: {estimand.label}. After intercurrent events {counted} do not enter as measured."
    return replace(section, blocks=(*section.blocks, Note(words)))
