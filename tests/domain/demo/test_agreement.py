"""The fictional trial against the published TRANSFORM-2 table.

Tolerance for the shipped trial: two standard errors of each published figure. The trial is a sample: with
calibrated parameters a figure lies within two standard errors about nineteen times in twenty, and the seed
was not chosen by looking for one that fits. A second test shows that the parameters themselves are right:
among thousands of people the model comes back to the published figures more closely than any single trial
can.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from apps.demo.domain import published
from apps.demo.domain.analysis import ARMS
from apps.demo.domain.course import draw_leaving
from apps.demo.domain.depression import COURSES, baseline_total, draw_latent, visit_totals
from apps.demo.domain.draws import Draws
from apps.demo.domain.published import ESKETAMINE, PLACEBO, PublishedArm
from apps.demo.domain.values import DemoTrial, Treatment
from apps.endpoints.domain.adverse import adverse_event_table
from apps.endpoints.domain.ancova import AncovaRow, fit_ancova
from apps.endpoints.domain.binary import Criterion, OnsetRule, endpoint_rate, onset_rate, remission, response
from apps.endpoints.domain.descriptive import summarize
from apps.endpoints.domain.groups import group_participants
from apps.endpoints.domain.locf import carry_forward
from apps.endpoints.domain.report import plan_from_protocol
from apps.endpoints.domain.report.analyses import make_analysis
from apps.endpoints.domain.results import MissingRule, ModelEstimate
from apps.endpoints.domain.sets import FULL_ANALYSIS, SAFETY, analysis_set
from apps.endpoints.domain.values import ScoreSeries, TrialRecords
from apps.studies.domain.loading import load_shipped

PUBLISHED = {"ESK": ESKETAMINE, "PBO": PLACEBO}
OC, LOCF = MissingRule.OBSERVED_CASES, MissingRule.LOCF


@dataclass(frozen=True)
class Found:
    """What one generated arm shows, in the order of the published row."""

    observed: int
    change: float
    change_sd: float
    carried_change: float
    carried_change_sd: float
    response: float
    remission: float
    carried_response: float
    carried_remission: float
    onset: float


def look(records: TrialRecords) -> dict[str, Found]:
    members = analysis_set(records.participants, definition=FULL_ANALYSIS).members
    series = records.series("MADRS")
    return {
        group.arm: look_at({number: series[number] for number in group.numbers})
        for group in group_participants(members, arms=ARMS)
        if group.arm is not None
    }


def look_at(series: Mapping[str, ScoreSeries]) -> Found:
    def share(reached: Criterion, rule: MissingRule) -> float:
        found = endpoint_rate(series, series=series, day=28, reached=reached, rule=rule)
        assert found.value is not None
        return found.value

    observed = summarize(c for one in series.values() if (c := one.change(28)) is not None)
    carried = summarize(derived.change for derived in carry_forward(series.values(), day=28))
    onset = onset_rate(series, series=series, rule=OnsetRule(2, 28, (8, 15, 22)))
    assert observed.mean is not None
    assert observed.sd is not None
    assert carried.mean is not None
    assert carried.sd is not None
    return Found(
        observed=observed.n,
        change=observed.mean,
        change_sd=observed.sd,
        carried_change=carried.mean,
        carried_change_sd=carried.sd,
        response=share(response(share=0.5), OC),
        remission=share(remission(at_most=12), OC),
        carried_response=share(response(share=0.5), LOCF),
        carried_remission=share(remission(at_most=12), LOCF),
        onset=onset.value or 0.0,
    )


def proportion_error(share: float, n: int) -> float:
    return (share * (1 - share) / n) ** 0.5


def expected(arm: PublishedArm) -> dict[str, tuple[float, float]]:
    """Each published figure with the standard error that its own sample size gives it."""
    shares = {
        "response": (arm.responders, arm.observed),
        "remission": (arm.remitters, arm.observed),
        "carried_response": (arm.carried_responders, arm.carried),
        "carried_remission": (arm.carried_remitters, arm.carried),
        "onset": (arm.early_onset, arm.full_analysis),
    }
    return {
        "change": (arm.change, arm.change_sd / arm.observed**0.5),
        # The standard error of a standard deviation is about sd / sqrt(2 (n - 1)).
        "change_sd": (arm.change_sd, arm.change_sd / (2 * (arm.observed - 1)) ** 0.5),
        "carried_change": (arm.carried_change, arm.carried_change_sd / arm.carried**0.5),
        "carried_change_sd": (arm.carried_change_sd, arm.carried_change_sd / (2 * (arm.carried - 1)) ** 0.5),
        **{name: (k / n, proportion_error(k / n, n)) for name, (k, n) in shares.items()},
    }


@pytest.mark.parametrize("arm", ["ESK", "PBO"])
def test_every_figure_lies_within_two_standard_errors_of_the_published_one(
    records: TrialRecords, arm: str
) -> None:
    found = look(records)[arm]
    apart = {
        name: (round(getattr(found, name), 3), round(value, 3))
        for name, (value, error) in expected(PUBLISHED[arm]).items()
        if abs(getattr(found, name) - value) > 2 * error
    }
    assert not apart
    # Observed at Day 28: 101 of 114 and 100 of 109.
    n = PUBLISHED[arm].observed / PUBLISHED[arm].full_analysis
    members = PUBLISHED[arm].full_analysis
    assert abs(found.observed / members - n) <= 3 * proportion_error(n, members)


def test_the_difference_of_the_arms_lies_within_two_standard_errors(records: TrialRecords) -> None:
    found = look(records)
    raw = found["ESK"].change - found["PBO"].change
    raw_error = (ESKETAMINE.change_sd**2 / 101 + PLACEBO.change_sd**2 / 100) ** 0.5
    assert abs(raw - (ESKETAMINE.change - PLACEBO.change)) <= 2 * raw_error

    members = analysis_set(records.participants, definition=FULL_ANALYSIS).members
    series = records.series("MADRS")
    by_number = {one.number: one for one in members}
    rows = [
        AncovaRow(d.number, by_number[d.number].arm or "", d.change, by_number[d.number].strata, d.baseline)
        for d in carry_forward([series[one.number] for one in members], day=28)
    ]
    result = fit_ancova(
        rows,
        arms=["ESK", "PBO"],
        reference="PBO",
        factors=["country", "oad_class"],
        covariate="baseline MADRS",
    )
    difference = result.differences[0].estimate
    assert isinstance(difference, ModelEstimate)
    low, high = published.LOCF_ADJUSTED_INTERVAL
    error = (high - low) / 2 / 1.96
    assert abs(difference.estimate - published.LOCF_ADJUSTED_DIFFERENCE) <= 2 * error
    # The precision is that of the real trial too.
    assert difference.standard_error == pytest.approx(error, rel=0.15)


def test_the_report_s_primary_result_lies_within_two_standard_errors(records: TrialRecords) -> None:
    """The mixed model of the protocol, as the report makes it, against the published -4.0 (1.69)."""
    plan = plan_from_protocol(load_shipped("transform_2"), by_arm=True)
    assert plan.primary is not None
    made = make_analysis(records, plan, plan.primary)
    assert made.section.status == "made"
    (outcome,) = made.outcomes
    assert outcome.estimate is not None
    assert outcome.standard_error is not None
    error = published.ADJUSTED_DIFFERENCE_SE
    assert abs(outcome.estimate - published.ADJUSTED_DIFFERENCE) <= 2 * error
    assert outcome.standard_error == pytest.approx(error, rel=0.15)


@pytest.mark.parametrize("arm", ["ESK", "PBO"])
def test_the_parameters_are_calibrated_and_the_seed_was_not_chosen_to_fit(arm: str) -> None:
    """Four thousand people under the model alone: here sampling error is a fifth of that of the real
    trial."""
    treatment: Treatment = "esketamine" if arm == "ESK" else "placebo"
    series = {}
    for number in range(4000):
        latent = draw_latent(Draws(2, "model", number))
        leaving = draw_leaving(latent, treatment, Draws(2, "leaving", number))
        seen = {
            day: total
            for day, total in visit_totals(latent, COURSES[treatment]).items()
            if leaving.day is None or day < leaving.day or (day == 28 and leaving.returns)
        }
        series[str(number)] = ScoreSeries(str(number), "MADRS", baseline_total(latent), seen)
    found = look_at(series)
    for name, (value, error) in expected(PUBLISHED[arm]).items():
        # A beta law cannot match every share of the published arm exactly; the means and spreads it can.
        allowed = 0.75 if name in ("change", "change_sd", "carried_change") else 1.5
        assert abs(getattr(found, name) - value) <= allowed * error, name
    baseline = summarize(one.baseline for one in series.values() if one.baseline is not None)
    assert baseline.mean == pytest.approx(37.15, abs=0.3)  # published 37.0 and 37.3, SD 5.7
    assert baseline.sd == pytest.approx(5.7, abs=0.2)


def test_disposition_is_the_published_one(trial: DemoTrial, records: TrialRecords) -> None:
    people = records.participants
    assert len(people) == published.SCREENED
    assert sum(one.randomized for one in people) == published.RANDOMIZED
    assert len(analysis_set(people, definition=SAFETY).members) == published.DOSED
    assert len(analysis_set(people, definition=FULL_ANALYSIS).members) == published.FULL_ANALYSIS
    share = published.COMPLETED / published.RANDOMIZED
    completed = sum(one.completed for one in people)
    assert abs(completed - published.COMPLETED) <= 2 * published.RANDOMIZED * proportion_error(share, 227)


def test_adverse_events_are_as_frequent_as_published(records: TrialRecords) -> None:
    safety = analysis_set(records.participants, definition=SAFETY).members
    table = adverse_event_table(group_participants(safety, arms=ARMS), events=records.adverse_events)
    found = {row.label: [rate.value or 0.0 for rate in row.rates] for row in table.by_term}
    for place, arm in enumerate((ESKETAMINE, PLACEBO)):
        for term, share in arm.adverse_events:
            # Ten comparisons, and small placebo rates: three standard errors.
            assert abs(found[term][place] - share) <= 3 * proportion_error(share, arm.safety), term
    esketamine = table.dosing_day[0]
    assert 0.75 <= esketamine.on_dosing_day / esketamine.events <= 0.95
    assert 0.80 <= esketamine.resolved_same_day / esketamine.on_dosing_day <= 0.97
