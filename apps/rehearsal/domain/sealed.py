"""What lies sealed, as the owner's login reads it for a rehearsal. It lives in memory for the checks and nowhere else.

None of these values may reach a finding, a log or a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from apps.randomization.domain.shapes import Slot


@dataclass(frozen=True, slots=True)
class SealedArm:
    """What an arm of a list gives: the drug or its placebo, and its fixed doses in mg where it has any."""

    code: str
    label: str
    active: bool
    fixed_mg: int | None
    first_mg: int | None


@dataclass(frozen=True, slots=True)
class SealedList:
    """One live list. `commitment` is the public one; `drawn` counts places already given out, by stratum."""

    code: str
    method: str
    commitment: str
    seed: bytes
    digest: str
    mg_per_device: int
    arms: tuple[SealedArm, ...]
    slots: tuple[Slot, ...]
    drawn: tuple[tuple[str, int], ...] = ()
    was_extended: bool = False

    def left(self, stratum: str) -> int:
        """Return how many places of a stratum are left."""
        places = sum(slot.stratum == stratum for slot in self.slots)
        return places - dict(self.drawn).get(stratum, 0)


@dataclass(frozen=True, slots=True)
class SealedKit:
    """One available kit of a site: its content, and the last day of its use."""

    site: str
    content: str
    expires_on: date


@dataclass(frozen=True, slots=True)
class KitsGiven:
    """What a session of the play got: how many of its devices hold the drug, and how many there are."""

    visit: str
    arm: str
    dose_mg: int | None
    is_first: bool
    active: int
    devices: int
