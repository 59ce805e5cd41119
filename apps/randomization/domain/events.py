"""What randomization tells the apps above it. Which of them react stands in config/reactions.py."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class RandomizationBegins:
    """A participant is about to be drawn: nothing speaks against it, and nobody waits yet.

    For what follows from every draw alike, such as the visits: done before the stratum's lock is taken, and
    undone with the transaction if the draw is refused.
    """

    participant_id: UUID
    by: Any
    at: datetime


@dataclass(frozen=True, slots=True)
class ParticipantRandomized:
    """A participant got a place in a list. It carries no list, no stratum and no arm.

    `by` is the person who asked, `at` when. Published inside the transaction of the draw, once per
    participant: a repeated request publishes nothing.
    """

    participant_id: UUID
    study_id: UUID
    site_id: UUID
    allocation_id: UUID
    by: Any
    at: datetime
