"""A witness signs with their own password, at the same screen. Called by pages and endpoints before the act itself."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from apps.accounts.models import User
from apps.accounts.services import signature_check
from apps.audit.services import event_record
from apps.core.exceptions import Invalid, NotAllowed, Reason
from apps.studies import access
from apps.studies.domain.permissions import Permission


def witness_check(*, email: str, password: str, site_id: UUID, meaning: str, by: User, at: datetime) -> User:
    """
    Return the witness, who is another person, delegated at the site for kits, and signs with their own password.

    Outside the act's transaction, so that a failed attempt stays recorded. Who is not there, not delegated or typed
    a wrong password gets the same words.

    :raises Invalid: if the witness is the person who acts
    :raises NotAllowed: if the witness cannot sign here
    """
    if email.strip().lower() == by.email.lower():
        raise Invalid(Reason("own_witness", "The witness must be another person.", "witness_email"))
    refusal = NotAllowed(
        Reason(
            "witness_refused",
            "The witness's address or password is not right, or they may not witness at this site.",
            "witness_password",
        )
    )
    witness = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
    if witness is None:
        raise refusal
    try:
        signature_check(user=witness, password=password, meaning=meaning, at=at)
    except NotAllowed as fault:
        if any(reason.code == "signature_locked" for reason in fault.reasons):
            raise NotAllowed(
                *(Reason(one.code, one.message, "witness_password") for one in fault.reasons)
            ) from None
        raise refusal from None
    if not may_witness(witness, site_id=site_id, at=at):
        raise refusal
    event_record(kind="witness.signed", by=witness, at=at, subject=by, detail={"meaning": meaning})
    return witness


def may_witness(witness: User, *, site_id: UUID, at: datetime) -> bool:
    """Say whether a person may witness at a site: whoever may see its kits."""
    return access.can(user=witness, permission=Permission.KIT_READ, site_id=site_id, now=at)
