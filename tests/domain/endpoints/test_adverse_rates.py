"""Adverse events per time at risk: worked by hand, withheld where few, told where it cannot be made."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from scipy import stats

from apps.endpoints.domain.report import Report, plan_from_protocol
from apps.endpoints.domain.report.plan import EventOfInterest
from apps.endpoints.domain.tolerability.at_risk import exposed
from apps.endpoints.domain.values import (
    AdverseEventRecord,
    NotAnalysable,
    ParticipantRecord,
    Severity,
    TrialRecords,
)
from apps.studies.domain.loading import load_shipped
from tests.domain.endpoints.cast import DAY_ONE, treated
from tests.domain.endpoints.test_report import compose, people, table
from tests.domain.endpoints.test_sections import LIGHT, LIGHT_POOLED, cells, section, text_of

START = DAY_ONE.date()
SPECIAL = (
    EventOfInterest("Dissociation", ("dissociat",)),
    EventOfInterest("Falls", ("fall",)),
    EventOfInterest("Liver injury", ()),
)


def on(day: int) -> date:
    return START + timedelta(days=day - 1)


def who(number: str, arm: str, last_dose: int, seen: int) -> ParticipantRecord:
    return treated(number, arm, last_dose_on=on(last_dose), last_seen_on=on(seen))


def event(number: str, day: int, term: str = "Nausea", *, serious: bool = False) -> AdverseEventRecord:
    return AdverseEventRecord(number, term, Severity.MILD, serious=serious, began_on=on(day))


def test_time_at_risk_ends_with_the_window_or_with_the_last_that_is_known() -> None:
    members = (who("a", "ESK", 10, 60), who("b", "ESK", 25, 28), who("c", "ESK", 1, 1))
    events = (event("c", 20), event("a", 41), event("a", 40))
    found = {one.number: one for one in exposed(members, events=events, window_days=30)}
    assert {number: one.days for number, one in found.items()} == {"a": 40, "b": 28, "c": 20}
    # Day 41 of the first lies after the window, although it came marked as of treatment.
    assert [day for day, _ in found["a"].events] == [40]
    assert found["c"].to(lambda one: True).first_event_after == 20


def test_whoever_had_no_dose_has_no_time_and_unknown_days_are_refused() -> None:
    nobody = treated("n", first_dose_at=None, first_dose_on=None, last_dose_on=None)
    assert exposed((nobody,), events=(), window_days=30) == ()
    with pytest.raises(NotAnalysable) as refused:
        exposed(
            (treated("a", first_dose_on=None), treated("b")),
            events=(replace(event("b", 3), began_on=None),),
            window_days=30,
        )
    assert [reason.message for reason in refused.value.reasons] == [
        "The days of a's doses are not known.",
        "The day on which Nausea of b began is not known.",
    ]


def by_hand() -> TrialRecords:
    """Esketamine: 20 and 30 days, three events of one person (Days 5, 5, 9). Placebo: 40 and 10 days, one on Day 10."""
    members = (
        who("a", "ESK", 20, 20),
        who("b", "ESK", 30, 30),
        who("c", "PBO", 40, 40),
        who("d", "PBO", 10, 10),
    )
    events = (
        event("a", 5),
        event("a", 5, "Dissociation"),
        event("a", 9, serious=True),
        event("d", 10, "Feeling of dissociation"),
    )
    return TrialRecords(members, (), events)


def test_a_trial_of_four_worked_by_hand() -> None:
    report = compose(replace(LIGHT, of_interest=SPECIAL), by_hand())
    rates = table(report, "adverse-rates")
    assert [column.label for column in rates.columns[1:]] == [
        "Esketamine\nevents",
        "Esketamine\nparticipants",
        "Placebo\nevents",
        "Placebo\nparticipants",
    ]
    years = next(row for row in rates.rows if row.cells[0].text == "Participant-years at risk")
    assert years.cells[1].value == pytest.approx(50 / 365.25)
    overall = next(row for row in rates.rows if row.cells[0].text == "Any adverse event")
    events, people, others, other = overall.cells[1:]
    assert events.value == pytest.approx(3 / (50 / 365.25) * 100)  # three in 50 days
    assert people.value == pytest.approx(1 / (35 / 365.25) * 100)  # one in 5 + 30 days
    assert others.value == other.value == pytest.approx(1 / (50 / 365.25) * 100)
    # The exact limits of three events: the Poisson means that make three or more, or three or fewer, rare.
    low, high = (dict(events.parts)[name] * 50 / 365.25 / 100 for name in ("low", "high"))
    assert stats.poisson.sf(2, low) == pytest.approx(0.025)
    assert stats.poisson.cdf(3, high) == pytest.approx(0.025)
    assert cells(rates, "Serious")[2].startswith("0; 0.0 (0.0 to ")
    # Of special interest first: also told by "Feeling of dissociation"; then the term by itself.
    special, term = cells(rates, "Dissociation")[:4], cells(rates, "Dissociation")[4:]
    assert [one.split(" (")[0] for one in special] == ["1; 730", "1; 1044", "1; 730", "1; 730"]
    assert [one.split(" (")[0] for one in term] == ["1; 730", "1; 1044", "0; 0.0", "0; 0.0"]
    notes = text_of(section(report, "adverse-rates"))
    assert "Events of special interest that nobody had: Falls." in notes
    assert "by which terms these are told: Liver injury." in notes


def test_by_arm_rates_are_compared_and_no_ratio_is_made_of_nothing() -> None:
    compared = table(compose(LIGHT, by_hand()), "adverse-rates-comparison")
    row = next(row for row in compared.rows if row.cells[0].text == "Any adverse event")
    assert row.cells[1].value == pytest.approx(2 / (50 / 365.25) * 100)
    assert row.cells[2].value == pytest.approx(3.0)
    assert row.cells[4].value == pytest.approx((1 / 35) / (1 / 50))
    serious = next(row for row in compared.rows if row.cells[0].text == "Serious")
    assert serious.cells[2].text == "–"
    assert serious.cells[1].value is not None


def test_pooled_rates_are_one_column_without_a_few_and_without_arms() -> None:
    told, untold = (compose(LIGHT_POOLED, people(arms=arms)) for arms in (True, False))
    rates = table(told, "adverse-rates")
    assert rates == table(untold, "adverse-rates")
    assert [column.label for column in rates.columns[1:]] == [
        "All arms pooled\nevents",
        "All arms pooled\nparticipants",
    ]
    assert cells(rates, "Serious") == ["<5", "<5"]
    assert "Rare event" not in str(rates)
    assert cells(rates, "Dissociation")[0].startswith("10; ")
    assert not [one for one in told.tables if one.key.startswith("adverse-rates-")]


def test_terms_are_named_from_the_share_on_that_the_protocol_says() -> None:
    def named(report: Report) -> bool:
        return bool(cells(table(report, "adverse-rates"), "Rare event"))

    assert named(compose(LIGHT, people()))  # one of twenty
    assert not named(compose(replace(LIGHT, event_threshold=0.06), people()))


def test_days_that_are_not_known_fail_the_section_and_not_the_report() -> None:
    records = people()
    lost = tuple(replace(one, began_on=None) for one in records.adverse_events)
    report = compose(LIGHT, replace(records, adverse_events=lost))
    assert section(report, "adverse-rates").status == "failed"
    assert section(report, "adverse").status == "made"


def test_the_plan_takes_window_threshold_and_special_events_from_the_protocol() -> None:
    protocol = load_shipped("transform_2")
    plan = plan_from_protocol(protocol, by_arm=True)
    assert (plan.emergent_days, plan.event_threshold) == (30, 0.05)
    assert [one.label for one in plan.of_interest] == [
        one.label for one in protocol.safety.events_of_interest
    ]
    assert all(one.terms for one in plan.of_interest)
    safety = protocol.safety.model_copy(update={"frequent_from": 0.1})
    changed = plan_from_protocol(protocol.model_copy(update={"safety": safety}), by_arm=True)
    assert changed.event_threshold == 0.1
