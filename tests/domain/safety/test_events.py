"""What may be said of an adverse event, and its times."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.safety.domain.events import Account, Outcome, Seriousness, faults
from apps.safety.domain.timing import (
    duration,
    on_dosing_day,
    onset_minutes,
    report_due_at,
    resolved_same_day,
)
from apps.studies.domain.loading import SHIPPED, load

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
PLAN = load(SHIPPED / "transform_2.yaml").safety
NAUSEA = Account(
    term="Nausea",
    severity="MILD",
    causality="PROBABLE",
    is_serious=False,
    seriousness=(),
    onset_at=NOW - timedelta(hours=2),
    resolved_at=None,
    outcome="NOT_RESOLVED",
    action_taken="NONE",
    site_aware_at=NOW - timedelta(hours=1),
)


def codes(account: Account) -> list[str]:
    return [reason.code for reason in faults(account, plan=PLAN, now=NOW)]


def test_a_plain_event_is_accepted() -> None:
    assert codes(NAUSEA) == []


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"term": "  "}, "term_needed", "term"),
        ({"severity": "GRADE_3"}, "unknown_code", "severity"),
        ({"causality": "MAYBE"}, "unknown_code", "causality"),
        ({"outcome": "FINE"}, "unknown_code", "outcome"),
        ({"action_taken": "PRAYER"}, "unknown_code", "action_taken"),
        ({"is_serious": True}, "criterion_needed", "seriousness"),
        ({"seriousness": ("DEATH",)}, "not_called_serious", "is_serious"),
        ({"is_serious": True, "seriousness": ("BAD",)}, "unknown_code", "seriousness"),
        ({"onset_at": NOW + timedelta(minutes=1)}, "in_the_future", "onset_at"),
        ({"site_aware_at": NOW + timedelta(minutes=1)}, "in_the_future", "site_aware_at"),
        ({"site_aware_at": NOW - timedelta(hours=3)}, "aware_before_onset", "site_aware_at"),
        ({"outcome": "RESOLVED"}, "end_needed", "resolved_at"),
        ({"resolved_at": NOW}, "outcome_open", "outcome"),
        (
            {"resolved_at": NOW - timedelta(hours=3), "outcome": "RESOLVED"},
            "ends_before_it_began",
            "resolved_at",
        ),
        ({"resolved_at": NOW, "outcome": "FATAL"}, "fatal_is_serious", "seriousness"),
    ],
)
def test_each_contradiction_is_named_at_its_field(change: dict[str, object], code: str, field: str) -> None:
    found = {(reason.code, reason.field) for reason in faults(replace(NAUSEA, **change), plan=PLAN, now=NOW)}  # type: ignore[arg-type]
    assert (code, field) in found


def test_all_contradictions_come_together() -> None:
    assert codes(replace(NAUSEA, term="", severity="?", is_serious=True)) == [
        "term_needed",
        "unknown_code",
        "criterion_needed",
    ]


@given(st.sets(st.sampled_from(list(Seriousness))), st.booleans())
def test_serious_and_its_criteria_stand_or_fall_together(criteria: set[str], serious: bool) -> None:
    found = codes(replace(NAUSEA, is_serious=serious, seriousness=tuple(criteria)))
    assert (found == []) is (serious == bool(criteria))


@given(st.sampled_from(list(Outcome)), st.booleans())
def test_an_end_goes_with_an_outcome_that_says_so(outcome: Outcome, ended: bool) -> None:
    fatal = outcome is Outcome.FATAL
    account = replace(
        NAUSEA,
        outcome=outcome.value,
        resolved_at=NOW if ended else None,
        is_serious=fatal,
        seriousness=("DEATH",) if fatal else (),
    )
    over = outcome in {Outcome.RESOLVED, Outcome.RESOLVED_WITH_SEQUELAE, Outcome.FATAL}
    assert (codes(account) == []) is (over is ended)


def test_minutes_count_from_the_first_spray_and_are_negative_before_it() -> None:
    t0 = NOW - timedelta(minutes=40)
    assert onset_minutes(onset_at=NOW, dosed_at=t0) == 40
    assert onset_minutes(onset_at=t0 - timedelta(seconds=1), dosed_at=t0) == -1
    assert onset_minutes(onset_at=NOW, dosed_at=None) is None


def test_the_same_day_is_the_sites_day_not_the_servers() -> None:
    """23:30 to 00:30 in Berlin is one UTC day and two days in the clinic."""
    late = datetime(2026, 3, 10, 22, 30, tzinfo=UTC)
    assert resolved_same_day(onset_at=late, resolved_at=late + timedelta(hours=1), tz=BERLIN) is False
    assert resolved_same_day(onset_at=late, resolved_at=late + timedelta(minutes=20), tz=BERLIN) is True
    assert resolved_same_day(onset_at=late, resolved_at=None, tz=BERLIN) is None
    assert duration(onset_at=late, resolved_at=late + timedelta(hours=1)) == timedelta(hours=1)


def test_a_dosing_day_event_begins_at_or_after_the_spray_on_the_same_day() -> None:
    t0 = NOW
    assert on_dosing_day(onset_at=t0, dosed_at=t0, tz=BERLIN)
    assert not on_dosing_day(onset_at=t0 - timedelta(minutes=1), dosed_at=t0, tz=BERLIN)
    assert not on_dosing_day(onset_at=t0 + timedelta(hours=12), dosed_at=t0, tz=BERLIN)


def test_a_serious_event_is_due_24_hours_after_the_site_knew() -> None:
    assert report_due_at(site_aware_at=NOW, hours=PLAN.sae_hours) == NOW + timedelta(hours=24)
