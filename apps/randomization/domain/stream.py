"""The random stream of a randomization list.

The stream is HMAC-SHA256 in counter mode, keyed with the list's secret 32-byte seed. Each purpose has its
own label, so adding a stratum or a block never moves another one, and the list can be derived again from the
seed and the protocol's parameters alone, by any language that has HMAC. A general generator (Mersenne
Twister, NumPy) is unfit here: the first is predictable from its output, the second promises no equal stream
across versions.
"""

import hashlib
import hmac
from collections.abc import Iterator, MutableSequence
from typing import TypeVar

SEED_BYTES = 32
"""Length of a list's seed, in bytes (the key length HMAC-SHA256 was analyzed for)."""

_U64 = 1 << 64

_Item = TypeVar("_Item")


class Stream:
    """Unsigned 64-bit numbers, in order, for one seed and one label.

    Block i is ``HMAC-SHA256(seed, ascii(label) || 0x00 || uint64_be(i))``; numbers are its four big-endian
    words.

    Raises ValueError for a seed that is not 32 bytes and for a label that is empty, not ASCII, or holds a NUL
    (the NUL separates label and counter, so a label may not contain it).
    """

    def __init__(self, *, seed: bytes, label: str) -> None:
        if len(seed) != SEED_BYTES:
            raise ValueError(f"A seed has {SEED_BYTES} bytes, not {len(seed)}.")
        if not label or not label.isascii() or "\0" in label:
            raise ValueError("A label is ASCII text without a NUL, and not empty.")
        self._seed = seed
        self._prefix = label.encode("ascii") + b"\0"
        self._numbers = self._words()

    def _words(self) -> Iterator[int]:
        counter = 0
        while True:
            message = self._prefix + counter.to_bytes(8, "big")
            block = hmac.digest(self._seed, message, hashlib.sha256)
            for start in range(0, len(block), 8):
                yield int.from_bytes(block[start : start + 8], "big")
            counter += 1

    def u64(self) -> int:
        """Return the next number, 0 to 2**64 - 1."""
        return next(self._numbers)

    def below(self, bound: int) -> int:
        """Return a number from 0 to bound - 1, each exactly as likely (numbers of the last, partial cycle are
        rejected).

        Raises ValueError unless 1 <= bound <= 2**64.
        """
        if not 1 <= bound <= _U64:
            raise ValueError("The bound lies between 1 and 2**64.")
        limit = _U64 - _U64 % bound
        while (number := self.u64()) >= limit:
            pass
        return number % bound

    def shuffle(self, items: MutableSequence[_Item]) -> None:
        """Put the items in a uniformly random order, in place (Durstenfeld 1964, Communications of the ACM
        7:420).
        """
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]
