"""The chains of records: numbered without a gap, tied by hash, in the order of time, each what it says it is."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from apps.randomization.domain.history import Difference, History, StoredDraw
from apps.randomization.domain.record import WHOLE_LIST, DrawRecord, record_hash, record_parse
from apps.randomization.domain.shapes import ListPlan
from apps.randomization.domain.strata import stratum_key


@dataclass(frozen=True, slots=True)
class Told:
    """The records that could be read, by chain and number, each with its row; and what is wrong with them."""

    draws: tuple[tuple[StoredDraw, DrawRecord], ...]
    differences: tuple[Difference, ...]


def named(draw: StoredDraw) -> str:
    """Return how a draw is called in a difference."""
    return f"draw {draw.n}" if draw.chain == WHOLE_LIST else f"stratum {draw.chain}, draw {draw.n}"


def chains_told(*, plan: ListPlan, history: History, waiting: timedelta) -> Told:
    """Return the records of every chain, and every difference within and between them."""
    draws: list[tuple[StoredDraw, DrawRecord]] = []
    found: list[Difference] = []
    rows = sorted(history.draws, key=lambda draw: (draw.chain, draw.n, draw.participant))
    for _, group in groupby(rows, key=lambda draw: draw.chain):
        before, last, expected = history.commitment, None, 1
        for draw in group:
            found += _linked(draw, before, expected)
            before, expected = draw.hash, draw.n + 1
            try:
                record = record_parse(draw.record)
            except ValueError as fault:
                found.append(Difference("chain", f"{named(draw)}: {fault}"))
                continue
            found += _itself(draw, record, plan, history)
            found += _in_time(draw, record, last, waiting)
            last = record.at
            draws.append((draw, record))
    found += _once(draws)
    return Told(tuple(draws), tuple(found))


def _linked(draw: StoredDraw, before: str, expected: int) -> Iterator[Difference]:
    if draw.n > expected:
        missing = f"draw {expected}" if draw.n == expected + 1 else f"draws {expected} to {draw.n - 1}"
        yield Difference("chain", f"{named(draw)}: {missing} before it is missing")
    elif draw.n < expected:
        yield Difference("chain", f"{named(draw)}: the number is there twice, or below 1")
    elif draw.previous != before:
        yield Difference("chain", f"{named(draw)}: it is not tied to the hash before it")
    if record_hash(previous=draw.previous, record=draw.record) != draw.hash:
        yield Difference("chain", f"{named(draw)}: the record is not the one that was hashed")


def _itself(draw: StoredDraw, record: DrawRecord, plan: ListPlan, history: History) -> Iterator[Difference]:
    chain = WHOLE_LIST if plan.method == "minimization" else record.stratum
    levels = dict(record.levels)
    said = (
        ("number", record.n, draw.n),
        ("participant", record.participant, draw.participant),
        ("list", record.list, history.list_id),
        ("method", record.method, plan.method),
        ("chain", chain, draw.chain),
    )
    for name, recorded, expected in said:
        if recorded != expected:
            yield Difference("chain", f"{named(draw)}: the record is of another {name} than its row")
    # Lists may leave the levels out: their stratum says it all.
    if levels or plan.method == "minimization":
        if set(levels) != {factor for factor, _ in plan.factors}:
            yield Difference("chain", f"{named(draw)}: the levels are not those of the plan's factors")
        elif _key(levels) != record.stratum:
            yield Difference("chain", f"{named(draw)}: the levels belong to another stratum")


def _key(levels: dict[str, str]) -> str | None:
    try:
        return stratum_key(levels)
    except ValueError:
        return None


def _in_time(
    draw: StoredDraw, record: DrawRecord, last: datetime | None, waiting: timedelta
) -> Iterator[Difference]:
    if last is not None and last - record.at > waiting:
        yield Difference("chain", f"{named(draw)}: it is earlier than the draw before it")


def _once(draws: list[tuple[StoredDraw, DrawRecord]]) -> Iterator[Difference]:
    """Yield every draw whose participant, key or number was drawn before."""
    values = (
        ("participant", [record.participant for _, record in draws]),
        ("key", [record.key for _, record in draws]),
        ("randomization number", [str(record.number) for _, record in draws]),
    )
    for name, those in values:
        seen: Counter[str] = Counter()
        for (draw, _), value in zip(draws, those, strict=True):
            if seen[value]:
                yield Difference("draws", f"{named(draw)}: the {name} was drawn before")
            seen[value] += 1
