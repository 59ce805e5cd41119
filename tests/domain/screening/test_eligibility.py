"""The verdict on eligibility, under the shipped designs and under any answers at all."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.screening.domain.eligibility import (
    Assessment,
    CriterionResult,
    Inconsistent,
    Need,
    Outcome,
    Verdict,
    assess,
    outcome_of,
    verdict_of,
)
from apps.screening.domain.facts import Known, facts_of
from apps.screening.domain.sections import sections_of
from apps.studies.domain.loading import load_shipped, shipped_keys
from tests.factories.answers import PASSING_TOTALS, passing_facts, passing_judgements

PROTOCOLS = {key: load_shipped(key) for key in shipped_keys()}
EVERY = sorted(PROTOCOLS)
T2 = PROTOCOLS["transform_2"]
MONO = PROTOCOLS["nct04599855"]


def assessed(
    protocol: Any = T2,
    *,
    stage: str = "randomization",
    age: int = 44,
    sex: str = "F",
    totals: Mapping[str, Any] | None = None,
    judgements: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Assessment:
    known = Known(
        age_years=age,
        sex=sex,
        country="DE",
        site="DE01",
        entered=passing_facts(protocol, **changes),
        totals={"MADRS": {**PASSING_TOTALS["MADRS"], **(totals or {})}},
    )
    return assess(
        protocol=protocol,
        facts=facts_of(protocol, known),
        judgements=passing_judgements(protocol, **(judgements or {})),
        stage=stage,
    )


class TestVerdict:
    @pytest.mark.parametrize("key", EVERY)
    def test_somebody_who_passes_everything_is_eligible_at_both_gates(self, key):
        for stage in ("screening", "randomization"):
            found = assessed(PROTOCOLS[key], stage=stage)
            assert found.verdict is Verdict.ELIGIBLE, found.reasons
            assert found.reasons == ()

    @pytest.mark.parametrize("key", EVERY)
    def test_somebody_of_whom_nothing_is_known_is_incomplete_and_never_eligible(self, key):
        protocol = PROTOCOLS[key]
        for stage in ("screening", "randomization"):
            found = assess(protocol=protocol, facts={}, judgements={}, stage=stage)
            assert found.verdict is Verdict.INCOMPLETE
            asked = [
                entry for entry in protocol.criteria if stage == "randomization" or entry.stage == "screening"
            ]
            assert len([reason for reason in found.reasons if reason.code == "criterion_open"]) == len(asked)

    def test_a_failure_decides_whatever_is_still_open(self):
        found = assessed(age=70, height_cm=None)
        assert found.verdict is Verdict.INELIGIBLE
        assert [reason.field for reason in found.reasons] == ["I02", "I12"]

    def test_every_failure_is_named_in_the_order_of_the_protocol(self):
        found = assessed(age=17, hba1c_percent=10, judgements={"X11": True, "I09": False})
        assert found.failed_codes == ("I02", "I09", "X11", "X18")

    def test_the_screening_gate_does_not_ask_what_is_known_only_later(self):
        found = assessed(stage="screening", oral_antidepressant=None, totals={"SW2": None, "SW4": None})
        assert found.verdict is Verdict.ELIGIBLE
        assert assessed(oral_antidepressant=None).verdict is Verdict.INCOMPLETE

    def test_the_randomization_gate_asks_the_criteria_of_screening_again(self):
        assert assessed(stage="randomization", weight_kg=200).failed_codes == ("I12",)


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({"age": 18}, ()),
        ({"age": 64}, ()),
        ({"age": 17}, ("I02",)),
        ({"age": 65}, ("I02",)),
        ({"idsc30_total": 34}, ()),
        ({"idsc30_total": 33}, ("I04",)),
        ({"failed_documented": 5}, ()),
        ({"failed_documented": 6}, ("I05",)),
        ({"failed_with_observed": 1}, ("I05R",)),
        ({"mdd_course": "single_episode", "episode_months": 24}, ()),
        ({"mdd_course": "single_episode", "episode_months": 23}, ("I03",)),
        ({"psychotic_features": True}, ("I03",)),
        ({"screening_sbp": 140, "screening_dbp": 90}, ()),
        ({"screening_sbp": 141}, ("X13",)),
        ({"screening_dbp": 91}, ("X13",)),
        ({"spo2_rest": 93}, ()),
        ({"spo2_rest": 92}, ("X15",)),
        ({"cssrs_ideation_6_months": 3}, ()),
        ({"cssrs_ideation_6_months": 4}, ("X07A",)),
        ({"serum_hcg": "positive"}, ("I10",)),
        ({"childbearing_potential": False, "serum_hcg": None, "urine_hcg_day_1": None}, ()),
        ({"qtcf_ms": 451}, ("X17",)),
        ({"totals": {"SW2": 28, "SW4": 29}}, ()),
        ({"totals": {"SW2": 27}}, ("I07",)),
        ({"totals": {"SW1": 40, "SW4": 30}}, ()),
        ({"totals": {"SW1": 40, "SW4": 29}}, ("I07",)),
    ],
)
def test_transform_2_at_its_limits(changes, failed):
    assert assessed(**changes).failed_codes == failed


class TestTheMonotherapyTrial:
    def test_who_is_not_severely_ill_is_routed_to_the_second_list_and_not_excluded(self):
        found = assessed(MONO, totals={"D1": 12})
        assert found.verdict is Verdict.ELIGIBLE

    def test_the_list_must_be_known_before_randomization(self):
        found = assessed(MONO, totals={"D1": None})
        assert found.verdict is Verdict.INCOMPLETE
        assert [reason.field for reason in found.reasons] == ["rating"]

    def test_a_low_first_score_does_not_show_before_the_last_rating(self):
        """The list is decided as soon as one score is low; saying so would tell the site the score."""
        low, high = (assessed(MONO, totals={"SW1": score, "D1": None}) for score in (5, 40))
        assert low == high

    def test_scores_never_change_what_the_site_sees(self):
        assert assessed(MONO, totals={"SW1": 50, "D1": 8}) == assessed(MONO)


class TestBlindedCriterion:
    def test_it_names_no_fact_and_no_distance(self):
        failed = assessed(totals={"SW2": 27})
        open_one = assessed(totals={"SW4": None})
        for found in (failed, open_one):
            result = next(result for result in found.results if result.code == "I07")
            assert (result.missing, result.near) == ((), ())
        assert failed.near_miss is None
        assert "27" not in str(failed.reasons)


class TestNearMiss:
    def test_one_number_beside_one_limit_is_measured(self):
        near = assessed(screening_sbp=143).near_miss
        assert (near.fact, near.value, near.limit, near.distance) == ("screening_sbp", 143, 140, 3)

    def test_a_range_is_measured_to_its_nearer_end(self):
        assert assessed(age=66).near_miss.distance == 2
        assert assessed(age=16).near_miss.limit == 18

    def test_the_limit_follows_the_age(self):
        protocol = PROTOCOLS["sustain_3"]
        near = assessed(protocol, age=70, screening_sbp=155).near_miss
        assert (near.limit, near.distance) == (150, 5)

    def test_two_grounds_are_no_near_miss(self):
        assert assessed(age=17, screening_sbp=141).near_miss is None
        assert assessed(screening_sbp=141, screening_dbp=91).near_miss is None

    def test_a_yes_or_no_is_no_near_miss(self):
        assert assessed(psychotic_features=True).near_miss is None


def result(**changes: Any) -> CriterionResult:
    given = {
        "code": "I01",
        "kind": "inclusion",
        "stage": "screening",
        "text": "Text.",
        "outcome": Outcome.PASSED,
        "holds": True,
        "is_computed": True,
        **changes,
    }
    return CriterionResult(**given)


class TestInconsistentPairsCannotBeBuilt:
    @pytest.mark.parametrize("outcome", list(Outcome))
    @pytest.mark.parametrize("holds", [True, False, None])
    @pytest.mark.parametrize("kind", ["inclusion", "exclusion"])
    def test_an_outcome_follows_from_kind_and_truth(self, kind, holds, outcome):
        if outcome is outcome_of(kind, holds):
            assert result(kind=kind, holds=holds, outcome=outcome)
        else:
            with pytest.raises(Inconsistent):
                result(kind=kind, holds=holds, outcome=outcome)

    def test_a_decided_result_misses_nothing(self):
        with pytest.raises(Inconsistent):
            result(missing=("age_years",))

    def test_a_blinded_result_names_no_fact(self):
        with pytest.raises(Inconsistent):
            result(outcome=Outcome.OPEN, holds=None, missing=("madrs_week_1",), is_blinded=True)

    @pytest.mark.parametrize("verdict", list(Verdict))
    @pytest.mark.parametrize("outcome", list(Outcome))
    @pytest.mark.parametrize("is_known", [True, False])
    def test_a_verdict_follows_from_its_results(self, outcome, verdict, is_known):
        holds = {Outcome.PASSED: True, Outcome.FAILED: False, Outcome.OPEN: None}[outcome]
        results, needs = (result(outcome=outcome, holds=holds),), (Need("list", "List", is_known),)
        if verdict is verdict_of(results, needs):
            found = Assessment("randomization", verdict, results, needs)
            assert (found.verdict is Verdict.ELIGIBLE) == (found.reasons == ())
        else:
            with pytest.raises(Inconsistent):
                Assessment("randomization", verdict, results, needs)

    def test_a_criterion_has_one_result(self):
        with pytest.raises(Inconsistent):
            Assessment("screening", Verdict.ELIGIBLE, (result(), result()))


def any_value(fact: Any) -> st.SearchStrategy[Any]:
    match fact.kind:
        case "bool":
            return st.sampled_from([None, True, False])
        case "choice":
            return st.sampled_from([None, *(choice.code for choice in fact.choices)])
        case _:
            low, high = int(fact.minimum or 0), int(fact.maximum or 100)
            return st.none() | st.integers(low, high)


def any_answers(protocol: Any) -> st.SearchStrategy[tuple[dict[str, Any], dict[str, Any]]]:
    facts = {fact.key: any_value(fact) for fact in protocol.facts if fact.source != "derived"}
    judged = {
        entry.code: st.sampled_from([None, True, False]) for entry in protocol.criteria if entry.rule is None
    }
    return st.tuples(st.fixed_dictionaries(facts), st.fixed_dictionaries(judged))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(EVERY).flatmap(lambda key: st.tuples(st.just(key), any_answers(PROTOCOLS[key]))))
def test_whatever_is_answered_the_verdict_follows_from_its_reasons(drawn):
    key, (facts, judgements) = drawn
    for stage in ("screening", "randomization"):
        found = assess(protocol=PROTOCOLS[key], facts=facts, judgements=judgements, stage=stage)
        assert (found.verdict is Verdict.ELIGIBLE) == (found.reasons == ())
        assert (found.verdict is Verdict.INELIGIBLE) == bool(found.failed_codes)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(EVERY).flatmap(lambda key: st.tuples(st.just(key), any_answers(PROTOCOLS[key]))),
    st.data(),
)
def test_knowing_less_never_makes_anybody_eligible(drawn, data):
    key, (facts, judgements) = drawn
    protocol = PROTOCOLS[key]
    forgotten = data.draw(st.sets(st.sampled_from(sorted(facts))))
    less = {name: None if name in forgotten else value for name, value in facts.items()}
    after = assess(protocol=protocol, facts=less, judgements=judgements, stage="randomization")
    if after.verdict is Verdict.ELIGIBLE:
        before = assess(protocol=protocol, facts=facts, judgements=judgements, stage="randomization")
        assert before.verdict is Verdict.ELIGIBLE


@pytest.mark.parametrize("key", EVERY)
def test_every_question_stands_in_one_section_and_nothing_else_does(key):
    protocol = PROTOCOLS[key]
    asked = [question for section in sections_of(protocol) for question in section.keys]
    entered = {("FACT", fact.key) for fact in protocol.facts if fact.source == "entered"}
    judged = {("CRITERION", entry.code) for entry in protocol.criteria if entry.rule is None}
    assert len(asked) == len(set(asked))
    assert set(asked) == entered | judged
    slugs = [section.slug for section in sections_of(protocol)]
    assert len(slugs) == len(set(slugs))
