"""Participants are counted once per term, out of everybody treated."""

from __future__ import annotations

import pytest

from apps.endpoints.domain.adverse import adverse_event_table
from apps.endpoints.domain.groups import group_participants
from apps.endpoints.domain.values import AdverseEventRecord, NotAnalysable, Severity
from tests.domain.endpoints.cast import ARMS, treated

PEOPLE = [treated("1"), treated("2"), treated("3", "PBO"), treated("4", "PBO")]
EVENTS = [
    AdverseEventRecord("1", "Nausea", Severity.MILD, on_dosing_day=True, resolved_same_day=True),
    AdverseEventRecord("1", "Nausea", Severity.SEVERE, related=True),
    AdverseEventRecord("1", "Dizziness", Severity.MILD, on_dosing_day=True, resolved_same_day=False),
    AdverseEventRecord("2", "Nausea", Severity.MILD, serious=True),
    AdverseEventRecord("3", "Headache", Severity.MODERATE, led_to_discontinuation=True),
    AdverseEventRecord("4", "Cough", Severity.MILD, treatment_emergent=False),
]


def test_a_participant_with_the_same_event_twice_counts_once_but_both_events_are_counted() -> None:
    table = adverse_event_table(group_participants(PEOPLE, arms=ARMS), events=EVENTS)
    nausea = table.by_term[0]
    assert nausea.label == "Nausea"
    assert [(rate.count, rate.denominator) for rate in nausea.rates] == [(2, 2), (0, 2)]
    assert nausea.events == (3, 0)


def test_the_overview_counts_people_with_any_serious_severe_or_related_event() -> None:
    table = adverse_event_table(group_participants(PEOPLE, arms=ARMS), events=EVENTS)
    seen = {row.label: [rate.count for rate in row.rates] for row in table.overview}
    assert seen["Any adverse event"] == [2, 1]
    assert seen["Severe"] == seen["Related to the nasal spray"] == [1, 0]
    assert seen["Serious"] == [1, 0]
    assert seen["Led to discontinuation"] == [0, 1]


def test_pooled_and_by_arm_come_from_the_same_code() -> None:
    pooled = adverse_event_table(group_participants(PEOPLE, arms=None), events=EVENTS)
    by_arm = adverse_event_table(group_participants(PEOPLE, arms=ARMS), events=EVENTS)
    assert [row.label for row in pooled.by_term] == [row.label for row in by_arm.by_term]
    for together, apart in zip(pooled.by_term, by_arm.by_term, strict=True):
        assert together.rates[0].count == sum(rate.count for rate in apart.rates)
        assert together.rates[0].denominator == 4


def test_events_from_before_treatment_are_left_out() -> None:
    table = adverse_event_table(group_participants(PEOPLE, arms=None), events=EVENTS)
    assert "Cough" not in [row.label for row in table.by_term]


def test_the_share_of_events_on_dosing_days() -> None:
    esk, pbo = adverse_event_table(group_participants(PEOPLE, arms=ARMS), events=EVENTS).dosing_day
    assert (esk.events, esk.on_dosing_day, esk.resolved_same_day) == (4, 2, 1)
    assert (pbo.events, pbo.on_dosing_day) == (1, 0)


def test_an_event_of_somebody_untreated_is_refused_rather_than_lost() -> None:
    with pytest.raises(NotAnalysable, match="9"):
        adverse_event_table(
            group_participants(PEOPLE, arms=ARMS), events=[AdverseEventRecord("9", "Nausea", Severity.MILD)]
        )
