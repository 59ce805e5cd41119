"""Committing to a list before the first participant, without showing it.

The commitment, SHA-256 over the seed followed by the canonical parameters, is public: whoever is later given
the seed can check that the list was fixed from the start and make it again. The seed's 256 random bits keep
it from being guessed. The digest of the list itself is not public: a list of few places could be found by
trying them all, so the digest stays sealed with the list and only guards it against corruption.

The extent, which says how many places each stratum was given, is keyed with the seed and public as well: whoever is
given the seed can tell that places nobody has drawn yet are all there, and nobody else learns a length from it.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable
from typing import Any

from apps.randomization.domain.shapes import ListPlan, Slot

METHOD = "permuted-blocks/hmac-sha256-ctr/1"
METHODS = {
    "permuted_blocks": METHOD,
    "simple": "simple/hmac-sha256-ctr/1",
    "minimization": "minimization/hmac-sha256-ctr/1",
    "uploaded": "uploaded/1",
}
"""The names of these ways of making a list; a change in the stream or in a method must get a new one."""


def plan_document(plan: ListPlan) -> dict[str, Any]:
    """Return the plan as JSON data; a method has the keys that it needs and no others.

    That of an uploaded list names the digest of its places, so it stays as sealed as they are.
    """
    document: dict[str, Any] = {
        "method": METHODS[plan.method],
        "trial": plan.trial,
        "arms": [[share.arm, share.share] for share in plan.arms],
        "factors": {factor: list(levels) for factor, levels in plan.factors},
    }
    if plan.method == "permuted_blocks":
        document["block_sizes"] = list(plan.block_sizes)
    if plan.method == "uploaded":
        document["uploaded"] = plan.uploaded
    if plan.minimization is not None:
        document["minimization"] = {
            "imbalance": plan.minimization.imbalance,
            "probability": list(plan.minimization.probability.as_integer_ratio()),
            "weights": dict(plan.minimization.weights),
        }
    return document


def plan_canonical(plan: ListPlan) -> bytes:
    """Return the plan as canonical JSON: ASCII, sorted keys, no spaces; factors sorted, the rest in order."""
    return json.dumps(plan_document(plan), sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode(
        "ascii"
    )


def list_commitment(*, seed: bytes, plan: ListPlan) -> str:
    """Return the public commitment, 64 hexadecimal digits."""
    return hashlib.sha256(seed + plan_canonical(plan)).hexdigest()


def list_extent(*, seed: bytes, lengths: Iterable[tuple[str, int]]) -> str:
    """Return the public extent of a list, 64 hexadecimal digits, from its strata and their number of places.

    HMAC-SHA256 over one line per stratum, in the order of their keys; empty where there are no places, as before the
    first draw of a minimized list.
    """
    lines = "".join(f"{stratum}\t{places}\n" for stratum, places in sorted(lengths))
    return hmac.new(seed, f"extent\n{lines}".encode(), hashlib.sha256).hexdigest() if lines else ""


def list_digest(slots: Iterable[Slot]) -> str:
    """Return the sealed digest, 64 hexadecimal digits: SHA-256 over one line per place, in order."""
    digest = hashlib.sha256()
    for slot in slots:
        digest.update(f"{slot.stratum}\t{slot.seq}\t{slot.block}\t{slot.size}\t{slot.arm}\n".encode("ascii"))
    return digest.hexdigest()
