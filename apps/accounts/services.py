"""Accounts: made, changed, closed; signed in and out. An account gives no right in any study."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from apps.accounts.domain.pins import WRONG_PINS_ALLOWED, is_pin, pin_faults
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


@transaction.atomic
def pin_set(*, user_id: object, pin: str, by: User, at: datetime) -> User:
    """
    Choose the PIN that opens a locked screen of one's own.

    The page or endpoint asks for the password first (`signature_check`).

    :raises NotAllowed: if it is somebody else's account
    :raises Invalid: if it is no PIN, or one that is guessed first
    """
    user = User.objects.select_for_update().get(pk=user_id)
    if user.pk != by.pk:
        raise NotAllowed("A PIN is chosen by the person who uses it.")
    faults = pin_faults(pin)
    if faults:
        raise Invalid(*(Reason("weak_pin", fault, "pin") for fault in faults))
    user.pin, user.pin_failures = make_password(pin), 0
    user.save(update_fields=["pin", "pin_failures"])
    event_record(kind="user.pin_set", by=by, at=at, subject=user)
    return user


@transaction.atomic
def screen_lock_record(*, user: User, cause: str, by: User, at: datetime) -> None:
    """Record that a screen was locked: `idle`, `asked`, `ward` (on the wall), `offline` (opened without the server)."""
    event_record(kind="screen.locked", by=by, at=at, subject=user, detail={"cause": cause})


def screen_unlock(*, user: User, secret: str, by: User, at: datetime) -> None:
    """
    Make sure the person at a locked screen is the one who locked it: by PIN, or by password.

    A failed attempt stays recorded. After five wrong PINs only the password helps; wrong passwords are stopped for some
    minutes as at a signature. The row is locked, so that attempts made at once are counted one by one.

    :raises NotAllowed: if the secret is wrong or no longer accepted
    """
    with transaction.atomic():
        person = User.objects.select_for_update().get(pk=user.pk)
        method = "pin" if is_pin(secret) else "password"
        refusal = _unlock_refusal(person, secret, method, at)
        if refusal is None:
            person.pin_failures = 0
            event_record(kind="screen.unlocked", by=by, at=at, subject=person, detail={"method": method})
        else:
            person.pin_failures = min(person.pin_failures + (method == "pin"), 99)
            event_record(kind=f"screen.{method}_failed", by=by, at=at, subject=person)
        person.save(update_fields=["pin_failures"])
    if refusal is not None:
        raise NotAllowed(refusal)


def _unlock_refusal(person: User, secret: str, method: str, at: datetime) -> Reason | None:
    if not person.is_active:
        return Reason("wrong_secret", "That does not open this screen.", "secret")
    if method == "pin":
        if not person.pin:
            return Reason("no_pin", "You have chosen no PIN yet; use your password.", "secret")
        if person.pin_failures >= WRONG_PINS_ALLOWED:
            return Reason("pin_off", "Too many wrong PINs; use your password.", "secret")
        if not check_password(secret, person.pin):
            return Reason("wrong_secret", "The PIN is not right.", "secret")
        return None
    failures = failures_recent(
        kind="screen.password_failed", actor_id=person.pk, since=at - SIGNATURE_FAILURE_SPAN
    )
    if failures >= SIGNATURE_FAILURES_ALLOWED:
        return Reason("unlock_paused", "Too many wrong passwords; try again in some minutes.", "secret")
    if not person.check_password(secret):
        return Reason("wrong_secret", "The password is not right.", "secret")
    return None
