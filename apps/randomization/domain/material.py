"""What the sealed schema hands out for a replay."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ListMaterial:
    """What a replay needs: the seed, the digest of the places, and the rows of places and draws as stored.

    `slots` are (stratum, seq, block, size, arm, participant or None), `draws` are (chain, n, participant, record,
    previous, hash), `lengths` are (stratum, number of places it was given), all in order.
    """

    seed: bytes
    digest: str
    slots: tuple[tuple[Any, ...], ...]
    draws: tuple[tuple[Any, ...], ...]
    lengths: tuple[tuple[Any, ...], ...]
