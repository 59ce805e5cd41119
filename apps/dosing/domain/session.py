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
from apps.studies.domain.permissions import Permission


class SessionState(StrEnum):
    """Where a session stands. WITHHELD: a gate holds the dose for now. STOPPED: ended without any dose."""

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
    RELEASE_EARLY = "RELEASE_EARLY"
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
        (S.OBSERVING, A.RELEASE_EARLY): S.DISCHARGED,
    }
)

START = S.CHECKED_IN
FINAL_STATES = frozenset(S) - {state for state, _ in TRANSITIONS}

#: How a session comes to be; it has no state before.
CHECK_IN = "CHECK_IN"

#: What a person must hold to take a step. WITHHOLD and RECHECK are what the gates make of an answer.
ACTION_PERMISSIONS: Mapping[SessionAction, Permission] = MappingProxyType(
    {
        A.WITHHOLD: Permission.SESSION_CLEAR,
        A.RECHECK: Permission.SESSION_CLEAR,
        A.CLEAR: Permission.SESSION_CLEAR,
        A.SPRAY: Permission.DOSE_GIVE,
        A.COMPLETE_DOSE: Permission.DOSE_GIVE,
        A.DISCHARGE: Permission.SESSION_DISCHARGE,
        A.RELEASE_EARLY: Permission.SESSION_RELEASE_EARLY,
        A.STOP: Permission.SESSION_STOP,
    }
)

#: The audit event each step leaves.
ACTION_EVENTS: Mapping[SessionAction, str] = MappingProxyType(
    {
        A.WITHHOLD: "session.withheld",
        A.RECHECK: "session.rechecked",
        A.CLEAR: "session.cleared",
        A.SPRAY: "device.sprayed",
        A.COMPLETE_DOSE: "dose.completed",
        A.DISCHARGE: "session.discharged",
        A.RELEASE_EARLY: "session.released_early",
        A.STOP: "session.stopped",
    }
)

ACTION_WORDS: Mapping[SessionAction, str] = MappingProxyType(
    {
        A.WITHHOLD: "withhold the dose",
        A.RECHECK: "check again",
        A.CLEAR: "clear to dose",
        A.SPRAY: "spray a device",
        A.COMPLETE_DOSE: "end the dose",
        A.DISCHARGE: "discharge",
        A.RELEASE_EARLY: "release early",
        A.STOP: "stop",
    }
)

STATE_MEANINGS: Mapping[SessionState, str] = MappingProxyType(
    {
        S.CHECKED_IN: "The participant sits in the chair; the gates are being checked.",
        S.WITHHELD: "A gate holds the dose: check again, override where the protocol allows, or stop.",
        S.CLEARED: "Every gate passed, warned or was overridden; the first device may be sprayed.",
        S.DOSING: "The first spray was given (T0); devices follow at the protocol's gap.",
        S.OBSERVING: "The last device is closed, or the dose was cut short; the two hours run from T0.",
        S.DISCHARGED: "The participant left after clearance, or early by an investigator's signed decision.",
        S.STOPPED: "The session ended before any spray; the visit can be tried again within its window.",
    }
)


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
            Reason(
                "illegal_transition",
                f"A session that is {state.value.replace('_', ' ').lower()} cannot take the step "
                f"“{ACTION_WORDS[action]}”.",
            )
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


@dataclass(frozen=True, slots=True)
class EarlyClearance:
    """The proof that an investigator lets a participant go before every condition holds, and against which.

    `category` is a code of the protocol; `unmet` holds the codes of the conditions that did not hold, never none.
    """

    session_id: UUID
    cleared_at: datetime
    minutes_observed: int
    observation_count: int
    rule_digest: str
    category: str
    reason: str
    unmet: tuple[str, ...]
