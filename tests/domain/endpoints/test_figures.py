"""The pictures are well-formed, speak to those who do not see them, and keep the content security policy."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from apps.endpoints.domain.binary import rate
from apps.endpoints.domain.figures import (
    ChangeLine,
    ChangePoint,
    DifferenceRow,
    RateBar,
    RateGroup,
    change_figure,
    consort_figure,
    differences_figure,
    rates_figure,
)
from apps.endpoints.domain.figures.axes import plain, spaced, ticks
from apps.endpoints.domain.figures.canvas import Canvas, number, text_width, wrap
from apps.endpoints.domain.flow import participant_flow
from apps.endpoints.domain.results import MissingRule
from tests.domain.endpoints.cast import ARMS, screened, treated

SVG = "{http://www.w3.org/2000/svg}"
OC = MissingRule.OBSERVED_CASES


def parse(svg: str) -> ET.Element:
    return ET.fromstring(svg)


LINES = [
    ChangeLine(
        "Drug <A> & B", (ChangePoint(2, -8.0, -9.5, -6.5, 50), ChangePoint(28, -20.0, -23, -17, 44)), 50
    ),
    ChangeLine("Placebo", (ChangePoint(2, -5.0, None, None, 1), ChangePoint(28, -19.6, -23, -16, 45)), 50),
]
PEOPLE = [
    screened("1", screen_failed=True, screen_failure_reasons=("I07",)),
    screened("2"),
    treated("3", completed=True),
    treated("4", "PBO", discontinuation_reason="Adverse event"),
    treated("5", "PBO", first_dose_at=None, discontinuation_reason="Withdrew"),
]


def change() -> str:
    return change_figure(LINES, key="c", title="Change", scale_name="MADRS", counted="observed cases")


def consort(arms: object = ARMS) -> str:
    return consort_figure(participant_flow(PEOPLE, arms=arms), key="f", title="Flow")  # type: ignore[arg-type]


def rates() -> str:
    bars = (RateBar("Drug", rate(70, 101, rule=OC)), RateBar("Placebo", rate(0, 0, rule=OC)))
    return rates_figure([RateGroup("Response", bars)], key="r", title="Rates")


def differences() -> str:
    rows = [DifferenceRow("Drug − placebo", -4.0, -7.3, -0.6), DifferenceRow("Other", None, note="no data")]
    return differences_figure(
        rows, key="d", title="Differences", unit="points", favours_low="better", favours_high="worse"
    )


ALL = [change(), consort(), consort(None), rates(), differences()]


@pytest.mark.parametrize("svg", ALL)
def test_only_presentation_attributes_no_style_and_no_script(svg: str) -> None:
    root = parse(svg)
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in {
            *("svg", "title", "desc", "rect", "line", "polyline", "polygon", "circle", "text"),
        }
        assert not {"style", "class", "onclick", "href"} & set(element.attrib)
    assert "url(" not in svg


@pytest.mark.parametrize("svg", ALL)
def test_every_picture_has_a_title_and_a_description_it_is_labelled_by(svg: str) -> None:
    root = parse(svg)
    ids = {element.get("id"): element.text for element in root if element.get("id")}
    assert root.get("role") == "img"
    labels = (root.get("aria-labelledby") or "").split()
    assert len(labels) == 2
    assert all(ids[label] for label in labels)


@pytest.mark.parametrize("svg", ALL)
def test_nothing_is_drawn_outside_the_picture(svg: str) -> None:
    root = parse(svg)
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    for text in root.iter(f"{SVG}text"):
        if text.get("transform"):
            continue
        wide = text_width(
            text.text or "", float(text.get("font-size", 12)), bold=text.get("font-weight") is not None
        )
        x, y = float(text.get("x", 0)), float(text.get("y", 0))
        left = x - {"end": wide, "middle": wide / 2}.get(text.get("text-anchor", ""), 0)
        assert left > -6, text.text
        assert left + wide < width + 6, text.text
        assert 0 < y < height
    assert not re.search(r"nan|inf|e-\d", " ".join(str(v) for e in root.iter() for v in e.attrib.values()))


def test_the_description_gives_the_numbers() -> None:
    desc = parse(change()).find(f"{SVG}desc")
    assert desc is not None
    assert "Drug <A> & B: Day 2: −8.0 (n = 50), Day 28: −20.0 (n = 44)." in (desc.text or "")
    flow = parse(consort()).find(f"{SVG}desc")
    assert flow is not None
    assert "Placebo: 2 randomized, 1 received the spray, 1 stopped early, 0 completed." in (flow.text or "")


def test_arms_differ_by_marker_and_dash_and_not_by_colour_alone() -> None:
    root = parse(change())
    dashes = {line.get("stroke-dasharray") for line in root.iter(f"{SVG}polyline")}
    assert len(dashes) == 2
    assert root.find(f"{SVG}circle") is not None
    assert root.find(f"{SVG}polygon") is not None


def test_the_pooled_flow_names_no_arm() -> None:
    assert "Esketamine" in consort()
    for word in ("Esketamine", "Placebo", "ESK", "PBO"):
        assert word not in consort(None)


def test_small_counts_of_reasons_are_summed_up_for_the_blinded() -> None:
    people = [
        treated(f"{n}", discontinuation_reason=reason)
        for n, reason in enumerate(["Adverse event"] * 7 + ["Lack of efficacy"] * 6 + ["Moved away"] * 2)
    ]
    svg = consort_figure(participant_flow(people, arms=None), key="f", title="Flow", hide_below=5)
    assert "Moved away" not in svg
    # One hidden reason alone would follow from the total, so the next is hidden with it.
    assert "Lack of efficacy" not in svg
    assert "Adverse event" in svg


def test_a_rate_of_nobody_is_said_and_not_drawn() -> None:
    assert "nobody could be counted" in rates()


def test_close_days_stand_apart_and_far_ones_in_proportion() -> None:
    places = spaced([1, 2, 8, 15, 22, 28], start=0, end=300, least=40)
    assert places[2] - places[1] == 40
    assert places[28] == pytest.approx(300)
    assert places[15] - places[8] == pytest.approx(places[22] - places[15])
    assert spaced([1], start=5, end=9, least=40) == {1: 5}


def test_ticks_are_round_and_cover_the_values() -> None:
    assert ticks(-23.4, 0) == [-25, -20, -15, -10, -5, 0]
    assert ticks(0, 1)[0] == 0
    assert plain(-0.04, decimals=1) == "0.0"
    assert plain(-4.04, decimals=1) == "−4.0"
    assert number(-0.001) == "0"
    assert number(12.5) == "12.5"


def test_text_is_escaped_and_wrapped() -> None:
    canvas = Canvas(key="k", width=10, height=10, title='a "b" <c>', description="&")
    canvas.text(0, 5, "<script>")
    assert "<script>" not in canvas.svg()
    parse(canvas.svg())
    assert wrap("one two three", width=text_width("one two", 12) + 1, size=12) == ["one two", "three"]
