"""What the records give, against the places they took, the steps of minimization, and what is known outside."""

from collections.abc import Iterator, Mapping

from apps.randomization.domain.history import Difference, History, PublicAllocation, StoredDraw
from apps.randomization.domain.minimization import Earlier, Step, Tally, step
from apps.randomization.domain.record import DrawRecord, Place
from apps.randomization.domain.replay_chains import Told, named
from apps.randomization.domain.shapes import ListPlan, Slot


def draws_compared(
    *, plan: ListPlan, told: Told, history: History, given: Mapping[tuple[str, int], Slot]
) -> Iterator[Difference]:
    """Yield where a draw and the place it took disagree, and drawn places without a draw.

    `given` are the places that the seed gives, empty where it gives none. A draw of a list takes the place of
    its own number; one of minimization made its place.
    """
    stored = {(one.slot.stratum, one.slot.seq): one for one in history.slots}
    taken = set()
    for draw, record in told.draws:
        where = (record.stratum, draw.n)
        taken.add(where)
        place = record.place or Place(seq=draw.n, block=draw.n - 1, size=1)
        if where not in stored:
            yield Difference("draws", f"{named(draw)}: the place it took is not stored")
            continue
        slot = given.get(where, stored[where].slot)
        if place.seq != draw.n:
            yield Difference("draws", f"{named(draw)}: it took place {place.seq}, out of order")
        elif (place.block, place.size) != (slot.block, slot.size):
            yield Difference("draws", f"{named(draw)}: its block is not that of its place")
        if stored[where].participant != draw.participant:
            yield Difference("draws", f"{named(draw)}: the stored place is not this participant's")
        if record.arm != slot.arm:
            yield _arms(draw, record.arm, slot.arm, "the list gives" if given else "its place holds")
    for where, one in sorted(stored.items(), key=lambda item: item[0]):
        # Minimization has no free places: each arises with its draw.
        if where not in taken and (one.participant is not None or plan.method == "minimization"):
            yield Difference("draws", f"stratum {where[0]}, place {where[1]}: it was taken without a draw")


def _arms(draw: StoredDraw, drawn: str, other: str, source: str) -> Difference:
    return Difference(
        "draws",
        f"{named(draw)}: the arm drawn is not the one {source}",
        f"{named(draw)}: the arm drawn is {drawn}, {source} {other}",
    )


def steps_compared(*, plan: ListPlan, seed: bytes, told: Told) -> Iterator[Difference]:
    """Yield where a step of minimization is not what the earlier draws and the seed give."""
    factors = {factor for factor, _ in plan.factors}
    tally = Tally(plan)
    for draw, record in told.draws:
        levels = dict(record.levels)
        # Levels that are not the plan's are a difference already, and allow no step.
        if set(levels) == factors and record.step is not None and draw.n >= 1:
            given = step(plan=plan, seed=seed, n=draw.n - 1, counts=tally.counts(levels))
            yield from _step_compared(draw, record.step, given)
        tally.add(Earlier(record.arm, levels))


def _step_compared(draw: StoredDraw, kept: Step, given: Step) -> Iterator[Difference]:
    pairs = (
        ("counts", kept.counts, given.counts),
        ("scores", kept.scores, given.scores),
        ("probabilities", (kept.numerators, kept.denominator), (given.numerators, given.denominator)),
        ("label", kept.label, given.label),
        ("number drawn", kept.drawn, given.drawn),
        ("arm", kept.arm, given.arm),
    )
    for name, here, there in pairs:
        if here != there:
            yield Difference(
                "draws",
                f"{named(draw)}: recorded and replayed {name} differ",
                f"{named(draw)}: recorded {name} {here}, replayed {there}",
            )


def allocations_compared(*, told: Told, history: History) -> Iterator[Difference]:
    """Yield where draws and allocations are not one to one, or say different things."""
    drawn = {record.participant: (draw, record) for draw, record in told.draws}
    allocated: set[str] = set()
    for known in sorted(history.allocations, key=lambda one: (one.participant, one.key)):
        if known.participant in allocated:
            yield Difference("allocations", f"participant {known.participant}: allocated twice")
        allocated.add(known.participant)
        if known.participant not in drawn:
            yield Difference("allocations", f"participant {known.participant}: allocated without a draw")
        else:
            yield from _allocation_compared(known, *drawn[known.participant], history.number_formats)
    for draw, record in told.draws:
        if record.participant not in allocated:
            yield Difference("allocations", f"{named(draw)}: nobody was allocated by it")


def _allocation_compared(
    known: PublicAllocation, draw: StoredDraw, record: DrawRecord, number_formats: tuple[str, ...]
) -> Iterator[Difference]:
    pairs = (
        ("stratum", known.stratum, (record.stratum,)),
        (
            "randomization number",
            known.number,
            [form.format(number=record.number) for form in number_formats],
        ),
        ("key", known.key, (record.key,)),
        ("record's hash", known.record_hash, (draw.hash,)),
        ("person", known.by, (record.by,)),
        ("time", known.at, (record.at,)),
    )
    for name, here, there in pairs:
        if here not in there:
            yield Difference("allocations", f"{named(draw)}: the allocation has another {name}")
