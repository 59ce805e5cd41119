"""The life of a session: the table, and nothing else."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from apps.dosing.domain.session import (
    ACTION_EVENTS,
    ACTION_PERMISSIONS,
    ACTION_WORDS,
    FINAL_STATES,
    START,
    STATE_MEANINGS,
    TRANSITIONS,
    IllegalTransition,
    SessionAction,
    SessionState,
    next_state,
)
from apps.dosing.domain.session_reference import page

S, A = SessionState, SessionAction

#: Written a second time on purpose: a slip in the table must differ from this one.
ALLOWED = {
    (S.CHECKED_IN, A.WITHHOLD): S.WITHHELD,
    (S.CHECKED_IN, A.CLEAR): S.CLEARED,
    (S.CHECKED_IN, A.STOP): S.STOPPED,
    (S.WITHHELD, A.RECHECK): S.CHECKED_IN,
    (S.WITHHELD, A.STOP): S.STOPPED,
    (S.CLEARED, A.SPRAY): S.DOSING,
    (S.CLEARED, A.WITHHOLD): S.WITHHELD,
    (S.CLEARED, A.STOP): S.STOPPED,
    (S.DOSING, A.SPRAY): S.DOSING,
    (S.DOSING, A.COMPLETE_DOSE): S.OBSERVING,
    (S.OBSERVING, A.DISCHARGE): S.DISCHARGED,
    (S.OBSERVING, A.RELEASE_EARLY): S.DISCHARGED,
}


@pytest.mark.parametrize(("state", "action"), list(product(SessionState, SessionAction)))
def test_next_state_is_the_table_and_nothing_else(state: SessionState, action: SessionAction) -> None:
    if (state, action) in ALLOWED:
        assert next_state(state, action) is ALLOWED[(state, action)]
    else:
        with pytest.raises(IllegalTransition) as refused:
            next_state(state, action)
        assert ACTION_WORDS[action] in str(refused.value)


def test_only_discharge_and_stop_end_a_session() -> None:
    assert {S.DISCHARGED, S.STOPPED} == FINAL_STATES


def test_every_state_can_be_reached_and_every_other_has_a_way_out() -> None:
    reached, frontier = {START}, [START]
    while frontier:
        state = frontier.pop()
        for (before, _), after in TRANSITIONS.items():
            if before is state and after not in reached:
                reached.add(after)
                frontier.append(after)
    assert reached == set(SessionState)
    assert {before for before, _ in TRANSITIONS} == set(SessionState) - FINAL_STATES


def test_once_a_spray_was_given_no_step_leads_out_but_through_the_two_hours() -> None:
    after_spray = {S.DOSING}
    for _ in SessionState:
        after_spray |= {after for (before, _), after in TRANSITIONS.items() if before in after_spray}
    assert S.STOPPED not in after_spray
    assert {before for (before, _), after in TRANSITIONS.items() if after is S.DISCHARGED} == {S.OBSERVING}


def test_every_step_has_a_permission_an_audit_event_and_a_word() -> None:
    assert set(ACTION_PERMISSIONS) == set(ACTION_EVENTS) == set(ACTION_WORDS) == set(SessionAction)
    assert set(STATE_MEANINGS) == set(SessionState)


def test_the_reference_page_is_fresh() -> None:
    path = Path(__file__).parents[3] / "docs" / "reference" / "session-states.md"
    assert path.read_text(encoding="utf-8") == page(), "run manage.py session_states"
