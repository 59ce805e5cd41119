"""What randomization tells the apps above it. Which of them react stands in config/reactions.py."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class RandomizationBegins:
    """A participant is about to be drawn: nothing speaks against it, and nobody waits yet.

    For what follows from every draw alike, such as the visits: done before the stratum's lock is taken, and
    undone with the transaction if the draw is refused. `participant` is their row, which the draw has locked. What a
    reaction adds with `core.writing.row_add` is written together with the draw's own rows.
    """

    participant: Any
    by: Any
    at: datetime


@dataclass(frozen=True, slots=True)
class ParticipantRandomized:
    """A participant got a place in a list. It carries no list, no stratum and no arm.

    `participant` is their row, locked; `by` is the person who asked, `at` when. Published inside the transaction
    of the draw, once per participant: a repeated request publishes nothing.
    """

    participant: Any
    allocation_id: UUID
    by: Any
    at: datetime
