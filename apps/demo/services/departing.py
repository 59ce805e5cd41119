"""Departures from the protocol in the running study, entered by the site through the product's own services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from apps.demo.services.people import Staff
from apps.dosing.models import DosingSession
from apps.quality.domain.deviations import Assessment, Entry
from apps.quality.models import Deviation
from apps.quality.services import deviation_assess, deviation_record, deviation_sign

_NAMES = UUID("5f9a1f6e-0b1d-4f7e-9a53-0d6f6f0a3c11")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Told:
    """One deviation of the story, and how far the site has dealt with it: entered, assessed, signed."""

    kind: str
    happened: str
    action: str
    after: timedelta
    assessment: Assessment | None = None
    is_signed: bool = False


STORY = (
    Told(
        "PROCEDURE",
        "The electrocardiogram before the dose was left out: the recorder had no paper.",
        "Recorded after the two hours.",
        3 * DAY,
        Assessment("MINOR", "No finding at the next one.", "None on the participant; one value is missing.",
                   "Paper is counted every Monday.", False),
        is_signed=True,
    ),
    Told(
        "CONSENT",
        "The form signed at this visit was the version before the one in force.",
        "The version in force was explained and signed the same day.",
        DAY,
        Assessment("MAJOR", "", "The changed passages concern the storage of data, not the treatment.",
                   "Old forms were taken out of the cupboard.", True),
    ),
    Told("MEDICATION", "Took a cough medicine with codeine on the evening before the dose.", "", 6 * 60 * MINUTE),
)  # fmt: skip


def deviations_tell(*, site_code: str, study_code: str, staff: Staff, at: datetime) -> int:
    """Enter the story's deviations at sessions of a site, the latest first; return how many."""
    sessions = (
        DosingSession.objects.filter(
            site__code=site_code,
            participant__study__code=study_code,
            state="DISCHARGED",
            ended_at__lt=at - 4 * DAY,
        )
        .select_related("participant", "visit")
        .order_by("-checked_in_at", "id")[: len(STORY)]
    )
    count = 0
    for told, session in zip(STORY, sessions, strict=False):
        known_at = session.checked_in_at + told.after
        made = deviation_record(
            participant_id=session.participant_id,
            entry=Entry(told.kind, told.happened, session.checked_in_at, known_at, action=told.action),
            key=uuid5(_NAMES, f"{study_code}:{session.participant.number}:{told.kind}"),
            session_id=session.pk,
            by=staff.coordinator,
            at=known_at + 20 * MINUTE,
        )
        _deal(told, made, staff=staff, at=known_at + 2 * 60 * MINUTE)
        count += 1
    return count


def _deal(told: Told, made: Deviation, *, staff: Staff, at: datetime) -> None:
    if told.assessment is None:
        return
    current = deviation_assess(
        deviation_id=made.pk, given=told.assessment, seen=None, by=staff.investigator, at=at
    )
    if told.is_signed:
        deviation_sign(deviation_id=made.pk, seen=current.pk, by=staff.investigator, at=at + 5 * MINUTE)
