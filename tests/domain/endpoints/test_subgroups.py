"""The forest of subgroups: effects and the test of interaction of one fit, and words where there is none."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest

from apps.endpoints.domain.groups import group_participants
from apps.endpoints.domain.mmrm import FTest
from apps.endpoints.domain.report import Figure, Report, Row, report_to_json
from apps.endpoints.domain.report.repeated import fit_repeated
from apps.endpoints.domain.results import ModelEstimate
from apps.endpoints.domain.values import Arm, TrialRecords
from tests.domain.endpoints.test_report import BY_ARM, MIXED, POOLED, compose, people, table

PLAN = replace(BY_ARM, analyses=(MIXED,), families=())


def grouped(count: int = 60, *, wards: int = 3) -> TrialRecords:
    """The made-up trial with sexes, wards, and the factor of the model as a subgroup."""
    records, dice = people(count), random.Random(5)
    return replace(
        records,
        participants=tuple(
            replace(
                one,
                subgroups={
                    "Sex": "Female" if place % 5 < 3 else "Male",
                    "Ward": f"Ward {dice.randint(1, wards)}",
                    "Country": one.strata.get("country", "DE"),
                },
            )
            for place, one in enumerate(records.participants)
        ),
    )


def rows(report: Report) -> dict[str, Row]:
    return {row.cells[0].text: row for row in table(report, "subgroups").rows}


def test_each_subgroup_has_its_test_of_interaction_from_the_fit_of_its_effects() -> None:
    records = grouped()
    found = rows(compose(PLAN, records))
    members = [one for one in records.participants if one.randomized]
    groups = group_participants(members, arms=PLAN.arms)
    for name, column, level in (
        ("Sex", "subgroup", "Male"),
        ("Ward", "subgroup", "Ward 2"),
        ("Country", "country", "PL"),
    ):
        fit = fit_repeated(groups, records.series("MADRS"), plan=PLAN, analysis=MIXED, subgroup=name)
        test = fit.interaction_test(arm="ESK", visit="28", factor=column)
        assert isinstance(test, FTest)
        cell = found[name].cells[-1]
        assert cell.value == pytest.approx(test.p_value, rel=1e-9)
        assert dict(cell.parts) == pytest.approx(
            {"f": test.f, "df": test.numerator_df, "denominator_df": test.denominator_df}
        )
        assert test.numerator_df == (2 if name == "Ward" else 1)
        one = fit.difference_in(arm="ESK", visit="28", factor=column, level=level)
        assert isinstance(one, ModelEstimate)
        assert found[level].cells[3].value == pytest.approx(one.estimate, rel=1e-9)
    # Everybody is the primary model as it is.
    whole = fit_repeated(groups, records.series("MADRS"), plan=PLAN, analysis=MIXED)
    overall = next(one.estimate for one in whole.differences if one.visit == "28")
    assert isinstance(overall, ModelEstimate)
    assert found["Everybody"].cells[3].value == pytest.approx(overall.estimate, rel=1e-9)
    assert found["Everybody"].cells[-1].text == ""


def test_an_interaction_that_is_there_is_found() -> None:
    records = grouped()
    sex = {one.number: one.subgroups["Sex"] for one in records.participants if one.randomized}
    arm = {one.number: one.arm for one in records.participants}
    scores = tuple(
        replace(one, visits={day: score - (14 if day == 28 else 0) for day, score in one.visits.items()})
        if sex[one.number] == "Female" and arm[one.number] == "ESK"
        else one
        for one in records.scores
    )
    before, after = rows(compose(PLAN, records)), rows(compose(PLAN, replace(records, scores=scores)))
    assert before["Sex"].cells[-1].value > 0.01  # type: ignore[operator]
    assert after["Sex"].cells[-1].text == "<0.001"
    assert after["Female"].cells[3].value == pytest.approx(before["Female"].cells[3].value - 14, abs=1.5)  # type: ignore[operator]


def test_it_is_nominal_in_words_in_the_table_and_the_figure_and_a_number_in_the_json() -> None:
    report = compose(PLAN, grouped())
    shown = table(report, "subgroups")
    assert shown.columns[-1].label == "p of interaction\n(nominal)"
    assert any("It is nominal" in note for note in shown.notes)
    figure = next(one for one in report.figures if one.key == "subgroups")
    text = rows(report)["Sex"].cells[-1].text
    assert f">interaction p = {text}<" in figure.svg
    assert f"Sex, interaction p = {text}:" in figure.svg
    assert "nominal" in figure.caption
    told = json.loads(report_to_json(report))
    block = next(
        block
        for section in told["sections"]
        if section["key"] == "subgroups"
        for block in section["blocks"]
        if block["kind"] == "table"
    )
    cell = next(row["cells"][-1] for row in block["rows"] if row["cells"][0]["text"] == "Ward")
    assert set(cell["parts"]) == {"f", "df", "denominator_df"}
    assert 0 < cell["value"] <= 1


def test_a_level_without_an_arm_has_no_interaction_and_the_others_keep_their_effects() -> None:
    records = grouped()
    people_ = tuple(
        replace(one, subgroups={"Sex": "Female" if one.arm == "PBO" or one.number < "p031" else "Male"})
        for one in records.participants
    )
    report = compose(PLAN, replace(records, participants=people_))
    found = rows(report)
    assert found["Sex"].cells[-1].text == "not estimable"
    assert (
        "Interaction with Sex not estimable: nobody of Placebo in Male." in table(report, "subgroups").notes
    )
    assert found["Male"].cells[3].text == "not estimable"
    assert found["Male"].cells[4].text == "nobody of Placebo"
    assert found["Female"].cells[3].value is not None
    figure = next(one for one in report.figures if one.key == "subgroups")
    assert ">interaction not estimable<" in figure.svg


def test_a_subgroup_that_cannot_be_compared_says_so_for_itself_alone() -> None:
    """Wards of one or two people: nearly every one lacks an arm."""
    report = compose(PLAN, grouped(36, wards=18))
    found = rows(report)
    assert found["Ward"].cells[-1].text == "not estimable"
    assert any(
        note.startswith("Interaction with Ward not estimable: ") for note in table(report, "subgroups").notes
    )
    assert found["Sex"].cells[-1].value is not None


def test_each_arm_compared_has_its_own_test() -> None:
    records = grouped(90)
    third = Arm("LOW", "Low dose")
    moved = tuple(
        replace(one, arm="LOW") if one.randomized and int(one.number[1:]) % 3 == 0 else one
        for one in records.participants
    )
    plan = replace(PLAN, arms=(*(PLAN.arms or ())[:1], third, *(PLAN.arms or ())[1:]))
    report = compose(plan, replace(records, participants=moved))
    tests = {
        key: next(row.cells[-1] for row in table(report, key).rows if row.cells[0].text == "Ward")
        for key in ("subgroups-esk", "subgroups-low")
    }
    assert tests["subgroups-esk"].value != tests["subgroups-low"].value
    assert {dict(cell.parts)["df"] for cell in tests.values()} == {2.0}


def test_a_pooled_report_has_none() -> None:
    records = grouped()
    nameless = tuple(replace(one, arm=None) for one in records.participants)
    report = compose(replace(POOLED, analyses=(MIXED,), families=()), replace(records, participants=nameless))
    section = next(one for one in report.sections if one.key == "subgroups")
    assert section.status == "withheld"
    assert not any(isinstance(block, Figure) for block in section.blocks)
    assert "interaction" not in report_to_json(report).lower()
