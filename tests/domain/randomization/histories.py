"""Histories as the database keeps them, made from the published rules alone: for the tests of a replay."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from apps.randomization.domain.commitment import list_commitment
from apps.randomization.domain.history import History, PublicAllocation, StoredDraw, StoredSlot
from apps.randomization.domain.methods import build_list
from apps.randomization.domain.minimization import Earlier, allocate
from apps.randomization.domain.shapes import ArmShare, ListPlan, MinimizationRule, Slot
from apps.randomization.domain.strata import stratum_key
from apps.randomization.domain.upload import plan_with_upload

SEED = bytes(range(32))
ARMS = (ArmShare("ESK", 1), ArmShare("PBO", 2))
FACTORS = (("age", ("old", "young")), ("country", ()))
STRATA = tuple(f"age={age}|country={country}" for age in ("old", "young") for country in ("CZ", "DE"))
RULE = MinimizationRule("range", Fraction(17, 20), (("age", 1), ("country", 2)))
BLOCKS = ListPlan("S.MAIN", ARMS, (3, 6), FACTORS)
SIMPLE = ListPlan("S.MAIN", ARMS, factors=FACTORS, method="simple")
MINIMIZED = ListPlan("S.MAIN", ARMS, factors=FACTORS, method="minimization", minimization=RULE)
_PLACES = build_list(plan=BLOCKS, seed=bytes(32), strata=STRATA, places=9)
UPLOADED = plan_with_upload(ListPlan("S.MAIN", ARMS, factors=FACTORS, method="uploaded"), _PLACES)
PLANS = {"permuted_blocks": BLOCKS, "simple": SIMPLE, "minimization": MINIMIZED, "uploaded": UPLOADED}
BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)


def places_of(plan: ListPlan) -> tuple[Slot, ...]:
    """The places known before the first draw."""
    if plan.method == "uploaded":
        return _PLACES
    return build_list(plan=plan, seed=SEED, strata=STRATA, places=9)


def number_of(participant: str, turn: int = 0) -> int:
    """A candidate for a participant's number of five digits."""
    digest = hashlib.sha256(SEED + f"number/{participant}/{turn}".encode() + SEED).digest()
    return 10_000 + int.from_bytes(digest[:8], "big") % 2**63 % 90_000


def extent_of(lengths: tuple[tuple[str, int], ...]) -> str:
    """The published extent; none without places."""
    lines = "".join(f"{stratum}\t{places}\n" for stratum, places in lengths)
    return hmac.digest(SEED, b"extent\n" + lines.encode(), "sha256").hex() if lines else ""


def history_of(plan: ListPlan, *, draws: int = 10) -> History:
    """A list with so many draws, going round the strata, one an hour."""
    commitment = list_commitment(seed=SEED, plan=plan)
    slots = {(slot.stratum, slot.seq): StoredSlot(slot, None) for slot in places_of(plan)}
    rows: list[StoredDraw] = []
    allocations: list[PublicAllocation] = []
    earlier: list[Earlier] = []
    for turn in range(draws):
        stratum = STRATA[turn * turn % 3 + turn % 2]
        levels = dict(part.split("=") for part in stratum.split("|"))
        assert stratum_key(levels) == stratum
        chain = "*" if plan.method == "minimization" else stratum
        behind = [row for row in rows if row.chain == chain]
        n = len(behind) + 1
        participant, key = f"p{turn:02d}", f"k{turn:02d}"
        if plan.method == "minimization":
            step = allocate(plan=plan, seed=SEED, levels=levels, earlier=earlier)
            earlier.append(Earlier(step.arm, levels))
            slot = Slot(stratum, n, n - 1, 1, step.arm)
            facts: dict[str, Any] = {
                "counts": {factor: list(held) for factor, held in step.counts},
                "scores": list(step.scores),
                "numerators": list(step.numerators),
                "denominator": step.denominator,
                "label": step.label,
                "drawn": step.drawn,
            }
        else:
            slot = slots[stratum, n].slot
            facts = {"seq": slot.seq, "block": slot.block, "size": slot.size}
        slots[stratum, slot.seq] = StoredSlot(slot, participant)
        at = BEGIN + timedelta(hours=turn)
        number = number_of(participant)
        record = json.dumps(
            facts
            | {"method": plan.method, "list": "list-1", "stratum": stratum, "n": n, "arm": slot.arm}
            | {"levels": levels if plan.method == "minimization" else {}, "participant": participant}
            | {"key": key, "number": number, "by": "someone", "at": at.isoformat()}
            | {"nonce": hashlib.sha256(SEED + f"nonce/{chain}/{n}".encode() + SEED).hexdigest()}
        )
        previous = behind[-1].hash if behind else commitment
        digest = hashlib.sha256((previous + record).encode()).hexdigest()
        rows.append(StoredDraw(chain, n, participant, record, previous, digest))
        allocations.append(PublicAllocation(participant, stratum, f"R{number}", key, digest, "someone", at))
    lengths = tuple(sorted(Counter(place.stratum for place in places_of(plan)).items()))
    kept = (tuple(slots.values()), tuple(rows), tuple(allocations))
    return History("list-1", commitment, *kept, extent=extent_of(lengths), lengths=lengths)
