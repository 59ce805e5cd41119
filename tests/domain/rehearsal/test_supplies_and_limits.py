"""Stock in the worst case, doses from devices, caps and units."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from apps.rehearsal.domain import limits, supplies
from apps.rehearsal.domain.supplies import Need
from apps.studies.domain.protocol import Caps
from tests.domain.rehearsal import worlds

STARTS = date(2026, 4, 8)


@pytest.mark.parametrize(
    ("design", "need", "sessions"),
    [
        # Flexible: 84 mg is three devices, and a placebo session is three dummies.
        ("transform_2", Need(active=3, placebo=3, devices=3), 8),
        ("nct04599855", Need(active=3, placebo=3, devices=3), 8),
        # Open label: the drug alone.
        ("sustain_3", Need(active=3, placebo=0, devices=3), 8),
    ],
)
def test_the_worst_session_of_each_design(design: str, need: Need, sessions: int) -> None:
    assert supplies.session_need(worlds.shipped(design)) == need
    assert supplies.sessions_within(worlds.shipped(design), 4) == sessions


@pytest.mark.parametrize(
    ("active", "placebo", "last_day", "enough"),
    [
        (48, 48, STARTS + timedelta(weeks=4), True),
        (47, 48, STARTS + timedelta(weeks=4), False),
        (48, 47, STARTS + timedelta(weeks=4), False),
        # More than enough in all, but not whatever is drawn.
        (96, 0, STARTS + timedelta(weeks=4), False),
        (48, 48, STARTS + timedelta(weeks=4, days=-1), False),
    ],
)
def test_stock_covers_the_first_or_it_does_not(
    active: int, placebo: int, last_day: date, enough: bool
) -> None:
    found = supplies.stock_findings(
        protocol=worlds.shipped(),
        sites=worlds.SITES[:1],
        kits=worlds.kits(active, placebo, until=last_day),
        first=2,
        weeks=4,
        starts_on=STARTS,
    )
    assert [one.code for one in found] == ([] if enough else ["STOCK_OUT"])


def test_both_shortages_are_told_in_the_same_words() -> None:
    def words(active: int, placebo: int) -> str:
        (one,) = supplies.stock_findings(
            protocol=worlds.shipped(),
            sites=worlds.SITES[:1],
            kits=worlds.kits(active, placebo),
            first=2,
            weeks=4,
            starts_on=STARTS,
        )
        return one.text

    assert words(40, 60) == words(60, 40)


def test_doses_are_made_of_whole_devices() -> None:
    def found(**changes: object) -> set[tuple[str, str]]:
        return {(one.code, one.where) for one in supplies.dose_findings(worlds.changed("dose", **changes))}

    assert found() == set()
    assert found(allowed_mg=(56, 70)) == {("DOSE_NOT_WHOLE_DEVICES", "70 mg")}
    assert found(devices_per_session_blinded=2) == {("DOSE_NEEDS_MORE_DEVICES", "84 mg")}
    assert found(devices_per_session_blinded=None) == {("DEVICES_UNSAID", "dose")}
    assert found(allowed_mg=(84,)) == {("START_NOT_ALLOWED", "56 mg")}


def test_a_fixed_dose_of_a_treatment_counts_too() -> None:
    protocol = worlds.shipped("nct04599855")
    arms = tuple(
        arm.model_copy(update={"fixed_dose_mg": 112}) if arm.code == "ESK84" else arm for arm in protocol.arms
    )
    found = supplies.dose_findings(protocol.model_copy(update={"arms": arms}))
    assert [(one.code, one.where) for one in found] == [("DOSE_NEEDS_MORE_DEVICES", "112 mg")]


@pytest.mark.parametrize(
    ("caps", "where"),
    [
        (Caps(), []),
        (Caps(study=16), []),
        (Caps(study=15), ["study"]),
        (Caps(site=8), []),
        (Caps(site=7), ["sites", "DE01", "US01"]),
        (Caps(stratum=4), []),
        (Caps(stratum=3), ["strata"]),
    ],
)
def test_caps_reach_the_target(caps: Caps, where: list[str]) -> None:
    protocol = worlds.changed("randomization", caps=caps)
    protocol = protocol.model_copy(update={"enrolment": protocol.enrolment.model_copy(update={"target": 16})})
    found = limits.cap_findings(protocol=protocol, sites=worlds.SITES, strata=set("abcd"), lists=[])
    assert [one.where for one in found] == where


def test_places_reach_the_target() -> None:
    protocol = worlds.shipped()
    one = worlds.sealed_list(places=8)
    enrolment = protocol.enrolment
    enough, short = (
        protocol.model_copy(update={"enrolment": enrolment.model_copy(update={"target": target})})
        for target in (len(one.slots), len(one.slots) + 1)
    )

    def found(chosen: object) -> list[str]:
        return [
            one.code
            for one in limits.cap_findings(protocol=chosen, sites=worlds.SITES, strata=(), lists=[one])
        ]

    assert found(enough) == []
    assert found(short) == ["PLACES_SHORT"]


@pytest.mark.parametrize("design", ["transform_2", "sustain_3", "nct04599855"])
def test_the_shipped_units_agree(design: str) -> None:
    assert limits.unit_findings(protocol=worlds.shipped(design), lists=[]) == ()


@pytest.mark.parametrize(
    ("key", "unit", "is_found"),
    [("weight_kg", "lb", True), ("height_cm", "m", True), ("qtcf_ms", "", True), ("screening_sbp", "kPa", True),
     ("cssrs_ideation_6_months", "points", False)],
)  # fmt: skip
def test_a_unit_that_is_not_the_names(key: str, unit: str, is_found: bool) -> None:
    protocol = worlds.shipped()
    facts = tuple(
        fact.model_copy(update={"unit": unit}) if fact.key == key else fact for fact in protocol.facts
    )
    found = limits.unit_findings(protocol=protocol.model_copy(update={"facts": facts}), lists=[])
    assert {one.where for one in found} == ({key} if is_found else set())


def test_a_list_sealed_for_other_devices() -> None:
    found = limits.unit_findings(protocol=worlds.shipped(), lists=[worlds.sealed_list(mg_per_device=14)])
    assert [one.code for one in found] == ["DEVICE_MG_DIFFERS"]
