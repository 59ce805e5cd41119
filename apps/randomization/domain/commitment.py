"""Committing to a list before the first participant, without showing it.

The commitment, SHA-256 over the seed followed by the canonical parameters, is public: whoever is later given
the seed can check that the list was fixed from the start and make it again. The seed's 256 random bits keep
it from being guessed. The digest of the list itself is not public: a list of few places could be found by
trying them all, so the digest stays sealed with the list and only guards it against corruption.
"""

import hashlib
import json
from collections.abc import Iterable

from apps.randomization.domain.blocks import ListPlan, Slot

METHOD = "permuted-blocks/hmac-sha256-ctr/1"
"""The name of this way of making a list; a change in the stream or the blocks must get a new one."""


def plan_canonical(plan: ListPlan) -> bytes:
    """Return the plan as canonical JSON: ASCII, sorted keys, no spaces; factors sorted, the rest in order."""
    document = {
        "method": METHOD,
        "trial": plan.trial,
        "arms": [[share.arm, share.share] for share in plan.arms],
        "block_sizes": list(plan.block_sizes),
        "factors": {factor: list(levels) for factor, levels in plan.factors},
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def list_commitment(*, seed: bytes, plan: ListPlan) -> str:
    """Return the public commitment, 64 hexadecimal digits."""
    return hashlib.sha256(seed + plan_canonical(plan)).hexdigest()


def list_digest(slots: Iterable[Slot]) -> str:
    """Return the sealed digest, 64 hexadecimal digits: SHA-256 over one line per place, in order."""
    digest = hashlib.sha256()
    for slot in slots:
        digest.update(f"{slot.stratum}\t{slot.seq}\t{slot.block}\t{slot.size}\t{slot.arm}\n".encode("ascii"))
    return digest.hexdigest()
