"""People in treatment for tests: drawn for real, with kits in hand and a schedule laid out."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from apps.core.events import react
from apps.dosing.models import DosingSession
from apps.dosing.services import (
    device_close,
    dose_request,
    gates_record,
    session_check_in,
    session_clear,
    spray_first,
)
from apps.participants.models import Participant
from apps.randomization.domain.events import ParticipantRandomized, RandomizationBegins
from apps.randomization.services import participant_randomize
from apps.schedule.models import Visit
from apps.schedule.services import visits_plan_for_randomization
from apps.supply.domain.manifest import KitReceived
from apps.supply.selectors import kits_of_visit
from apps.supply.services import kits_dispense_after_randomization, kits_receive
from tests.apps.randomization import worlds
from tests.factories.cast import Cast


def stock_make(cast: Cast, *, at: datetime) -> None:
    """Commit a list and put kits at Berlin, enough for a few people's whole treatment; numbers well shuffled."""
    worlds.list_make(cast, at=at)
    draw = Random(1928)  # any seed whose order of numbers tells nothing, which the receipt checks
    contents = ["ACTIVE"] * 24 + ["PLACEBO"] * 48
    draw.shuffle(contents)
    numbers = draw.sample(range(10_000, 99_999), len(contents))
    kits = [
        KitReceived(
            number=f"K{number}",
            site=cast.site.code,
            lot="LOT-7",
            expires_on=date(at.year + 1, 6, 30),
            content=content,
        )
        for number, content in zip(numbers, contents, strict=True)
    ]
    with worlds.as_owner():
        kits_receive(version=cast.version, kits=kits, by=cast.pharmacist, at=at)


def in_treatment(cast: Cast, *, at: datetime) -> Participant:
    """Somebody randomized at `at` in Berlin (after `stock_make`), visits planned and Day 1 kits in hand."""
    react(RandomizationBegins, visits_plan_for_randomization)
    react(ParticipantRandomized, kits_dispense_after_randomization)
    participant = worlds.participant_make(cast, at=at)
    with pytest.MonkeyPatch.context() as patch:
        worlds.verdicts_install(patch)
        participant_randomize(participant_id=participant.pk, key=uuid4(), by=cast.coordinator, at=at)
    return Participant.objects.select_related("study", "site", "protocol_version").get(pk=participant.pk)


def visit_of(participant: Participant, code: str) -> Visit:
    """One visit by its code."""
    return Visit.objects.select_related("participant__site", "participant__study").get(
        participant=participant, code=code
    )


def gate_answers(*, now: datetime, **changes: Any) -> dict[str, Any]:
    """Answers that pass every gate of TRANSFORM-2; pass those that should differ, None leaves one out."""
    passing: dict[str, Any] = {
        "IDENTITY": {"confirmed": True},
        "FOOD": {"last_at": (now - timedelta(hours=3)).isoformat()},
        "LIQUID": {"last_at": (now - timedelta(minutes=45)).isoformat()},
        "NASAL": {"none": True},
        "SEDATIVE": {"none": True},
        "ALCOHOL": {"none": True},
        "BP": {"sbp": 126, "dbp": 80},
        "SPO2": {"value": 98},
        "CSSRS_IDEATION": {"value": 1},
        "CSSRS_BEHAVIOR": {"confirmed": True},
        "MOAAS": {"value": 5},
        "REVIEW": {"confirmed": True},
        "SCALES_FIRST": {"confirmed": True},
        "PREGNANCY": {"confirmed": True},
        "ESCORT": {"confirmed": True},
    }
    return {code: answer for code, answer in {**passing, **changes}.items() if answer is not None}


def checked_in(
    cast: Cast, participant: Participant, *, at: datetime, code: str = "D1", chair: int = 1
) -> DosingSession:
    """A session just opened."""
    return session_check_in(visit_id=visit_of(participant, code).pk, chair=chair, by=cast.nurse, at=at)


def cleared(
    cast: Cast, participant: Participant, *, at: datetime, code: str = "D1", chair: int = 1
) -> DosingSession:
    """A session cleared to dose a minute after check-in, dose asked for."""
    session = checked_in(cast, participant, at=at - timedelta(minutes=3), code=code, chair=chair)
    session = gates_record(
        session_id=session.pk,
        answers=gate_answers(now=at),
        version=session.version,
        by=cast.nurse,
        at=at - timedelta(minutes=2),
    )
    session = dose_request(
        session_id=session.pk, dose_mg=56, version=session.version, by=cast.investigator, at=at
    )
    return session_clear(session_id=session.pk, version=session.version, by=cast.nurse, at=at)


def kit_number(session: DosingSession, ordinal: int) -> str:
    """The number of the kit for a device of a session."""
    kits = kits_of_visit(participant_id=session.participant_id, visit_code=session.visit.code)
    return next(kit.number for kit in kits if kit.position == ordinal)


def sprayed(
    cast: Cast, session: DosingSession, *, at: datetime, ordinal: int = 1, close: bool = True
) -> DosingSession:
    """One device of a session sprayed at `at`, and closed twenty seconds later."""
    session = spray_first(
        session_id=session.pk,
        kit_number=kit_number(session, ordinal),
        nostril="LEFT",
        sprayed_at=at,
        version=session.version,
        by=cast.nurse,
        at=at,
    )
    if not close:
        return session
    second = at + timedelta(seconds=20)
    return device_close(
        session_id=session.pk,
        ordinal=ordinal,
        second_spray_at=second,
        outcome="COMPLETE",
        version=session.version,
        by=cast.nurse,
        at=second,
    )


def observing(
    cast: Cast, participant: Participant, *, at: datetime, code: str = "D1", chair: int = 1
) -> DosingSession:
    """A session whose three devices were given from `at` on, every five minutes: the two hours run from `at`."""
    session = cleared(cast, participant, at=at, code=code, chair=chair)
    for ordinal in (1, 2, 3):
        session = sprayed(cast, session, at=at + timedelta(minutes=5 * (ordinal - 1)), ordinal=ordinal)
    return session
