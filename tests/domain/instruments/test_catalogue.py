"""Every instrument a protocol may name is there, sound, and says nothing that is licensed."""

import pytest

from apps.instruments.domain.catalogue import INSTRUMENTS
from apps.instruments.domain.instrument import License, MissingRule
from apps.studies.domain.instrument_codes import INSTRUMENT_CODES, ITEMS, TOTAL_RANGES

EVERY = sorted(INSTRUMENTS)

#: items, range of an item, range of the total (docs: the instruments' published scoring).
PUBLISHED = {
    "MADRS": (10, (0, 6), (0, 60)),
    "PHQ9": (9, (0, 3), (0, 27)),
    "GAD7": (7, (0, 3), (0, 21)),
    "CADSS": (23, (0, 4), (0, 92)),
    "BPRS4": (4, (0, 6), (0, 24)),
    "PWC20": (20, (0, 3), (0, 60)),
    "IDSC30": (1, (0, 84), (0, 84)),
    "MOAAS": (1, (0, 5), (0, 5)),
}

FREE_WORDING = {"PHQ9", "GAD7", "CGIS", "MOAAS", "CGADR", "GUESS"}


def test_the_catalogue_holds_exactly_what_a_protocol_may_name():
    assert set(INSTRUMENTS) == INSTRUMENT_CODES


@pytest.mark.parametrize("code", sorted(TOTAL_RANGES))
def test_the_range_of_the_total_is_the_one_protocols_are_checked_against(code):
    assert (INSTRUMENTS[code].minimum, INSTRUMENTS[code].maximum) == TOTAL_RANGES[code]


def test_protocols_are_checked_against_every_total_and_every_item_there_is():
    with_total = {code for code, instrument in INSTRUMENTS.items() if instrument.minimum is not None}
    assert set(TOTAL_RANGES) == with_total
    assert {code: tuple(item.code for item in one.items) for code, one in INSTRUMENTS.items()} == ITEMS


@pytest.mark.parametrize("code", sorted(PUBLISHED))
def test_items_and_totals_have_their_published_ranges(code):
    count, item_range, total_range = PUBLISHED[code]
    instrument = INSTRUMENTS[code]
    assert len(instrument.items) == count
    assert {(item.minimum, item.maximum) for item in instrument.items} == {item_range}
    assert (instrument.minimum, instrument.maximum) == total_range


@pytest.mark.parametrize("code", EVERY)
def test_item_codes_are_unique_and_ranges_are_ranges(code):
    items = INSTRUMENTS[code].items
    assert len({item.code for item in items}) == len(items) > 0
    assert all(item.minimum < item.maximum for item in items)


@pytest.mark.parametrize("code", EVERY)
def test_answers_have_names_only_where_the_wording_is_free_or_plain_yes_and_no(code):
    instrument = INSTRUMENTS[code]
    if instrument.license is License.PUBLIC:
        assert code in FREE_WORDING
        return
    for item in instrument.items:
        assert {anchor.label for anchor in item.anchors} <= {"Yes", "No"}


@pytest.mark.parametrize("code", EVERY)
def test_labels_are_short_names_and_never_questions(code):
    for item in INSTRUMENTS[code].items:
        assert len(item.label) <= 45
        assert "?" not in item.label


@pytest.mark.parametrize("code", EVERY)
def test_only_an_instrument_without_a_total_has_no_range(code):
    instrument = INSTRUMENTS[code]
    assert (instrument.minimum is None) == (instrument.missing is MissingRule.NO_TOTAL)
