"""A session in which the network went away and the participant left early, told through the product's own services."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid5

from apps.demo.domain.values import DemoSession
from apps.demo.services.people import Staff
from apps.demo.services.watching import given_of
from apps.dosing.models import DosingSession
from apps.monitoring.domain.conditions import CONFIRMED_KINDS, Statement
from apps.monitoring.domain.paper import PaperRow
from apps.monitoring.models import Finding, Release
from apps.monitoring.services import finding_acknowledge, paper_readings_record, participant_release_early
from apps.studies.selectors import protocol_of

_NAMES = UUID("b8a1d0a7-6f0e-4c54-8a43-0a5f7c3f1e26")
#: The network was back so long before the participant left.
BACK = timedelta(minutes=7)
CATEGORY = "TO_CARE"
REASON = (
    "A water pipe burst and the treatment rooms had to be cleared. Awake and oriented. Taken in a wheelchair, with the "
    "escort, to the day ward on the floor above, whose staff went on watching until the two hours were over."
)


def early_leaving_tell(*, session: DosingSession, story: DemoSession, staff: Staff) -> Release:
    """Enter what is on paper, once the network is back, and let the participant go."""
    left_at = story.leaves_early_at
    assert left_at is not None  # asked for by the caller
    initials = "".join(part[0] for part in staff.relief.full_name.split())
    rows = [
        PaperRow(
            id=uuid5(_NAMES, f"{session.pk}:{seen.slot_minute}"),
            observed_at=seen.observed_at,
            measured_by=initials,
            slot_minute=seen.slot_minute,
            values=given_of(seen),
            confirmed=tuple(given_of(seen)),
        )
        for seen in story.on_paper
    ]
    paper_readings_record(session_id=session.pk, rows=rows, by=staff.nurse, at=left_at - BACK)
    for finding in Finding.objects.filter(session=session, acknowledged_at__isnull=True).order_by(
        "raised_at", "id"
    ):
        finding_acknowledge(finding_id=finding.pk, by=staff.nurse, at=left_at - BACK / 2)
    rule = protocol_of(session.participant.protocol_version).discharge
    return participant_release_early(
        session_id=session.pk,
        statement=Statement(frozenset(one.code for one in rule.conditions if one.kind in CONFIRMED_KINDS)),
        category=CATEGORY,
        reason=REASON,
        by=staff.investigator,
        at=left_at,
    )
