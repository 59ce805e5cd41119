"""What may be given in one session, and on which days the dose may change."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from apps.studies.domain.blocks import Block, ByAge, Marked


class DoseRule(Marked):
    """Allowed doses in mg and how they move.

    `increase_days` and `decrease_days` are dosing days (day numbers). After `stable_after_day` nothing
    rises. With `fixed` the dose is the arm's, and no change is ever asked. `devices_per_session_blinded` is
    the number of devices every arm receives at every session (active or dummy), so that the count tells
    nothing.
    """

    allowed_mg: tuple[int, ...] = Field(min_length=1)
    start_mg: ByAge
    step_mg: int = Field(ge=1)
    increase_days: tuple[int, ...] = ()
    decrease_days: tuple[int, ...] = ()
    stable_after_day: int | None = Field(default=None, ge=1)
    devices_per_session_blinded: int | None = Field(default=None, ge=1, le=3)
    fixed: bool = False

    def start(self, age_years: int) -> int:
        """First dose in mg at this age."""
        return int(self.start_mg.at(age_years))


class DevicePlan(Block):
    """The nasal spray device: 28 mg in two sprays, at least five minutes before the next device (label)."""

    mg_per_device: Literal[28] = 28
    sprays_per_device: Literal[2] = 2
    gap_minutes: int = Field(default=5, ge=5, le=30)

    def devices_for(self, dose_mg: int) -> int:
        """How many devices hold this dose."""
        return dose_mg // self.mg_per_device
