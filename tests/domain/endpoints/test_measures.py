"""What an analysis analyzes of an instrument: its total, or one item, on which higher may be better."""

from __future__ import annotations

from dataclasses import replace

import pytest

from apps.endpoints.domain.measures import Measure, instrument_of, measures_of
from apps.endpoints.domain.report import plan_from_protocol
from apps.endpoints.domain.values import ScoreSeries
from apps.studies.domain.instrument_codes import TOTAL_RANGES
from apps.studies.domain.loading import load_shipped
from tests.domain.endpoints.test_report import BY_ARM, MIXED, compose, people, planned, table

VAS = "EQ5D5L.vas"


def test_a_total_is_named_by_its_instrument_and_an_item_by_both() -> None:
    total, scale, pain = Measure("PHQ9"), Measure("EQ5D5L", "vas"), Measure("EQ5D5L", "pain")
    assert [one.code for one in (total, scale, pain)] == ["PHQ9", VAS, "EQ5D5L.pain"]
    assert [one.label for one in (total, scale)] == ["PHQ-9", "EQ-5D-5L visual analogue scale"]
    assert [one.higher_is_better for one in (total, scale, pain)] == [False, True, False]
    assert {instrument_of(one.code) for one in (scale, pain)} == {"EQ5D5L"}


@pytest.mark.parametrize(("answer", "value"), [(0, 0.0), (71, 71.0), (None, None)])
def test_an_item_needs_no_total_and_a_missing_one_is_no_number(
    answer: int | None, value: float | None
) -> None:
    assert Measure("EQ5D5L", "vas").of(total=None, items={"mobility": 1, "vas": answer}) == value
    assert Measure("EQ5D5L", "vas").of(total=None, items={}) is None
    assert Measure("MADRS").of(total=None, items={"1": 3}) is None
    assert Measure("MADRS").of(total=31, items={}) == 31.0


@pytest.mark.parametrize("design", ["transform_2", "nct04599855", "sustain_3"])
def test_every_shipped_analysis_has_something_to_analyze(design: str) -> None:
    found = measures_of(load_shipped(design))
    assert all(one.item or one.instrument in TOTAL_RANGES for one in found)
    assert (Measure("EQ5D5L", "vas") in found) == (design == "transform_2")


def test_the_plan_names_the_item_and_where_better_lies() -> None:
    plan = plan_from_protocol(load_shipped("transform_2"), by_arm=True)
    by_code = {one.code: one for one in plan.analyses}
    vas = by_code["EQ5D_VAS"]
    assert (vas.instrument, vas.instrument_label) == (VAS, "EQ-5D-5L visual analogue scale")
    assert (vas.better, vas.favorable) == ("up is better", "positive")
    assert (by_code["MADRS_MMRM"].better, by_code["MADRS_MMRM"].favorable) == ("down is better", "negative")


def test_an_item_is_described_and_modeled_as_a_scale_is() -> None:
    records = people()
    scores = tuple(
        ScoreSeries(one.number, VAS, 50.0, {day: 50.0 + (38 - score) for day, score in one.visits.items()})
        for one in records.scores
    )
    facts = {
        "instrument": VAS,
        "instrument_label": "EQ-5D-5L visual analogue scale",
        "higher_is_better": True,
    }
    described = planned("SEEN", "descriptive", days=(2, 8, 28), **facts)
    modeled = replace(MIXED, code="MODEL", role="secondary", **facts)
    covariance = planned("COVARIANCE", "ancova", **facts)
    report = compose(
        replace(BY_ARM, analyses=(MIXED, described, modeled, covariance), families=()),
        replace(records, scores=(*records.scores, *scores)),
    )
    made = {section.key: section for section in report.sections}
    assert [made[key].status for key in ("seen", "model", "covariance")] == ["made"] * 3
    figures = {one.key: one for one in report.figures}
    assert "up is better" in figures["seen"].caption
    assert "up is better" in figures["model"].caption
    assert "positive is better" in figures["model"].svg
    assert "down is better" in figures["mixed"].caption
    assert "negative is better" in figures["mixed"].svg
    for key in ("model", "covariance"):
        assert "ositive favors the first arm named" in table(report, f"{key}-differences").notes[0]
    assert "Negative favors the first arm named" in table(report, "mixed-differences").notes[0]
    assert table(report, "seen").notes[-1] == "More is better on this scale."
    words = " ".join(getattr(block, "text", "") for block in made["methods"].blocks)
    assert "an improvement, but for scales on which more is better." in words
    assert "as it was received and corrected by the data cut" in words
    row = next(row for row in table(report, "seen").rows if row.cells[0].text == "Day 28")
    assert row.cells[4].value is not None
    assert row.cells[4].value > 0
