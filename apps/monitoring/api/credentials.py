"""Who brings an observation the short way: a token, or a page's session with its proof against forged requests.

Neither is taken from memory: the statement that reads the session reads the token or the sign-in as it stands, and
the person's password, so that what was revoked is refused at the next request. Only the meaning of an unchanged
sign-in is kept in the process.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from knox.crypto import hash_token
from rest_framework.authentication import CSRFCheck

from apps.accounts.selectors import LOCKED_AT
from apps.monitoring import selectors
from apps.monitoring.selectors import Recording

_csrf = CSRFCheck(lambda request: None)


class Credential(Protocol):
    """A claim to be somebody."""

    def recording(self, *, session_id: UUID, observation_id: UUID, now: datetime) -> Recording | None:
        """Return what a reading is judged by with the person who brings it; None if the claim is not good."""


def credential_of(request: HttpRequest) -> Credential | None:
    """Return the claim of a request; None if it makes none, or makes it in another way."""
    header = request.META.get("HTTP_AUTHORIZATION")
    if header is not None:
        scheme, _, token = header.partition(" ")
        return ByToken(hash_token(token)) if scheme == "Token" and token.isalnum() else None
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if not key or len(key) > 40:
        return None
    _csrf.process_request(request)
    if _csrf.process_view(request, None, (), {}) is not None:
        return None
    return BySession(key)


@dataclass(frozen=True, slots=True)
class ByToken:
    """A token's digest. An expired one, or one of a person who was deactivated, finds nobody."""

    digest: str

    def recording(self, *, session_id: UUID, observation_id: UUID, now: datetime) -> Recording | None:
        """Return what a reading is judged by, with the token's owner."""
        return selectors.recording(
            token_digest=self.digest, session_id=session_id, observation_id=observation_id, now=now
        )


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a sign-in says: as it is stored, whose it is, the mark that a new password ends, until when it is fresh."""

    stored: str
    user_id: UUID
    mark: str
    fresh_until: float


#: Sign-ins read before, by their key. Used only while what is stored has not changed.
_meanings: dict[str, SignIn] = {}
_MOST_MEANINGS = 2000


@dataclass(frozen=True, slots=True)
class BySession:
    """The key of a sign-in."""

    key: str

    def recording(self, *, session_id: UUID, observation_id: UUID, now: datetime) -> Recording | None:
        """Return what a reading is judged by, with the person signed in."""
        meaning = _meanings.get(self.key) or self._read(now)
        if meaning is None:
            return None
        if now.timestamp() >= meaning.fresh_until:
            _meanings.pop(self.key, None)
            return None  # a sign-in in use is renewed on the long way
        found = selectors.recording(
            viewer_id=meaning.user_id,
            sign_in=self.key,
            session_id=session_id,
            observation_id=observation_id,
            now=now,
        )
        is_good = found.sign_in == meaning.stored and constant_time_compare(
            found.person.get_session_auth_hash(), meaning.mark
        )
        if not is_good:
            _meanings.pop(self.key, None)
            return None
        return found

    def _read(self, now: datetime) -> SignIn | None:
        store = SessionStore()
        row = store.model.objects.filter(session_key=self.key, expire_date__gt=now).first()
        said = store.decode(row.session_data) if row is not None else {}
        # What may pass a locked screen is judged on the long way.
        if said.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS or LOCKED_AT in said:
            return None
        if len(_meanings) >= _MOST_MEANINGS:
            _meanings.clear()
        fresh_until = said.get("renewed_at", now.timestamp()) + settings.SESSION_RENEWED_AFTER
        meaning = SignIn(
            row.session_data, UUID(said[SESSION_KEY]), said.get(HASH_SESSION_KEY, ""), fresh_until
        )
        return _meanings.setdefault(self.key, meaning)
