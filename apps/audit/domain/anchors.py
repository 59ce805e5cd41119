"""The seal over how far the chains of acts had come. Its key is not in the database.

An anchor names the last place of every chain and the link there; its seal also covers the seal before, so that anchors
are a chain themselves.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain stood: its last place, and the link there in hexadecimal."""

    place: int
    link: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """One anchor, from the database or from a copy kept elsewhere."""

    at: datetime
    heads: Mapping[str, Head]
    previous: str
    seal: str

    def line(self) -> str:
        """Return the anchor as one line of text, which `anchor_read` takes back."""
        heads = {chain: [head.place, head.link] for chain, head in self.heads.items()}
        kept = {"at": _moment(self.at), "heads": heads, "previous": self.previous, "seal": self.seal}
        return json.dumps(kept, sort_keys=True, separators=(",", ":"))


def anchor_read(line: str) -> Anchor:
    """
    Read an anchor from a line of text.

    :raises ValueError: if the line is none
    """
    try:
        kept = json.loads(line)
        heads = {chain: Head(int(place), str(link)) for chain, (place, link) in kept["heads"].items()}
        return Anchor(datetime.fromisoformat(kept["at"]), heads, kept["previous"], kept["seal"])
    except (KeyError, TypeError, AttributeError) as fault:
        raise ValueError(f"no anchor: {fault}") from None


def anchor_seal(*, at: datetime, heads: Mapping[str, Head], previous: str, key: bytes) -> Anchor:
    """Return an anchor under its seal, an HMAC-SHA256 in hexadecimal."""
    return Anchor(at, heads, previous, _seal(at, heads, previous, key))


def heads_named(anchors: Sequence[Anchor]) -> Mapping[tuple[str, Head], datetime]:
    """Return every head that anchors name, with the moment it was named last, oldest moments first."""
    named = {(chain, head): anchor.at for anchor in anchors for chain, head in anchor.heads.items()}
    return dict(sorted(named.items(), key=lambda entry: entry[1]))


def anchors_check(anchors: Sequence[Anchor], *, key: bytes) -> str:
    """Return what is wrong with anchors in their order, or nothing."""
    previous = ""
    for anchor in anchors:
        if anchor.previous != previous:
            return f"An anchor is missing before the one of {_moment(anchor.at)}."
        if not hmac.compare_digest(anchor.seal, _seal(anchor.at, anchor.heads, previous, key)):
            return f"The anchor of {_moment(anchor.at)} does not bear its seal."
        previous = anchor.seal
    return ""


def copies_check(anchors: Sequence[Anchor], copies: Sequence[Anchor]) -> str:
    """Return what a copy of the anchors, kept elsewhere, has and the database has not, or nothing."""
    seals = {anchor.seal for anchor in anchors}
    gone = [copy for copy in copies if copy.seal not in seals]
    return f"The anchor of {_moment(gone[0].at)} is in the copy and not in the database." if gone else ""


def _seal(at: datetime, heads: Mapping[str, Head], previous: str, key: bytes) -> str:
    sealed = json.dumps(
        [_moment(at), sorted([chain, head.place, head.link] for chain, head in heads.items()), previous]
    )
    return hmac.new(key, sealed.encode(), sha256).hexdigest()


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
