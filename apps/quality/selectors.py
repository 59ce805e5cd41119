"""Reading deviations."""

from __future__ import annotations

from uuid import UUID

from apps.dosing.models import DosingSession
from apps.participants.models import Participant
from apps.studies.domain.protocol import DeviationPlan
from apps.studies.selectors import protocol_of


def plan_of(participant: Participant) -> DeviationPlan:
    """Return what the participant's protocol says of deviations."""
    return protocol_of(participant.protocol_version).deviations


def session_of_event(session_id: UUID) -> DosingSession:
    """Return the session an event tells of. Who acts was checked by the act."""
    return DosingSession.objects.select_related(
        "visit", "site", "participant__study", "participant__site", "participant__protocol_version"
    ).get(pk=session_id)
