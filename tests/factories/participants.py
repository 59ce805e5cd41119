"""People of the trial for tests: `enrolled(cast, at=at)` is somebody who consented this morning in Berlin."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from apps.participants.models import Participant
from apps.participants.services import participant_enroll
from tests.factories.cast import Cast

PERSON: dict[str, Any] = {
    "full_name": "Erika Beispiel",
    "birth_date": date(1984, 5, 17),
    "sex": "F",
    "form_version": "1.0",
    "phone": "+49 30 000000",
    "email": "erika@example.org",
    "emergency_contact": "Max Beispiel, +49 30 000001",
}


def enrolled(cast: Cast, *, at: datetime, **changes: Any) -> Participant:
    """Enrol the same fictional person; pass what should differ."""
    given = {
        "site_id": cast.site.pk,
        "consented_at": at,
        "by": cast.coordinator,
        "at": at,
        **PERSON,
        **changes,
    }
    return participant_enroll(**given)
