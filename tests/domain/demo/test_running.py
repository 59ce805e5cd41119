"""The running study shows something true on every screen, whenever `now` is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from apps.demo.domain.accrual import blocked_arms
from apps.demo.domain.calendar import local_date
from apps.demo.domain.running import (
    ROLES,
    RunningPlan,
    complete_running_trial,
    plan_running_trial,
)
from apps.demo.domain.values import DemoParticipant

MOMENTS = [
    datetime(2026, 3, 11, 15, 7, tzinfo=UTC),
    datetime(2026, 3, 14, 9, 30, tzinfo=UTC),  # a Saturday
    datetime(2026, 3, 29, 1, 30, tzinfo=UTC),  # the hour in which Europe changes its clocks
    datetime(2026, 12, 31, 23, 50, tzinfo=UTC),
]


def told(now: datetime) -> tuple[RunningPlan, dict[str, DemoParticipant]]:
    plan = plan_running_trial(now=now)
    trial = complete_running_trial(plan, arms=blocked_arms(plan.enrolments, seed=1))
    return plan, {one.number: one for one in trial.participants}


@pytest.mark.parametrize("now", MOMENTS)
def test_sessions_stand_at_the_minutes_asked_for(now: datetime) -> None:
    plan, people = told(now)
    for number, role in plan.roles.items():
        if role.kind != "in_session":
            continue
        session = next(s for v, s in people[number].sessions if v.day == role.day)
        if role.minutes < 0:
            assert session.dosed_at is None
            assert session.checked_in_at < now
            continue
        assert session.dosed_at == now - timedelta(minutes=role.minutes)
        assert (session.ended_at is None) == (role.minutes < 125)
        taken = [seen.slot_minute for seen in session.observations if seen.slot_minute is not None]
        assert max(taken) <= role.minutes
        if role.minutes < 5:
            assert len(session.devices) == 1


@pytest.mark.parametrize("now", MOMENTS)
def test_who_leaves_early_has_readings_on_paper_and_goes_before_the_two_hours_are_over(now: datetime) -> None:
    plan, people = told(now)
    ((number, role),) = [(number, role) for number, role in plan.roles.items() if role.kind == "left_early"]
    session = next(s for v, s in people[number].sessions if v.day == role.day)
    t0 = now - timedelta(minutes=role.minutes)
    assert (session.dosed_at, session.ended_at, session.leaves_early_at) == (
        t0, None, t0 + timedelta(minutes=95),
    )  # fmt: skip
    assert [seen.slot_minute for seen in session.on_paper] == [60, 75]
    entered = [seen.slot_minute for seen in session.observations if seen.slot_minute is not None]
    assert not {60, 75} & set(entered)
    assert max(entered) == 90


@pytest.mark.parametrize("now", MOMENTS)
def test_nothing_lies_in_the_future(now: datetime) -> None:
    _, people = told(now)
    for one in people.values():
        moments = [one.consented_at, one.randomized_at, one.completed_at, one.discontinued_at]
        moments += [one.screening.decided_at, *one.screening.known_at.values()]
        moments += [rating.observed_at for rating in one.screening.ratings]
        for visit in one.visits:
            moments += [visit.held_at, visit.missed_at, *(rating.observed_at for rating in visit.ratings)]
        for _, session in one.sessions:
            moments += [session.checked_in_at, session.dose_requested_at, session.dosed_at, session.ended_at]
            moments += [seen.observed_at for seen in session.observations]
            moments += [attempt.at for attempt in session.gate_attempts]
            for device in session.devices:
                moments += [device.first_spray_at, device.second_spray_at]
        for event in one.events:
            moments += [event.onset_at, event.resolved_at]
        assert all(moment <= now for moment in moments if moment is not None), one.number
        assert one.site.opened_on <= local_date(one.consented_at, one.site.time_zone)


@pytest.mark.parametrize("now", MOMENTS)
def test_each_role_is_what_it_says(now: datetime) -> None:
    plan, people = told(now)
    assert len(people) == len(ROLES)
    expected = {
        "completed": "COMPLETED",
        "discontinued": "DISCONTINUED",
        "eligible": "ELIGIBLE",
        "screening": "SCREENING",
        "failed": "SCREEN_FAILED",
    }
    for number, role in plan.roles.items():
        one = people[number]
        assert one.status == expected.get(role.kind, "RANDOMIZED"), role
        today = local_date(now, one.site.time_zone)
        visits = {visit.day: visit for visit in one.visits}
        if role.kind in ("due", "overdue"):
            visit = visits[role.day]
            assert visit.held_at is None
            assert visit.missed_at is None
            earlier = [seen for day, seen in visits.items() if day < role.day]
            assert all(seen.held_at is not None for seen in earlier)
            if role.kind == "due":
                assert visit.opens_on <= local_date(now - timedelta(minutes=role.minutes), one.site.time_zone)
                assert visit.planned_at is not None
                assert abs(visit.planned_at - (now - timedelta(minutes=role.minutes))) <= timedelta(
                    hours=1, minutes=1
                )
            else:
                assert visit.closes_on == today - timedelta(days=role.minutes)
        if role.kind == "withheld":
            session = visits[role.day].session
            assert session is not None
            assert session.dosed_at is None
            assert not session.gate_attempts[-1].passed
        if role.kind == "screening":
            assert one.screening.decided_at is None


def test_no_two_open_sessions_share_a_chair() -> None:
    for now in MOMENTS:
        _, people = told(now)
        open_chairs = [
            (one.site.code, session.chair)
            for one in people.values()
            for _, session in one.sessions
            if session.ended_at is None
        ]
        assert len(open_chairs) >= 7
        assert len(set(open_chairs)) == len(open_chairs)
        assert all(
            chair <= one.site.chairs
            for one in people.values()
            for _, s in one.sessions
            for chair in [s.chair]
        )


def test_the_same_moment_gives_the_same_study() -> None:
    assert told(MOMENTS[0]) == told(MOMENTS[0])
