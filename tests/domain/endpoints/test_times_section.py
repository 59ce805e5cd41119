"""The section of a time to an event: published numbers, what it withholds, what it says where it cannot."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.endpoints.domain.event_times import CensorAt, EventDefinition, Origin
from apps.endpoints.domain.multiplicity import Family, Hypothesis
from apps.endpoints.domain.report import (
    Cell,
    Factor,
    Figure,
    Report,
    ReportPlan,
    curves,
    plan_from_protocol,
    report_to_json,
)
from apps.endpoints.domain.report.analyses import make_analysis
from apps.endpoints.domain.report.outcomes import Made
from apps.endpoints.domain.report.plan import PlannedAnalysis, PlannedTimes
from apps.endpoints.domain.sets import ALL_RANDOMIZED
from apps.endpoints.domain.survival import EventTime, Ties, log_rank, survival_curve
from apps.endpoints.domain.values import Arm, Assessment, ParticipantRecord, TrialRecords
from apps.studies.domain.loading import SHIPPED, load, load_shipped, read_text
from apps.studies.domain.yaml_reading import read
from tests.domain.endpoints.test_report import BY_ARM, POOLED, compose, table
from tests.domain.endpoints.test_sections import cells, section, text_of
from tests.domain.endpoints.test_survival import LEUKEMIA
from tests.domain.studies.test_planted_faults import relapse

START = date(2024, 3, 5)
ARMS = (Arm("6-MP", "6-MP"), Arm("PBO", "Placebo"))
TIMES = PlannedTimes(EventDefinition(Origin.FIRST_DOSE, CensorAt.LAST_ASSESSMENT))


def planned(times: PlannedTimes = TIMES, **more: object) -> PlannedAnalysis:
    facts: dict[str, object] = {
        "label": "Time to leaving treatment",
        "role": "primary",
        "method": "time_to_event",
        "instrument": "",
        "instrument_label": "",
        "days": (6, 10, 23),
        "definition": ALL_RANDOMIZED,
        "missing": None,
        "times": times,
    }
    return PlannedAnalysis(code="LEAVING", **(facts | more))  # type: ignore[arg-type]


def plan(analysis: PlannedAnalysis, *, arms: tuple[Arm, ...] | None = ARMS, **more: Any) -> ReportPlan:
    base = BY_ARM if arms else POOLED
    return replace(
        base,
        arms=arms,
        reference="PBO" if arms else None,
        analyses=(analysis,),
        families=(Family((Hypothesis("LEAVING", "6-MP"),)), Family((Hypothesis("OTHER", "6-MP"),))),
        **more,
    )


def trial(rows: list[EventTime], *, arms: bool = True) -> TrialRecords:
    """Everybody followed as told: the event is leaving treatment on that day; the others go on."""
    people = []
    for place, row in enumerate(rows):
        day = START + timedelta(days=int(row.time) - 1)
        people.append(
            ParticipantRecord(
                row.number,
                "DE01",
                "DE",
                screened_on=START,
                randomized_on=START,
                arm=row.arm if arms else None,
                strata={"country": row.stratum or "DE"},
                first_dose_at=datetime(2024, 3, 5, 9, tzinfo=UTC),
                first_dose_on=START,
                last_dose_on=START,
                last_seen_on=day,
                discontinued_on=day if row.event else None,
                discontinuation_reason=("Adverse event" if place % 2 else "Withdrew consent")
                if row.event
                else None,
            )
        )
    return TrialRecords(tuple(people), (), cut_on=START + timedelta(days=60))


def made(
    rows: list[EventTime], analysis: PlannedAnalysis | None = None, *, arms: tuple[Arm, ...] | None = ARMS
) -> Made:
    chosen = analysis or planned()
    return make_analysis(trial(rows), plan(chosen, arms=arms), chosen)


def rows_of(one: Made, key: str) -> dict[str, tuple[Cell, ...]]:
    found = next(
        block for block in one.section.blocks if block.kind == "table" and getattr(block, "key", "") == key
    )
    return {row.cells[0].text: row.cells[1:] for row in found.rows}  # type: ignore[union-attr]


def test_the_published_remission_data_give_the_published_numbers() -> None:
    one = made(LEUKEMIA)
    assert one.section.status == "made"
    table = rows_of(one, "leaving")
    assert [cell.text for cell in table["Followed"]] == ["21", "21"]
    assert [cell.text for cell in table["With the event (leaving treatment)"]] == ["9", "21"]
    assert [round(cell.value or 0, 4) for cell in table["Day 10"]] == [0.7529, 0.381]
    assert table["Half (median)"][0].text == "23 (13 to not reached)"
    assert table["Half (median)"][1].text == "8 (4 to 11)"
    assert table["A quarter"][0].text.startswith("13 (6 to ")
    assert table["Three quarters"][0].text == "not reached (23 to not reached)"
    assert table["Three quarters"][1].text.startswith("12 (8 to ")
    (row,) = rows_of(one, "leaving-comparison").values()
    assert row[0].text == "9 / 21"
    assert row[1].text == "19.3 / 10.7"
    assert dict(row[2].parts)["log"] == pytest.approx(-1.5721, abs=5e-5)
    assert dict(row[2].parts)["se"] == pytest.approx(0.4124, abs=5e-5)
    assert dict(row[4].parts)["chi2"] == pytest.approx(16.79, abs=5e-3)
    (outcome,) = one.outcomes
    assert (outcome.unit, outcome.arm, outcome.reference) == ("ratio", "6-MP", "PBO")
    assert outcome.estimate == pytest.approx(0.2076, abs=5e-5)
    assert outcome.p_value == row[4].value


def test_ties_and_level_are_the_protocols() -> None:
    one = made(LEUKEMIA, planned(replace(TIMES, ties=Ties.BRESLOW, level=0.9)))
    (row,) = rows_of(one, "leaving-comparison").values()
    assert dict(row[2].parts)["log"] == pytest.approx(-1.5092, abs=5e-5)
    assert one.outcomes[0].interval is not None
    assert one.outcomes[0].interval.level == 0.9


def test_strata_are_those_of_the_plan() -> None:
    split = [replace(row, stratum="DE" if place % 3 else "PL") for place, row in enumerate(LEUKEMIA)]
    one = made(split, planned(factors=(Factor("country", "Country"),)))
    expected = log_rank(split, arms=("6-MP", "PBO"), stratified=True)
    assert one.outcomes[0].p_value == pytest.approx(expected.p_value)
    assert expected.strata == 2


def test_the_figure_has_a_tick_for_every_day_of_censoring_and_the_numbers_at_risk() -> None:
    figure = made(LEUKEMIA).section.blocks[0]
    assert isinstance(figure, Figure)
    # 6-MP: twelve censored on eleven days; placebo: none.
    ticks = re.findall(r'<line [^>]*stroke-width="1\.2"', figure.svg)
    assert len(ticks) == len({row.time for row in LEUKEMIA if not row.event})
    for count in ("21", "15", "8"):
        assert f">{count}</text>" in figure.svg
    assert "At risk" in figure.svg


def test_an_arm_without_an_event_leaves_no_ratio_and_the_test_stands() -> None:
    rows = [
        EventTime(f"{arm}{n}", arm, float(10 + n), arm == "PBO" and n % 2 == 0)
        for arm in ("6-MP", "PBO")
        for n in range(12)
    ]
    one = made(rows)
    assert one.section.status == "made"
    (row,) = rows_of(one, "leaving-comparison").values()
    assert row[2].text == "not estimable"
    assert "nought or infinite" in row[3].text
    assert row[4].value is not None
    (outcome,) = one.outcomes
    assert (outcome.estimate, outcome.interval) == (None, None)
    assert outcome.p_value == row[4].value
    report = compose(plan(planned()), trial(rows))
    first = getattr(report.sections[0].blocks[0], "text", "")
    assert "hazard ratio of leaving treatment is not estimable (two-sided p " in first


def test_where_nobody_had_the_event_there_is_nothing_to_test_and_it_is_said() -> None:
    one = made([replace(row, event=False) for row in LEUKEMIA])
    (row,) = rows_of(one, "leaving-comparison").values()
    assert row[0].text.startswith("not made: ")
    assert one.outcomes == ()
    assert [cell.text for cell in rows_of(one, "leaving")["Day 6"]] == ["100.0", "100.0"]
    assert rows_of(one, "leaving")["Half (median)"][0].text == "not reached"


def test_a_set_that_nobody_was_followed_in_is_a_section_that_says_so() -> None:
    one = made([])
    assert one.section.status == "failed"
    assert "Nobody of the set was followed." in text_of(one.section)


def test_one_arm_is_compared_with_nothing() -> None:
    rows = [row for row in LEUKEMIA if row.arm == "6-MP"]
    one = made(rows, arms=(ARMS[0],))
    assert [getattr(block, "key", "") for block in one.section.blocks] == [
        "leaving",
        "leaving",
        "leaving-endings",
        "leaving-listing",
    ]
    assert one.outcomes == ()


def test_by_arm_everybody_is_listed_with_day_and_reason() -> None:
    report = compose(plan(planned()), trial(LEUKEMIA))
    rows = table(report, "leaving-listing").rows
    assert len(rows) == len(LEUKEMIA)
    assert [cell.text for cell in rows[0].cells] == ["6-MP00", "6-MP", "6", "Event", "Withdrew consent"]
    censored = next(row for row in rows if row.cells[3].text == "Censored")
    assert censored.cells[4].text == "in treatment at the data cut"
    endings = table(report, "leaving-endings")
    assert cells(endings, "Had the event") == ["9", "21"]
    assert cells(endings, "In treatment at the data cut") == ["12", "0"]


def test_the_pooled_section_is_one_curve_without_arms_comparison_or_days_of_single_people() -> None:
    told, untold = (compose(plan(planned(), arms=None), trial(LEUKEMIA, arms=a)) for a in (True, False))
    assert report_to_json(told) == report_to_json(untold)
    one = section(told, "leaving")
    assert one.status == "made"
    assert [getattr(block, "key", "") for block in one.blocks] == ["leaving", "leaving", "leaving-endings"]
    text = report_to_json(told)
    assert "6-MP" not in text
    assert "Placebo" not in text
    figure = one.blocks[0]
    assert isinstance(figure, Figure)
    steps = figure.svg.split("<polyline")[1].split('points="')[1].split('"')[0].split()
    # 30 events: no step for fewer than five of them.
    assert (len(steps) - 2) // 2 <= 30 // 5
    assert cells(table(told, "leaving"), "With the event (leaving treatment)") == ["30"]


def test_pooled_shares_do_not_tell_of_a_few_by_subtraction() -> None:
    # Six on Day 5, two on Day 9, and six on Day 20.
    days = {**dict.fromkeys(range(6), 5), 6: 9, 7: 9, **dict.fromkeys(range(8, 14), 20)}
    rows = [EventTime(f"p{n:02}", "PBO", float(days.get(n, 40)), n in days) for n in range(40)]
    chosen = planned(days=(7, 10, 30))
    pooled = compose(plan(chosen, arms=None), trial(rows))
    shares = table(pooled, "leaving")
    assert cells(shares, "Day 30")[0].startswith("65.0 ")
    assert cells(shares, "Day 10")[0].startswith("80.0 ")
    assert cells(shares, "Day 7") == ["withheld"]  # two fewer than on Day 10
    figure = section(pooled, "leaving").blocks[0]
    assert isinstance(figure, Figure)
    points = figure.svg.split("<polyline")[1].split('points="')[1].split('"')[0].split()
    assert (len(points) - 2) // 2 == 2  # on Days 9 and 20, not on Day 5
    assert [text for text in ("40", "34", "32", "26") if f">{text}</text>" in figure.svg] == ["40"]
    by_arm = compose(plan(chosen, arms=(ARMS[1],)), trial(rows))
    assert cells(table(by_arm, "leaving"), "Day 7")[0].startswith("85.0 ")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 30), st.booleans()), min_size=8, max_size=60),
    st.sets(st.integers(2, 28), min_size=1, max_size=4),
)
def test_whatever_the_times_no_pooled_step_or_share_parts_a_few_from_the_others(
    times: list[tuple[int, bool]], days: set[int]
) -> None:
    rows = [EventTime(f"p{n:02}", "PBO", float(day), event) for n, (day, event) in enumerate(times)]
    chosen = plan(planned(), arms=None)
    curve = survival_curve(rows, arm="PBO")
    if 0 < curve.events < 5 or 0 < curve.n - curve.events < 5:
        return  # then the counts are withheld, and no figure is drawn of so few events
    told = curves._told(curve, sorted(days), chosen)
    steps = [day for day, _ in curves._merged(curve, chosen, sorted(days))]
    counts = {0, curve.events, *(sum(event and day <= at for day, event in times) for at in (*told, *steps))}
    apart = [later - earlier for earlier, later in pairwise(sorted(counts))]
    assert all(gap >= 5 for gap in apart), (counts, told, steps)


def test_few_events_are_withheld_with_everything_that_would_tell_them() -> None:
    rows = [EventTime(f"p{n:02}", "PBO", float(5 + n), n < 3) for n in range(30)]
    report = compose(plan(planned(), arms=None), trial(rows))
    one = section(report, "leaving")
    assert not [block for block in one.blocks if block.kind == "figure"]
    shares = table(report, "leaving")
    assert cells(shares, "With the event (leaving treatment)") == ["<5"]
    assert cells(shares, "Censored") == ["<5"]  # otherwise the difference from N would tell
    assert cells(shares, "Day 10") == ["withheld"]
    assert cells(shares, "Half (median)") == ["withheld"]
    assert cells(table(report, "leaving-endings"), "Had the event") == ["<5"]
    assert cells(table(report, "leaving-endings"), "Withdrew consent") == ["<5"]


def test_of_four_in_all_nothing_can_be_read_but_that_there_are_few() -> None:
    rows = [EventTime(f"p{n}", "PBO", float(6 + n), n < 2) for n in range(4)]
    one = make_analysis(trial(rows), plan(planned(), arms=None), planned())
    assert one.section.status == "made"
    for block in one.section.blocks:
        assert block.kind == "table"
        for row in block.rows:
            assert not [cell.value for cell in row.cells if cell.value], (block.key, row)


def relapse_prevention() -> Any:
    """A shipped design turned into one of relapse prevention: time to relapse primary, tested before the onset."""
    tree: Any = read(read_text(SHIPPED / "transform_2.yaml")).tree
    plan = tree["endpoints"]
    leaving = next(one for one in plan["analyses"] if one["code"] == "TIME_TO_LEAVING")
    kept = [one for one in plan["analyses"] if one["code"] in ("ONSET_D2", "RESPONSE_OC")]
    times = {**leaving["time_to_event"], "event": "relapse", "origin": "randomization", "days": [15, 28]}
    relapsing = {
        **leaving,
        "code": "RELAPSE",
        "label": "Time to relapse",
        "role": "primary",
        "analysis_set": "RANDOMIZED",
        "time_to_event": times,
    }
    plan["analyses"] = [relapsing, *kept]
    plan["primary"] = {"instrument": "MADRS", "visit": "D28", "label": "Time to relapse"}
    plan["gatekeeping"]["order"] = ["RELAPSE", "ONSET_D2"]
    plan["intercurrent_events"], plan["estimands"] = [], []  # they say which scores enter
    tree["relapse"] = relapse()
    return tree


def test_a_relapse_prevention_design_has_it_as_primary_and_tests_it_first() -> None:
    chosen = plan_from_protocol(load(json.dumps(relapse_prevention())), by_arm=True)
    assert chosen.primary is not None
    assert [factor.code for factor in chosen.primary.factors] == ["country", "oad_class"]
    report = compose(chosen, relapsing())
    first, second = (getattr(block, "text", "") for block in report.sections[0].blocks[:2])
    assert "the hazard ratio of relapse was 0." in first
    assert "log-rank test" in first
    assert "significant: Time to relapse" in second
    assert table(report, "testing").rows[0].cells[3].text == "significant"
    assert "relapse: MADRS of at least 22 twice" in text_in(report, "plan")
    endings = table(report, "relapse-endings")
    assert cells(endings, "by MADRS") == ["2", "18"]


def test_a_time_to_an_event_has_no_estimand_of_scores() -> None:
    chosen = plan_from_protocol(load_shipped("transform_2"), by_arm=True)
    (leaving,) = (one for one in chosen.analyses if one.times is not None)
    assert leaving.estimand is None
    assert chosen.primary is not None
    assert chosen.primary.estimand is not None


def text_in(report: Report, key: str) -> str:
    return " ".join(cell.text for row in table(report, key).rows for cell in row.cells)


def relapsing() -> TrialRecords:
    """Forty people; two with esketamine and eighteen with placebo relapse on Day 15 or 22."""
    people, scores = [], []
    for place in range(40):
        number, arm = f"p{place:02}", "ESK" if place % 2 else "PBO"
        relapsed = place in (5, 17) if arm == "ESK" else place < 36
        people.append(
            ParticipantRecord(
                number,
                "DE01",
                "DE",
                screened_on=START,
                randomized_on=START,
                arm=arm,
                strata={"country": "DE", "oad_class": "SSRI"},
                first_dose_at=datetime(2024, 3, 5, 9, tzinfo=UTC),
                first_dose_on=START,
                last_dose_on=START,
                completed=True,
                completed_on=START + timedelta(days=27),
            )
        )
        since = 8 if place % 4 < 2 else 15
        scores += [
            Assessment(
                number, "MADRS", START + timedelta(days=day - 1), 28 if relapsed and day >= since else 9
            )
            for day in (1, 8, 15, 22, 28)
        ]
    return TrialRecords(tuple(people), (), assessments=tuple(scores), cut_on=START + timedelta(days=60))
