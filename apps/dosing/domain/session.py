"""The life of one dosing session, as a table.

Pure: no clock, no database, no Django. Every time is an argument.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from apps.core.exceptions import Reason, Refused


class SessionState(StrEnum):
    """Where a session stands."""

    CHECKED_IN = "CHECKED_IN"
    WITHHELD = "WITHHELD"
    CLEARED = "CLEARED"
    DOSING = "DOSING"
    OBSERVING = "OBSERVING"
    DISCHARGED = "DISCHARGED"
    STOPPED = "STOPPED"


class SessionAction(StrEnum):
    """What can be done to a session."""

    WITHHOLD = "WITHHOLD"
    RECHECK = "RECHECK"
    CLEAR = "CLEAR"
    SPRAY = "SPRAY"
    COMPLETE_DOSE = "COMPLETE_DOSE"
    DISCHARGE = "DISCHARGE"
    STOP = "STOP"


S, A = SessionState, SessionAction

TRANSITIONS: Mapping[tuple[SessionState, SessionAction], SessionState] = MappingProxyType(
    {
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
        # Once a spray was given nobody walks away unwatched: a dose cut short goes on into the two hours.
        (S.OBSERVING, A.DISCHARGE): S.DISCHARGED,
    }
)

START = S.CHECKED_IN
FINAL_STATES = frozenset(S) - {state for state, _ in TRANSITIONS}


class IllegalTransition(Refused):
    """The session is not where this can be done."""

    code = "illegal_transition"
    title = "The session is not at that step"


def next_state(state: SessionState, action: SessionAction) -> SessionState:
    """
    Return the state an action leads to.

    :raises IllegalTransition: if the table has no such step
    """
    after = TRANSITIONS.get((state, action))
    if after is None:
        raise IllegalTransition(
            Reason("illegal_transition", f"A session that is {state.value.lower()} cannot take the step “{action.value.lower()}”.")
        )
    return after


@dataclass(frozen=True, slots=True)
class DischargeClearance:
    """The proof that a participant may leave. Only monitoring makes one; without it no session can be closed."""

    session_id: UUID
    cleared_at: datetime
    minutes_observed: int
    observation_count: int
    rule_digest: str
