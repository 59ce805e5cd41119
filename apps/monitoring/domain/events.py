"""What the two hours tell the apps above them. Which of them react stands in config/reactions.py.

Published in the transaction of the act, so that a reaction that fails undoes it. `by` is the person who acted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SprayAgainstRule:
    """A first spray was given against the protocol's word on who must be there; `finding_id` is the finding of it.

    `rule` is WATCHER_LIMIT or NO_PRESCRIBER, `happened` says it in words.
    """

    participant_id: UUID
    session_id: UUID
    finding_id: UUID
    rule: str
    happened: str
    sprayed_at: datetime
    by: Any
    at: datetime


@dataclass(frozen=True, slots=True)
class EarlyReleased:
    """An investigator let a participant go before every condition of the protocol was met, for a `reason`."""

    participant_id: UUID
    session_id: UUID
    reason: str
    by: Any
    at: datetime


@dataclass(frozen=True, slots=True)
class ParticipantReleased:
    """The two hours of a session are over and the participant may leave, early or in time."""

    participant_id: UUID
    session_id: UUID
    by: Any
    at: datetime
