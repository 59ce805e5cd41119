"""The stations of a participant, and the ways between them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from apps.core.exceptions import Reason, Refused


class ParticipantStatus(StrEnum):
    """Where a participant stands."""

    SCREENING = "SCREENING"
    SCREEN_FAILED = "SCREEN_FAILED"
    ELIGIBLE = "ELIGIBLE"
    RANDOMIZED = "RANDOMIZED"
    COMPLETED = "COMPLETED"
    DISCONTINUED = "DISCONTINUED"


S = ParticipantStatus

#: A failed screening may be reopened (re-screening); after randomization there is no way back.
TRANSITIONS: Mapping[ParticipantStatus, frozenset[ParticipantStatus]] = MappingProxyType(
    {
        S.SCREENING: frozenset({S.SCREEN_FAILED, S.ELIGIBLE, S.DISCONTINUED}),
        S.SCREEN_FAILED: frozenset({S.SCREENING}),
        S.ELIGIBLE: frozenset({S.RANDOMIZED, S.SCREENING, S.SCREEN_FAILED, S.DISCONTINUED}),
        S.RANDOMIZED: frozenset({S.COMPLETED, S.DISCONTINUED}),
        S.COMPLETED: frozenset(),
        S.DISCONTINUED: frozenset(),
    }
)

STATUS_LABELS: Mapping[ParticipantStatus, str] = MappingProxyType(
    {
        S.SCREENING: "In screening",
        S.SCREEN_FAILED: "Screen failed",
        S.ELIGIBLE: "Eligible",
        S.RANDOMIZED: "Randomized",
        S.COMPLETED: "Completed",
        S.DISCONTINUED: "Discontinued",
    }
)


class IllegalTransition(Refused):
    """There is no way from one station to the other."""

    code = "illegal_transition"
    title = "The participant's status does not allow this"


def may_change(before: ParticipantStatus, after: ParticipantStatus) -> bool:
    """Say whether a participant may go from one station to another."""
    return after in TRANSITIONS[before]


def check_change(before: ParticipantStatus, after: ParticipantStatus) -> None:
    """
    Refuse unless a participant may go from one station to another.

    :raises IllegalTransition: naming both stations in words
    """
    if not may_change(before, after):
        raise IllegalTransition(
            Reason(
                "illegal_transition",
                f"A participant who is “{STATUS_LABELS[before].lower()}” "
                f"cannot become “{STATUS_LABELS[after].lower()}”.",
                "status",
            )
        )
