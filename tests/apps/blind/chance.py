"""Every source of chance in one hand: the same seed tells the same story again, byte for byte."""

from __future__ import annotations

import hashlib
import os
import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch


class Chance:
    """Stands in for the operating system's random bytes: SHA-256 in counter mode over a label."""

    def __init__(self) -> None:
        self.label, self.count, self.rest = "begin", 0, b""

    def seed(self, label: str) -> None:
        """Begin a stream of its own, so that one step's appetite does not move the next step's bytes."""
        self.label, self.count, self.rest = label, 0, b""
        random.seed(label)

    def urandom(self, size: int) -> bytes:
        """What `os.urandom` answers meanwhile."""
        while len(self.rest) < size:
            self.rest += hashlib.sha256(f"{self.label}/{self.count}".encode()).digest()
            self.count += 1
        given, self.rest = self.rest[:size], self.rest[size:]
        return given

    def uuid(self) -> uuid.UUID:
        """A random identifier of the story."""
        return uuid.UUID(bytes=self.urandom(16), version=4)


@contextmanager
def pinned() -> Iterator[Chance]:
    """Pin `os.urandom`, and what `secrets`, `uuid` and `random` make of it."""
    chance, before = Chance(), random.getstate()
    try:
        with patch.object(os, "urandom", chance.urandom), patch.object(random, "_urandom", chance.urandom):
            yield chance
    finally:
        random.setstate(before)
