"""Which dose may be asked for, and how devices follow each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.dosing.domain.devices import (
    SprayOutcome,
    Use,
    closing_reasons,
    next_device_at,
    next_ordinal,
    spray_reasons,
)
from apps.dosing.domain.dose import dose_options, dose_reasons
from apps.studies.domain.loading import SHIPPED, load
from apps.studies.domain.protocol.dose import DoseRule

BERLIN = ZoneInfo("Europe/Berlin")
T0 = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
T2 = load(SHIPPED / "transform_2.yaml").dose
ELDERLY = DoseRule.model_validate(
    {
        "allowed_mg": [28, 56, 84],
        "start_mg": 28,
        "step_mg": 28,
        "increase_days": [4, 8, 11],
        "decrease_days": [8, 11, 15],
        "stable_after_day": 15,
    }
)
FIXED = DoseRule.model_validate({"allowed_mg": [56, 84], "start_mg": 56, "step_mg": 28, "fixed": True})
BY_AGE = DoseRule.model_validate(
    {
        "allowed_mg": [28, 56, 84],
        "start_mg": [{"from_age": 0, "value": 56}, {"from_age": 65, "value": 28}],
        "step_mg": 28,
    }
)


@pytest.mark.parametrize(
    ("rule", "day", "previous", "allowed"),
    [
        (T2, 1, None, (56,)),
        (T2, 4, 56, (56, 84)),
        (T2, 8, 56, (56, 84)),
        (T2, 8, 84, (56, 84)),
        (T2, 4, 84, (84,)),
        (T2, 15, 56, (56,)),
        (T2, 15, 84, (56, 84)),
        (T2, 18, 84, (84,)),
        (T2, 25, 56, (56,)),
        (ELDERLY, 1, None, (28,)),
        (ELDERLY, 4, 28, (28, 56)),
        (ELDERLY, 8, 28, (28, 56)),
        (ELDERLY, 8, 56, (28, 56, 84)),
        (ELDERLY, 15, 84, (56, 84)),
    ],
)
def test_the_dose_moves_by_a_step_on_the_protocols_days(
    rule: DoseRule, day: int, previous: int | None, allowed: tuple[int, ...]
) -> None:
    assert dose_options(rule=rule, age_years=40, day=day, previous_mg=previous).allowed == allowed


def test_the_first_dose_depends_on_age() -> None:
    assert dose_options(rule=BY_AGE, age_years=64, day=1, previous_mg=None).only == 56
    assert dose_options(rule=BY_AGE, age_years=65, day=1, previous_mg=None).only == 28


def test_a_fixed_dose_is_never_named_so_that_no_arm_can_be_told() -> None:
    options = dose_options(rule=FIXED, age_years=40, day=4, previous_mg=None)
    assert options.is_fixed
    assert options.is_decided
    assert options.allowed == ()
    assert dose_reasons(options=options, dose_mg=None, day=4) == ()
    assert [reason.code for reason in dose_reasons(options=options, dose_mg=56, day=4)] == ["dose_is_fixed"]


@pytest.mark.parametrize(
    ("dose", "code"),
    [(84, "dose_not_open"), (28, "dose_not_open"), (0, "dose_not_open"), (None, "dose_needed")],
)
def test_a_dose_that_is_not_open_is_refused_with_those_that_are(dose: int | None, code: str) -> None:
    options = dose_options(rule=T2, age_years=40, day=15, previous_mg=56)
    (reason,) = dose_reasons(options=options, dose_mg=dose, day=15)
    assert reason.code == code
    assert "56 mg" in reason.message


@given(st.sampled_from([T2, ELDERLY]), st.integers(1, 60), st.sampled_from([28, 56, 84]))
def test_keeping_the_dose_is_always_open_and_no_step_is_larger_than_the_protocols(
    rule: DoseRule, day: int, previous: int
) -> None:
    if previous not in rule.allowed_mg:
        return
    options = dose_options(rule=rule, age_years=40, day=day, previous_mg=previous)
    assert previous in options.allowed
    assert all(
        abs(dose - previous) in (0, rule.step_mg) and dose in rule.allowed_mg for dose in options.allowed
    )
    if day > (rule.stable_after_day or 999):
        assert options.allowed == (previous,)


def use(ordinal: int, minute: float, closed: bool = True) -> Use:
    at = T0 + timedelta(minutes=minute)
    return Use(ordinal, at, at + timedelta(seconds=20), SprayOutcome.COMPLETE if closed else None)


def spray(uses: list[Use], minute: float, **changed: Any) -> list[str]:
    at = T0 + timedelta(minutes=minute)
    given: dict[str, Any] = {
        "uses": uses,
        "devices": 3,
        "gap_minutes": 5,
        "sprayed_at": at,
        "cleared_at": T0 - timedelta(minutes=5),
        "now": at,
        "tz": BERLIN,
        **changed,
    }
    return [reason.code for reason in spray_reasons(**given)]


def test_devices_at_0_5_and_10_minutes_are_what_the_trials_did() -> None:
    assert spray([], 0) == []
    assert spray([use(1, 0)], 5) == []
    assert spray([use(1, 0), use(2, 5)], 10) == []


def test_a_second_too_early_is_refused_with_the_moment_it_may_be() -> None:
    found = spray_reasons(
        uses=[use(1, 0)],
        devices=3,
        gap_minutes=5,
        sprayed_at=T0 + timedelta(minutes=4, seconds=59),
        cleared_at=T0,
        now=T0 + timedelta(hours=1),
        tz=BERLIN,
    )
    assert [reason.code for reason in found] == ["too_early"]
    assert "10:05:00, 0:01 to go" in found[0].message


def test_an_open_device_is_closed_before_the_next_and_none_follows_the_last() -> None:
    assert spray([use(1, 0, closed=False)], 6) == ["device_open"]
    assert spray([use(1, 0), use(2, 5), use(3, 10)], 16) == ["no_device_left"]
    assert next_ordinal([use(1, 0), use(2, 5), use(3, 10)], 3) is None


def test_a_sneeze_is_not_made_good_by_another_spray() -> None:
    sneezed = Use(1, T0, None, SprayOutcome.SNEEZED)
    assert next_ordinal([sneezed], 1) is None
    assert spray([sneezed], 6, devices=1) == ["no_device_left"]
    again = closing_reasons(
        use=sneezed,
        second_spray_at=T0 + timedelta(seconds=9),
        outcome=SprayOutcome.COMPLETE,
        note="",
        now=T0 + timedelta(minutes=1),
    )
    assert [reason.code for reason in again] == ["device_closed"]


def test_a_spray_lies_neither_in_the_future_nor_before_clearance() -> None:
    assert spray([], 3, now=T0) == ["in_the_future"]
    assert spray([], 0, cleared_at=T0 + timedelta(seconds=1)) == ["before_clearance"]


@given(st.lists(st.floats(0, 20), min_size=1, max_size=3), st.floats(0, 40), st.integers(5, 30))
def test_no_two_first_sprays_are_closer_than_the_gap(starts: list[float], minute: float, gap: int) -> None:
    uses = [use(index + 1, start) for index, start in enumerate(sorted(starts))]
    at = T0 + timedelta(minutes=minute)
    codes = spray(uses, minute, devices=9, gap_minutes=gap)
    too_close = any(at - other.first_spray_at < timedelta(minutes=gap) for other in uses)
    assert ("too_early" in codes) is too_close
    earliest = next_device_at(uses, gap)
    assert earliest is not None
    assert earliest >= max(other.first_spray_at for other in uses) + timedelta(minutes=gap)


@pytest.mark.parametrize(
    ("second", "outcome", "note", "codes"),
    [
        (20, SprayOutcome.COMPLETE, "", []),
        (0, SprayOutcome.COMPLETE, "", []),
        (None, SprayOutcome.COMPLETE, "", ["second_spray_needed"]),
        (-1, SprayOutcome.COMPLETE, "", ["sprays_out_of_order"]),
        (900, SprayOutcome.COMPLETE, "", ["in_the_future"]),
        (None, SprayOutcome.SNEEZED, "After the first spray", []),
        (20, SprayOutcome.PARTIAL, " ", ["note_needed"]),
        (-1, SprayOutcome.FAILED, "", ["sprays_out_of_order", "note_needed"]),
    ],
)
def test_a_device_is_closed_with_what_really_happened(
    second: int | None, outcome: SprayOutcome, note: str, codes: list[str]
) -> None:
    found = closing_reasons(
        use=use(1, 0, closed=False),
        second_spray_at=None if second is None else T0 + timedelta(seconds=second),
        outcome=outcome,
        note=note,
        now=T0 + timedelta(minutes=2),
    )
    assert [reason.code for reason in found] == codes
