"""Visits that can be reached, and people who are there for them."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, timedelta

import pytest

from apps.rehearsal.domain import staffing, visits
from apps.rehearsal.domain.configuration import SitePlan
from apps.rehearsal.domain.visits import Preference
from apps.studies.domain.permissions import Role
from apps.studies.domain.protocol import ReminderRule
from tests.domain.rehearsal import worlds

DESIGNS = ("transform_2", "sustain_3", "nct04599855")


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("prefer", list(Preference))
def test_a_schedule_keeps_windows_and_spacing(design: str, prefer: Preference) -> None:
    protocol = worlds.shipped(design)
    reached = visits.days_found(protocol, prefer)
    assert reached.stuck_at is None
    days = dict(reached.days)
    assert set(days) == {visit.code for visit in protocol.visits if visit.anchor == "first_dose"}
    for visit in protocol.visits:
        if visit.anchor == "first_dose" and visit.code != protocol.dosing_visits[0].code:
            assert visit.earliest_day - 1 <= days[visit.code] <= visit.latest_day - 1
    doses = sorted(days[visit.code] for visit in protocol.dosing_visits)
    gaps = [later - earlier for earlier, later in itertools.pairwise(doses)]
    assert min(gaps) >= protocol.spacing.min_days_between_doses
    for day in doses:
        assert sum(day <= other < day + 7 for other in doses) <= protocol.spacing.max_doses_per_week


@pytest.mark.parametrize("design", DESIGNS)
def test_the_shipped_visits_can_be_reached(design: str) -> None:
    assert visits.visit_findings(worlds.shipped(design)) == ()


@pytest.mark.parametrize(
    ("spacing", "where"),
    [
        ({"min_days_between_doses": 3}, []),
        ({"min_days_between_doses": 4}, ["D11"]),
        ({"max_doses_per_week": 1}, ["D4"]),
    ],
)
def test_a_spacing_no_schedule_keeps(spacing: dict[str, int], where: list[str]) -> None:
    found = visits.visit_findings(worlds.changed("spacing", **spacing))
    assert [one.where for one in found] == where
    assert {one.code for one in found} <= {"VISIT_UNREACHABLE"}


def with_visit(code: str, **changes: object) -> list[str]:
    protocol = worlds.shipped()
    planned = tuple(
        visit.model_copy(update=changes) if visit.code == code else visit for visit in protocol.visits
    )
    return [one.where for one in visits.visit_findings(protocol.model_copy(update={"visits": planned}))]


def test_visits_that_hang_on_nothing() -> None:
    assert set(with_visit("D2", day=0)) == {"D2"}
    assert with_visit("D8", anchor="screening") == ["D8"]
    assert with_visit("D2", day=-5) == ["D2"]
    assert with_visit("SW4", day=90) == ["SW4"]
    assert with_visit("D4", day=1, window_before_days=0, window_after_days=0) != []


def test_a_trial_without_a_dose_opens_no_window() -> None:
    protocol = worlds.shipped()
    planned = tuple(visit.model_copy(update={"dose": False}) for visit in protocol.visits)
    found = visits.visit_findings(protocol.model_copy(update={"visits": planned}))
    assert [one.code for one in found] == ["NO_DOSING_VISIT"]


def test_a_frequency_denser_than_the_spacing() -> None:
    protocol = worlds.shipped("sustain_3")
    plan = protocol.frequency
    assert plan is not None
    options = (plan.options[0].model_copy(update={"interval_days": 1}), *plan.options[1:])
    found = visits.visit_findings(
        protocol.model_copy(update={"frequency": plan.model_copy(update={"options": options})})
    )
    assert [one.code for one in found] == ["FREQUENCY_TOO_DENSE"]


def log(*without: tuple[str, Role]) -> staffing.Log:
    return staffing.Log(worlds.log(without=without), worlds.NOW)


@pytest.mark.parametrize("design", DESIGNS)
def test_a_whole_log_lacks_nobody(design: str) -> None:
    protocol = worlds.shipped(design)
    for rule in (staffing.people_findings, staffing.rater_findings, staffing.reminder_findings):
        assert rule(protocol=protocol, sites=worlds.SITES, log=log()) == ()


@pytest.mark.parametrize(
    "role", [Role.COORDINATOR, Role.INVESTIGATOR, Role.SESSION_NURSE, Role.PHARMACIST, Role.EFFICACY_RATER]
)
def test_every_post_is_missed_at_its_own_site(role: Role) -> None:
    found = staffing.people_findings(protocol=worlds.shipped(), sites=worlds.SITES, log=log(("US01", role)))
    assert [(one.code, one.where) for one in found] == [("DELEGATION_MISSING", "US01")]


def test_an_open_label_trial_needs_no_blinded_rater() -> None:
    without = log(("US01", Role.EFFICACY_RATER))
    assert (
        staffing.people_findings(protocol=worlds.shipped("sustain_3"), sites=worlds.SITES, log=without) == ()
    )


def test_a_delegation_counts_from_its_first_to_before_its_last_moment() -> None:
    (line,) = (one for one in worlds.log() if (one.site, one.role) == ("US01", "INVESTIGATOR"))
    now = worlds.NOW
    assert replace(line, starts_at=now).holds(now)
    assert not replace(line, starts_at=now + timedelta(seconds=1)).holds(now)
    assert not replace(line, ends_at=now).holds(now)
    assert replace(line, ends_at=now + timedelta(seconds=1)).holds(now)


def test_no_open_site_is_a_finding_and_a_later_one_is_not_asked() -> None:
    later = SitePlan("FR01", "FR", "Europe/Paris", 4, 4, opened_on=date(2026, 5, 1))
    assert later.is_open(date(2026, 5, 1))
    assert not later.is_open(date(2026, 4, 30))
    found = staffing.people_findings(protocol=worlds.shipped(), sites=(), log=log())
    assert [one.code for one in found] == ["NO_OPEN_SITE"]


def test_a_scale_nobody_may_rate() -> None:
    found = staffing.rater_findings(
        protocol=worlds.shipped(), sites=worlds.SITES, log=log(("DE01", Role.EFFICACY_RATER))
    )
    assert {one.code for one in found} == {"NO_ALLOWED_RATER"}
    assert {one.where for one in found} == {"DE01"}
    assert "MADRS (at SW1, SW2, SW4, D1" in found[0].text


def test_a_scale_left_to_the_site_that_should_not_be() -> None:
    protocol = worlds.shipped()
    first = protocol.visits[0]
    entries = tuple(
        entry.model_copy(update={"rater": "clinician"}) if entry.instrument == "MADRS" else entry
        for entry in first.instruments
    )
    planned = (first.model_copy(update={"instruments": entries}), *protocol.visits[1:])
    found = staffing.rater_findings(
        protocol=protocol.model_copy(update={"visits": planned}), sites=worlds.SITES, log=log()
    )
    assert [(one.code, one.where) for one in found] == [("RATER_NOT_INDEPENDENT", first.code)]


def test_an_instrument_nobody_knows() -> None:
    protocol = worlds.shipped()
    first = protocol.visits[0]
    entries = (first.instruments[0].model_copy(update={"instrument": "NEWSCALE"}),)
    planned = (first.model_copy(update={"instruments": entries}), *protocol.visits[1:])
    found = staffing.rater_findings(
        protocol=protocol.model_copy(update={"visits": planned}), sites=worlds.SITES, log=log()
    )
    assert [one.code for one in found] == ["INSTRUMENT_UNKNOWN"]


def test_reminders_and_alarms_reach_somebody() -> None:
    protocol = worlds.shipped()
    rule = ReminderRule(code="R", audience="SPONSOR", trigger="visit_due", offset_hours=0, text="Read")
    asked = protocol.model_copy(update={"reminders": (rule,), "escalation": ()})
    found = staffing.reminder_findings(protocol=asked, sites=worlds.SITES, log=log(("", Role.SPONSOR)))
    assert [(one.code, one.where) for one in found] == [("NO_RECIPIENT", "DE01"), ("NO_RECIPIENT", "US01")]
    own = rule.model_copy(update={"audience": "PARTICIPANT"})
    asked = asked.model_copy(update={"reminders": (own,)})
    assert (
        staffing.reminder_findings(protocol=asked, sites=worlds.SITES, log=staffing.Log([], worlds.NOW)) == ()
    )
    alarms = staffing.reminder_findings(
        protocol=protocol, sites=worlds.SITES, log=log(("DE01", Role.INVESTIGATOR))
    )
    assert any("alarm" in one.text for one in alarms)
