"""The report: the same from the same, complete, and silent about arms where it must be."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from apps.endpoints.domain.binary import OnsetRule
from apps.endpoints.domain.multiplicity import Family, Hypothesis
from apps.endpoints.domain.report import (
    Factor,
    Provenance,
    Report,
    ReportPlan,
    Table,
    compose_report,
    plan_from_protocol,
    report_digest,
    report_to_json,
)
from apps.endpoints.domain.report.machine import rounded
from apps.endpoints.domain.report.plan import PlannedAnalysis
from apps.endpoints.domain.results import MissingRule
from apps.endpoints.domain.sets import FULL_ANALYSIS, Condition
from apps.endpoints.domain.values import AdverseEventRecord, Arm, NotAnalysable, Severity, TrialRecords
from apps.studies.domain.loading import load
from tests.domain.endpoints.cast import ARMS, DAY_ONE, madrs, screened, treated

PROVENANCE = Provenance("STUDY", "1.0", datetime(2026, 1, 31, tzinfo=UTC), "abc", (("numpy", "2"),))
TERMS = ("treatment", "country", "day", "treatment:day", "baseline")


def planned(code: str, method: str, **more: object) -> PlannedAnalysis:
    """An analysis of the MADRS at Day 28 unless `more` says otherwise."""
    facts: dict[str, object] = {
        "label": code.replace("_", " ").capitalize(),
        "role": "secondary",
        "instrument": "MADRS",
        "instrument_label": "MADRS",
        "days": (28,),
        "model_days": (28,),
        "definition": FULL_ANALYSIS,
        "missing": MissingRule.OBSERVED_CASES,
        "factors": (Factor("country", "Country"),),
    }
    return PlannedAnalysis(code=code, method=method, **(facts | more))  # type: ignore[arg-type]


MIXED = planned(
    "MIXED",
    "mmrm",
    role="primary",
    days=(2, 8, 28),
    model_days=(2, 8, 28),
    terms=TERMS,
    term_names=TERMS,
    covariance=("unstructured", "compound_symmetry"),
    degrees_of_freedom="kenward_roger",
)
ANALYSES = (
    MIXED,
    planned("COVARIANCE", "ancova", role="sensitivity", missing=MissingRule.LOCF),
    planned("AS_SEEN", "descriptive", role="exploratory", days=(2, 8, 28)),
    planned("RESPONSE_OC", "proportion", outcome="response"),
    planned("RESPONSE_LOCF", "proportion", outcome="response", missing=MissingRule.LOCF),
    planned("RESPONSE_NR", "proportion", outcome="response", missing=MissingRule.NON_RESPONDER),
    planned("ONSET", "onset", outcome="onset", missing=MissingRule.NON_RESPONDER),
)
BY_ARM = ReportPlan(
    instrument="MADRS",
    instrument_label="MADRS",
    days=(2, 8, 28),
    endpoint_day=28,
    response_share=0.5,
    remission_at_most=12,
    arms=ARMS,
    reference="PBO",
    analyses=ANALYSES,
    families=(Family((Hypothesis("MIXED", "ESK"),)), Family((Hypothesis("ONSET", "ESK"),))),
    gate="serial",
    onset=OnsetRule(2, 28, (8,)),
    reason_labels={"I07": "Still ill under observation"},
)
POOLED = replace(BY_ARM, arms=None, reference=None)


def people(count: int = 40, *, arms: bool = True) -> TrialRecords:
    """A made-up trial of `count` randomized: esketamine falls by about 20 points, placebo by about 12."""
    dice = random.Random(3)
    persons, scores, events = [screened("s1", screen_failed=True, screen_failure_reasons=("I07",))], [], []
    for place in range(count):
        arm = "ESK" if place % 2 else "PBO"
        number = f"p{place:03d}"
        baseline = dice.randint(30, 45)
        fall = (20 if arm == "ESK" else 12) + dice.randint(-9, 9)
        left = place in (3, 8)
        visits = {2: baseline - fall // 3, 8: baseline - fall // 2, 28: baseline - fall}
        scores.append(
            madrs(number, baseline, {2: visits[2]} if left else {d: float(s) for d, s in visits.items()})
        )
        persons.append(
            treated(
                number,
                arm if arms else None,
                country="DE" if place % 3 else "PL",
                strata={"country": "DE" if place % 3 else "PL"},
                completed=not left,
                discontinuation_reason="Adverse event" if left else None,
                characteristics={
                    "Age, years": float(dice.randint(20, 64)),
                    "Sex": dice.choice(["Female", "Male"]),
                },
            )
        )
        if arm == "ESK" and place % 4 == 1:
            events.append(
                AdverseEventRecord(
                    number, "Dissociation", Severity.MILD, on_dosing_day=True, began_on=DAY_ONE.date()
                )
            )
        if place == 7:
            events.append(
                AdverseEventRecord(
                    number, "Rare event", Severity.SEVERE, serious=True, began_on=DAY_ONE.date()
                )
            )
    return TrialRecords(tuple(persons), tuple(scores), tuple(events))


def compose(plan: ReportPlan = BY_ARM, records: TrialRecords | None = None) -> Report:
    return compose_report(records or people(), plan=plan, provenance=PROVENANCE)


def table(report: Report, key: str) -> Table:
    return next(one for one in report.tables if one.key == key)


def test_the_same_records_give_the_same_report_in_any_order() -> None:
    records = people()
    shuffled = TrialRecords(
        tuple(random.Random(1).sample(records.participants, len(records.participants))),
        tuple(reversed(records.scores)),
        tuple(reversed(records.adverse_events)),
    )
    assert compose() == compose(records=shuffled)
    assert report_digest(compose()) == report_digest(compose(records=shuffled))


def test_a_changed_score_changes_the_digest() -> None:
    records = people()
    first = records.scores[0]
    changed = replace(first, visits={**first.visits, 28: first.visits[28] + 1})
    assert report_digest(compose()) != report_digest(
        compose(records=replace(records, scores=(changed, *records.scores[1:])))
    )


def test_all_sections_stand_in_their_order() -> None:
    for plan in (BY_ARM, POOLED):
        assert [section.key for section in compose(plan).sections] == [
            *("summary", "plan", "flow", "populations", "baseline", "exposure"),
            *("mixed", "covariance", "as-seen", "response-oc", "response-locf", "response-nr", "onset"),
            *(("testing",) if plan.pooled else ("testing", "sensitivity")),
            *(
                "subgroups",
                "over-time",
                "adverse",
                "adverse-rates",
                "vitals",
                "profiles",
                "suicidality",
                "methods",
            ),
        ]


def test_every_table_has_as_many_cells_as_columns_and_every_key_is_used_once() -> None:
    for plan in (BY_ARM, POOLED):
        report = compose(plan)
        for one in report.tables:
            assert one.rows
            assert all(len(row.cells) == len(one.columns) for row in one.rows), one.key
        keys = [one.key for one in report.tables]
        assert len(set(keys)) == len(keys)


def test_the_pooled_report_is_the_same_whether_or_not_the_records_know_the_arms() -> None:
    told, untold = people(), people(arms=False)
    assert report_to_json(compose(POOLED, told)) == report_to_json(compose(POOLED, untold))


def test_the_pooled_report_names_no_arm_and_compares_nothing() -> None:
    text = report_to_json(compose(POOLED))
    for word in ("Esketamine", "Placebo", '"ESK"', '"PBO"', "LS mean", "Newcombe's method;"):
        assert word not in text
    assert not [
        one.key for one in compose(POOLED).tables if one.key.endswith(("means", "differences", "sigma"))
    ]
    withheld = [one.key for one in compose(POOLED).sections if one.status == "withheld"]
    assert withheld == ["mixed", "covariance", "testing", "subgroups"]
    assert "pooled" in compose(POOLED).subtitle


def test_a_pooled_report_withholds_small_counts_from_readers_and_machines() -> None:
    overview = table(compose(POOLED), "adverse-overview")
    serious = next(row for row in overview.rows if row.cells[0].text == "Serious")
    assert serious.cells[1].text == "<5"
    assert serious.cells[1].value is None
    assert "Rare event" not in report_to_json(compose(POOLED))
    assert table(compose(), "adverse-overview").rows[3].cells[1].text == "1 (5.0%)"


def test_two_participants_of_one_country_cannot_be_read_off_a_pooled_baseline_table() -> None:
    records = people()
    odd = tuple(
        replace(
            one, characteristics={**one.characteristics, "Country": "ES" if one.number < "p002" else "DE"}
        )
        if one.randomized
        else one
        for one in records.participants
    )
    baseline = table(compose(POOLED, replace(records, participants=odd)), "baseline")
    shown = {row.cells[0].text: row.cells[1] for row in baseline.rows}
    assert shown["ES"].value is None
    assert shown["DE"].value is None  # otherwise the difference from N would tell


def test_the_primary_model_gives_the_difference_and_the_summary_begins_with_it() -> None:
    report = compose()
    group, *rows = table(report, "mixed-differences").rows
    assert group.cells[0].text == "Esketamine − Placebo"
    assert [row.cells[0].text for row in rows] == ["Day 2", "Day 8", "Day 28"]
    value = rows[-1].cells[1].value
    assert value is not None
    assert -12 < value < -4
    first = getattr(report.sections[0].blocks[0], "text", "")
    assert first.startswith("Primary analysis. Esketamine against Placebo")
    assert f"differed by −{abs(value):.1f} points" in first
    assert "mixed model for repeated measures" in first


def test_the_covariance_analysis_stands_beside_the_mixed_model() -> None:
    row = table(compose(), "covariance-differences").rows[0]
    assert row.cells[0].text == "Esketamine − Placebo"
    assert row.cells[1].value is not None
    assert -12 < row.cells[1].value < -4


def test_every_rate_shows_its_count_its_denominator_and_its_rule() -> None:
    report = compose()
    denominators = []
    for key, rule in (
        ("response-oc", MissingRule.OBSERVED_CASES),
        ("response-locf", MissingRule.LOCF),
        ("response-nr", MissingRule.NON_RESPONDER),
    ):
        one = table(report, key)
        assert one.notes[0].startswith(rule.label[0].upper() + rule.label[1:])
        assert all("/" in cell.text and "%" in cell.text for cell in one.rows[0].cells[1:])
        denominators.append(dict(one.rows[0].cells[1].parts)["denominator"])
    # Two left early: 38 observed, 40 carried forward or counted as not achieved.
    assert denominators == [19, 20, 20]


def test_who_is_in_the_set_and_not_in_an_analysis_is_named_by_arm_and_counted_when_pooled() -> None:
    def notes(report: Report, key: str) -> str:
        section = next(one for one in report.sections if one.key == key)
        return " ".join(getattr(block, "text", "") for block in section.blocks if block.kind == "note")

    assert "Not analyzed, no score on Day 28: 1 of Esketamine (p003) and 1 of Placebo (p008)." in notes(
        compose(), "response-oc"
    )
    pooled = notes(compose(POOLED), "response-oc")
    assert "fewer than 5 participants" in pooled
    assert "p003" not in report_to_json(compose(POOLED))


def test_a_trial_that_has_hardly_begun_still_gets_a_report() -> None:
    for plan in (BY_ARM, POOLED):
        for count in (0, 1, 2, 3):
            report = compose(plan, people(count))
            assert json.loads(report_to_json(report))["title"]
    nobody = compose(BY_ARM, TrialRecords((), ()))
    first, second = (getattr(block, "text", "") for block in nobody.sections[0].blocks[:2])
    assert first == "The primary analysis (Mixed) gave no estimate; its section says why."
    assert "0 participants were screened" in second + getattr(nobody.sections[0].blocks[2], "text", "")


def test_records_without_arms_are_refused_where_arms_are_asked_for() -> None:
    with pytest.raises(NotAnalysable):
        compose(BY_ARM, people(arms=False))


def test_three_arms_are_each_compared_with_the_reference() -> None:
    records = people(60)
    three = tuple(
        replace(one, arm="HIGH") if one.randomized and int(one.number[1:]) % 3 == 0 else one
        for one in records.participants
    )
    plan = replace(BY_ARM, arms=(ARMS[0], Arm("HIGH", "High dose"), ARMS[1]))
    report = compose(plan, replace(records, participants=three))
    names = [row.cells[0].text for row in table(report, "covariance-differences").rows]
    assert names == ["Esketamine − Placebo", "High dose − Placebo"]
    groups = [row.cells[0].text for row in table(report, "mixed-differences").rows if row.kind == "group"]
    assert groups == names


def test_json_numbers_have_eight_digits_and_no_infinity() -> None:
    assert rounded(1 / 3) == 0.33333333
    assert rounded(-0.0) == 0.0
    assert rounded(math.inf) is None
    json.loads(report_to_json(compose()), parse_constant=lambda name: pytest.fail(name))


PROTOCOLS = sorted((Path(__file__).parents[3] / "apps/studies/protocols").glob("*.yaml"))


@pytest.mark.parametrize("path", PROTOCOLS, ids=lambda path: path.stem)
def test_every_shipped_protocol_gives_a_plan(path: Path) -> None:
    protocol = load(path)
    pooled, by_arm = plan_from_protocol(protocol, by_arm=False), plan_from_protocol(protocol, by_arm=True)
    assert pooled.arms is None
    assert [arm.code for arm in by_arm.arms or ()] == [arm.code for arm in protocol.arms]
    assert by_arm.remission_at_most == protocol.endpoints.remission_cutoff
    assert by_arm.endpoint_day in by_arm.days


def test_the_transform_2_plan_is_what_the_registry_says() -> None:
    path = next(one for one in PROTOCOLS if one.stem == "transform_2")
    plan = plan_from_protocol(load(path), by_arm=True)
    assert plan.days == (2, 8, 15, 22, 28)
    assert [one.code for one in plan.analyses] == [one.code for one in load(path).endpoints.analyses]
    primary = plan.primary
    assert primary is not None
    assert [factor.code for factor in primary.factors] == ["country", "oad_class"]
    assert primary.term_names == ("treatment", "country", "oad_class", "day", "treatment:day", "baseline")
    assert primary.covariance == ("unstructured", "toeplitz", "ar1", "compound_symmetry")
    assert primary.degrees_of_freedom == "kenward_roger"
    assert plan.reference == "PBO"
    assert plan.onset == OnsetRule(2, 28, (8, 15, 22))
    assert plan.full_set.conditions == {Condition.RANDOMIZED, Condition.DOSED, Condition.ORAL_DOSED}
    assert plan.safety_set.conditions == {Condition.DOSED_OR_ORAL}
    assert (plan.response_share, plan.remission_at_most, plan.level) == (0.5, 12, 0.95)
