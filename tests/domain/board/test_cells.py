from hypothesis import given
from hypothesis import strategies as st

from apps.board.domain.cells import suppress, words

COUNTS = st.dictionaries(st.sampled_from("abcdefghij"), st.integers(0, 40), min_size=1)


def test_one_to_four_are_hidden_and_zero_and_five_are_not() -> None:
    shown = suppress({"a": 0, "b": 1, "c": 4, "d": 5, "e": 30})
    assert shown == {"a": 0, "b": None, "c": None, "d": 5, "e": 30}


def test_a_single_hidden_count_takes_the_next_smallest_with_it() -> None:
    assert suppress({"a": 3, "b": 50, "c": 9}) == {"a": None, "b": 50, "c": None}


def test_nothing_is_hidden_where_nothing_is_small() -> None:
    assert suppress({"a": 5, "b": 0}) == {"a": 5, "b": 0}


def test_a_hidden_count_is_said_to_be_hidden() -> None:
    assert [words(None), words(7)] == ["hidden", "7"]


@given(COUNTS)
def test_no_small_count_is_ever_shown(counts: dict[str, int]) -> None:
    assert all(count is None or count == 0 or count >= 5 for count in suppress(counts).values())


@given(COUNTS)
def test_the_total_does_not_give_a_hidden_count_away(counts: dict[str, int]) -> None:
    shown = suppress(counts)
    hidden = [key for key, count in shown.items() if count is None]
    if hidden and any(count >= 5 for count in counts.values()):
        # What a reader can compute is the sum of at least two counts, and it is no small number itself.
        assert len(hidden) >= 2
        assert sum(counts[key] for key in hidden) >= 5
