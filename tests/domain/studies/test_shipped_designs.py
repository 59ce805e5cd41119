"""What the three shipped designs say, claim by claim, and that what is uncertain says so."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest

from apps.studies.domain.permissions import Role
from apps.studies.domain.protocol import BloodPressureGate, NotifyRole, Protocol, evaluate, missing_facts
from apps.studies.domain.readings import READING_KEYS
from apps.studies.domain.rules import facts_of
from apps.studies.domain.uncertainty import uncertainties
from tests.domain.studies.conftest import protocol_of

DESIGNS = ["transform_2", "nct04599855", "sustain_3"]


@pytest.mark.parametrize(
    ("key", "nct", "number"),
    [
        ("transform_2", "NCT02418585", "ESKETINTRD3002"),
        ("nct04599855", "NCT04599855", "54135419TRD4005"),
        ("sustain_3", "NCT02782104", "54135419TRD3008"),
    ],
)
def test_a_trial_is_known_by_registry_and_sponsor_number(key: str, nct: str, number: str) -> None:
    protocol = protocol_of(key)
    assert (protocol.nct, protocol.sponsor_number, protocol.fictional) == (nct, number, False)


@pytest.mark.parametrize("key", ["transform_2", "nct04599855"])
def test_induction_doses_on_eight_days_and_ends_on_day_28(key: str) -> None:
    protocol = protocol_of(key)
    assert [visit.day for visit in protocol.dosing_visits] == [1, 4, 8, 11, 15, 18, 22, 25]
    assert protocol.endpoint_visit.day == 28
    assert not protocol.endpoint_visit.dose
    assert protocol.baseline_visit.day == 1


def test_transform_2_titrates_on_days_4_8_and_11_and_only_lowers_on_day_15(transform_2: Protocol) -> None:
    dose = transform_2.dose
    assert (dose.allowed_mg, dose.start(40), dose.step_mg) == ((56, 84), 56, 28)
    assert dose.increase_days == (4, 8, 11)
    assert dose.decrease_days == (8, 11, 15)
    assert (dose.stable_after_day, dose.devices_per_session_blinded, dose.fixed) == (15, 3, False)


def test_transform_2_rates_madrs_over_24_hours_on_day_2_and_7_days_elsewhere(transform_2: Protocol) -> None:
    recalls = {
        visit.code: item.recall
        for visit in transform_2.visits
        for item in visit.instruments
        if item.instrument == "MADRS" and visit.anchor == "first_dose"
    }
    assert recalls == {"D1": "7d", "D2": "24h", "D8": "7d", "D15": "7d", "D22": "7d", "D28": "7d"}


def test_madrs_is_rated_before_the_dose_by_the_blinded_rater(transform_2: Protocol) -> None:
    for visit in transform_2.visits:
        for item in visit.instruments:
            if item.instrument == "MADRS":
                assert item.rater == "blinded_rater"
                assert item.timing == ("predose" if visit.dose else "any")


@pytest.mark.parametrize("key", DESIGNS)
@pytest.mark.parametrize(
    ("age", "sbp", "dbp", "held"),
    [
        (64, 141, 80, True),
        (64, 140, 90, False),
        (65, 148, 90, False),
        (65, 151, 88, True),
        (40, 120, 91, True),
    ],
)
def test_blood_pressure_before_the_dose_is_limited_by_age(
    key: str, age: int, sbp: int, dbp: int, held: bool
) -> None:
    (gate,) = [gate for gate in protocol_of(key).gates if isinstance(gate, BloodPressureGate)]
    assert (sbp > gate.sbp_max.at(age) or dbp > gate.dbp_max.at(age)) is held
    assert (gate.on_failure, gate.override) == ("withhold", "investigator")


@pytest.mark.parametrize(
    ("reading", "codes"),
    [
        ({"sbp": 180, "dbp": 80}, {"E1"}),
        ({"sbp": 179, "dbp": 109}, set()),
        ({"dbp": 110}, {"E1"}),
        ({"sbp_rise": 40}, {"E2"}),
        ({"dbp_rise": 25}, {"E2"}),
        ({"sbp_rise": 39, "dbp_rise": 24}, set()),
        ({"minutes": 90, "sbp": 160, "dbp": 80}, {"E3"}),
        ({"minutes": 89, "sbp": 160, "dbp": 80}, set()),
        ({"minutes": 95, "sbp": 159, "dbp": 99}, set()),
        ({"crisis_symptom": True}, {"E4"}),
        ({"moaas": 5}, set()),
        ({"moaas": 4}, {"E5"}),
        ({"moaas": 3}, {"E6"}),
        ({"moaas": 1}, {"E6", "E7"}),
        ({"spo2": 92}, {"E8"}),
        ({"spo2": 93}, set()),
        ({"rr": 9}, {"E9"}),
        ({"rr": 10}, set()),
        ({"apnoea": True}, {"E9"}),
        ({"cadss_total": 5, "cadss_rise": 1}, {"E10"}),
        ({"cadss_total": 5, "cadss_rise": 0}, set()),
        ({"cadss_total": 4, "cadss_rise": 4}, set()),
        ({"bprs_rise": 4}, {"E11"}),
        ({"cssrs_ideation": 4}, {"E12"}),
        ({"cssrs_behavior": True}, {"E12"}),
        ({"dose_disturbed": True}, {"E13"}),
    ],
)
def test_a_reading_escalates_exactly_the_rules_it_meets(
    transform_2: Protocol, reading: dict[str, Any], codes: set[str]
) -> None:
    assert {rule.code for rule in transform_2.escalation if evaluate(rule.trigger, reading) is True} == codes


@pytest.mark.parametrize("key", DESIGNS)
def test_nobody_leaves_before_two_hours_and_every_condition(key: str) -> None:
    rule = protocol_of(key).discharge
    assert (rule.min_minutes, rule.from_) == (120, "first_spray")
    assert {condition.kind for condition in rule.conditions} == {
        "moaas_at_least",
        "cadss_resolved",
        "bp_below",
        "spo2_at_least",
        "no_distressing_event",
        "no_urgent_finding",
        "ready_signed",
        "escort",
        "instructions_given",
    }


@pytest.mark.parametrize("key", DESIGNS)
def test_the_two_hours_have_a_predose_slot_a_peak_and_an_end(key: str) -> None:
    slots = protocol_of(key).observation_plan.slots
    assert [slot.minute for slot in slots] == [None, 15, 30, 40, 45, 60, 75, 90, 120]
    at = {slot.minute: slot for slot in slots}
    for minute in (None, 40, 90):
        assert {"bp", "cadss", "bprs"} <= set(at[minute].measures)
    assert all("spo2" in slot.measures for slot in slots)


CRITERIA_A = {
    "age_years": 40, "consent_signed": True, "weight_kg": 70, "height_cm": 175, "bmi": 22.9, "mdd_course": "recurrent",
    "psychotic_features": False, "idsc30_total": 40, "failed_documented": 2, "failed_with_observed": 3,
    "current_oad_differs": True, "current_oad_weeks": 6, "current_oad_adequate": True, "madrs_week_1": 40,
    "madrs_week_2": 28, "madrs_week_4": 30, "childbearing_potential": False, "alt_times_uln": 1, "ast_times_uln": 1,
    "bilirubin_times_uln": 1, "severe_renal_impairment": False, "hba1c_percent": 5.4, "drug_screen_positive": False,
    "cannabis_day_1_positive": False, "screening_sbp": 140, "screening_dbp": 90, "day_1_sbp": 140, "day_1_dbp": 90,
    "spo2_rest": 93, "respiratory_disease": False, "qtcf_ms": 450, "conduction_disorder": False,
    "untreated_glaucoma": False, "homicidal_ideation": False, "cssrs_ideation_6_months": 3,
    "suicidal_behavior_12_months": False, "substance_use_disorder_6_months": False, "hallucinogen_use_disorder": False,
}  # fmt: skip


def against(protocol: Protocol, facts: dict[str, Any]) -> set[str]:
    """The criteria with a rule that speak against this person."""
    return {
        criterion.code
        for criterion in protocol.criteria
        if criterion.rule is not None
        and evaluate(criterion.rule, facts) is not (criterion.kind == "inclusion")
    }


def test_a_person_at_every_limit_is_eligible_for_transform_2(transform_2: Protocol) -> None:
    assert against(transform_2, CRITERIA_A) == set()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"consent_signed": False}, "I01"),
        ({"age_years": 17}, "I02"),
        ({"age_years": 65}, "I02"),
        ({"mdd_course": "single_episode", "episode_months": 23}, "I03"),
        ({"psychotic_features": True}, "I03"),
        ({"idsc30_total": 33}, "I04"),
        ({"failed_documented": 0}, "I05"),
        ({"failed_documented": 6}, "I05"),
        ({"failed_with_observed": 1}, "I05R"),
        ({"current_oad_weeks": 1.9}, "I06"),
        ({"madrs_week_2": 27}, "I07"),
        ({"madrs_week_4": 27}, "I07"),
        ({"madrs_week_4": 29}, "I07"),
        ({"childbearing_potential": True, "serum_hcg": "positive", "urine_hcg_day_1": "negative"}, "I10"),
        ({"bmi": 17.9}, "I12"),
        ({"bmi": 40.1}, "I12"),
        ({"cssrs_ideation_6_months": 4}, "X07A"),
        ({"suicidal_behavior_12_months": True}, "X07B"),
        ({"substance_use_disorder_6_months": True}, "X08A"),
        ({"hallucinogen_use_disorder": True}, "X08B"),
        ({"drug_screen_positive": True}, "X09"),
        ({"screening_sbp": 141}, "X13"),
        ({"screening_dbp": 91}, "X13"),
        ({"day_1_sbp": 141}, "X13D1"),
        ({"spo2_rest": 92}, "X15"),
        ({"alt_times_uln": 2}, "X16"),
        ({"qtcf_ms": 451}, "X17"),
        ({"hba1c_percent": 9.1}, "X18"),
    ],
)
def test_one_step_beyond_a_limit_is_not_eligible(
    transform_2: Protocol, change: dict[str, Any], code: str
) -> None:
    assert against(transform_2, {**CRITERIA_A, **change}) == {code}


def test_nobody_is_eligible_while_a_fact_is_missing(transform_2: Protocol) -> None:
    rule = next(criterion.rule for criterion in transform_2.criteria if criterion.code == "I07")
    assert rule is not None
    assert missing_facts(rule, {"madrs_week_1": 40, "madrs_week_2": 30}) == ("madrs_week_4",)


def test_scores_of_remote_raters_decide_without_being_shown_to_the_site() -> None:
    for key in ("transform_2", "nct04599855"):
        protocol = protocol_of(key)
        rated = [fact for fact in protocol.facts if fact.source == "rating"]
        assert rated
        assert all(fact.sensitive for fact in rated)
        sensitive = {fact.key for fact in rated}
        for criterion in protocol.criteria:
            if criterion.rule is not None and facts_of(criterion.rule) & sensitive:
                assert criterion.blinded_result


def test_monotherapy_shares_1_to_1_to_2_in_blocks_of_four(monotherapy: Protocol) -> None:
    assert [(arm.code, arm.ratio, arm.fixed_dose_mg) for arm in monotherapy.arms] == [
        ("ESK56", 1, 56),
        ("ESK84", 1, 84),
        ("PBO", 2, None),
    ]
    assert monotherapy.randomization.block_sizes == (4,)
    assert monotherapy.dose.fixed


@pytest.mark.parametrize(
    ("first", "second", "baseline", "code"),
    [
        (36, 28, 28, "MET"),
        (36, 30, 27, "NOT_MET"),
        (40, 30, 30, "MET"),
        (40, 30, 29, "NOT_MET"),
        (27, 30, 30, "NOT_MET"),
        (36, 27, 36, "NOT_MET"),
    ],
)
def test_severity_routes_to_a_list_and_excludes_nobody(
    monotherapy: Protocol, first: int, second: int, baseline: int, code: str
) -> None:
    facts = {"madrs_week_1": first, "madrs_week_2": second, "madrs_day_1": baseline}
    chosen = monotherapy.randomization.list_for(facts)
    assert chosen is not None
    assert chosen.code == code
    assert not any(
        facts_of(criterion.rule) & set(facts)
        for criterion in monotherapy.criteria
        if criterion.rule is not None
    )


def test_without_the_ratings_no_list_is_chosen(monotherapy: Protocol, transform_2: Protocol) -> None:
    assert monotherapy.randomization.list_for({"madrs_week_1": 40}) is None
    main = transform_2.randomization.list_for({})
    assert main is not None
    assert main.code == "MAIN"


@pytest.mark.parametrize(
    ("drug", "level"),
    [("duloxetine", "SNRI"), ("venlafaxine_xr", "SNRI"), ("escitalopram", "SSRI"), ("sertraline", "SSRI")],
)
def test_the_class_of_the_new_antidepressant_is_the_stratum(
    transform_2: Protocol, drug: str, level: str
) -> None:
    factor = next(factor for factor in transform_2.randomization.strata if factor.code == "oad_class")
    assert factor.level_of({"oral_antidepressant": drug}) == level
    assert factor.level_of({}) is None
    assert {entry.code: entry.drug_class for entry in transform_2.oral_antidepressants}[drug] == level


@pytest.mark.parametrize(
    ("key", "cutoff", "mark"), [("transform_2", 12, "S"), ("nct04599855", 10, "U"), ("sustain_3", 12, "S")]
)
def test_remission_differs_by_trial_and_the_conflict_is_said(key: str, cutoff: int, mark: str) -> None:
    plan = protocol_of(key).endpoints
    assert (plan.remission_cutoff, plan.remission_mark, plan.response_fraction) == (cutoff, mark, 0.5)
    assert bool(plan.remission_note) is (mark == "U")


def test_transform_2_tests_in_series_and_monotherapy_by_hochberg(
    transform_2: Protocol, monotherapy: Protocol
) -> None:
    assert transform_2.endpoints.gatekeeping.order == ("MADRS_MMRM", "ONSET_D2", "SDS_MMRM", "PHQ9_MMRM")
    assert monotherapy.endpoints.gatekeeping.method == "hochberg"
    for protocol in (transform_2, monotherapy):
        assert (protocol.endpoints.alpha, protocol.endpoints.sidedness) == (0.05, "two_sided")


@pytest.mark.parametrize("key", DESIGNS)
def test_every_rate_carries_its_set_and_its_missing_rule(key: str) -> None:
    plan = protocol_of(key).endpoints
    rates = [analysis for analysis in plan.analyses if analysis.method == "proportion"]
    assert {analysis.outcome for analysis in rates} == {"response", "remission"}
    assert {analysis.code for analysis in rates} >= {"RESPONSE_OC", "REMISSION_OC"}


@pytest.mark.parametrize(
    ("score", "code"),
    [(1, "EVERY_4_WEEKS"), (2, "EVERY_4_WEEKS"), (3, "EVERY_2_WEEKS"), (4, "WEEKLY"), (7, "WEEKLY")],
)
def test_sustain_3_doses_as_often_as_severity_asks(sustain_3: Protocol, score: int, code: str) -> None:
    plan = sustain_3.frequency
    assert plan is not None
    chosen = [option.code for option in plan.options if evaluate(option.when, {"score": score})]
    assert chosen == [code]
    assert plan.protocol_defined


def test_sustain_3_is_open_with_one_arm_and_starts_lower_from_65(sustain_3: Protocol) -> None:
    assert (sustain_3.blinding, sustain_3.randomization.method, len(sustain_3.arms)) == (
        "open_label",
        "none",
        1,
    )
    assert (sustain_3.dose.start(64), sustain_3.dose.start(65)) == (56, 28)


@pytest.mark.parametrize("key", DESIGNS)
def test_what_nobody_published_is_marked(key: str) -> None:
    protocol = protocol_of(key)
    assert protocol.spacing.mark == "U"
    windowed = [visit for visit in protocol.visits if visit.window_before_days or visit.window_after_days]
    assert all(visit.protocol_defined for visit in windowed)
    rules = {rule.code: rule for rule in protocol.escalation}
    assert {rules[code].mark for code in ("E3", "E9", "E11")} == {"U"}
    assert all(entry.text for entry in uncertainties(protocol))
    assert {entry.path for entry in protocol.uncertain} <= {entry.path for entry in uncertainties(protocol)}


@pytest.mark.parametrize("key", DESIGNS)
def test_every_gate_criterion_rule_and_condition_is_marked(key: str) -> None:
    protocol = protocol_of(key)
    for blocks in (protocol.gates, protocol.criteria, protocol.escalation, protocol.discharge.conditions):
        assert [block.code for block in blocks if block.mark is None] == []


@pytest.mark.parametrize("key", DESIGNS)
def test_reminders_and_findings_tell_people_who_exist(key: str) -> None:
    protocol = protocol_of(key)
    roles = {role.value for role in Role}
    assert {reminder.audience for reminder in protocol.reminders} <= roles | {"PARTICIPANT"}
    assert {role for rule in protocol.escalation for role in rule.notify} <= roles
    assert all(set(facts_of(rule.trigger)) <= set(READING_KEYS) for rule in protocol.escalation)


def test_the_schema_offers_exactly_the_roles_that_exist() -> None:
    assert set(get_args(NotifyRole)) == {role.value for role in Role}


@pytest.mark.parametrize("key", DESIGNS)
def test_no_wording_of_a_licensed_instrument_is_in_a_protocol(key: str) -> None:
    text = json.dumps(protocol_of(key).model_dump(mode="json")).lower()
    for phrase in ("apparent sadness", "wish to be dead", "little interest or pleasure"):
        assert phrase not in text
