"""What the apps above decide, handed down: an answer this app cannot find out by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SuspectedReaction:
    """Proof that a participant's adverse event is serious, related and called unexpected, as safety has checked."""

    adverse_event_id: UUID
    participant_id: UUID
    is_serious: bool
    is_related: bool
    is_unexpected: bool

    @property
    def qualifies(self) -> bool:
        """Whether the event is a suspected unexpected serious adverse reaction (ICH E2A)."""
        return self.is_serious and self.is_related and self.is_unexpected


@dataclass(frozen=True, slots=True)
class ReportsFinal:
    """Proof that a report by arm was made from the data of the closed study, and for which unblinded statistician."""

    study_id: UUID
    report_id: UUID
    statistician_id: UUID
    data_cut_at: datetime
