"""What an investigator may sign, and when something may still be answered."""

from __future__ import annotations

from enum import StrEnum

from apps.core.exceptions import Reason, Refused
from apps.screening.domain.eligibility import Assessment, Verdict
from apps.studies.domain.protocol import Stage


class ScreeningState(StrEnum):
    """Where one attempt stands."""

    OPEN = "OPEN"
    ELIGIBLE = "ELIGIBLE"
    FAILED = "FAILED"


class Signed(StrEnum):
    """What an investigator signs."""

    ELIGIBLE = "ELIGIBLE"
    FAILED = "FAILED"


class NotEligible(Refused):
    """The facts do not carry the verdict that was to be signed."""

    code = "not_eligible"
    title = "This cannot be signed"


class ScreeningClosed(Refused):
    """The screening is signed, or over."""

    code = "screening_closed"
    title = "This screening is closed"


def check_signature(
    signed: Signed, *, state: ScreeningState, screening: Assessment, randomization: Assessment
) -> None:
    """
    Refuse a signature that the facts do not carry.

    Eligible: the screening gate is passed and nothing of the randomization gate has failed; what that gate still
    needs is asked again before the draw. Screen failure: a criterion of either gate has failed.

    :raises NotEligible: with every reason
    :raises ScreeningClosed: if this was signed before
    """
    if signed is Signed.ELIGIBLE:
        if state is not ScreeningState.OPEN:
            raise ScreeningClosed("This screening is signed already.")
        against = list(screening.reasons) + [
            reason
            for reason in randomization.reasons
            if reason.code == "criterion_failed" and reason not in screening.reasons
        ]
        if against:
            raise NotEligible(*against)
        return
    if state is ScreeningState.FAILED:
        raise ScreeningClosed("This screening is signed already.")
    if randomization.verdict is not Verdict.INELIGIBLE:
        raise NotEligible(
            Reason("nothing_failed", "No criterion has failed. Somebody who leaves is recorded as leaving.")
        )


def check_open(*, state: ScreeningState, stage: Stage, may_prepare: bool) -> None:
    """
    Refuse an answer that comes too late.

    Until the signature everything may be answered; after it only what belongs to the randomization gate, while the
    participant waits for the draw (`may_prepare`).

    :raises ScreeningClosed: with the way to go instead
    """
    if state is ScreeningState.OPEN:
        return
    if state is ScreeningState.ELIGIBLE and may_prepare:
        if stage == "randomization":
            return
        raise ScreeningClosed("Eligibility is signed. An investigator reopens the screening to correct it.")
    raise ScreeningClosed("This screening is over; nothing more is recorded in it.")
