"""The history that the generator tells obeys the protocol and the laws of nature."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from apps.demo.domain.calendar import local_date
from apps.demo.domain.trial import (
    blocked_arms,
    complete_trial,
    generate_finished_trial,
    plan_finished_trial,
)
from apps.demo.domain.values import DemoParticipant, DemoTrial


def randomized(trial: DemoTrial) -> list[DemoParticipant]:
    return [one for one in trial.participants if one.randomized_at is not None]


def test_the_same_seed_tells_the_same_story_and_another_seed_another(trial: DemoTrial) -> None:
    assert generate_finished_trial() == trial
    assert generate_finished_trial(seed=7) != trial


def test_there_are_ten_sites_in_four_countries_and_several_time_zones(trial: DemoTrial) -> None:
    assert len(trial.sites) == 10
    assert len({site.country for site in trial.sites}) == 4
    assert len({site.time_zone for site in trial.sites}) >= 6
    for site in trial.sites:
        ZoneInfo(site.time_zone)
        assert any(one.site == site for one in randomized(trial)), site.name


def test_accrual_is_staggered_over_eighteen_months(trial: DemoTrial) -> None:
    days = sorted(local_date(one.consented_at, one.site.time_zone) for one in trial.participants)
    assert 450 < (days[-1] - days[0]).days < 560
    for one in trial.participants:
        assert local_date(one.consented_at, one.site.time_zone) >= one.site.opened_on
        assert local_date(one.consented_at, one.site.time_zone).weekday() < 5


def test_numbers_are_unique_and_tell_nothing_about_the_arm(trial: DemoTrial) -> None:
    numbers = [one.number for one in trial.participants]
    assert len(set(numbers)) == len(numbers)
    assert all(one.number.startswith(one.site.code) for one in trial.participants)


def test_a_person_keeps_their_body_and_calendar_under_the_other_arm() -> None:
    plan = plan_finished_trial()
    arms = blocked_arms(plan.enrolments, seed=plan.seed)
    swapped = {number: "placebo" if arm == "esketamine" else "esketamine" for number, arm in arms.items()}
    for one, other in zip(
        complete_trial(plan, arms=arms).participants,
        complete_trial(plan, arms=swapped).participants,  # type: ignore[arg-type]
        strict=True,
    ):
        assert one.person == other.person
        assert one.screening == other.screening
        assert [visit.planned_at for visit in one.visits] == [visit.planned_at for visit in other.visits]


def test_an_arm_that_was_never_drawn_is_an_error() -> None:
    plan = plan_finished_trial()
    with pytest.raises(KeyError):
        complete_trial(plan, arms={})


def test_only_the_eligible_were_randomized_and_every_failure_names_its_criterion(trial: DemoTrial) -> None:
    for one in trial.participants:
        screening = one.screening
        assert screening.decided_at is not None
        assert screening.opened_at < screening.decided_at
        if one.randomized_at is not None:
            assert screening.state == "ELIGIBLE"
            assert not screening.failed
            assert screening.decided_at < one.randomized_at
            first, second, fourth = (rating.total or 0 for rating in screening.ratings)
            assert second >= 28
            assert fourth >= 28
            assert first - fourth <= 0.25 * first
            assert screening.facts["day_1_sbp"] <= 140  # type: ignore[operator]
            assert screening.facts["idsc30_total"] >= 34  # type: ignore[operator]
        else:
            assert screening.state == "FAILED"
            assert screening.failed
        assert 18 <= one.person.age_years <= 64
        assert all(moment <= screening.decided_at for moment in screening.known_at.values())


def test_i07_fails_exactly_those_who_improved_or_fell_below(trial: DemoTrial) -> None:
    judged = [one.screening for one in trial.participants if len(one.screening.ratings) == 3]
    assert len(judged) > 250
    for screening in judged:
        first, second, fourth = (rating.total or 0 for rating in screening.ratings)
        met = second >= 28 and fourth >= 28 and first - fourth <= 0.25 * first
        assert met == ("I07" not in screening.failed)


def test_visits_lie_in_their_windows_and_doses_are_spaced(trial: DemoTrial) -> None:
    for one in randomized(trial):
        zone = one.site.time_zone
        doses = []
        for visit in one.visits:
            if visit.held_at is not None:
                assert visit.opens_on <= local_date(visit.held_at, zone) <= visit.closes_on, (
                    one.number,
                    visit,
                )
                assert visit.missed_at is None
            if visit.session is not None and visit.session.dosed_at is not None:
                on = local_date(visit.session.dosed_at, zone)
                assert visit.opens_on <= on <= visit.closes_on
                doses.append(on)
        assert all((later - earlier).days >= 2 for earlier, later in pairwise(doses))
        assert all((third - first).days >= 7 for first, third in zip(doses, doses[2:], strict=False))


def test_doses_start_low_and_most_end_high(trial: DemoTrial) -> None:
    at_end = []
    for one in randomized(trial):
        doses = {visit.day: session.dose_mg for visit, session in one.sessions}
        assert set(doses.values()) <= {56, 84}
        assert doses.get(1, 56) == 56
        if one.treatment == "esketamine" and one.completed_at is not None:
            at_end.append(max(doses) >= 25 and doses[max(doses)] == 84)
    assert 0.55 < sum(at_end) / len(at_end) < 0.80  # published: 67 % on 84 mg at Day 28


def test_every_session_waits_for_its_gates_and_for_two_hours(trial: DemoTrial) -> None:
    held = 0
    for one in randomized(trial):
        for _, session in one.sessions:
            *before, final = session.gate_attempts
            assert not any(attempt.passed for attempt in before)
            held += not session.gate_attempts[0].passed
            assert final.passed == (final.sbp <= 140 and final.dbp <= 90)
            assert final.passed == (session.dosed_at is not None)
            if session.dosed_at is None:
                assert session.stopped_reason
                assert not session.devices
                continue
            assert session.dosed_at - session.fasted_since >= timedelta(hours=2)
            assert session.dosed_at - session.drank_at >= timedelta(minutes=30)
            assert session.devices[0].first_spray_at == session.dosed_at > final.at
            assert len(session.devices) == 3
            for earlier, later in pairwise(session.devices):
                assert later.first_spray_at - earlier.first_spray_at >= timedelta(minutes=5)
            assert session.ended_at is not None
            assert session.ended_at - session.dosed_at >= timedelta(minutes=120)
            assert session.ready_minute is not None
            last = session.observations[-1]
            assert last.ready
            assert last.moaas == 5
            assert last.spo2 >= 93
            assert last.sbp is not None
            assert last.sbp < 160
            totals = [seen.cadss_total for seen in session.observations if seen.cadss_total is not None]
            assert totals[-1] <= 4
    assert 20 < held < 200


def test_readings_stay_within_what_a_body_can_show(trial: DemoTrial) -> None:
    for one in randomized(trial):
        for _, session in one.sessions:
            for seen in session.observations:
                assert 85 <= seen.spo2 <= 100
                assert 0 <= seen.moaas <= 5
                if seen.sbp is not None and seen.dbp is not None and seen.hr is not None:
                    assert 40 <= seen.dbp < seen.sbp <= 220
                    assert 40 <= seen.hr <= 150
                if seen.rr is not None:
                    assert 10 <= seen.rr <= 24
                if seen.cadss_items is not None:
                    assert len(seen.cadss_items) == 23
                    assert all(0 <= item <= 4 for item in seen.cadss_items)


def test_madrs_is_ten_items_from_zero_to_six(trial: DemoTrial) -> None:
    count = 0
    for one in trial.participants:
        ratings = [*one.screening.ratings, *(rating for visit in one.visits for rating in visit.ratings)]
        for rating in ratings:
            if rating.instrument == "MADRS":
                count += 1
                assert len(rating.items) == 10
                assert all(item is not None and 0 <= item <= 6 for item in rating.items)
    assert count > 1500


def test_dissociation_and_pressure_peak_at_forty_minutes_on_esketamine_only(trial: DemoTrial) -> None:
    totals: dict[tuple[str, int], list[int]] = defaultdict(list)
    rises: dict[tuple[str, int], list[int]] = defaultdict(list)
    ever: dict[str, list[bool]] = defaultdict(list)
    ready: dict[str, list[bool]] = defaultdict(list)
    for one in randomized(trial):
        if one.treatment is None or one.first_dose_at is None:
            continue
        dosed = [session for _, session in one.sessions if session.dosed_at is not None]
        above = False
        for session in dosed:
            before = session.observations[0]
            ready[one.treatment].append((session.ready_minute or 999) <= 90)
            for seen in session.observations[1:]:
                minute = seen.slot_minute or 0
                if seen.cadss_total is not None and before.cadss_total is not None:
                    totals[one.treatment, minute].append(seen.cadss_total)
                    above = above or (seen.cadss_total > 4 and seen.cadss_total > before.cadss_total)
                if seen.sbp is not None and before.sbp is not None:
                    rises[one.treatment, minute].append(seen.sbp - before.sbp)
        ever[one.treatment].append(above)

    def mean(values: list[int]) -> float:
        return sum(values) / len(values)

    assert mean(totals["esketamine", 40]) > 10 * mean(totals["esketamine", 90])
    assert mean(totals["placebo", 40]) < 0.5
    assert mean(rises["esketamine", 40]) > mean(rises["esketamine", 90]) > mean(rises["esketamine", 120])
    assert mean(rises["esketamine", 40]) > mean(rises["placebo", 40]) + 5
    # Sponsor's medical information: 61 to 84 % against 5 to 16 % with CADSS above 4; nine in ten ready at 90
    # minutes.
    assert 0.55 <= sum(ever["esketamine"]) / len(ever["esketamine"]) <= 0.86
    assert 0.02 <= sum(ever["placebo"]) / len(ever["placebo"]) <= 0.18
    assert sum(ready["esketamine"]) / len(ready["esketamine"]) >= 0.90


def test_events_follow_the_first_dose_and_end_after_they_began(trial: DemoTrial) -> None:
    for one in randomized(trial):
        sessions = {visit.day: session for visit, session in one.sessions}
        for event in one.events:
            assert one.first_dose_at is not None
            assert event.onset_at >= one.first_dose_at
            assert event.resolved_at is None or event.resolved_at > event.onset_at
            if event.session_day is not None:
                start = sessions[event.session_day].dosed_at
                assert start is not None
                assert event.onset_at - start == timedelta(minutes=event.minutes_from_dose or 0)


def test_everybody_randomized_either_completed_or_left_for_a_reason(trial: DemoTrial) -> None:
    for one in randomized(trial):
        assert (one.completed_at is None) != (one.discontinued_at is None)
        assert bool(one.discontinuation_reason) == (one.status == "DISCONTINUED")
        if one.discontinuation_reason == "Adverse event":
            assert any(event.action_taken == "DRUG_WITHDRAWN" for event in one.events)
        left = one.discontinued_at
        if left is not None:
            doses = [session.dosed_at for _, session in one.sessions if session.dosed_at is not None]
            assert all(dose < left for dose in doses)


def test_nobody_sits_on_a_chair_that_is_taken(trial: DemoTrial) -> None:
    by_chair = defaultdict(list)
    for one in trial.participants:
        for _, session in one.sessions:
            assert 1 <= session.chair <= one.site.chairs
            assert session.ended_at is not None
            by_chair[one.site.code, session.chair].append((session.checked_in_at, session.ended_at))
    for times in by_chair.values():
        times.sort()
        assert all(left <= comes for (_, left), (comes, _) in pairwise(times))
