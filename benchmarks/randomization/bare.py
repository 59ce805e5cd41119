"""The bare function: many callers draw from one stratum or from twenty, over their own connections or shared ones.

The product's web processes share connections (a pool of at most 12 each), so 200 people who randomize at once are 200
callers, and never 200 connections.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

import psycopg
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from apps.randomization.domain.commitment import list_commitment, list_digest
from apps.randomization.domain.methods import build_list
from apps.randomization.domain.shapes import ArmShare, ListPlan
from benchmarks.randomization.figures import Figures, figures_of

DRAW = "SELECT outcome FROM sealed.draw_slot(%s, %s, %s, %s, 1000000, 9999999, %s, now())"
SEED = bytes(range(32))
PROCESSES = 8
WARM_UP = 6
Span = tuple[float, float]
Lend = Callable[[], AbstractContextManager[psycopg.Connection]]


def list_store(owner: str, *, strata: Sequence[str], places: int) -> uuid.UUID:
    """Commit a list of blocks of four under a random identifier."""
    plan = ListPlan(trial="bench.MAIN", arms=(ArmShare("A", 1), ArmShare("B", 1)), block_sizes=(4,))
    slots = build_list(plan=plan, seed=SEED, strata=strata, places=places)
    list_id = uuid.uuid4()
    arms = [
        {"code": code, "label": code, "active": code == "A", "place": place}
        for place, code in enumerate("AB")
    ]
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(
            "SELECT sealed.list_store(%s, %s, %s, %s, %s, 28, %s, %s)",
            [
                *(list_id, uuid.uuid4(), SEED, Jsonb({}), list_digest(slots), Jsonb(arms)),
                list_commitment(seed=SEED, plan=plan),
            ],
        )
        columns = [
            [getattr(slot, name) for slot in slots] for name in ("stratum", "seq", "block", "size", "arm")
        ]
        connection.execute("SELECT sealed.slots_store(%s, %s, %s, %s, %s, %s)", [list_id, *columns])
        connection.execute("ANALYZE sealed.slot")
    return list_id


def _caller(
    lend: Lend,
    list_id: uuid.UUID,
    strata: Sequence[str],
    draws: int,
    ready: threading.Barrier,
    spans: list[Span],
    outcomes: list[str],
) -> None:
    by = uuid.uuid4()

    def draw(number: int) -> str:
        with lend() as connection:
            row = connection.execute(
                DRAW, [list_id, strata[number % len(strata)], uuid.uuid4(), uuid.uuid4(), by]
            ).fetchone()
        return row[0] if row else ""

    # A connection plans the statements of the function when it first meets them; the product's stay open.
    for number in range(WARM_UP):
        draw(number)
    ready.wait()
    for number in range(draws):
        begun = time.perf_counter()
        outcomes.append(draw(number))
        spans.append((begun, time.perf_counter()))


def _process(
    address: str,
    connections: int,
    list_id: uuid.UUID,
    shares: Sequence[Sequence[str]],
    draws: int,
    barrier: object,
    answers: object,
) -> None:
    spans: list[Span] = []
    outcomes: list[str] = []
    ready = threading.Barrier(len(shares), action=barrier.wait)  # type: ignore[attr-defined]

    def one(share: Sequence[str], lend: Lend | None) -> None:
        if lend is not None:
            _caller(lend, list_id, share, draws, ready, spans, outcomes)
            return
        with psycopg.connect(address, autocommit=True) as own:
            _caller(lambda: nullcontext(own), list_id, share, draws, ready, spans, outcomes)

    shared = {"kwargs": {"autocommit": True}, "min_size": connections, "max_size": connections, "timeout": 60}
    with ConnectionPool(address, **shared) if connections else nullcontext() as pool:
        lend = pool.connection if pool else None
        threads = [threading.Thread(target=one, args=(share, lend)) for share in shares]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    answers.put((spans, outcomes))  # type: ignore[attr-defined]


def measure(owner: str, app: str, *, callers: int, strata: int, draws: int, connections: int = 0) -> Figures:
    """Let `callers` draw `draws` times each; return the rate and the waiting times in milliseconds.

    They share so many connections; without a number each has one of its own.
    """
    names = [f"s={number}" for number in range(strata)]
    list_id = list_store(owner, strata=names, places=callers * (draws + WARM_UP) + 4)
    context = multiprocessing.get_context("fork")
    processes = min(PROCESSES, callers)
    barrier, answers = context.Barrier(processes), context.Queue()
    rotated = [names[caller % strata :] + names[: caller % strata] for caller in range(callers)]
    shares = [rotated[index::processes] for index in range(processes)]
    workers = [
        context.Process(
            target=_process, args=(app, connections // processes, list_id, share, draws, barrier, answers)
        )
        for share in shares
    ]
    for worker in workers:
        worker.start()
    collected = [answers.get() for _ in workers]
    for worker in workers:
        worker.join()
    spans = [span for found, _ in collected for span in found]
    outcomes = [outcome for _, found in collected for outcome in found]
    return figures_of(spans, faults=_faults(owner, list_id, outcomes, warmed=callers * WARM_UP))


def _faults(owner: str, list_id: uuid.UUID, outcomes: Sequence[str], *, warmed: int) -> dict[str, int]:
    """Count what must never be: draws refused, places lost or skipped, blocks out of balance, order turned round."""
    with psycopg.connect(owner) as connection:
        rows = connection.execute(
            "SELECT stratum, seq, block, size, arm, xmin::text::bigint FROM sealed.slot"
            " WHERE list_id = %s AND participant_id IS NOT NULL ORDER BY stratum, seq",
            [list_id],
        ).fetchall()
    skipped = inversions = 0
    last: dict[str, tuple[int, int]] = {}
    blocks: dict[tuple[str, int], list[str]] = {}
    for stratum, seq, block, size, arm, transaction in rows:
        before_seq, before_transaction = last.get(stratum, (0, 0))
        skipped += seq != before_seq + 1
        inversions += transaction < before_transaction
        last[stratum] = (seq, transaction)
        blocks.setdefault((stratum, block), []).append(arm)
        assert size == 4
    return {
        "refused": sum(outcome != "DRAWN" for outcome in outcomes),
        "lost": len(outcomes) + warmed - len(rows),
        "skipped": skipped,
        "inversions": inversions,
        "unbalanced blocks": sum(len(arms) == 4 and arms.count("A") != 2 for arms in blocks.values()),
    }
