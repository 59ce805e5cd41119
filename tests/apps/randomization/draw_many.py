"""Draw from many processes at once. `python draw_many.py ADDRESS LIST STRATA PROCESSES DRAWS [KEY PARTICIPANT]`.

Prints one line per draw: outcome, number, participant, milliseconds. With a key and a participant every process sends
the very same request.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
import uuid

import psycopg

DRAW = "SELECT outcome, number FROM sealed.draw_slot(%s, %s, %s, %s, 10000, 9999999, %s, now())"


def work(address, list_id, strata, index, draws, fixed, barrier, answers):
    with psycopg.connect(address, autocommit=True) as connection:
        barrier.wait()
        found = []
        for number in range(draws):
            key, participant = fixed or (uuid.uuid4(), uuid.uuid4())
            stratum = strata[(index + number) % len(strata)]
            begun = time.perf_counter()
            row = connection.execute(DRAW, [list_id, stratum, participant, key, uuid.uuid4()]).fetchone()
            found.append((*row, participant, (time.perf_counter() - begun) * 1000))
    answers.put(found)


def main() -> None:
    address, list_id, strata, processes, draws, *fixed = sys.argv[1:]
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(int(processes) + 1)
    answers = context.Queue()
    workers = [
        context.Process(
            target=work,
            args=(
                address,
                list_id,
                strata.split(","),
                index,
                int(draws),
                fixed and tuple(fixed),
                barrier,
                answers,
            ),
        )
        for index in range(int(processes))
    ]
    for worker in workers:
        worker.start()
    barrier.wait()
    begun = time.perf_counter()
    found = [answer for _ in workers for answer in answers.get()]
    seconds = time.perf_counter() - begun
    for worker in workers:
        worker.join()
    for answer in found:
        print(*answer)
    print(f"{len(found) / seconds:.0f} draws per second", file=sys.stderr)


if __name__ == "__main__":
    main()
