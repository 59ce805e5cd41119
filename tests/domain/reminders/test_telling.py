from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from apps.reminders.domain.telling import (
    ATTEMPTS_ALLOWED,
    Told,
    Turn,
    is_abandoned,
    mail_of,
    retry_at,
    telling_due,
    told_roles,
    turns,
)
from apps.studies.domain.permissions import Role
from apps.studies.domain.protocol import TellingPlan, TellingRule

AT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PLAN = TellingPlan()
URGENT = PLAN.rule_for("urgent")
WATCH = PLAN.rule_for("watch")
assert URGENT is not None
assert WATCH is not None
FIRST, NEXT = ("INVESTIGATOR", "SESSION_NURSE"), ("SAFETY_PHYSICIAN",)


def due(turn: Turn, minutes: float, *, settled: bool = False) -> tuple[int, float] | None:
    found = telling_due(turn, URGENT, arrived_at=AT, settled=settled, now=AT + timedelta(minutes=minutes))
    return None if found is None else (found.number, (found.due_at - AT) / MINUTE)


def test_whoever_sees_no_session_is_told_of_none() -> None:
    assert told_roles(role.value for role in Role) == (
        "COORDINATOR", "INVESTIGATOR", "SESSION_NURSE", "MONITOR", "SAFETY_PHYSICIAN",
    )  # fmt: skip
    assert told_roles(["EFFICACY_RATER", "SPONSOR", "INVESTIGATOR", "INVESTIGATOR"]) == ("INVESTIGATOR",)


def test_the_first_roles_at_once_and_the_next_when_nobody_took_note() -> None:
    assert turns(URGENT, FIRST, held=FIRST) == (Turn(FIRST, 0), Turn(NEXT, 15))
    assert turns(URGENT, (*FIRST, *NEXT), held=FIRST) == (Turn((*FIRST, *NEXT), 0),)
    assert turns(WATCH, FIRST, held=FIRST) == (Turn(FIRST, 0),)


def test_where_nobody_holds_the_first_roles_the_next_are_told_at_once() -> None:
    assert turns(URGENT, FIRST, held=["COORDINATOR"]) == (Turn(FIRST, 0), Turn(NEXT, 0))


def test_a_rule_that_tells_nobody_tells_nobody() -> None:
    assert turns(URGENT, (), held=FIRST) == ()
    assert turns(URGENT, ("EFFICACY_RATER",), held=FIRST) == ()


@pytest.mark.parametrize(
    ("minutes", "expected"), [(0, (0, 0)), (4.9, (0, 0)), (5, (1, 5)), (31, (6, 30)), (119, (23, 115)), (120, None)]
)  # fmt: skip
def test_it_is_told_again_every_few_minutes_and_not_for_ever(
    minutes: float, expected: tuple[int, float] | None
) -> None:
    assert due(Turn(FIRST, 0), minutes) == expected


@pytest.mark.parametrize(("minutes", "expected"), [(14, None), (15, (0, 15)), (21, (1, 20))])
def test_the_next_role_begins_later(minutes: float, expected: tuple[int, float] | None) -> None:
    assert due(Turn(NEXT, 15), minutes) == expected


def test_what_is_settled_is_still_told_once_to_the_first_and_to_nobody_else() -> None:
    assert due(Turn(FIRST, 0), 0.1, settled=True) == (0, 0)
    assert due(Turn(FIRST, 0), 42, settled=True) == (0, 0)
    assert due(Turn(NEXT, 15), 42, settled=True) is None


def test_a_telling_that_fails_is_tried_again_ever_later_and_then_given_up() -> None:
    waits = [retry_at(attempt, now=AT) for attempt in range(1, ATTEMPTS_ALLOWED + 1)]
    assert [None if at is None else (at - AT).seconds for at in waits] == [5, 15, 45, 120, None]


def test_a_claim_without_word_is_given_up() -> None:
    assert not is_abandoned(AT, now=AT + timedelta(seconds=44))
    assert is_abandoned(AT, now=AT + timedelta(seconds=45))


TOLD = Told(
    number="DE01-0001", chair=3, site="DE01", visit="Day 8", severity="urgent", label="Low oxygen saturation",
    action="Check the probe.", at="10 Mar 2026 10:00 (+01:00)", role="Investigator",
)  # fmt: skip


def test_the_mail_says_where_and_what_to_do() -> None:
    subject, body = mail_of(TOLD)
    assert subject == "Urgent: DE01-0001, chair 3 at DE01"
    assert body.splitlines() == [
        "Low oxygen saturation.",
        "What to do: Check the probe.",
        "DE01-0001, chair 3 at DE01, session of Day 8; reading of 10 Mar 2026 10:00 (+01:00).",
        "Nobody has noted it yet.",
        "You are told as Investigator. The figures stand in Vigil: Sessions, chair 3.",
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"round": 1}, "told for the 2nd time"),
        ({"round": 10}, "told for the 11th time"),
        ({"noted_by": "Nadia Klein"}, "Noted by Nadia Klein."),
        ({"is_over": True}, "A later reading has ended it"),
    ],
)
def test_the_mail_says_how_it_stands(changes: dict[str, object], words: str) -> None:
    given = {name: getattr(TOLD, name) for name in Told.__dataclass_fields__}
    assert words in mail_of(Told(**{**given, **changes}))[1]


def test_a_plan_names_the_next_role_and_its_time_together_and_a_severity_once() -> None:
    common = {"severity": "urgent", "channels": ("page",), "repeat_minutes": 5, "at_most": 3}
    with pytest.raises(ValueError, match="both or neither"):
        TellingRule(**common, escalate_to=("SAFETY_PHYSICIAN",))
    with pytest.raises(ValueError, match="both or neither"):
        TellingRule(**common, escalate_after_minutes=5)
    with pytest.raises(ValueError, match="one rule for a severity"):
        TellingPlan(rules=(TellingRule(**common), TellingRule(**common)))
    with pytest.raises(ValueError, match="Input should be"):
        TellingRule(**common, escalate_after_minutes=5, escalate_to=("EFFICACY_RATER",))
