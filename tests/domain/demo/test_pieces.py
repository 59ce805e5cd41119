"""The small parts: streams, items, visit plans."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from apps.demo.domain.calendar import visit_dates
from apps.demo.domain.design import TRANSFORM_2
from apps.demo.domain.draws import Draws
from apps.demo.domain.scales import few_items, spread


def test_a_stream_depends_on_seed_and_name_and_on_nothing_else() -> None:
    one, same, other = Draws(1, "a"), Draws(1, "a"), Draws(1, "b")
    first = [one.uniform() for _ in range(200)]
    assert first == [same.uniform() for _ in range(200)]
    assert first != [other.uniform() for _ in range(200)]


def test_normals_have_mean_zero_and_spread_one() -> None:
    draws = Draws(3, "normal")
    values = [draws.normal() for _ in range(20000)]
    mean = sum(values) / len(values)
    assert abs(mean) < 0.03
    assert abs(sum((value - mean) ** 2 for value in values) / len(values) - 1) < 0.05


def test_whole_numbers_reach_both_ends_and_picks_follow_their_weights() -> None:
    draws = Draws(4, "whole")
    assert {draws.whole(1, 3) for _ in range(200)} == {1, 2, 3}
    picks = [draws.pick("ab", [3, 1]) for _ in range(4000)]
    assert 0.70 < picks.count("a") / len(picks) < 0.80
    assert draws.pick("ab", [0, 1]) == "b"


@pytest.mark.parametrize("total", [0, 1, 17, 37, 59, 60])
def test_items_add_up_to_the_total_within_their_range(total: int) -> None:
    items = spread(total, (1.2, 1, 1, 1, 0.5, 1, 1, 1, 1, 0.2), maximum=6, draws=Draws(5, total))
    assert sum(items) == total
    assert all(0 <= item <= 6 for item in items)


def test_an_impossible_total_is_refused() -> None:
    with pytest.raises(ValueError, match="61"):
        spread(61, (1,) * 10, maximum=6, draws=Draws(5))


def test_points_of_a_sparse_scale_never_exceed_an_item() -> None:
    items = few_items(70, count=23, maximum=4, draws=Draws(6))
    assert sum(items) == 70
    assert max(items) <= 4


@pytest.mark.parametrize("weekday", range(7))
def test_a_plan_of_visits_keeps_windows_spacing_and_weekends(weekday: int) -> None:
    day_one = date(2024, 1, 1) + timedelta(days=weekday)  # 1 January 2024 was a Monday
    for number in range(40):
        planned = visit_dates(day_one, TRANSFORM_2, Draws(number, "plan"))
        doses = [planned[visit.day] for visit in TRANSFORM_2.visits if visit.dose]
        assert all((later - earlier).days >= 2 for earlier, later in pairwise(doses))
        assert all((third - first).days >= 7 for first, third in zip(doses, doses[2:], strict=False))
        for visit in TRANSFORM_2.visits:
            shift = (planned[visit.day] - day_one).days + 1 - visit.day
            assert -visit.before <= shift <= visit.after
        if weekday < 4:
            assert all(on.weekday() < 5 for on in planned.values())


def test_a_visit_can_be_pinned_to_a_day_of_its_window_and_to_no_other() -> None:
    day_one = date(2024, 1, 2)
    pinned = {8: day_one + timedelta(days=8)}
    assert visit_dates(day_one, TRANSFORM_2, Draws(1), fixed=pinned)[8] == pinned[8]
    with pytest.raises(ValueError, match="windows"):
        visit_dates(day_one, TRANSFORM_2, Draws(1), fixed={8: day_one + timedelta(days=10)})
