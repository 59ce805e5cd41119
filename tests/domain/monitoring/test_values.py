from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.monitoring.domain.limits import UsualRange, usual_ranges
from apps.monitoring.domain.values import NUMBERS, SCALES, Checked, values_check

from .story import PLAN, RULES

CADSS = {str(item): 0 for item in range(1, 24)}


def check(given: Any, *, not_done: Any = None, confirmed: Any = (), usual: Any = None) -> Checked:
    return values_check(given, not_done=not_done or {}, confirmed=confirmed, usual=usual or {})


def codes(checked: Checked) -> set[tuple[str, str]]:
    return {(reason.code, reason.field) for reason in checked.reasons}


def test_plain_values_are_taken_as_they_are() -> None:
    found = check({"sbp": 124, "dbp": 78, "hr": 70, "spo2": 97, "temp_c": 36.6, "moaas": 5, "ready": False})
    assert found.reasons == ()
    assert found.values.temp_c == Decimal("36.6")
    assert found.values.measures == {"bp", "hr", "spo2", "temp", "moaas", "ready"}


@pytest.mark.parametrize(("key", "number"), NUMBERS.items())
def test_hard_limits_are_possible_and_beyond_them_is_not(key: str, number: Any) -> None:
    alone = {"sbp": {"dbp": 20}, "dbp": {"sbp": 300}}.get(key, {})
    step = 1 if number.decimals == 0 else 0.1
    for possible in (number.low, number.high):
        assert ("impossible_value", key) not in codes(check({**alone, key: possible}))
    for impossible in (number.low - step, number.high + step):
        assert ("impossible_value", key) in codes(check({**alone, key: impossible}))


def test_every_ground_is_named_at_once() -> None:
    found = check({"sbp": 500, "hr": "fast", "spo2": 120, "temp_c": 36.66, "wings": 2, "ready": "maybe"})
    assert codes(found) == {
        ("impossible_value", "sbp"),
        ("half_a_pressure", "dbp"),
        ("not_a_number", "hr"),
        ("impossible_value", "spo2"),
        ("too_precise", "temp_c"),
        ("unknown_value", "wings"),
        ("not_yes_or_no", "ready"),
    }


@pytest.mark.parametrize("slip", [True, "120", float("nan"), float("inf"), 2**63, [], {}, 97.5])
def test_what_is_no_figure_is_refused_not_converted(slip: Any) -> None:
    assert check({"spo2": slip}).reasons


def test_a_pressure_needs_both_figures_the_right_way_round() -> None:
    assert ("half_a_pressure", "dbp") in codes(check({"sbp": 120}))
    assert ("half_a_pressure", "sbp") in codes(check({"dbp": 80}))
    assert ("pressures_swapped", "sbp") in codes(check({"sbp": 80, "dbp": 120}))
    assert ("pressures_swapped", "sbp") in codes(check({"sbp": 100, "dbp": 100}))


def test_nothing_entered_is_refused_but_not_done_is_something() -> None:
    assert ("empty", "") in codes(check({}))
    assert check({}, not_done={"bp": "Cuff broken"}).reasons == ()


def test_not_done_needs_a_reason_and_no_value_beside_it() -> None:
    found = check({"spo2": 97}, not_done={"spo2": "Refused", "bp": "  ", "mood": "x", "hr": "y" * 201})
    assert codes(found) == {
        ("both", "not_done.spo2"),
        ("reason_missing", "not_done.bp"),
        ("unknown_measure", "not_done.mood"),
        ("too_long", "not_done.hr"),
    }


def test_a_whole_scale_has_a_total() -> None:
    found = check({"cadss_items": {**CADSS, "3": 2, "20": 4}})
    assert found.reasons == ()
    assert found.values.cadss_total == 6


def test_an_unfinished_scale_names_its_missing_items() -> None:
    partial = {key: value for key, value in CADSS.items() if key not in ("4", "17")}
    found = check({"cadss_items": partial})
    assert codes(found) == {("unfinished_scale", "cadss_items")}
    assert "4, 17" in found.reasons[0].message


@pytest.mark.parametrize("answer", [-1, 5, True, "2", 1.0, None])
def test_an_answer_beyond_the_scale_is_refused(answer: Any) -> None:
    assert check({"cadss_items": {**CADSS, "9": answer}}).reasons


def test_a_scale_is_items_not_a_figure() -> None:
    assert ("not_items", "bprs_items") in codes(check({"bprs_items": 7}))
    assert ("unknown_item", "bprs_items.5") in codes(
        check({"bprs_items": {"1": 0, "2": 0, "3": 0, "4": 0, "5": 0}})
    )


def test_an_unusual_value_is_asked_about_and_taken_once_confirmed() -> None:
    usual = {"spo2": UsualRange(low=93)}
    assert codes(check({"spo2": 92}, usual=usual)) == {("confirm_or_repeat", "spo2")}
    assert check({"spo2": 93}, usual=usual).reasons == ()
    assert check({"spo2": 92}, usual=usual, confirmed=["spo2"]).values.spo2 == 92


def test_confirming_does_not_make_the_impossible_possible() -> None:
    assert ("impossible_value", "spo2") in codes(check({"spo2": 101}, confirmed=["spo2"]))


def test_usual_ranges_come_from_the_escalation_rules_of_the_protocol() -> None:
    usual = usual_ranges(PLAN.model_copy(update={"usual": ()}), RULES, age_years=40)
    assert usual["sbp"] == UsualRange(None, 159)
    assert usual["dbp"] == UsualRange(None, 99)
    assert usual["spo2"] == UsualRange(93, None)
    assert usual["rr"] == UsualRange(10, None)


@given(
    st.dictionaries(
        st.sampled_from([*NUMBERS, *SCALES, "ready"]),
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(),
            st.floats(),
            st.text(),
            st.lists(st.integers()),
            st.dictionaries(st.text(), st.integers()),
        ),
    )
)
def test_no_input_breaks_the_check(given: dict[str, Any]) -> None:
    found = check(given)
    assert found.reasons or found.values.measures or found.values.cssrs_ideation is not None
