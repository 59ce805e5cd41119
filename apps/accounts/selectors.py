"""Reading accounts."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from apps.accounts.models import User

#: Where a browser's session keeps since when its screen is locked.
LOCKED_AT = "screen_locked_at"
#: Why it is: a screen on the wall that shows the ward keeps showing it.
LOCKED_FOR = "screen_locked_for"
SYSTEM_EMAIL = "system@vigil.invalid"


def sign_in_name(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str:
    """Return the name under which failed sign-ins are counted: the e-mail address as typed, in lower case."""
    given = credentials or {}
    name = given.get("username") or given.get("email")
    if not name and request is not None:
        name = request.POST.get("username", "")
    return str(name or "").strip().lower()[:254]


def system_user() -> User:
    """Return the account in whose name the clock acts. Nobody can sign in to it."""
    return User.objects.get(email=SYSTEM_EMAIL)
