"""Making a list again from its seed and the protocol, as it was made before the first participant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from apps.randomization.domain.commitment import list_commitment, list_digest
from apps.randomization.domain.methods import build_list
from apps.randomization.domain.plan import list_plan
from apps.randomization.domain.shapes import ListPlan, Slot
from apps.rehearsal.domain.sealed import SealedList
from apps.studies.domain.protocol import Protocol

#: Methods whose places follow from the seed before anybody is drawn. Minimization has none before the first draw, and
#: an uploaded list has its places from a file, whose digest is part of the commitment.
REMADE = frozenset({"permuted_blocks", "simple"})


def commitment_maker(protocol: Protocol, study_code: str) -> Callable[[SealedList], str]:
    """Return what makes the public commitment of a list from its seed. It raises ValueError where none can be made."""

    def make(one: SealedList) -> str:
        return list_commitment(seed=one.seed, plan=_plan(protocol, study_code, one))

    return make


def list_maker(protocol: Protocol, study_code: str) -> Callable[[SealedList], tuple[Slot, ...] | None]:
    """Return what makes the places of a list again: as many in each stratum as are stored, None where no seed does."""

    def make(one: SealedList) -> tuple[Slot, ...] | None:
        if one.method not in REMADE:
            return None
        plan = _plan(protocol, study_code, one)
        places = Counter(slot.stratum for slot in one.slots)
        made: list[Slot] = []
        for stratum in sorted(places):
            made += build_list(plan=plan, seed=one.seed, strata=[stratum], places=places[stratum])
        return tuple(made)

    return make


def _plan(protocol: Protocol, study_code: str, one: SealedList) -> ListPlan:
    plan = list_plan(protocol=protocol, study_code=study_code, list_code=one.code)
    return replace(plan, uploaded=list_digest(one.slots)) if plan.method == "uploaded" else plan
