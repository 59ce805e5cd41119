"""Eight clinics with eight chairs each, all taken, an hour after the first spray. Run as the owner; says who is who."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import django

SITES, CHAIRS = 8, 8


def main() -> None:
    """Seat everybody, and give the nurse a token and a session at each clinic."""
    django.setup()
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from knox.models import AuthToken

    from apps.studies.domain.permissions import Role
    from apps.studies.models import Site
    from tests.apps.monitoring.scene import CALM, NO_DISSOCIATION, Nurse, seat
    from tests.factories.cast import cast_make, delegate

    now = datetime.now(UTC)
    cast = cast_make(at=now)
    sites = []
    for place in range(SITES):
        code = f"BE{place:02d}"
        site = Site.objects.create(
            study=cast.study, code=code, name=code, country="DE", time_zone="Europe/Berlin", chairs=CHAIRS
        )
        delegate(cast.nurse, Role.SESSION_NURSE, study=cast.study, site=site, at=now)
        store = SessionStore()
        store[SESSION_KEY] = str(cast.nurse.pk)
        store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        store[HASH_SESSION_KEY] = cast.nurse.get_session_auth_hash()
        store["study"], store["site"] = cast.study.code, code
        store.create()
        chairs = []
        for chair in range(1, CHAIRS + 1):
            session = seat(cast, at=now, minutes=60, chair=chair, number=f"{code}-{chair:04d}", site=site)
            before = session.checked_in_at
            Nurse(session, cast.nurse).records(before, slot=-1, **CALM, cadss_items=NO_DISSOCIATION)
            chairs.append(str(session.pk))
        sites.append({"code": code, "cookie": store.session_key, "sessions": chairs})
    token = AuthToken.objects.create(user=cast.nurse)[1]
    print(json.dumps({"token": token, "sites": sites}))


if __name__ == "__main__":
    main()
