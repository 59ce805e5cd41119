"""A kit reached somebody it was not for: what can be put right, and what has to be said about it."""

from __future__ import annotations

from dataclasses import dataclass

from apps.core.exceptions import Reason
from apps.supply.domain.kits import KitState


@dataclass(frozen=True, slots=True)
class KitInHand:
    """The kit that was handed over: its state, whether it is the assigned one, whether it is of the same visit."""

    number: str
    state: KitState
    is_assigned: bool
    is_of_this_visit: bool


def recovery_faults(kit: KitInHand, *, reason: str) -> tuple[Reason, ...]:
    """Return every reason against putting this right as a wrong kit."""
    faults = []
    if not reason.strip():
        faults.append(Reason("reason_missing", "Say what happened.", "reason"))
    if kit.is_assigned:
        faults.append(
            Reason("right_kit", f"Kit {kit.number} is the kit of this device; nothing is wrong.", "number")
        )
    elif kit.is_of_this_visit:
        faults.append(
            Reason(
                "own_kit",
                f"Kit {kit.number} is another device of the same visit; use them in order.",
                "number",
            )
        )
    elif kit.state is KitState.DESTROYED:
        faults.append(Reason("kit_destroyed", f"Kit {kit.number} was destroyed; check the number.", "number"))
    elif kit.state is KitState.ADMINISTERED:
        faults.append(
            Reason("kit_used", f"Kit {kit.number} is recorded as given already; check the number.", "number")
        )
    return tuple(faults)


def deviation(
    *,
    number: str,
    assigned: str,
    participant: str,
    visit: str,
    position: int,
    owner: str,
    was_administered: bool,
) -> str:
    """Return the text for the deviation log. It speaks of kit numbers; nobody here knows what is inside."""
    whose = f"assigned to participant {owner}" if owner else "assigned to nobody"
    instead = f", instead of kit {assigned}" if assigned else ""
    given = "given to" if was_administered else "handed out for"
    text = f"Kit {number}, {whose}, was {given} participant {participant} at {visit}, device {position}{instead}."
    if was_administered:
        return f"{text} Protocol deviation: report it, and watch the participant as after any dose."
    return f"{text} It was noticed before the spray; nothing was given."
