"""Steps that several tests of supply take."""

from __future__ import annotations

import uuid
from datetime import datetime

from apps.participants.models import Participant
from apps.randomization.services import participant_randomize
from tests.apps.randomization import worlds
from tests.factories.cast import Cast


def draw(cast: Cast, *, at: datetime) -> Participant:
    """Somebody randomized at Berlin, the kits of the first session in hand."""
    participant = worlds.participant_make(cast, at=at)
    participant_randomize(participant_id=participant.pk, key=uuid.uuid4(), by=cast.coordinator, at=at)
    return participant


def arm_of(participant: Participant) -> str:
    """The truth, asked as the owner."""
    return worlds.sealed("SELECT arm FROM sealed.slot WHERE participant_id = %s", participant.pk)[0][0]


def content_of(number: str) -> str:
    """What is inside a kit, asked as the owner."""
    query = (
        "SELECT c.content FROM public.supply_kit AS k JOIN sealed.kit_content AS c ON c.kit_id = k.id"
        " WHERE k.number = %s"
    )
    return worlds.sealed(query, number)[0][0]
