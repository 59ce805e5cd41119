"""The full analysis set in columns."""

from __future__ import annotations

from apps.endpoints.domain.groups import Group, group_participants
from apps.endpoints.domain.report.plan import ReportPlan
from apps.endpoints.domain.sets import analysis_set
from apps.endpoints.domain.values import TrialRecords


def full_groups(records: TrialRecords, plan: ReportPlan) -> tuple[Group, ...]:
    """The full analysis set in columns."""
    members = analysis_set(records.participants, definition=plan.full_set).members
    return group_participants(members, arms=plan.arms)


def safety_groups(records: TrialRecords, plan: ReportPlan) -> tuple[Group, ...]:
    """The safety set in columns, by what was received."""
    members = analysis_set(records.participants, definition=plan.safety_set).members
    return group_participants(members, arms=plan.arms, as_treated=True)
