"""From the shipped protocols to their lists, strata, numbers and devices."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from apps.randomization.domain.blocks import plan_faults
from apps.randomization.domain.plan import (
    devices_per_session,
    first_dose_asked,
    levels_of,
    list_codes,
    list_for,
    list_plan,
    number_bounds,
    strata_spanned,
)
from apps.studies.domain.loading import SHIPPED, load
from apps.studies.domain.protocol import Protocol

Change = Callable[..., Protocol]
SITES = [("DE", "DE01"), ("DE", "DE02"), ("US", "US01")]


@pytest.fixture(scope="module")
def transform() -> Protocol:
    return load(SHIPPED / "transform_2.yaml")


@pytest.fixture(scope="module")
def monotherapy() -> Protocol:
    return load(SHIPPED / "nct04599855.yaml")


def test_shipped_designs_make_lists(transform: Protocol, monotherapy: Protocol) -> None:
    for protocol in (transform, monotherapy):
        for code in list_codes(protocol):
            plan = list_plan(protocol=protocol, study_code="S", list_code=code)
            assert plan_faults(plan) == ()
            assert plan.trial == f"S.{code}"
    assert [
        share.share for share in list_plan(protocol=monotherapy, study_code="S", list_code="MET").arms
    ] == [1, 1, 2]


def test_two_lists_of_a_study_have_different_streams(monotherapy: Protocol) -> None:
    trials = {
        list_plan(protocol=monotherapy, study_code="S", list_code=code).trial
        for code in list_codes(monotherapy)
    }
    assert len(trials) == len(list_codes(monotherapy)) == 2


MET = {"madrs_week_1": 36, "madrs_week_2": 35, "madrs_day_1": 36}


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (MET, "MET"),
        ({**MET, "madrs_day_1": 27}, "NOT_MET"),
        ({**MET, "madrs_day_1": 26}, "NOT_MET"),
        ({"madrs_week_1": 36, "madrs_week_2": 35}, None),
        ({}, None),
    ],
)
def test_facts_lead_to_one_list_and_a_missing_fact_to_none(
    monotherapy: Protocol, facts: dict[str, int], code: str | None
) -> None:
    assert list_for(monotherapy, facts) == code


def test_countries_and_levels_span_the_strata(transform: Protocol) -> None:
    assert strata_spanned(protocol=transform, sites=SITES) == (
        "country=DE|oad_class=SNRI",
        "country=DE|oad_class=SSRI",
        "country=US|oad_class=SNRI",
        "country=US|oad_class=SSRI",
    )


def test_sites_span_strata_of_their_own(monotherapy: Protocol) -> None:
    keys = strata_spanned(protocol=monotherapy, sites=SITES)
    assert len(keys) == 6
    assert "oad_at_screening=on|site=US01" in keys


def test_without_sites_there_are_no_strata_yet(transform: Protocol) -> None:
    assert strata_spanned(protocol=transform, sites=[]) == ()


def test_levels_come_from_the_facts_and_the_site(transform: Protocol) -> None:
    levels = levels_of(
        protocol=transform, facts={"oral_antidepressant": "duloxetine"}, country="DE", site="DE01"
    )
    assert levels == {"country": "DE", "oad_class": "SNRI"}
    missing = levels_of(protocol=transform, facts={}, country="DE", site="DE01")
    assert missing == {"country": "DE", "oad_class": None}


@pytest.mark.parametrize(
    ("number_format", "bounds"),
    [
        ("R{number:05d}", (10_000, 99_999)),
        ("{number:04d}-X", (1_000, 9_999)),
        ("R{number}", (10_000, 99_999)),
        ("{number:9d}", (100_000_000, 999_999_999)),
    ],
)
def test_numbers_have_the_formats_width(number_format: str, bounds: tuple[int, int]) -> None:
    assert number_bounds(number_format) == bounds


@pytest.mark.parametrize("number_format", ["{number:02d}", "{number:012d}"])
def test_numbers_too_short_or_too_long_are_refused(number_format: str) -> None:
    with pytest.raises(ValueError, match="3 to 9 digits"):
        number_bounds(number_format)


def test_blinded_sessions_have_the_same_number_of_devices_at_every_dose(
    transform: Protocol, monotherapy: Protocol
) -> None:
    assert {devices_per_session(protocol=transform, dose_mg=dose) for dose in (56, 84)} == {3}
    assert devices_per_session(protocol=monotherapy, dose_mg=None) == 3
    without = monotherapy.model_copy(
        update={"dose": monotherapy.dose.model_copy(update={"devices_per_session_blinded": None})}
    )
    assert devices_per_session(protocol=without, dose_mg=None) == 3


def test_open_sessions_have_as_many_devices_as_the_dose_needs(transform: Protocol) -> None:
    open_label = transform.model_copy(update={"blinding": "open_label"})
    assert [devices_per_session(protocol=open_label, dose_mg=dose) for dose in (28, 56, 84)] == [1, 2, 3]


def test_the_first_dose_is_asked_for_only_where_it_is_not_the_arms(
    transform: Protocol, monotherapy: Protocol
) -> None:
    assert first_dose_asked(protocol=transform, age_years=44) == 56
    assert first_dose_asked(protocol=monotherapy, age_years=44) is None


def test_a_trial_without_randomization_has_no_list(transform: Protocol) -> None:
    none = transform.model_copy(
        update={"randomization": transform.randomization.model_copy(update={"method": "none", "lists": ()})}
    )
    assert list_codes(none) == ()
    assert list_for(none, {}) is None
