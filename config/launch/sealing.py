"""Encrypting to a public key, in the age format, what no blinded person may read, and opening it with the identity.

A stream goes through in pieces: the text never lies on a disk. Every piece is authenticated, so a byte that was changed
or lost is noticed, and nothing is given out that was not verified.
"""

import io
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyrage
from pyrage import x25519

from config.launch import Unstartable


def recipients_read(given: Iterable[str]) -> list[x25519.Recipient]:
    """The public keys (age1...) given; raises Unstartable naming the one that is none."""
    found = []
    for text in given:
        try:
            found.append(x25519.Recipient.from_str(text.strip()))
        except pyrage.RecipientError:
            raise Unstartable(f"{text!r} is no recipient; a public key begins with age1.") from None
    if not found:
        raise Unstartable("No recipient is given; make one with --new-identity FILE.")
    return found


def identity_read(file: Path) -> x25519.Identity:
    """The identity (AGE-SECRET-KEY-1...) in a file, where lines beginning with # are comments."""
    try:
        lines = file.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise Unstartable(f"The identity in {file} cannot be read: {fault}.") from None
    for line in lines:
        if line.strip() and not line.startswith("#"):
            try:
                return x25519.Identity.from_str(line.strip())
            except pyrage.IdentityError:
                break
    raise Unstartable(f"{file} holds no identity; its line begins with AGE-SECRET-KEY-1.")


def identity_make(file: Path) -> str:
    """Make an identity in a new file that only its owner can read; return the public key."""
    made = x25519.Identity.generate()
    public = str(made.to_public())
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as fault:
        raise Unstartable(f"{file} cannot be made: {fault.strerror}.") from None
    with os.fdopen(descriptor, "w") as stream:
        stream.write(f"# public key: {public}\n{made}\n")
    return public


Stream = IO[bytes] | io.RawIOBase


def encrypt(source: Stream, target: Stream, recipients: list[x25519.Recipient]) -> None:
    """Encrypt a stream into another."""
    pyrage.encrypt_io(source, target, recipients)


def decrypt(source: Stream, target: Stream, identity: x25519.Identity) -> None:
    """Decrypt a stream into another. Raises Unstartable for another identity or a file that is not as written."""
    try:
        pyrage.decrypt_io(source, target, [identity])
    except (pyrage.DecryptError, OSError) as fault:
        raise Unstartable(
            f"The sealed archive does not open: another identity, or not the file that was written ({fault})."
        ) from None


class Chained(io.RawIOBase):
    """A first line, then a stream: what is encrypted is both as one."""

    def __init__(self, first: bytes, rest: IO[bytes]) -> None:
        self._pieces: Iterator[IO[bytes]] = iter((io.BytesIO(first), rest))
        self._current: IO[bytes] | None = next(self._pieces)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while self._current is not None:
            given = self._current.read(len(buffer))
            if given:
                buffer[: len(given)] = given
                return len(given)
            self._current = next(self._pieces, None)
        return 0


class Parted(io.RawIOBase):
    """Takes a stream and parts it again: the first line is kept, the rest goes on to `rest` (nowhere when None)."""

    def __init__(self, rest: IO[bytes] | None = None) -> None:
        self.first = b""
        self._whole, self._rest = False, rest

    def writable(self) -> bool:
        return True

    def write(self, given: Any, /) -> int:
        data = bytes(given)
        size = len(data)
        if not self._whole:
            line, end, data = data.partition(b"\n")
            self.first, self._whole = self.first + line, bool(end)
        if data and self._rest is not None:
            self._rest.write(data)
        return size


@contextmanager
def opened(file: Path) -> Iterator[IO[bytes]]:
    """A file to read; raises Unstartable when it is not there."""
    try:
        stream = file.open("rb")
    except OSError as fault:
        raise Unstartable(f"{file} cannot be read: {fault.strerror}.") from None
    with stream:
        yield stream
