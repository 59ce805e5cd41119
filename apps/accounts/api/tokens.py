"""Signing in by token."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from knox.auth import TokenAuthentication as Knox
from knox.models import AuthToken


class TokenAuthentication(Knox):
    """As knox's, which at each request reads every token of the person to drop the expired ones.

    Here an expired one is refused, and dropped when its person asks for a new one.
    """

    def _cleanup_token(self, auth_token: AuthToken) -> bool:
        """Say whether the token is to be passed over."""
        return auth_token.expiry is not None and auth_token.expiry < timezone.now()


class TokenScheme(KnoxTokenScheme):
    """How the API's description tells of it: as of knox's own."""

    target_class = TokenAuthentication
