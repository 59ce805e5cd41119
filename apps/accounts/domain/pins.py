"""The short PIN that opens a locked screen. It never signs anything in and never signs anything."""

from __future__ import annotations

from itertools import pairwise

SHORTEST, LONGEST = 4, 8

#: After so many wrong PINs in a row only the password opens, until it did.
WRONG_PINS_ALLOWED = 5


def is_pin(secret: str) -> bool:
    """Whether somebody typed a PIN rather than a password: figures only, and too short for a password."""
    return secret.isascii() and secret.isdigit() and len(secret) <= LONGEST


def pin_faults(pin: str) -> tuple[str, ...]:
    """Return every ground on which a new PIN is refused; none when it may be used."""
    if not is_pin(pin) or len(pin) < SHORTEST:
        return (f"A PIN has {SHORTEST} to {LONGEST} figures.",)
    faults = []
    if len(set(pin)) == 1:
        faults.append("The same figure over and over is guessed first.")
    steps = {int(later) - int(earlier) for earlier, later in pairwise(pin)}
    if steps in ({1}, {-1}):
        faults.append("Figures in a row are guessed first.")
    return tuple(faults)
