"""Three times of one fact: when it was seen, when it was typed, when the server received it.

The device works out the server's time and states both moments in it; its own clock is kept beside, to show how far it
was off. What is later than now was not seen yet, and what is entered late says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.core.exceptions import Reason
from apps.monitoring.domain.plan import DueSlot
from apps.monitoring.domain.readings import PREDOSE

#: A difference as small as this is the network, not a wrong clock.
CLOCK_ALLOWANCE = timedelta(seconds=60)
#: A clock further away than this tells of a device that is not set up; the record would be hard to defend.
CLOCK_LIMIT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Times:
    """When a reading was seen and entered, in server time, and what the device's own clock showed at the entry."""

    observed_at: datetime
    entered_at: datetime
    device_now: datetime | None = None

    @property
    def skew(self) -> timedelta:
        """How far the device's clock ran ahead (negative: behind)."""
        return timedelta() if self.device_now is None else self.device_now - self.entered_at

    @property
    def skew_ms(self) -> int:
        """The skew in milliseconds."""
        return self.skew // timedelta(milliseconds=1)


def times_check(
    times: Times,
    *,
    slot: DueSlot | None,
    tolerance: timedelta,
    late_reason: str,
    checked_in_at: datetime,
    dosed_at: datetime | None,
    ended_at: datetime | None,
    at: datetime,
) -> tuple[Reason, ...]:
    """Return every ground against the times of a reading received at `at`.

    `tolerance` is how long after the moment itself an entry still counts as made at once.
    """
    reasons: list[Reason] = []
    if abs(times.skew) > CLOCK_LIMIT:
        reasons.append(
            Reason(
                "clock_wrong",
                "The clock of this device is more than two days off; set it and record again.",
                "device_now",
            )
        )
    if times.observed_at - at > CLOCK_ALLOWANCE:
        reasons.append(Reason("in_the_future", "The reading lies in the future.", "observed_at"))
    if times.entered_at - at > CLOCK_ALLOWANCE:
        reasons.append(Reason("in_the_future", "The entry lies in the future.", "entered_at"))
    if times.observed_at - times.entered_at > CLOCK_ALLOWANCE:
        reasons.append(
            Reason("entered_before_seen", "It cannot have been entered before it was seen.", "entered_at")
        )
    if checked_in_at - times.observed_at > CLOCK_ALLOWANCE:
        reasons.append(Reason("before_check_in", "The reading is older than the session.", "observed_at"))
    if ended_at is not None and times.observed_at > ended_at:
        reasons.append(Reason("session_over", "The session had already ended then.", "observed_at"))
    if slot is not None and slot.minute == PREDOSE and dosed_at is not None and times.observed_at >= dosed_at:
        reasons.append(Reason("dose_given", "The predose slot ended with the first spray.", "slot_minute"))
    if slot is not None and slot.minute != PREDOSE and (dosed_at is None or times.observed_at < dosed_at):
        reasons.append(
            Reason(
                "no_dose_yet",
                "This slot counts from the first spray, which had not been given.",
                "slot_minute",
            )
        )
    if not late_reason.strip():
        reasons += _unexplained(times, slot=slot, tolerance=tolerance, ended_at=ended_at)
    return tuple(reasons)


def _unexplained(
    times: Times, *, slot: DueSlot | None, tolerance: timedelta, ended_at: datetime | None
) -> list[Reason]:
    late = 0 if slot is None or slot.minute == PREDOSE else slot.minutes_late(times.observed_at)
    if late:
        return [Reason("late", f"This reading is {late} minutes late for its slot: say why.", "late_reason")]
    if times.entered_at - times.observed_at > tolerance:
        return [Reason("entered_late", "Entered some time after it was seen: say why.", "late_reason")]
    if ended_at is not None and times.entered_at > ended_at:
        return [Reason("entered_late", "Entered after the end of the session: say why.", "late_reason")]
    return []
