"""Interviews: when they are open, what they are called, and who may enter what."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.instruments.domain.entering import (
    permissions_to_enter,
    planned_instrument,
    scores_shown_to_site,
)
from apps.instruments.domain.slots import alias_of, day_of, screening_plans, visit_code_of, window
from apps.studies.domain.loading import load_shipped, shipped_keys
from apps.studies.domain.permissions import ROLE_PERMISSIONS, Role
from apps.studies.domain.protocol import VisitPlan

BERLIN = ZoneInfo("Europe/Berlin")
ANCHOR = date(2026, 3, 10)


def local(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=BERLIN)


@given(st.uuids())
def test_an_alias_can_be_read_aloud_and_depends_on_the_identifier_alone(identifier):
    alias = alias_of(identifier)
    assert alias == alias_of(UUID(str(identifier)))
    assert len(alias) == 6
    assert not set(alias) & set("OI01")


def test_there_is_no_day_zero():
    assert [day_of(ANCHOR, day).day for day in (-1, 1, 2)] == [9, 10, 11]


def test_a_window_is_whole_days_of_the_site_even_when_the_clocks_change():
    """29 March 2026 has 23 hours in Berlin."""
    visit = VisitPlan(code="V", label="V", day=19, window_before_days=1, window_after_days=1)
    opens, closes = window(visit, anchor=ANCHOR, zone=BERLIN)
    assert (opens, closes) == (local(date(2026, 3, 27)), local(date(2026, 3, 30)))
    assert closes.astimezone(UTC) - opens.astimezone(UTC) == timedelta(hours=71)


def test_transform_2_plans_three_interviews_in_screening():
    plans = screening_plans(load_shipped("transform_2"), anchor=ANCHOR, zone=BERLIN)
    assert [(plan.instrument, plan.visit_code, plan.recall) for plan in plans] == [
        ("MADRS", "SW1", "7d"),
        ("MADRS", "SW2", "7d"),
        ("MADRS", "SW4", "7d"),
    ]
    assert (plans[0].opens_at, plans[0].closes_at) == (local(ANCHOR), local(date(2026, 3, 11)))


def test_the_monotherapy_trial_also_plans_the_interview_before_the_first_dose():
    plans = screening_plans(load_shipped("nct04599855"), anchor=ANCHOR, zone=BERLIN)
    assert [plan.visit_code for plan in plans] == ["SW1", "SW2", "D1"]
    before_dose = plans[-1]
    assert before_dose.opens_at > plans[1].opens_at
    assert before_dose.closes_at > plans[1].closes_at


def test_the_extension_needs_no_interview_in_screening():
    assert screening_plans(load_shipped("sustain_3"), anchor=ANCHOR, zone=BERLIN) == ()


@pytest.mark.parametrize("key", shipped_keys())
def test_every_interview_ends_after_it_begins(key):
    for plan in screening_plans(load_shipped(key), anchor=ANCHOR, zone=BERLIN):
        assert plan.closes_at > plan.opens_at


def test_a_repeated_screening_has_interviews_of_its_own():
    again = screening_plans(load_shipped("transform_2"), anchor=ANCHOR, zone=BERLIN, attempt=2)
    assert [plan.visit_code for plan in again] == ["SW1.2", "SW2.2", "SW4.2"]
    assert visit_code_of("SW1", 1) == "SW1"


def roles_that_may_enter(protocol: str, visit: str, instrument: str) -> set[Role]:
    planned = planned_instrument(load_shipped(protocol), visit_code=visit, instrument=instrument)
    sufficient = permissions_to_enter(planned)
    return {role for role in Role if ROLE_PERMISSIONS[role] & sufficient}


@pytest.mark.parametrize(
    ("protocol", "visit", "instrument", "roles"),
    [
        ("transform_2", "D1", "MADRS", set()),
        ("transform_2", "D1", "PHQ9", {Role.COORDINATOR, Role.INVESTIGATOR}),
        ("transform_2", "D1", "SDS", {Role.COORDINATOR, Role.INVESTIGATOR}),
        ("transform_2", "D1", "CGIS", {Role.INVESTIGATOR}),
        ("transform_2", "D4", "CSSRS", {Role.COORDINATOR, Role.INVESTIGATOR, Role.SESSION_NURSE}),
        ("transform_2", "SW1.2", "IDSC30", {Role.COORDINATOR, Role.INVESTIGATOR}),
        ("sustain_3", "D1", "MADRS", {Role.COORDINATOR, Role.INVESTIGATOR}),
    ],
)
def test_who_may_enter_what(protocol, visit, instrument, roles):
    assert roles_that_may_enter(protocol, visit, instrument) == roles


def test_what_no_protocol_plans_is_not_there():
    protocol = load_shipped("transform_2")
    assert planned_instrument(protocol, visit_code="D4", instrument="MADRS") is None
    assert planned_instrument(protocol, visit_code="D99", instrument="MADRS") is None


def test_the_site_sees_scores_only_where_the_protocol_says_so():
    hidden = load_shipped("transform_2")
    open_label = load_shipped("sustain_3")
    for protocol, shown in ((hidden, False), (open_label, True)):
        planned = planned_instrument(protocol, visit_code="D1", instrument="MADRS")
        assert scores_shown_to_site(protocol, instrument="MADRS", planned=planned) is shown
