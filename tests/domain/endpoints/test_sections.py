"""Each section of a report by itself: what it holds, what it withholds, and that it says so when it cannot be made."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from apps.endpoints.domain.multiplicity import Family, Hypothesis
from apps.endpoints.domain.report import (
    Provenance,
    Report,
    ReportPlan,
    Section,
    Table,
    compose_report,
    plan_from_protocol,
    report_to_json,
)
from apps.endpoints.domain.report import testing as order_of_testing
from apps.endpoints.domain.report.analyses import make_analysis
from apps.endpoints.domain.report.outcomes import Outcome
from apps.endpoints.domain.report.plan import PlannedImputation
from apps.endpoints.domain.results import Interval
from apps.endpoints.domain.sets import Condition
from apps.endpoints.domain.values import (
    NotAnalysable,
    SessionReading,
    SessionRecord,
    SuicidalityRecord,
    TrialRecords,
)
from apps.studies.domain.loading import load_shipped
from tests.domain.endpoints.test_report import (
    BY_ARM,
    MIXED,
    POOLED,
    PROVENANCE,
    compose,
    people,
    planned,
    table,
)


def with_sessions(count: int = 40) -> TrialRecords:
    """Everybody two sessions; esketamine (odd places) rises by 45 mmHg at 40 minutes, placebo by 2."""
    records = people(count)
    sessions, asked = [], []
    for one in records.participants:
        if not one.dosed:
            continue
        drug = one.arm == "ESK"
        for ordinal, day in ((1, 1), (2, 4)):
            peak = 165 if drug else 122
            sessions.append(
                SessionRecord(
                    one.number,
                    ordinal,
                    day,
                    f"Day {day}",
                    dose_mg=56 if ordinal == 1 else 84,
                    minutes=120 + ordinal,
                    ready_minute=90,
                    readings=(
                        SessionReading(-1, -5, sbp=120, dbp=75, sedation=5, dissociation=0),
                        SessionReading(
                            40, 41, sbp=peak, dbp=80, sedation=4 if drug else 5, dissociation=12 * drug
                        ),
                        SessionReading(None, 55, sbp=peak + 20 * drug, dbp=80),
                        SessionReading(120, 121, sbp=121, dbp=75, sedation=5, dissociation=0),
                    ),
                )
            )
        asked.append(SuicidalityRecord(one.number, 0, 2 if one.number in ("p001", "p002") else 0))
    return replace(records, sessions=tuple(sessions), suicidality=tuple(asked))


def section(report: Report, key: str) -> Section:
    return next(one for one in report.sections if one.key == key)


def text_of(one: Section) -> str:
    return " ".join(getattr(block, "text", "") for block in one.blocks)


def cells(one: Table, name: str) -> list[str]:
    return [cell.text for row in one.rows if row.cells[0].text == name for cell in row.cells[1:]]


LIGHT = replace(BY_ARM, analyses=(), families=())
LIGHT_POOLED = replace(POOLED, analyses=(), families=())


def test_exposure_tells_sessions_doses_and_minutes() -> None:
    report = compose(LIGHT, with_sessions())
    assert cells(table(report, "exposure"), "Sessions") == ["40", "40"]
    assert cells(table(report, "exposure"), "Minutes watched after the first spray")[0].startswith("121.5")
    titration = table(report, "titration")
    assert [row.cells[0].text for row in titration.rows if row.kind == "group"][-2:] == ["Day 1", "Day 4"]
    assert cells(titration, "84 mg")[-2:] == ["20", "20"]


def test_a_dose_that_the_allocation_fixes_is_in_no_table() -> None:
    records = with_sessions()
    fixed = tuple(replace(one, dose_mg=None) for one in records.sessions)
    exposure = section(compose(LIGHT_POOLED, replace(records, sessions=fixed)), "exposure")
    assert "The allocation fixes the dose" in text_of(exposure)
    assert [block.kind for block in exposure.blocks] == ["table", "paragraph"]


def test_limits_count_a_participant_once_and_extra_readings_too() -> None:
    vitals = table(compose(LIGHT, with_sessions()), "vitals")
    assert cells(vitals, "Systolic 180 mmHg or more") == ["20 (100.0%)", "0 (0.0%)"]
    assert cells(vitals, "Systolic rise of 40 mmHg or more") == ["20 (100.0%)", "0 (0.0%)"]
    assert cells(vitals, "Diastolic 110 mmHg or more") == ["0 (0.0%)", "0 (0.0%)"]


def test_limits_are_told_apart_by_age_where_there_are_both() -> None:
    records = with_sessions()
    old = tuple(replace(one, age_years=70 if one.number < "p010" else 40) for one in records.participants)
    rows = [
        row.cells[0].text for row in table(compose(LIGHT, replace(records, participants=old)), "vitals").rows
    ]
    assert [name for name in rows if "years" in name] == ["Below 65 years", "65 years and older"]


def test_profiles_are_means_by_slot_without_extra_readings() -> None:
    report = compose(LIGHT, with_sessions())
    found = cells(table(report, "profiles"), "40 minutes")
    assert found[:2] == ["45.0 (0.00), n = 40", "2.0 (0.00), n = 40"]
    assert {"profile-sbp", "profile-dbp", "profile-cadss", "profile-moaas"} <= {
        one.key for one in report.figures
    }


def test_shifts_go_from_before_the_first_dose_to_the_worst_after() -> None:
    by_arm, pooled = (compose(plan, with_sessions()) for plan in (LIGHT, LIGHT_POOLED))
    assert cells(table(by_arm, "suicidality-emergent"), "Worse category than before") == ["1", "1"]
    assert cells(table(pooled, "suicidality-emergent"), "Worse category than before") == ["<5"]


def test_adverse_events_stand_by_worst_severity_and_serious_ones_term_by_term() -> None:
    by_arm, pooled = (compose(plan, with_sessions()) for plan in (LIGHT, LIGHT_POOLED))
    assert cells(table(by_arm, "adverse-severity"), "Mild") == ["10", "0"]
    assert cells(table(by_arm, "adverse-severity"), "Severe") == ["1", "0"]
    assert cells(table(by_arm, "adverse-serious"), "Rare event") == ["1 (5.0%)", "0 (0.0%)"]
    assert "led to discontinuation: none." in text_of(section(by_arm, "adverse"))
    assert cells(table(pooled, "adverse-severity"), "Severe") == ["<5"]
    assert cells(table(pooled, "adverse-severity"), "Mild") == ["<5"]  # or the whole would tell the few
    assert "adverse-serious" not in {one.key for one in pooled.tables}
    assert "fewer than 5 participants are withheld" in text_of(section(pooled, "adverse"))


def test_pooled_safety_is_the_same_whether_or_not_the_records_know_the_arms() -> None:
    told = with_sessions()
    untold = replace(told, participants=tuple(replace(one, arm=None) for one in told.participants))
    assert report_to_json(compose(POOLED, told)) == report_to_json(compose(POOLED, untold))


def test_a_pooled_report_withholds_small_counts_at_every_visit_and_slot() -> None:
    """Four participants in all: no distribution, no rate and no count of them may be printed."""
    records = with_sessions(4)
    body = json.loads(report_to_json(compose(POOLED, records)))
    kept = {"flow", "populations"}  # how many there are in all is everybody's to know
    for one in body["sections"]:
        if one["key"] in kept:
            continue
        for block in one["blocks"]:
            for row in block.get("rows", ()):
                values = [cell["value"] for cell in row["cells"] if cell["value"] not in (None, 0)]
                sessions = row["cells"][0]["text"] == "Sessions"
                assert not values or sessions, (block["key"], row)
                assert all(set(cell["parts"]) <= {"denominator"} for cell in row["cells"]), row


def test_a_pooled_change_table_tells_no_single_participant() -> None:
    spread = table(compose(POOLED), "as-seen").rows[-1].cells[-1]
    assert "), " not in spread.text
    assert {name for name, _ in spread.parts} == {"q1", "q3"}
    assert {name for name, _ in table(compose(), "as-seen").rows[-1].cells[-1].parts} >= {
        "minimum",
        "maximum",
    }


def test_a_method_that_nobody_makes_is_a_section_that_says_so() -> None:
    made = make_analysis(people(), BY_ARM, planned("SORCERY", "sorcery"))
    assert made.section.status == "failed"
    assert 'does not make the method "sorcery"' in text_of(made.section)


def test_a_scale_that_nobody_rated_is_a_section_that_says_so_and_the_summary_lists_it() -> None:
    plan = replace(
        BY_ARM, analyses=(*BY_ARM.analyses, planned("HOPE", "ancova", instrument="H", instrument_label="H"))
    )
    report = compose(plan)
    assert section(report, "hope").status == "failed"
    assert "No participant has a value of H." in text_of(section(report, "hope"))
    assert "Could not be made, and says why in its place: Secondary: Hope." in text_of(report.sections[0])


def test_a_computation_that_breaks_is_told_without_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise FloatingPointError("participant p001 has 12")

    monkeypatch.setattr("apps.endpoints.domain.report.model.fit_ancova", broken)
    covariance = section(compose(), "covariance")
    assert covariance.status == "failed"
    assert "FloatingPointError" in text_of(covariance)
    assert "p001" not in text_of(covariance)


def test_a_model_without_a_fit_tells_every_attempt() -> None:
    """Six participants at five visits cannot carry an unstructured covariance."""
    days = (2, 8, 15, 22, 28)
    records = people(6)
    scores = tuple(
        replace(
            one,
            visits={day: (one.baseline or 0) - place * day % 7 - day / 4 for place, day in enumerate(days)},
        )
        for one in records.scores
    )
    mixed = replace(
        MIXED, days=days, model_days=days, covariance=("unstructured",), factors=(), term_names=()
    )
    made = make_analysis(replace(records, scores=scores), BY_ARM, mixed)
    assert made.section.status == "failed"
    assert not made.outcomes


def test_the_ladder_goes_down_and_each_step_is_kept() -> None:
    report = compose(replace(BY_ARM, analyses=(MIXED,), families=()))
    attempts = table(report, "mixed-covariance")
    assert [row.cells[1].text.split(":")[0] for row in attempts.rows][-1] == "accepted"
    assert len(attempts.rows) <= len(MIXED.covariance)


def test_a_secondary_analysis_without_terms_reads_off_the_primary_model() -> None:
    plan = plan_from_protocol(load_shipped("nct04599855"), by_arm=True)
    early = next(one for one in plan.analyses if one.code == "MADRS_D2")
    assert plan.primary is not None
    assert early.from_primary
    assert early.model_days == plan.primary.model_days == (2, 8, 15, 22, 28)
    assert early.days == (2,)
    everybody = next(one for one in plan.analyses if one.code == "MADRS_ALL")
    assert not everybody.from_primary
    assert everybody.term_names == plan.primary.term_names


def test_a_blinded_reader_s_sets_leave_out_the_severity_that_only_the_draw_knows() -> None:
    protocol = load_shipped("nct04599855")
    by_arm, pooled = (plan_from_protocol(protocol, by_arm=known) for known in (True, False))
    assert Condition.SEVERITY_MET in by_arm.full_set.conditions
    assert all(Condition.SEVERITY_MET not in one.conditions for one in pooled.sets)
    assert "whatever the severity" in pooled.full_set.label


IMPUTED = planned(
    "TIPPING",
    "multiple_imputation",
    role="sensitivity",
    missing=None,
    model_days=(2, 8, 28),
    imputation=PlannedImputation(20, 7, arm_deltas=(0.0, 10.0, 400.0), reference_deltas=(0.0, 5.0)),
)


def test_the_tipping_point_is_told_in_a_sentence_a_surface_and_a_table() -> None:
    report = compose(replace(BY_ARM, analyses=(IMPUTED,), families=()))
    made = section(report, "tipping")
    assert made.status == "made"
    assert "The result is lost once +400 points are added" in text_of(made)
    assert "tipping-surface" in {one.key for one in report.figures}
    rows = table(report, "tipping-surface").rows
    assert [row.cells[-1].text for row in rows if row.kind == "data"][:3] == [
        "significant",
        "significant",
        "not significant",
    ]
    assert len(table(report, "tipping-differences").rows) == 4
    assert "seed 7" in text_of(made)
    assert report.provenance.seeds == (("TIPPING", 7),)
    assert compose(replace(BY_ARM, analyses=(IMPUTED,), families=())) == report


def test_a_pooled_report_draws_nothing_and_names_no_seed() -> None:
    report = compose(replace(POOLED, analyses=(IMPUTED,), families=()))
    assert section(report, "tipping").status == "withheld"
    assert report.provenance.seeds == ()


def gate(*p_values: float) -> list[list[str]]:
    names = tuple(f"A{place}" for place in range(len(p_values)))
    plan = replace(
        BY_ARM,
        analyses=tuple(planned(name, "ancova") for name in names),
        families=tuple(Family((Hypothesis(name, "ESK"),)) for name in names),
    )
    interval = Interval(-2, -1, 0.95, "t")
    outcomes = [
        Outcome(name, "ESK", "PBO", -1.5, interval, 1.0, p) for name, p in zip(names, p_values, strict=True)
    ]
    one = order_of_testing.testing_section(plan, outcomes).blocks[0]
    assert isinstance(one, Table)
    return [[cell.text for cell in row.cells] for row in one.rows]


def test_what_comes_after_a_closed_gate_is_nominal_only_however_small() -> None:
    rows = gate(0.01, 0.3, 0.0001)
    assert [row[3] for row in rows] == ["significant", "not significant", "nominal only"]
    assert rows[2][2] == "–"
    assert "gate closed at A1" in rows[2][4]


def test_an_analysis_that_failed_closes_the_gate() -> None:
    plan = replace(BY_ARM, analyses=(MIXED,), families=(Family((Hypothesis("MIXED", "ESK"),)),))
    one = order_of_testing.testing_section(plan, []).blocks[0]
    assert isinstance(one, Table)
    assert one.rows[0].cells[3].text == "not significant"


def test_an_interim_report_tests_nothing_and_its_open_part_holds_no_efficacy() -> None:
    closed, opened = (compose(replace(plan, kind="DSMB"), with_sessions()) for plan in (BY_ARM, POOLED))
    assert "every p value here is nominal" in text_of(section(closed, "testing"))
    assert "significant:" not in text_of(closed.sections[0])
    assert (closed.subtitle, opened.subtitle) == (
        "Closed part, by arm: for the committee only",
        "Open part: all arms pooled",
    )
    efficacy = {"mixed", "covariance", "as-seen", "response-oc", "testing", "subgroups", "over-time"}
    assert not efficacy & {one.key for one in opened.sections}
    assert {"exposure", "adverse", "vitals", "profiles", "suicidality"} <= {
        one.key for one in opened.sections
    }


def test_progress_is_told_before_every_section_and_may_stop_the_work() -> None:
    told: list[tuple[int, int, str]] = []
    report = compose_report(
        people(), plan=LIGHT, provenance=PROVENANCE, progress=lambda *given: told.append(given)
    )
    assert [place for place, _, _ in told] == list(range(len(told)))
    assert {of for _, of, _ in told} == {len(told)}
    assert len(report.sections) <= len(told) + 1

    class Stopped(Exception):
        pass

    def stop(place: int, of: int, title: str) -> None:
        if place == 3:
            raise Stopped

    with pytest.raises(Stopped):
        compose_report(people(), plan=LIGHT, provenance=PROVENANCE, progress=stop)


def test_contradicting_records_make_no_report_at_all() -> None:
    records = people()
    wrong = replace(records.participants[1], completed=True, discontinuation_reason="Both")
    with pytest.raises(NotAnalysable):
        compose_report(
            replace(records, participants=(records.participants[0], wrong, *records.participants[2:])),
            plan=LIGHT,
            provenance=Provenance("S", "1", PROVENANCE.data_cut_at, "x"),
        )


def test_everybody_left_out_is_listed_by_number_for_readers_who_know_the_arms() -> None:
    records = people()
    lost = replace(records.participants[1], first_oral_dose_on=None)
    records = replace(records, participants=(records.participants[0], lost, *records.participants[2:]))
    by_arm, pooled = compose(LIGHT, records), compose(LIGHT_POOLED, records)
    listed = table(by_arm, "left-out")
    assert [cell.text for cell in listed.rows[1].cells] == [
        lost.number,
        "Placebo",
        "had no dose of the oral antidepressant",
    ]
    assert lost.number not in report_to_json(pooled)
    assert cells(table(pooled, "left-out"), "had no dose of the oral antidepressant") == ["<5"]


def test_every_protocol_that_ships_gives_a_whole_report_of_nobody() -> None:
    for key in ("transform_2", "nct04599855", "sustain_3"):
        for known in (True, False):
            plan: ReportPlan = plan_from_protocol(load_shipped(key), by_arm=known)
            report = compose_report(TrialRecords((), ()), plan=plan, provenance=PROVENANCE)
            assert {one.code.lower().replace("_", "-") for one in plan.analyses} <= {
                one.key for one in report.sections
            }
