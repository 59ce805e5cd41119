"""A session in a chair, put there directly: how it came to be is the tests' of dosing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from apps.accounts.models import User
from apps.dosing.models import DosingSession
from apps.monitoring import services
from apps.monitoring.models import Observation
from apps.participants.models import Participant
from apps.schedule.models import Visit
from apps.studies.models import Site
from tests.factories.cast import Cast

CALM: dict[str, Any] = {"sbp": 122, "dbp": 78, "hr": 68, "spo2": 98, "moaas": 5}
NO_DISSOCIATION = {str(item): 0 for item in range(1, 24)}


def participant_make(cast: Cast, *, at: datetime, number: str, site: Site | None = None) -> Participant:
    """Make a participant under treatment."""
    return Participant.objects.create(
        study=cast.study,
        site=site or cast.site,
        protocol_version=cast.version,
        number=number,
        status="RANDOMIZED",
        sex="F",
        age_years=44,
        recorded_at=at,
        recorded_by=cast.coordinator,
    )


def visit_make(
    participant: Participant, *, at: datetime, by: User, code: str = "D8", **changes: Any
) -> Visit:
    """Make a dosing visit due today."""
    given: dict[str, Any] = {
        "label": "Day 8",
        "day": 8,
        "is_dose": True,
        "opens_at": at - timedelta(hours=30),
        "target_date": at.date(),
        "closes_at": at + timedelta(hours=30),
        "recorded_at": at,
        "recorded_by": by,
    }
    return Visit.objects.create(participant=participant, code=code, **{**given, **changes})


def seat(
    cast: Cast,
    *,
    at: datetime,
    minutes: float | None = 0,
    chair: int = 1,
    number: str = "DE01-0001",
    site: Site | None = None,
    state: str | None = None,
    ended_at: datetime | None = None,
) -> DosingSession:
    """Put somebody in a chair whose first spray was `minutes` ago; None: not sprayed yet."""
    participant = participant_make(cast, at=at, number=number, site=site)
    dosed_at = None if minutes is None else at - timedelta(minutes=minutes)
    return DosingSession.objects.create(
        visit=visit_make(participant, at=at, by=cast.coordinator),
        participant=participant,
        site=participant.site,
        state=state or ("CHECKED_IN" if minutes is None else "OBSERVING"),
        chair=chair,
        checked_in_at=(dosed_at or at) - timedelta(minutes=40),
        dosed_at=dosed_at,
        ended_at=ended_at,
        recorded_at=at,
        recorded_by=cast.nurse,
    )


@dataclass(frozen=True, slots=True)
class Nurse:
    """Somebody who records at one session, saying only what matters."""

    session: DosingSession
    user: User

    def records(
        self,
        at: datetime,
        *,
        slot: int | None = None,
        id: UUID | None = None,
        by: User | None = None,
        **given: Any,
    ) -> tuple[Observation, bool]:
        """Record values seen, entered and received at `at`, unless said otherwise."""
        options = {
            key: given.pop(key)
            for key in (
                "observed_at",
                "entered_at",
                "device_now",
                "late_reason",
                "not_done",
                "confirmed",
                "note",
            )
            if key in given
        }
        return services.observation_record(
            observation_id=id or uuid4(),
            session_id=self.session.pk,
            slot_minute=slot,
            values=given,
            observed_at=options.pop("observed_at", at),
            entered_at=options.pop("entered_at", at),
            by=by or self.user,
            at=at,
            **options,
        )


def two_hours(nurse: Nurse, *, t0: datetime) -> None:
    """Record what a calm participant needs to leave at 121 minutes: before, at 40, at 90 and at 118."""
    for minute, slot, values in (
        (40, 40, {**CALM, "cadss_items": NO_DISSOCIATION}),
        (90, 90, {**CALM, "cadss_items": NO_DISSOCIATION, "ready": False}),
        (118, 120, {**CALM, "ready": True}),
    ):
        nurse.records(t0 + timedelta(minutes=minute), slot=slot, **values)
