"""Replaying a list: from its seed, its plan and what was kept, whether everything came about as it should.

Nothing is trusted but the seed and the plan. The published commitment must be theirs, and the published extent that
of the strata as they were built; the places must be those that they give, drawn or not, to the end of every
stratum; the records must follow each other by number, hash and time, and each must give what its place, or its
step of minimization, gives, under the nonce and the number that the seed gives; and the allocations known outside must
be exactly the draws.

Every difference is said twice: `text` without an arm, for whoever asks, and `detail` with the arms, for
whoever may know them.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from apps.randomization.domain.commitment import list_commitment, list_digest, list_extent
from apps.randomization.domain.history import Difference, History
from apps.randomization.domain.methods import build_list, plan_faults
from apps.randomization.domain.replay_chains import Told, chains_told
from apps.randomization.domain.replay_derived import derived_compared
from apps.randomization.domain.replay_draws import allocations_compared, draws_compared, steps_compared
from apps.randomization.domain.shapes import ListPlan, Slot, fits_label

__all__ = ["Verdict", "replay"]

WAITING = timedelta(seconds=30)
"""How far the time of a draw may lie before that of the draw ahead of it: a request's time is taken when it
arrives, before it waits for its turn."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was checked, and every difference in a fixed order: commitment, places, draws, allocations."""

    strata: int
    places: int
    draws: int
    steps: int
    allocations: int
    differences: tuple[Difference, ...]

    @property
    def is_clean(self) -> bool:
        """Whether everything came about as it should."""
        return not self.differences

    @property
    def first(self) -> Difference | None:
        """The first difference; None where there is none."""
        return self.differences[0] if self.differences else None


def replay(
    *,
    plan: ListPlan,
    seed: bytes,
    history: History,
    uploaded: Collection[Slot] = (),
    waiting: timedelta = WAITING,
) -> Verdict:
    """Return whether this history is what seed and plan give. `uploaded` are the places of an uploaded list.

    Raises ValueError for a plan that no list can be made from.
    """
    if faults := plan_faults(plan):
        raise ValueError(" ".join(faults))
    told = chains_told(plan=plan, history=history, waiting=waiting)
    differences = list(_commitment(plan, seed, history, uploaded))
    # With another seed or plan nothing below could agree; the places are not compared then.
    is_committed = not differences
    minimized = plan.method == "minimization"
    given: dict[tuple[str, int], Slot] = {}
    if is_committed:
        is_whole = list_extent(seed=seed, lengths=history.lengths) == history.extent
        if not is_whole:
            differences.append(
                Difference("places", "the strata and their lengths are not those that were published")
            )
        if not minimized:
            lengths = dict(history.lengths) if is_whole else _lengths_stored(history)
            places = tuple(uploaded) if plan.method == "uploaded" else _places(plan, seed, lengths)
            given = {(slot.stratum, slot.seq): slot for slot in places}
            differences += _places_compared(given, history)
    differences += told.differences
    differences += draws_compared(plan=plan, told=told, history=history, given=given)
    if is_committed and minimized:
        differences += steps_compared(plan=plan, seed=seed, told=told)
    if is_committed:
        differences += derived_compared(seed=seed, told=told, history=history, waiting=waiting)
    differences += allocations_compared(told=told, history=history)
    return Verdict(
        strata=len({stored.slot.stratum for stored in history.slots}),
        places=len(history.slots),
        draws=len(history.draws),
        steps=_steps(told) if minimized else 0,
        allocations=len(history.allocations),
        differences=tuple(differences),
    )


def _steps(told: Told) -> int:
    return sum(record.step is not None for _, record in told.draws)


def _commitment(
    plan: ListPlan, seed: bytes, history: History, uploaded: Collection[Slot]
) -> Iterator[Difference]:
    in_order = sorted(uploaded, key=lambda slot: (slot.stratum, slot.seq))
    if plan.method == "uploaded" and list_digest(in_order) != plan.uploaded:
        yield Difference("commitment", "the uploaded list is not the one that was committed")
    if list_commitment(seed=seed, plan=plan) != history.commitment:
        yield Difference("commitment", "the published commitment is not that of this seed and this plan")


def _lengths_stored(history: History) -> dict[str, int]:
    """Return how many places are there: what is compared where nobody can say how many there should be."""
    return dict(Counter(stored.slot.stratum for stored in history.slots))


def _places(plan: ListPlan, seed: bytes, lengths: Mapping[str, int]) -> tuple[Slot, ...]:
    """Return every place that strata of these lengths have, drawn or not."""
    return tuple(
        slot
        for stratum, length in sorted(lengths.items())
        if fits_label(stratum)
        for slot in build_list(plan=plan, seed=seed, strata=(stratum,), places=length)
    )


def _places_compared(given: dict[tuple[str, int], Slot], history: History) -> Iterator[Difference]:
    stored = {(one.slot.stratum, one.slot.seq): one.slot for one in history.slots}
    if len(stored) != len(history.slots):
        yield Difference("places", "a place is stored twice")
    for where in sorted(given.keys() | stored.keys()):
        named = f"stratum {where[0]}, place {where[1]}"
        expected, found = given.get(where), stored.get(where)
        if found is None:
            yield Difference("places", f"{named}: the list gives this place and it is not stored")
        elif expected is None:
            yield Difference("places", f"{named}: a place is stored that the list does not give")
        elif (expected.block, expected.size) != (found.block, found.size):
            yield Difference("places", f"{named}: it is stored in another block than the list gives")
        elif expected.arm != found.arm:
            yield Difference(
                "places",
                f"{named}: the arm stored is not the one the list gives",
                f"{named}: the arm stored is {found.arm}, the list gives {expected.arm}",
            )
