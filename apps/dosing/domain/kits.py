"""Is the kit in the hand the kit of this device? The site sees numbers; what is inside is nobody's to see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from apps.core.exceptions import Reason, Refused


class SprayRefused(Refused):
    """The device may not be sprayed now."""

    code = "spray_refused"
    title = "This device may not be sprayed now"


class KitRefused(SprayRefused):
    """The kit in the hand is not the kit of this device."""

    code = "wrong_kit"
    title = "This is not the kit for this device"


@dataclass(frozen=True, slots=True)
class KitOfVisit:
    """A kit handed out for a visit: its number, its place in the order from 1, its last day."""

    number: str
    position: int
    expires_on: date


def kit_reasons(
    *, kits: Sequence[KitOfVisit], is_requested: bool, ordinal: int, number: str, on: date
) -> tuple[Reason, ...]:
    """Return why a kit may not be used for a device on a day at the site: the first thing that is wrong with it."""
    if not is_requested or not kits:
        return (Reason("no_kits_yet", "Ask for the dose first: no kits belong to this visit yet."),)
    wanted = next((kit for kit in kits if kit.position == ordinal), None)
    if wanted is None:
        return (Reason("no_kit", f"There is no kit for device {ordinal} of this visit.", "kit_number"),)
    if number != wanted.number:
        other = next((kit for kit in kits if kit.number == number), None)
        message = (
            f"Kit {number} is for device {other.position}; device {ordinal} is kit {wanted.number}."
            if other
            else f"This kit does not belong to this visit; device {ordinal} is kit {wanted.number}."
        )
        return (Reason("wrong_kit", message, "kit_number"),)
    if wanted.expires_on < on:
        return (Reason("kit_expired", f"Kit {number} has expired.", "kit_number"),)
    return ()
