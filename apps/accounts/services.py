"""Accounts: made, changed, closed; signed in and out. An account gives no right in any study."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.audit.selectors import failures_recent
from apps.audit.services import event_record
from apps.core.exceptions import Conflict, Invalid, NotAllowed, Reason


@transaction.atomic
def user_create(*, email: str, full_name: str, password: str | None, by: User, at: datetime) -> User:
    """
    Make an account for one person.

    :raises Invalid: if the password is too weak, with every ground
    :raises Conflict: if the address is somebody's already
    """
    address = email.strip().lower()
    if password is not None:
        try:
            validate_password(password, user=User(email=address, full_name=full_name))
        except ValidationError as fault:
            raise Invalid(
                *(Reason("weak_password", message, "password") for message in fault.messages)
            ) from None
    try:
        with transaction.atomic():
            user = User.objects.create_user(email=address, password=password, full_name=full_name.strip())
    except IntegrityError:
        raise Conflict(
            Reason("email_taken", "An account with this e-mail address exists.", "email")
        ) from None
    event_record(kind="user.created", by=by, at=at, subject=user, detail={"email": address})
    return user


@transaction.atomic
def user_deactivate(*, user_id: object, reason: str, by: User, at: datetime) -> User:
    """Close an account at once; it is never deleted and its address never reused (21 CFR 11.100(a))."""
    user = User.objects.select_for_update().get(pk=user_id)
    user.is_active = False
    user.save(update_fields=["is_active"])
    event_record(kind="user.deactivated", by=by, at=at, subject=user, reason=reason)
    return user


@transaction.atomic
def sign_in_record(*, user: User, address: str, by: User, at: datetime) -> None:
    """Record that a person signed in."""
    event_record(kind="user.signed_in", by=by, at=at, subject=user, detail={"address": address})


@transaction.atomic
def sign_out_record(*, user: User, by: User, at: datetime) -> None:
    """Record that a person signed out."""
    event_record(kind="user.signed_out", by=by, at=at, subject=user)


@transaction.atomic
def sign_in_failure_record(*, email: str, address: str, by: User, at: datetime) -> None:
    """Record a sign-in that failed; `by` is the system, for nobody is known to have acted."""
    event_record(kind="user.sign_in_failed", by=by, at=at, detail={"email": email[:254], "address": address})


#: After so many wrong passwords within the span, signing is refused even with the right one (21 CFR 11.300(d)).
SIGNATURE_FAILURES_ALLOWED = 5
SIGNATURE_FAILURE_SPAN = timedelta(minutes=15)


def signature_check(*, user: User, password: str, meaning: str, at: datetime) -> None:
    """
    Make sure the person at the screen is the person signed in, before a decisive act (21 CFR 11.200).

    Called by the page or endpoint *before* the service's transaction, so that a failed attempt stays recorded.

    :raises NotAllowed: if the password is wrong, or too many attempts failed lately
    """
    failures = failures_recent(kind="signature.failed", actor_id=user.id, since=at - SIGNATURE_FAILURE_SPAN)
    if failures >= SIGNATURE_FAILURES_ALLOWED:
        raise NotAllowed(
            Reason("signature_locked", "Too many wrong passwords; try again in some minutes.", "password")
        )
    if not user.is_active or not user.check_password(password):
        with transaction.atomic():
            event_record(kind="signature.failed", by=user, at=at, subject=user, detail={"meaning": meaning})
        raise NotAllowed(
            Reason("wrong_password", "The password is not right; nothing was signed.", "password")
        )
