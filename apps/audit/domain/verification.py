"""A verification of the chains that somebody asked for: where it stands, and what it found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class VerificationState(StrEnum):
    """WAITING: for a worker. FAILED: it could not be made, so it says nothing about the acts."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"


UNDER_WAY = (VerificationState.WAITING.value, VerificationState.RUNNING.value)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was walked, and the first thing that is not as it was; `fault` is empty where everything is."""

    acts: int
    chains: int
    anchors: int
    copies: int
    fault: str = ""

    @property
    def is_whole(self) -> bool:
        """True if every act is as it was recorded."""
        return not self.fault
