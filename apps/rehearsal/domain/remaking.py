"""Making a list again from its seed and the protocol, as it was made before the first participant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from apps.randomization.domain.blocks import Slot, build_list
from apps.randomization.domain.commitment import list_commitment
from apps.randomization.domain.plan import list_plan
from apps.rehearsal.domain.sealed import SealedList
from apps.studies.domain.protocol import Protocol

#: Methods whose places follow from the seed before anybody is drawn.
REMADE = frozenset({"permuted_blocks"})


def commitment_maker(protocol: Protocol, study_code: str) -> Callable[[SealedList], str]:
    """Return what makes the public commitment of a list from its seed. It raises ValueError where none can be made."""

    def make(one: SealedList) -> str:
        plan = list_plan(protocol=protocol, study_code=study_code, list_code=one.code)
        return list_commitment(seed=one.seed, plan=plan)

    return make


def list_maker(protocol: Protocol, study_code: str) -> Callable[[SealedList], tuple[Slot, ...] | None]:
    """Return what makes the places of a list again: as many in each stratum as are stored, None where no seed does."""

    def make(one: SealedList) -> tuple[Slot, ...] | None:
        if one.method not in REMADE:
            return None
        plan = list_plan(protocol=protocol, study_code=study_code, list_code=one.code)
        places = Counter(slot.stratum for slot in one.slots)
        made: list[Slot] = []
        for stratum in sorted(places):
            made += build_list(plan=plan, seed=one.seed, strata=[stratum], places=places[stratum])
        return tuple(made)

    return make
