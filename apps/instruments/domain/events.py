"""What happens here and concerns apps above: see config/reactions.py."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ScaleEntered:
    """A scale was entered or corrected; published in its transaction, so that a reaction can undo it."""

    participant_id: UUID
    instrument: str
    visit_code: str
