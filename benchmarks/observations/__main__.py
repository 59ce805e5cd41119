"""`python -m benchmarks.observations [--json FILE]`: needs the servers of `python -m config.launch.devdb`.

One run on one machine: the floor and the whole PUT by turns, several rounds, by token and by session, over one
connection and over four; before that, while no session holds more readings than a day's, with 200 boards polling. Look
at the ratios: the seconds are this machine's.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict
from pathlib import Path
from statistics import median

from benchmarks.observations import boards, floor, put
from benchmarks.observations.callers import Figures, measure
from benchmarks.observations.house import House, house_open

BOARDS = 200
#: With the boards each of four tablets sends so many readings, one every so many seconds. 200 clinics with eight chairs
#: and ten readings in two hours send 2.2 a second; this is seven times as many.
READINGS, EVERY = 120, 0.25
BESIDE = f"PUT by session, 4 tablets, {BOARDS} boards"


def main() -> None:
    """Measure everything and print it."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--json", type=Path, help="keep the figures here")
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--times", type=int, default=300, help="acts of each caller in a round")
    asked.add_argument("--log", action="store_true", help="show the web's log at the end")
    options = asked.parse_args()
    with house_open() as house:
        waits: dict[int, list[float]] = {}
        cookies = [site["cookie"] for site in house.stage["sites"]] * (BOARDS // len(house.stage["sites"]))
        with boards.polling(house.port, cookies, waits):
            beside = measure(put.putting, _tablets(house, 4, "session"), times=READINGS, every=EVERY)
        found = _by_turns(house, rounds=options.rounds, times=options.times)
        found[BESIDE] = [beside]
    _print(found, waits)
    if options.json:
        kept = {name: [asdict(one) for one in rounds] for name, rounds in found.items()}
        options.json.write_text(
            json.dumps({"load": os.getloadavg(), "rounds": kept, "boards": waits}, indent=1)
        )


def _tablets(house: House, count: int, how: str) -> list[put.Tablet]:
    """Each tablet charts the chairs of one clinic."""
    sites = house.stage["sites"]
    return [
        put.Tablet(
            house.port,
            tuple(site["sessions"]),
            put.by_token(house.stage["token"]) if how == "token" else put.by_session(site["cookie"]),
        )
        for site in sites[:count]
    ]


def _by_turns(house: House, *, rounds: int, times: int) -> dict[str, list[Figures]]:
    found: dict[str, list[Figures]] = {}
    measure(put.putting, _tablets(house, 4, "token"), times=60)  # leaves rows for the floor to copy
    for _ in range(rounds):
        for count in (1, 4):
            rows = [
                floor.rows_left(house.owner, house.app, sessions=tuple(site["sessions"]))
                for site in house.stage["sites"][:count]
            ]
            found.setdefault(f"floor, {count} connections", []).append(
                measure(floor.writing, rows, times=2 * times)
            )
            for how in ("token", "session"):
                found.setdefault(f"PUT by {how}, {count} connections", []).append(
                    measure(put.putting, _tablets(house, count, how), times=times)
                )
    return found


def _print(found: dict[str, list[Figures]], waits: dict[int, list[float]]) -> None:
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; medians of the rounds")
    print(f"{'':44}{'a second':>9}{'of floor':>9}{'p50 ms':>8}{'p95 ms':>8}{'p99 ms':>8}")
    for name, rounds in found.items():
        beneath = found[f"floor, {'1' if '1 connections' in name else '4'} connections"]
        ratio = median(one.per_second / other.per_second for one, other in zip(rounds, beneath, strict=False))
        of_floor = "" if name == BESIDE else f"{ratio:.2f}"  # paced: its rate says nothing
        middle = {
            key: median(getattr(one, key) for one in rounds) for key in ("per_second", "p50", "p95", "p99")
        }
        print(
            f"{name:44}{middle['per_second']:9.0f}{of_floor:>9}"
            f"{middle['p50']:8.2f}{middle['p95']:8.2f}{middle['p99']:8.2f}"
        )
    for status, times in sorted(waits.items()):
        times.sort()
        print(f"board, {status}: {len(times)} answers, p50 {median(times):.1f} ms, worst {times[-1]:.1f} ms")


if __name__ == "__main__":
    main()
