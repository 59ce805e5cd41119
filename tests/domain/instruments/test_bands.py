"""What totals mean in words."""

import pytest

from apps.instruments.domain.bands import (
    cssrs_category,
    eq5d_profile,
    factor,
    sds_remission,
    sds_response,
    severity,
)


@pytest.mark.parametrize(
    ("total", "words"),
    [
        (0, "none"),
        (4, "none"),
        (5, "mild"),
        (9, "mild"),
        (10, "moderate"),
        (14, "moderate"),
        (15, "moderately severe"),
        (19, "moderately severe"),
        (20, "severe"),
        (27, "severe"),
    ],
)
def test_phq9_bands_begin_where_published(total, words):
    assert severity("PHQ9", total) == words


@pytest.mark.parametrize(
    ("total", "words"),
    [(4, "minimal"), (5, "mild"), (9, "mild"), (10, "moderate"), (14, "moderate"), (15, "severe")],
)
def test_gad7_bands_begin_where_published(total, words):
    assert severity("GAD7", total) == words


def test_without_a_total_or_a_published_band_nothing_is_said():
    assert severity("PHQ9", None) is None
    assert severity("MADRS", 40) is None


def test_sds_response_and_remission_need_every_part_low():
    low = {"work": 4, "social": 4, "family": 4}
    assert sds_response(low) is True
    assert sds_response({**low, "work": 5, "family": 3}) is False
    assert sds_remission({"work": 2, "social": 2, "family": 2}) is True
    assert sds_remission({"work": 3, "social": 1, "family": 1}) is False
    assert sds_response({**low, "work": None}) is None


def test_cssrs_categories():
    assert [cssrs_category(total) for total in (None, 0, 1, 5, 6, 10)] == [
        None,
        "none",
        "ideation",
        "ideation",
        "behavior",
        "behavior",
    ]


def test_madrs_factors_share_out_all_ten_items():
    items = {str(number): 1 for number in range(1, 11)}
    sizes = [factor(name, items) for name in ("sadness", "neurovegetative", "negative thoughts")]
    assert sizes == [4, 4, 2]
    assert factor("sadness", {**items, "8": None}) is None


def test_eq5d_profile_is_five_digits_or_nothing():
    levels = {"mobility": 2, "self_care": 1, "usual_activities": 1, "pain": 1, "anxiety": 3, "vas": 60}
    assert eq5d_profile(levels) == "21113"
    assert eq5d_profile({**levels, "pain": None}) is None
