"""Who is at the screen: both components of the signature, typed again (21 CFR 11.200(a)(1))."""

from __future__ import annotations

from datetime import datetime

from apps.accounts.models import User
from apps.accounts.services import signature_check
from apps.audit.services import event_record
from apps.core.exceptions import NotAllowed, Reason


def identity_check(*, email: str, password: str, meaning: str, by: User, at: datetime) -> None:
    """
    Make sure that the person at the screen is the person signed in: their own address and password, typed again.

    Called by the page or endpoint before anything is opened. A wrong address counts as a wrong password does: it is
    recorded, told apart by nobody, and after five of either within a quarter of an hour nothing is tried any more.

    :raises NotAllowed: if either is wrong, or too many attempts failed lately
    """
    is_own = email.strip().lower() == by.email.lower()
    try:
        # No password is empty: the attempt is counted and recorded like any other that failed.
        signature_check(user=by, password=password if is_own else "", meaning=meaning, at=at)
    except NotAllowed as refusal:
        if any(reason.code == "signature_locked" for reason in refusal.reasons):
            event_record(kind="signature.refused", by=by, at=at, subject=by, detail={"meaning": meaning})
            raise
        raise NotAllowed(
            Reason(
                "wrong_credentials",
                "The e-mail address or the password is not right; nothing was opened.",
                "password",
            )
        ) from None
