"""A file has one meaning or none, and no text whatever makes the check fall over."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.studies.domain.checking import check
from apps.studies.domain.yaml_reading import Fault, dotted, read
from tests.domain.studies.conftest import text_of


@pytest.mark.parametrize(
    ("text", "path", "line", "words"),
    [
        ("a: 1\nb: [1, 2\nc: 3\n", "", 3, "not valid YAML"),
        ("a: 1\n b: 2\n", "", 2, "not valid YAML"),
        ("a: 1\nb: 2\na: 3\n", "a", 3, "written twice; first on line 1"),
        ("a:\n  - {b: 1, b: 2}\n", "a[0].b", 2, "written twice"),
        ("a: .nan\n", "a", 1, "not a number a protocol can use"),
        ("a: [1, -.inf]\n", "a[1]", 1, "not a number a protocol can use"),
        ("a: 1e999\n", "a", 1, "not a number a protocol can use"),
        ("a: 99999999999999\n", "a", 1, "not a number a protocol can use"),
        ("a: " + "9" * 5000, "a", 1, "too long"),
        ("a: &x 1\nb: *x\n", "", 1, "anchors and aliases"),
        ("a: !!python/object:os.system x\n", "a", 1, "not allowed"),
        ("a: !secret {b: 1}\n", "a", 1, "not allowed"),
        ('a: "\\0"\n', "a", 1, "control character"),
        ('"\\x07": 1\n', "", 1, "field name"),
        ("? [1]\n: 2\n", "", 1, "field name"),
        ("a: 1\n---\nb: 2\n", "", 2, "second document"),
        ("- 1\n", "", None, "mapping"),
        ("", "", None, "mapping"),
        ("a: " + "[" * 200 + "]" * 200, "a[0][0][0][0][0][0][0]", 1, "nested too deeply"),
        ("[" * 300_000, "[0][0][0][0][0][0][0][0]", 1, "nested too deeply"),
        ("x" * 1_000_001, "", None, "longer than"),
        ("a: \x00", "", None, "not valid YAML"),
    ],
)
def test_what_has_no_single_meaning_is_a_fault(text: str, path: str, line: int | None, words: str) -> None:
    faults = check(text)
    assert faults[0].path == path
    assert faults[0].line == line
    assert words in faults[0].message


def test_words_that_old_yaml_took_for_booleans_and_dates_stay_words() -> None:
    assert read("a: no\nb: on\nc: 2026-03-10\nd: 1:30\ne: 0o17\nf: 1_000\n").tree == {
        "a": "no",
        "b": "on",
        "c": "2026-03-10",
        "d": "1:30",
        "e": "0o17",
        "f": "1_000",
    }


def test_plain_scalars_are_null_booleans_whole_and_broken_numbers() -> None:
    assert read('a: ~\nb: true\nc: -3\nd: 0.5\ne: 1e3\nf: "1"\ng:\n').tree == {
        "a": None,
        "b": True,
        "c": -3,
        "d": 0.5,
        "e": 1000.0,
        "f": "1",
        "g": None,
    }


def test_a_fault_says_the_line_of_its_path() -> None:
    text = text_of("transform_2").replace("    ratio: 1\n", "    ratio: 0\n", 1)
    (fault,) = check(text)
    assert fault.path == "arms[0].ratio"
    assert fault.line is not None
    assert text.splitlines()[fault.line - 1].strip() == "ratio: 0"
    assert str(fault) == f"arms[0].ratio (line {fault.line}): {fault.message}"


def test_a_missing_field_points_at_the_block_that_lacks_it() -> None:
    text = text_of("transform_2").replace("    ratio: 1\n", "", 1)
    (fault,) = check(text)
    assert fault == Fault("arms[0].ratio", "is required and missing")
    assert fault.line is not None
    assert text.splitlines()[fault.line - 1].strip() == "- code: ESK"


def test_faults_come_in_the_order_of_the_file() -> None:
    text = text_of("transform_2").replace("ratio: 1", "ratio: 0").replace("step_mg: 28", "step_mg: 14")
    lines = [fault.line or 0 for fault in check(text)]
    assert len(lines) >= 3
    assert lines == sorted(lines)


def test_a_path_is_written_as_an_author_would_say_it() -> None:
    assert dotted(("arms", 1, "ratio")) == "arms[1].ratio"
    assert dotted(()) == ""


@given(st.text(max_size=200))
def test_no_text_makes_the_check_fall_over(text: str) -> None:
    assert check(text)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=5,
)


def paths_of(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(deeper for key, value in inner for deeper in paths_of(value, (*path, key)))]


TREE: Any = read(text_of("transform_2")).tree
PATHS = paths_of(TREE)[1:]


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PATHS), plain), min_size=1, max_size=3))
def test_no_value_anywhere_makes_the_check_fall_over(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    spoilt = copy.deepcopy(TREE)
    for path, value in changes:
        node = spoilt
        try:
            for step in path[:-1]:
                node = node[step]
            node[path[-1]] = value
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    for fault in check(json.dumps(spoilt)):
        assert fault.message
        assert str(fault)
