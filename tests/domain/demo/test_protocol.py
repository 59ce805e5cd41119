"""The generated history against the shipped TRANSFORM-2 protocol, judged by the very rules the services
use."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from apps.demo.domain.calendar import local_date
from apps.demo.domain.design import TRANSFORM_2
from apps.demo.domain.values import DemoObservation, DemoParticipant, DemoSession, DemoTrial
from apps.dosing.domain.dose import dose_options, dose_reasons
from apps.monitoring.domain.clearance import assess as assess_leaving
from apps.monitoring.domain.conditions import Statement
from apps.monitoring.domain.readings import Reading, Values, baseline_of
from apps.schedule.domain.planning import visits_planned
from apps.screening.domain.eligibility import Verdict, assess
from apps.screening.domain.facts import Known, facts_of
from apps.studies.domain.loading import load_shipped
from apps.studies.domain.protocol import Protocol
from apps.studies.domain.protocol.dose import DevicePlan
from apps.studies.domain.protocol.gates import BloodPressureGate, IntervalSinceGate


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return load_shipped("transform_2")


def test_the_design_is_the_protocols(protocol: Protocol) -> None:
    plans = {plan.code: plan for plan in protocol.visits if plan.anchor == "first_dose"}
    assert list(plans) == [visit.code for visit in TRANSFORM_2.visits]
    for visit in TRANSFORM_2.visits:
        plan = plans[visit.code]
        assert (visit.day, visit.before, visit.after, visit.dose) == (
            *(plan.day, plan.window_before_days, plan.window_after_days, plan.dose),
        )
        rated = {one.instrument: one.recall for one in plan.instruments}
        assert set(visit.instruments) <= set(rated)
        if "MADRS" in rated:
            assert "MADRS" in visit.instruments
            assert visit.madrs_recall == rated["MADRS"]
    windows = {plan.code: plan for plan in protocol.visits if plan.anchor == "screening"}
    for code, first, last in TRANSFORM_2.screening_visits:
        assert first >= windows[code].earliest_day
        assert last <= windows[code].latest_day
    dose, devices = protocol.dose, DevicePlan()
    assert (TRANSFORM_2.start_mg, TRANSFORM_2.high_mg) == dose.allowed_mg
    assert (TRANSFORM_2.increase_days, TRANSFORM_2.decrease_days) == (dose.increase_days, dose.decrease_days)
    assert TRANSFORM_2.devices_per_session == dose.devices_per_session_blinded
    assert TRANSFORM_2.device_gap_minutes >= devices.gap_minutes
    gate = next(one for one in protocol.gates if isinstance(one, BloodPressureGate))
    assert TRANSFORM_2.predose_sbp_max == gate.sbp_max.at(40)
    assert TRANSFORM_2.predose_dbp_max == gate.dbp_max.at(40)
    assert TRANSFORM_2.minimum_observation_minutes == protocol.discharge.min_minutes
    minutes = [slot.minute for slot in protocol.observation_plan.slots if slot.minute is not None]
    assert [minute for minute, _ in TRANSFORM_2.minutes] == minutes
    assert TRANSFORM_2.repeat_every_minutes == protocol.observation_plan.after_plan_every_minutes


def test_screening_verdicts_follow_from_the_facts_by_the_protocols_criteria(
    trial: DemoTrial, protocol: Protocol
) -> None:
    for one in trial.participants:
        screening = one.screening
        entered = {
            fact.key: screening.facts[fact.key]
            for fact in protocol.facts
            if fact.source == "entered" and fact.key in screening.facts
        }
        totals = {rating.visit: rating.total for rating in screening.ratings}
        known = Known(
            age_years=one.person.age_years,
            sex=one.person.sex,
            country=one.site.country,
            site=one.site.code,
            entered=entered,
            totals={"MADRS": totals},
        )
        verdict = assess(
            protocol=protocol,
            facts=facts_of(protocol, known),
            judgements=screening.answers,
            stage="randomization",
        )
        if one.randomized_at is not None:
            assert verdict.verdict is Verdict.ELIGIBLE, (one.number, verdict.reasons)
        else:
            assert verdict.verdict is Verdict.INELIGIBLE
            assert tuple(sorted(verdict.failed_codes)) == tuple(sorted(screening.failed)), one.number


def test_strata_are_those_the_protocol_reads_off_the_facts(trial: DemoTrial, protocol: Protocol) -> None:
    factor = next(one for one in protocol.randomization.strata if one.code == "oad_class")
    drugs = {drug.code for drug in protocol.oral_antidepressants}
    for one in trial.participants:
        assert one.person.oral_antidepressant in drugs
        if one.randomized_at is not None:
            level = factor.level_of({"oral_antidepressant": one.person.oral_antidepressant})
            assert one.strata == {"country": one.site.country, "oad_class": level}


def test_visits_were_held_inside_the_windows_that_the_schedule_computes(
    trial: DemoTrial, protocol: Protocol
) -> None:
    for one in trial.participants:
        if one.randomized_at is None:
            continue
        tz = ZoneInfo(one.site.time_zone)
        day_one = one.visits[0].target_on
        planned = {
            visit.code: visit.window
            for visit in visits_planned(protocol=protocol, first_dose_date=day_one, tz=tz)
        }
        for visit in one.visits:
            window = planned[visit.code]
            assert window.target_date == visit.target_on
            if visit.held_at is not None:
                assert window.opens_at <= visit.held_at < window.closes_at
            for rating in visit.ratings:
                # The rater of Day 2 may reach somebody only the day after.
                late = timedelta(days=1) if (rating.instrument, visit.day) == ("MADRS", 2) else timedelta()
                assert window.opens_at <= rating.observed_at < window.closes_at + late
            if visit.session is not None and visit.session.ended_at is not None:
                assert visit.session.ended_at < window.closes_at


def test_every_dose_asked_for_was_open_that_day(trial: DemoTrial, protocol: Protocol) -> None:
    for one in trial.participants:
        previous = None
        for visit, session in one.sessions:
            if session.dose_requested_at is None:
                continue
            options = dose_options(
                rule=protocol.dose, age_years=one.person.age_years, day=visit.day, previous_mg=previous
            )
            assert not dose_reasons(options=options, dose_mg=session.dose_mg, day=visit.day)
            previous = session.dose_mg


def test_gates_with_an_interval_are_kept(trial: DemoTrial, protocol: Protocol) -> None:
    least = {
        gate.since: gate.minimum_minutes for gate in protocol.gates if isinstance(gate, IntervalSinceGate)
    }
    for _, session in sessions(trial):
        if session.dosed_at is not None:
            assert session.dosed_at - session.fasted_since >= timedelta(minutes=least["food"])
            assert session.dosed_at - session.drank_at >= timedelta(minutes=least["liquid"])


def test_everybody_could_leave_when_they_left(trial: DemoTrial, protocol: Protocol) -> None:
    word = Statement(confirmed=frozenset(condition.code for condition in protocol.discharge.conditions))
    for one, session in sessions(trial):
        if session.dosed_at is None or session.ended_at is None:
            continue
        readings = [_reading(seen) for seen in session.observations]
        verdicts = assess_leaving(
            rule=protocol.discharge,
            readings=readings,
            baseline=baseline_of(readings, session.dosed_at),
            findings=(),
            dosed_at=session.dosed_at,
            last_spray_at=session.devices[-1].second_spray_at,
            statement=word,
            now=session.ended_at,
        )
        assert all(verdict.met for verdict in verdicts), (one.number, [v for v in verdicts if not v.met])


def test_a_visit_is_on_the_clinics_day_that_it_names(trial: DemoTrial) -> None:
    for one in trial.participants:
        if one.randomized_at is not None:
            assert local_date(one.randomized_at, one.site.time_zone) == one.visits[0].target_on


def sessions(trial: DemoTrial) -> list[tuple[DemoParticipant, DemoSession]]:
    return [(one, session) for one in trial.participants for _, session in one.sessions]


def _reading(seen: DemoObservation) -> Reading:
    values = Values(
        sbp=seen.sbp,
        dbp=seen.dbp,
        hr=seen.hr,
        rr=seen.rr,
        spo2=seen.spo2,
        temp_c=None if seen.temp_c is None else Decimal(str(seen.temp_c)),
        moaas=seen.moaas,
        cadss_total=seen.cadss_total,
        bprs_total=None if seen.bprs_items is None else sum(seen.bprs_items),
        ready=seen.ready,
    )
    return Reading(seen.observed_at, values, seen.slot_minute)
