"""Processes that do one thing over and over, each on a connection of its own, and time every one."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Span = tuple[float, float]
#: Makes the act of one caller: called once in its process, returns what is done each time, and how it is ended.
Maker = Callable[..., tuple[Callable[[], None], Callable[[], None]]]
WARM_UP = 40
PATIENCE = 120


@dataclass(frozen=True, slots=True)
class Figures:
    """Acts a second over all callers, and their waiting times in milliseconds."""

    count: int
    per_second: float
    p50: float
    p95: float
    p99: float


def figures_of(spans: Sequence[Span]) -> Figures:
    """Return the figures of these (begun, ended), in seconds of one clock."""
    waits = sorted(1000 * (ended - begun) for begun, ended in spans)
    seconds = max(ended for _, ended in spans) - min(begun for begun, _ in spans)

    def at(share: float) -> float:
        return waits[min(len(waits) - 1, int(len(waits) * share))]

    return Figures(len(waits), len(waits) / seconds, at(0.5), at(0.95), at(0.99))


def _caller(maker: Maker, given: Any, times: int, every: float, barrier: Any, answers: Any) -> None:
    spans: list[Span] = []
    try:
        act, end = maker(given)
        for _ in range(WARM_UP if not every else 1):
            act()
        barrier.wait(timeout=PATIENCE)
        for _ in range(times):
            begun = time.perf_counter()
            act()
            spans.append((begun, time.perf_counter()))
            time.sleep(max(0.0, begun + every - time.perf_counter()))
        end()
    except Exception:
        spans.clear()
        barrier.abort()
        raise
    finally:
        answers.put(spans)


def measure(maker: Maker, given: Sequence[Any], *, times: int, every: float = 0.0) -> Figures:
    """Let one process for each of `given` act `times` times: one after the other, or one `every` so many seconds."""
    context = multiprocessing.get_context("fork")
    barrier, answers = context.Barrier(len(given)), context.Queue()
    callers = [
        context.Process(target=_caller, args=(maker, one, times, every, barrier, answers), daemon=True)
        for one in given
    ]
    for caller in callers:
        caller.start()
    found = [answers.get(timeout=PATIENCE + times * every) for _ in callers]
    for caller in callers:
        caller.join()
    if not all(found):
        raise RuntimeError("A caller failed; what it said stands above.")
    return figures_of([span for spans in found for span in spans])
