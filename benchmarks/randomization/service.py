"""The service and HTTP: the whole draw, with eligibility, visits, interviews, kits, acts and the answer."""

from __future__ import annotations

import multiprocessing
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

import httpx

from benchmarks.randomization.figures import Figures, figures_of


def _worker(people: Sequence[str], email: str, barrier: object, answers: object) -> None:
    import django

    django.setup()
    from apps.accounts.models import User
    from apps.supply.services import participant_randomize_with_kits

    by = User.objects.get(email=email)
    spans = []
    barrier.wait()  # type: ignore[attr-defined]
    for person in people:
        begun = time.perf_counter()
        participant_randomize_with_kits(
            participant_id=uuid.UUID(person), key=uuid.uuid4(), by=by, at=datetime.now(UTC)
        )
        spans.append((begun, time.perf_counter()))
    answers.put(spans)  # type: ignore[attr-defined]


def through_the_service(people: Sequence[str], *, email: str, callers: int) -> Figures:
    """Randomize these people from so many processes at once."""
    context = multiprocessing.get_context("spawn")
    barrier, answers = context.Barrier(callers), context.Queue()
    workers = [
        context.Process(target=_worker, args=(people[index::callers], email, barrier, answers))
        for index in range(callers)
    ]
    for worker in workers:
        worker.start()
    spans = [span for _ in workers for span in answers.get()]
    for worker in workers:
        worker.join()
    return figures_of(spans, faults={"lost": len(people) - len(spans)})


def through_http(people: Sequence[str], *, url: str, token: str) -> Figures:
    """Randomize these people one after another over one connection."""
    spans, refused = [], 0
    with httpx.Client(base_url=url, headers={"Authorization": f"Token {token}"}, timeout=30) as client:
        for person in people:
            begun = time.perf_counter()
            answer = client.post(
                "/api/v1/randomizations/",
                json={"participant_id": person},
                headers={"Idempotency-Key": str(uuid.uuid4())},
            )
            spans.append((begun, time.perf_counter()))
            refused += answer.status_code != 201
    return figures_of(spans, faults={"refused": refused})
