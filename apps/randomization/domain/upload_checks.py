"""What can be wrong with the lines of an uploaded list, each fault with the number of its line."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import factorial, prod

from apps.randomization.domain.shapes import ListPlan

Found = tuple[int, str]

CHANCE = 1e-4
"""What is rarer than this in a shuffled list is taken for a fault."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file: its number, and the place it gives. `block` is None where none are declared."""

    number: int
    stratum: str
    seq: int
    arm: str
    block: int | None


def faults_of_lines(lines: Sequence[Line], *, plan: ListPlan, strata: Collection[str]) -> Iterator[Found]:
    """Yield the line (0: the whole file) and the text of every fault."""
    for line in lines:
        if line.arm not in plan.codes:
            yield line.number, f"The arm is none of the protocol's ({', '.join(plan.codes)})."
        if line.stratum not in strata:
            yield line.number, f"The study has no stratum {line.stratum[:120] or 'without a name'}."
    by_stratum: dict[str, list[Line]] = {key: [] for key in sorted(strata)}
    for line in lines:
        by_stratum.setdefault(line.stratum, []).append(line)
    for stratum, own in by_stratum.items():
        if not own:
            yield 0, f"The stratum {stratum} is missing."
            continue
        yield from _faults_of_places(stratum, own)
        yield from _faults_of_arms(stratum, own, plan)
        if own[0].block is not None:
            yield from _faults_of_blocks(stratum, own, plan)


def _faults_of_places(stratum: str, own: Sequence[Line]) -> Iterator[Found]:
    first_at: dict[int, int] = {}
    highest = 0
    for line in own:
        if line.seq in first_at:
            yield line.number, f"Place {line.seq} of {stratum} already stands in line {first_at[line.seq]}."
            continue
        first_at[line.seq] = line.number
        if line.seq < highest:
            yield line.number, f"Mis-sorted: place {line.seq} of {stratum} stands after place {highest}."
        highest = max(highest, line.seq)
    before = 0
    for seq in sorted(first_at):
        if seq == 0:
            yield first_at[seq], f"The places of {stratum} count from 1."
        elif seq > before + 1:
            missing = f"{before + 1}" if seq == before + 2 else f"{before + 1} to {seq - 1}"
            yield first_at[seq], f"Gap: place {missing} of {stratum} is missing."
        before = seq


def _faults_of_arms(stratum: str, own: Sequence[Line], plan: ListPlan) -> Iterator[Found]:
    counts = Counter(line.arm for line in own)
    runs = sum(1 for _ in groupby(own, key=lambda line: line.arm))
    # Of all orders of these arms, one for each order of the arms themselves is sorted.
    orders = factorial(len(own)) // prod(factorial(count) for count in counts.values())
    if runs == len(counts) and factorial(runs) < CHANCE * orders:
        yield own[0].number, f"Mis-sorted: the arms of {stratum} stand in order instead of shuffled."
    total = sum(plan.shares)
    if any(not counts[one.arm] and (1 - one.share / total) ** len(own) < CHANCE for one in plan.arms):
        yield own[0].number, f"The {len(own)} places of {stratum} leave out an arm."


def _faults_of_blocks(stratum: str, own: Sequence[Line], plan: ListPlan) -> Iterator[Found]:
    total = sum(plan.shares)
    seen: set[int | None] = set()
    for block, group in groupby(own, key=lambda line: line.block):
        held = list(group)
        if block in seen:
            yield held[0].number, f"Mis-sorted: block {block} of {stratum} was already closed."
            continue
        seen.add(block)
        counts = Counter(line.arm for line in held)
        if any(counts[share.arm] * total != len(held) * share.share for share in plan.arms):
            yield held[0].number, f"Block {block} of {stratum} does not hold the arms in their ratio."
