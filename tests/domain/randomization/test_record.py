"""A record is read as it was written, tied by its hash, and refused by the name of a field, never its content."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.randomization.domain.record import DrawRecord, Place, record_hash, record_parse
from tests.domain.randomization.histories import BLOCKS, MINIMIZED, history_of

OF_A_LIST = history_of(BLOCKS).draws[4].record
OF_A_STEP = history_of(MINIMIZED).draws[4].record


def test_a_record_of_a_list_is_read_whole() -> None:
    text = (
        '{"method": "permuted_blocks", "list": "L", "stratum": "age=old", "levels": {"b": "2", "a": "1"},'
        ' "n": 3, "participant": "P", "key": "K", "number": 10432, "by": "U", "nonce": "ff",'
        ' "at": "2026-03-02T09:30:00.000001Z", "seq": 3, "block": 0, "size": 4, "arm": "ESK", "more": null}'
    )
    at = datetime(2026, 3, 2, 9, 30, 0, 1, tzinfo=UTC)
    levels = (("a", "1"), ("b", "2"))
    assert record_parse(text) == DrawRecord(
        "permuted_blocks", "L", "age=old", levels, 3, "P", "K", 10432, "U", at, "ff", "ESK", Place(3, 0, 4)
    )


def test_a_record_of_minimization_holds_its_step() -> None:
    record = record_parse(OF_A_STEP)
    written = json.loads(OF_A_STEP)
    assert record.place is None
    assert record.step is not None
    assert {factor: list(held) for factor, held in record.step.counts} == written["counts"]
    assert list(record.step.numerators) == written["numerators"]
    assert (record.step.drawn, record.step.arm) == (written["drawn"], written["arm"])


def test_the_hash_is_that_of_the_text_behind_the_hash_before_it() -> None:
    previous = "ab" * 32
    expected = hashlib.sha256(previous.encode() + OF_A_LIST.encode()).hexdigest()
    assert record_hash(previous=previous, record=OF_A_LIST) == expected


@pytest.mark.parametrize("text", [OF_A_LIST, OF_A_STEP], ids=["list", "step"])
def test_every_field_is_needed_and_of_its_kind(text: str) -> None:
    whole = json.loads(text)
    for name, value in whole.items():
        without = {key: kept for key, kept in whole.items() if key != name}
        with pytest.raises(ValueError, match=f"has no {name}$"):
            record_parse(json.dumps(without))
        for other in (None, True, 1.5, [[]], {"x": 7.5}, "ESK" if not isinstance(value, str) else 7):
            with pytest.raises(ValueError, match=r"of another kind$") as refused:
                record_parse(json.dumps(whole | {name: other}))
            assert "ESK" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[1]", "no JSON object"),
        (OF_A_LIST.replace("2026-03-02T", "someday "), "no time"),
        (OF_A_LIST.replace("+00:00", ""), "no time zone"),
    ],
)
def test_what_is_no_record_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        record_parse(text)


JSON: Any = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@given(name=st.sampled_from(sorted(json.loads(OF_A_STEP))), value=JSON)
def test_no_value_brings_the_reader_down(name: str, value: Any) -> None:
    try:
        record = record_parse(json.dumps(json.loads(OF_A_STEP) | {name: value}))
    except ValueError:
        return
    assert isinstance(record, DrawRecord)
