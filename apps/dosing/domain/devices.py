"""The device sequence: how many, how far apart, and how each went.

Sources: device 1 at T0, device 2 at +5, device 3 at +10 minutes (NCT04829318, NCT01998958), so the gap counts from
the first spray of the device before; one spray in each nostril; T0 is the first spray of the first device.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from apps.core.exceptions import Reason


class SprayOutcome(StrEnum):
    """How a device was emptied. Whatever happened, nothing is sprayed again (rule E13)."""

    COMPLETE = "COMPLETE"
    PARTIAL = "PARTIAL"
    SNEEZED = "SNEEZED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Use:
    """One device used: its place in the order from 1, its two sprays, and how it went (None: still open)."""

    ordinal: int
    first_spray_at: datetime
    second_spray_at: datetime | None = None
    outcome: SprayOutcome | None = None

    @property
    def is_open(self) -> bool:
        """True between the first spray and the record of how the device went."""
        return self.outcome is None


def next_ordinal(uses: Sequence[Use], devices: int) -> int | None:
    """Return the place of the device to come, from 1; None when all were used. A spoilt device is not replaced."""
    return len(uses) + 1 if len(uses) < devices else None


def next_device_at(uses: Sequence[Use], gap_minutes: int) -> datetime | None:
    """Return the earliest moment of the next device's first spray; None before the first device."""
    if not uses:
        return None
    return max(use.first_spray_at for use in uses) + timedelta(minutes=gap_minutes)


def spray_reasons(
    *,
    uses: Sequence[Use],
    devices: int,
    gap_minutes: int,
    sprayed_at: datetime,
    cleared_at: datetime,
    now: datetime,
    tz: ZoneInfo,
) -> tuple[Reason, ...]:
    """Return every ground against a first spray of the next device at `sprayed_at`."""
    reasons = []
    if next_ordinal(uses, devices) is None:
        reasons.append(
            Reason("no_device_left", f"All {devices} devices of this session were used; nothing is repeated.")
        )
    if any(use.is_open for use in uses):
        last = max(uses, key=lambda use: use.ordinal)
        reasons.append(Reason("device_open", f"Close device {last.ordinal} first: how did it go?"))
    earliest = next_device_at(uses, gap_minutes)
    if earliest is not None and sprayed_at < earliest:
        local = earliest.astimezone(tz)
        left = int((earliest - sprayed_at).total_seconds())
        reasons.append(
            Reason(
                "too_early",
                f"The next device may be sprayed from {local:%H:%M:%S}, {left // 60}:{left % 60:02d} to go; "
                f"at least {gap_minutes} minutes lie between devices.",
                "sprayed_at",
            )
        )
    if sprayed_at > now:
        reasons.append(Reason("in_the_future", "A spray cannot lie in the future.", "sprayed_at"))
    if not uses and sprayed_at < cleared_at:
        local = cleared_at.astimezone(tz)
        reasons.append(
            Reason(
                "before_clearance",
                f"The session was cleared at {local:%H:%M}; the dose follows it.",
                "sprayed_at",
            )
        )
    return tuple(reasons)


def closing_reasons(
    *,
    use: Use,
    second_spray_at: datetime | None,
    outcome: SprayOutcome,
    note: str,
    now: datetime,
) -> tuple[Reason, ...]:
    """Return every ground against closing a device: closed before, sprays out of order, no word on what went wrong."""
    reasons = []
    if not use.is_open:
        reasons.append(
            Reason("device_closed", f"Device {use.ordinal} was closed before; nothing is sprayed again.")
        )
    if second_spray_at is None:
        if outcome is SprayOutcome.COMPLETE:
            reasons.append(
                Reason(
                    "second_spray_needed",
                    "A complete device has two sprays: when was the second?",
                    "second_spray_at",
                )
            )
    else:
        if second_spray_at < use.first_spray_at:
            reasons.append(
                Reason("sprays_out_of_order", "The second spray follows the first.", "second_spray_at")
            )
        if second_spray_at > now:
            reasons.append(Reason("in_the_future", "A spray cannot lie in the future.", "second_spray_at"))
    if outcome is not SprayOutcome.COMPLETE and not note.strip():
        reasons.append(Reason("note_needed", "Say in a word what went wrong.", "note"))
    return tuple(reasons)
