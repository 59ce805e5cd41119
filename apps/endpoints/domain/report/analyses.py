"""Each method of the protocol and who makes it. One that fails, or that nobody makes, is a section that says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from apps.endpoints.domain.report.change import descriptive_analysis
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
    """One analysis of the plan as its section, whatever becomes of it."""
    maker = MAKERS.get(analysis.method)
    if maker is None:
        return failed(analysis, (f'Vigil does not make the method "{analysis.method}".',))
    try:
        return maker(records, plan, analysis)
    except NotAnalysable as refusal:
        return failed(analysis, tuple(reason.message for reason in refusal.reasons))
    except (ArithmeticError, ValueError, np.linalg.LinAlgError) as fault:
        # The fault's own words are for programmers; that it failed is for everybody.
        return failed(analysis, (f"The computation failed ({type(fault).__name__}).",))
