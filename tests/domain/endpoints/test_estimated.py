"""The estimand decides which values enter: each strategy by hand, told in the report, and neutral when pooled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from apps.endpoints.domain.estimands import IntercurrentEvent, Strategy
from apps.endpoints.domain.intercurrent import PlannedDose, before_leaving, missed_in_a_row
from apps.endpoints.domain.report import ReportPlan, compose_report
from apps.endpoints.domain.report.estimands import estimands_section
from apps.endpoints.domain.report.estimated import primary_records, under_estimand
from apps.endpoints.domain.report.plan import PlannedAnalysis, PlannedEstimand
from apps.endpoints.domain.results import MissingRule
from apps.endpoints.domain.sets import FULL_ANALYSIS
from apps.endpoints.domain.values import NotAnalysable, TrialRecords
from tests.domain.endpoints.cast import madrs, treated
from tests.domain.endpoints.test_report import BY_ARM, MIXED, PROVENANCE, compose, people, planned, table

LEFT, OTHER = "LEFT", "OTHER"


def estimand(left: Strategy, other: Strategy = Strategy.TREATMENT_POLICY, code: str = "E") -> PlannedEstimand:
    strategies = ((LEFT, left), (OTHER, other))
    return PlannedEstimand(code, f"By {left.value}", "Treatment", FULL_ANALYSIS, "Change", strategies, "Mean")


def plan(
    *estimands: PlannedEstimand, analyses: tuple[PlannedAnalysis, ...], pooled: bool = False
) -> ReportPlan:
    made = replace(
        BY_ARM,
        analyses=analyses,
        families=(),
        gate="",
        estimands=estimands,
        event_labels={LEFT: "Leaving treatment", OTHER: "Another medicine"},
    )
    return replace(made, arms=None, reference=None) if pooled else made


#: Baseline 40 each. 1 responds; 2 left on Day 8 and was measured afterwards, a responder; 3 left on Day 8 and was never
#: seen again; 4 began another medicine on Day 8 and responds; 5 does not respond; 6 left on the very day of a reading.
SERIES = (
    madrs("1", 40, {2: 30, 8: 25, 28: 10}),
    madrs("2", 40, {2: 30, 8: 19, 28: 12}),
    madrs("3", 40, {2: 30, 8: 18}),
    madrs("4", 40, {2: 30, 8: 38, 28: 20}),
    madrs("5", 40, {2: 30, 8: 28, 28: 30}),
    madrs("6", 40, {2: 30, 8: 28, 28: 15}),
)
EVENTS = (
    IntercurrentEvent("2", LEFT, 8),
    IntercurrentEvent("3", LEFT, 8),
    IntercurrentEvent("4", OTHER, 8),
    IntercurrentEvent("6", LEFT, 28),
)
RECORDS = TrialRecords(
    tuple(treated(one.number, "ESK" if int(one.number) % 2 else "PBO") for one in SERIES),
    SERIES,
    intercurrent=EVENTS,
)


def reached(
    chosen: PlannedEstimand | None, missing: MissingRule, outcome: str = "response"
) -> tuple[int, int]:
    """How many of how many respond, all arms together."""
    analysis = planned("R", "proportion", outcome=outcome, missing=missing, estimand=chosen)
    report = compose_report(
        RECORDS, plan=plan(*([chosen] if chosen else []), analyses=(analysis,)), provenance=PROVENANCE
    )
    cells = [dict(cell.parts) for cell in table(report, "r").rows[0].cells[1:]]
    return int(sum(one["count"] for one in cells)), int(sum(one["denominator"] for one in cells))


@pytest.mark.parametrize(
    ("left", "other", "observed", "locf", "nonresponder"),
    [
        # observed: 1, 2, 4, 6 of those with Day 28; locf: 3 responds by Day 8 (18 of 40)
        (Strategy.TREATMENT_POLICY, Strategy.TREATMENT_POLICY, (4, 5), (5, 6), (4, 6)),
        # 2's Day 28 is set aside (19 of Day 8 carried responds); 6's was measured before leaving
        (Strategy.HYPOTHETICAL, Strategy.TREATMENT_POLICY, (3, 4), (5, 6), (3, 6)),
        (Strategy.HYPOTHETICAL, Strategy.HYPOTHETICAL, (2, 3), (4, 6), (2, 6)),
        # 2 and 3 fail, whatever was seen
        (Strategy.COMPOSITE, Strategy.TREATMENT_POLICY, (3, 6), (3, 6), (3, 6)),
        (Strategy.COMPOSITE, Strategy.COMPOSITE, (2, 6), (2, 6), (2, 6)),
        # the last value before leaving stands: 19 and 18
        (Strategy.WHILE_ON_TREATMENT, Strategy.TREATMENT_POLICY, (5, 6), (5, 6), (5, 6)),
    ],
)
def test_each_strategy_by_hand(
    left: Strategy,
    other: Strategy,
    observed: tuple[int, int],
    locf: tuple[int, int],
    nonresponder: tuple[int, int],
) -> None:
    chosen = estimand(left, other)
    assert reached(chosen, MissingRule.OBSERVED_CASES) == observed
    assert reached(chosen, MissingRule.LOCF) == locf
    assert reached(chosen, MissingRule.NON_RESPONDER) == nonresponder


def test_without_an_estimand_whatever_was_measured_counts() -> None:
    for missing in (MissingRule.OBSERVED_CASES, MissingRule.LOCF, MissingRule.NON_RESPONDER):
        assert reached(None, missing) == reached(estimand(Strategy.TREATMENT_POLICY), missing)
    analysis = planned("R", "proportion", outcome="response")
    assert under_estimand(RECORDS, plan(analyses=(analysis,)), analysis).records is RECORDS


def test_leaving_as_failure_agrees_with_counting_the_missing_as_nonresponders() -> None:
    """Where nobody is measured after leaving and nothing else is missing, the two rules are one."""
    gone = tuple(madrs("2", 40, {2: 30, 8: 19}) if one.number == "2" else one for one in SERIES)
    records = replace(RECORDS, scores=gone)
    composite = planned(
        "C", "proportion", outcome="response", missing=MissingRule.OBSERVED_CASES,
        estimand=estimand(Strategy.COMPOSITE),
    )  # fmt: skip
    rule = planned("N", "proportion", outcome="response", missing=MissingRule.NON_RESPONDER)
    report = compose_report(
        records, plan=plan(estimand(Strategy.COMPOSITE), analyses=(composite, rule)), provenance=PROVENANCE
    )
    one, other = table(report, "c").rows[0], table(report, "n").rows[0]
    assert [cell.parts for cell in one.cells] == [cell.parts for cell in other.cells]


def test_failure_is_no_remission_even_from_a_low_baseline() -> None:
    low = replace(RECORDS, scores=(madrs("2", 11, {28: 5}),), intercurrent=(IntercurrentEvent("2", LEFT, 8),))
    analysis = planned("R", "proportion", outcome="remission", estimand=estimand(Strategy.COMPOSITE))
    taken = under_estimand(low, plan(estimand(Strategy.COMPOSITE), analyses=(analysis,)), analysis)
    assert taken.records.series("MADRS")["2"].visits[28] == 13
    assert [(one.number, one.day, one.measured) for one in taken.changed] == [("2", 28, 5)]


def trial(*, after: bool) -> TrialRecords:
    """The made-up trial of the report's tests, where some left on Day 8; `after`: with what was measured later."""
    made = people()
    events = tuple(IntercurrentEvent(f"p{place:03d}", LEFT, 8) for place in (4, 5, 10, 21))
    numbers = {event.number for event in events}
    scores = tuple(
        replace(one, visits={day: score for day, score in one.visits.items() if day <= 8})
        if one.number in numbers and not after
        else one
        for one in made.scores
    )
    return replace(made, scores=scores, intercurrent=events)


def test_the_primary_estimand_decides_what_the_primary_model_sees() -> None:
    hypothetical, policy = estimand(Strategy.HYPOTHETICAL), estimand(Strategy.TREATMENT_POLICY, code="P")
    model = replace(MIXED, estimand=hypothetical)
    beside = replace(MIXED, code="BESIDE", role="supplementary", estimand=policy)
    report = compose(plan(hypothetical, policy, analyses=(model, beside)), trial(after=True))

    def differences(of: object, key: str) -> list[object]:
        return [row.cells[1] for row in table(of, f"{key}-differences").rows]  # type: ignore[arg-type]

    bare = compose(plan(analyses=(MIXED,)), trial(after=False))
    assert differences(report, "mixed") == differences(bare, "mixed")
    everything = compose(plan(analyses=(MIXED,)), trial(after=True))
    assert differences(report, "beside") == differences(everything, "mixed")
    assert differences(report, "mixed") != differences(report, "beside")
    # Subgroups and the course over time take the primary estimand's values too.
    last = table(report, "subgroups").rows[0].cells
    assert last == table(bare, "subgroups").rows[0].cells
    assert table(report, "rates-by-visit").rows == table(bare, "rates-by-visit").rows

    beside_it = table(report, "sensitivity").rows
    assert [row.cells[1].text for row in beside_it] == ["By hypothetical", "By treatment_policy"]
    assert [row.cells[2] for row in beside_it] == [
        replace(cell, parts=cell.parts[:1])  # type: ignore[type-var]
        for cell in (differences(report, "mixed")[-1], differences(report, "beside")[-1])
    ]


def test_the_report_counts_events_and_values_and_lists_what_does_not_enter() -> None:
    hypothetical = estimand(Strategy.HYPOTHETICAL)
    report = compose(plan(hypothetical, analyses=(replace(MIXED, estimand=hypothetical),)), trial(after=True))
    attributes = [row.cells[0].text for row in table(report, "estimands").rows]
    assert attributes[1:] == [
        "Treatment", "Population", "Variable", "Leaving treatment", "Another medicine", "Summary",
    ]  # fmt: skip
    events = {
        row.cells[0].text: [cell.value for cell in row.cells[1:]]
        for row in table(report, "intercurrent").rows
    }
    assert events == {"Leaving treatment": [2, 2], "Another medicine": [0, 0], "Any of them": [2, 2]}
    values = {
        row.cells[0].text: [cell.value for cell in row.cells[2:]]
        for row in table(report, "estimand-values").rows
    }
    assert values["Leaving treatment"] == [4, 4, 4]
    listed = [row for row in table(report, "estimand-listed").rows if row.kind != "group"]
    assert [row.cells[0].text for row in listed] == ["p004", "p005", "p010", "p021"]
    assert {row.cells[4].text for row in listed} == {"–"}
    assert {row.cells[5].text for row in listed} == {"Leaving treatment, Day 8: set aside"}
    section = next(one for one in report.sections if one.key == "mixed")
    assert "4 values of 4 participants do not enter as measured" in str(section.blocks[-1])


def test_pooled_sections_know_no_arm_and_no_participant() -> None:
    hypothetical = estimand(Strategy.HYPOTHETICAL)
    seen = planned("SEEN", "descriptive", days=(2, 8, 28), estimand=hypothetical)
    pooled = plan(hypothetical, analyses=(seen,), pooled=True)
    section = estimands_section(trial(after=True), pooled)
    unknown = trial(after=True)
    unknown = replace(unknown, participants=tuple(replace(one, arm=None) for one in unknown.participants))
    assert section == estimands_section(unknown, pooled)
    assert "p004" not in str(section)
    report = compose_report(trial(after=True), plan=pooled, provenance=PROVENANCE)
    assert [cell.text for cell in table(report, "intercurrent").rows[0].cells[1:]] == ["<5"]
    assert "fewer than 5 participants do not enter" in str(report.sections)
    assert not [one for one in report.sections if one.key == "sensitivity"]
    interim = estimands_section(trial(after=True), replace(pooled, kind="DSMB"))
    assert interim is not None
    assert "estimand-values" not in [getattr(block, "key", "") for block in interim.blocks]


def test_an_event_without_a_strategy_stops_the_analysis_aloud() -> None:
    hypothetical = estimand(Strategy.HYPOTHETICAL)
    stranger = replace(RECORDS, intercurrent=(IntercurrentEvent("1", "STRANGER", 3),))
    analysis = planned("R", "proportion", outcome="response", estimand=hypothetical)
    with pytest.raises(NotAnalysable, match="No strategy is set for STRANGER"):
        under_estimand(stranger, plan(hypothetical, analyses=(analysis,)), analysis)
    assert (
        primary_records(RECORDS, plan(hypothetical, analyses=(analysis,))) is RECORDS
    )  # no primary analysis


def test_other_scales_are_left_alone() -> None:
    phq = replace(SERIES[1], instrument="PHQ9")
    records = replace(RECORDS, scores=(*SERIES, phq))
    hypothetical = estimand(Strategy.HYPOTHETICAL)
    analysis = planned("R", "proportion", outcome="response", estimand=hypothetical)
    taken = under_estimand(records, plan(hypothetical, analyses=(analysis,)), analysis).records
    assert taken.series("PHQ9")["2"] == phq
    assert 28 not in taken.series("MADRS")["2"].visits


@pytest.mark.parametrize(
    ("fates", "least", "day"),
    [
        ("gmmg", 2, 4),
        ("gmgm", 2, None),
        ("mm", 3, None),
        ("gmmm", 3, 4),
        ("gm?m", 2, None),  # not known yet: nobody can say that it was missed
        ("ggm", 1, 8),
    ],
)
def test_doses_missed_in_a_row(fates: str, least: int, day: int | None) -> None:
    doses = [PlannedDose(on, one == "g", one == "m") for on, one in zip((1, 4, 8, 11), fates, strict=False)]
    assert missed_in_a_row(reversed(doses), least=least) == day


def test_doses_missed_after_leaving_are_part_of_leaving() -> None:
    events = (
        IntercurrentEvent("1", LEFT, 8),
        IntercurrentEvent("1", "MISSED", 8),
        IntercurrentEvent("1", OTHER, 9),
        IntercurrentEvent("2", "MISSED", 8),
        IntercurrentEvent("3", LEFT, 15),
        IntercurrentEvent("3", "MISSED", 8),
    )
    told = before_leaving(events, leaving=LEFT, only={"MISSED"})
    assert [(one.number, one.kind) for one in told] == [
        ("1", LEFT), ("1", OTHER), ("2", "MISSED"), ("3", LEFT), ("3", "MISSED"),
    ]  # fmt: skip
