"""Totals: every item counted, every missing one named, nothing prorated, nonsense refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.exceptions import NotFound
from apps.instruments.domain.catalogue import INSTRUMENTS
from apps.instruments.domain.instrument import MissingRule
from apps.instruments.domain.scoring import ItemsInvalid, item_reasons, score, unanswered

SUMMED = sorted(
    code
    for code, instrument in INSTRUMENTS.items()
    if instrument.missing is MissingRule.TOTAL_MISSING and code not in ("CGIS", "CSSRS")
)


def complete(code: str) -> st.SearchStrategy[dict[str, int]]:
    return st.fixed_dictionaries(
        {item.code: st.integers(item.minimum, item.maximum) for item in INSTRUMENTS[code].items}
    )


scale_and_items = st.sampled_from(sorted(INSTRUMENTS)).flatmap(
    lambda code: st.tuples(st.just(code), complete(code))
)
summed_and_items = st.sampled_from(SUMMED).flatmap(lambda code: st.tuples(st.just(code), complete(code)))


def madrs(*values: int | None) -> dict[str, int | None]:
    return {str(number): value for number, value in enumerate(values, start=1)}


@given(summed_and_items)
def test_a_complete_scale_is_the_sum_of_its_counted_items(pair):
    code, items = pair
    counted = [item.code for item in INSTRUMENTS[code].items if item.counts]
    found = score(code, items)
    assert found.total == sum(items[name] for name in counted)
    assert found.missing == ()


@given(scale_and_items)
def test_a_total_stays_in_the_range_of_its_scale(pair):
    code, items = pair
    total = score(code, items).total
    if total is not None:
        instrument = INSTRUMENTS[code]
        assert instrument.minimum <= total <= instrument.maximum


@given(summed_and_items, st.data())
def test_a_missing_item_leaves_no_total_and_is_named(pair, data):
    code, items = pair
    counted = [item.code for item in INSTRUMENTS[code].items if item.counts]
    gone = data.draw(st.sets(st.sampled_from(counted), min_size=1))
    how = data.draw(st.sampled_from(["absent", "null"]))
    left = {
        name: None if name in gone else value
        for name, value in items.items()
        if how == "null" or name not in gone
    }
    found = score(code, left)
    assert found.total is None
    assert set(found.missing) == gone


@given(scale_and_items, st.data())
def test_an_item_beside_its_range_is_refused_by_name(pair, data):
    code, items = pair
    item = data.draw(st.sampled_from(INSTRUMENTS[code].items))
    wrong = data.draw(
        st.one_of(
            st.integers(max_value=item.minimum - 1),
            st.integers(min_value=item.maximum + 1),
            st.floats(),
            st.booleans(),
            st.text(),
        )
    )
    with pytest.raises(ItemsInvalid) as refusal:
        score(code, {**items, item.code: wrong})
    assert [reason.field for reason in refusal.value.reasons] == [f"items.{item.code}"]


def test_every_wrong_item_is_named_at_once():
    wrong = {**madrs(*[0] * 10), "3": 7, "8": -1, "11": 0}
    fields = [reason.field for reason in item_reasons(INSTRUMENTS["MADRS"], wrong)]
    assert fields == ["items", "items.3", "items.8"]


def test_an_unknown_item_is_not_repeated_to_whoever_sent_it():
    reasons = item_reasons(INSTRUMENTS["MADRS"], {"\ud800": 1})
    assert "\ud800" not in reasons[0].message


def test_madrs_sums_to_sixty_at_most():
    assert score("MADRS", madrs(*[6] * 10)).total == 60
    assert score("MADRS", madrs(*[0] * 10)).total == 0


def test_madrs_with_one_item_not_rated_has_no_total():
    found = score("MADRS", madrs(4, 4, 4, None, 4, 4, 4, 4, 4, 4))
    assert (found.total, found.missing) == (None, ("4",))


def test_sds_without_work_has_no_total_but_lost_days_never_count():
    parts = {"work": None, "social": 5, "family": 5, "days_lost": 7, "days_underproductive": 7}
    assert score("SDS", parts).total is None
    assert score("SDS", {**parts, "work": 1}).total == 11
    assert score("SDS", {"work": 1, "social": 5, "family": 5}).total == 11


def test_cgi_severity_zero_means_not_assessed():
    assert score("CGIS", {"severity": 0}).total is None
    assert score("CGIS", {"severity": 0}).missing == ("severity",)
    assert score("CGIS", {"severity": 7}).total == 7


CSSRS_NONE = {
    "ideation": 0,
    "preparatory": 0,
    "aborted": 0,
    "interrupted": 0,
    "attempt": 0,
    "completed": 0,
    "nssi": 0,
}


@pytest.mark.parametrize(
    ("seen", "category"),
    [
        ({}, 0),
        ({"ideation": 3}, 3),
        ({"ideation": 5}, 5),
        ({"preparatory": 1}, 6),
        ({"ideation": 2, "aborted": 1}, 7),
        ({"interrupted": 1, "preparatory": 1}, 8),
        ({"attempt": 1}, 9),
        ({"attempt": 1, "completed": 1}, 10),
        ({"nssi": 1}, 0),
    ],
)
def test_cssrs_gives_the_most_severe_category(seen, category):
    assert score("CSSRS", {**CSSRS_NONE, **seen}).total == category


def test_eq5d_has_no_total_because_the_index_needs_a_value_set():
    levels = {item.code: item.minimum for item in INSTRUMENTS["EQ5D5L"].items}
    assert score("EQ5D5L", levels).total is None


def test_an_unknown_instrument_is_not_found():
    with pytest.raises(NotFound):
        score("HAMD", {})


def test_silence_is_not_an_answer():
    instrument = INSTRUMENTS["BPRS4"]
    assert unanswered(instrument, {"1": 0, "2": None}) == ("3", "4")
