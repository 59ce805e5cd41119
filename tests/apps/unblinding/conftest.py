"""Envelopes are opened in two transactions, so these tests commit: what they leave behind is cleared after each."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from apps.core.events import react
from apps.instruments.domain.events import ScaleEntered
from apps.participants.models import Participant
from apps.unblinding.services import guess_check
from tests.apps.randomization import logins
from tests.factories.cast import Cast


@dataclass(frozen=True, slots=True)
class World:
    """The cast, one participant at Berlin who was drawn, and the truth in their envelope."""

    cast: Cast
    participant: Participant
    label: str
    other_label: str

    def another(self, *, label: str | None = None, site: object = None) -> Participant:
        """One more participant who was drawn."""
        return participant_drawn(self.cast, label=label or self.label, site=site)


_numbers = iter(range(1, 100_000))
ARMS = {"ESK": "Zebrazine nasal spray", "PBO": "Quaggadine nasal spray"}


def participant_drawn(cast: Cast, *, label: str, site: object = None) -> Participant:
    """A participant whose place of a sealed list is drawn: past the draw's conditions, which are others' to test."""
    site = site or cast.site
    participant = Participant.objects.create(
        study=cast.study,
        site=site,
        protocol_version=cast.version,
        number=f"{site.code}-{next(_numbers):04d}",
        status="RANDOMIZED",
        sex="F",
        age_years=44,
        recorded_at=datetime(2026, 3, 1, tzinfo=UTC),
        recorded_by=cast.coordinator,
    )
    stored = uuid.uuid4()
    code = next(code for code, words in ARMS.items() if words == label)
    with logins.connect("vigil_owner") as owner:
        owner.execute(
            "INSERT INTO sealed.list (list_id, study_id, seed, parameters, digest, mg_per_device, commitment) "
            "VALUES (%s, %s, %s, '{}', %s, 28, %s)",
            [stored, cast.study.pk, bytes(32), "0" * 64, "0" * 64],
        )
        owner.execute(
            "INSERT INTO sealed.arm (list_id, code, label, active) VALUES (%s, %s, %s, true)",
            [stored, code, label],
        )
        owner.execute("INSERT INTO sealed.counter (list_id, stratum) VALUES (%s, 'all')", [stored])
        owner.execute(
            "INSERT INTO sealed.slot (list_id, stratum, seq, block, size, arm, study_id, participant_id, key, number, "
            "drawn_at, drawn_by) VALUES (%s, 'all', 1, 0, 1, %s, %s, %s, %s, %s, now(), %s)",
            [stored, code, cast.study.pk, participant.pk, uuid.uuid4(), next(_numbers), cast.coordinator.pk],
        )
    return participant


@pytest.fixture
def cast(committed_cast: Cast) -> Cast:
    """The cast of every test, committed."""
    return committed_cast


@pytest.fixture
def world(cast: Cast) -> World:
    """Somebody with an envelope. The labels are words that stand nowhere else, so any leak is found."""
    react(ScaleEntered, guess_check)
    return World(cast, participant_drawn(cast, label=ARMS["ESK"]), ARMS["ESK"], ARMS["PBO"])
