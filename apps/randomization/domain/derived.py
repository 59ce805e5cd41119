"""Secret numbers that follow from a list's seed beside its stream: `sealed.derive` of the database, in Python.

A value is ``SHA-256(seed || ascii(label) || seed)``; the seed on both sides keeps anybody from extending a known
digest. The nonce of a record and a participant's randomization number are such values, so a replay can make
both again.
"""

import hashlib
from collections.abc import Iterator

TRIES = 1000
"""So many candidates for a number a draw tries before it gives up."""

_POSITIVE = (1 << 63) - 1


def derived(*, seed: bytes, label: str) -> bytes:
    """Return the 32 bytes of this seed and this label."""
    return hashlib.sha256(seed + label.encode("utf-8", "surrogatepass") + seed).digest()


def record_nonce(*, seed: bytes, chain: str, n: int) -> str:
    """Return the nonce of the n-th record of a chain, 64 hexadecimal digits."""
    return derived(seed=seed, label=f"nonce/{chain}/{n}").hex()


def number_candidates(*, seed: bytes, participant: str, low: int, high: int) -> Iterator[int]:
    """Yield the numbers from `low` to `high` that a participant is offered, in order; a draw gives the first
    that is free in the study.

    They follow from seed and participant alone, so a number tells nothing of place, order or arm.
    """
    for turn in range(TRIES):
        digest = derived(seed=seed, label=f"number/{participant}/{turn}")
        yield low + (int.from_bytes(digest[:8], "big") & _POSITIVE) % (high - low + 1)
