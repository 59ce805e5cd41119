"""Does the time of an answer tell the arm? `python -m benchmarks.blind_timing [--requests N] [--only NAME]`."""

from __future__ import annotations

import argparse
import gc
import os
import random
import time
from collections.abc import Callable
from uuid import uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
os.environ.setdefault("VIGIL_TEST_DB", "test_blind_timing")
django.setup()

from django.db import transaction  # noqa: E402
from django.test import Client  # noqa: E402

from apps.participants.models import Participant  # noqa: E402
from apps.randomization.models import Allocation  # noqa: E402
from apps.randomization.services import participant_randomize  # noqa: E402
from apps.supply.models import Kit  # noqa: E402
from apps.supply.services import kits_for_session  # noqa: E402
from benchmarks.blind_timing.stage import AT, Stage, staged  # noqa: E402
from benchmarks.blind_timing.welch import compare  # noqa: E402

INJECTED = 20e-6  # seconds
Act = Callable[[Participant], object]


def undone(act: Act, stage: Stage, *, drawn: bool) -> Act:
    """The act of one and the same person, now in one arm, now in the other; taken back, which takes no time here."""
    subject = next(iter(stage.by_arm.values()))[0] if drawn else stage.undrawn
    arm_of = {one.pk: arm for arm, people in stage.by_arm.items() for one in people}

    def timed(one: Participant) -> float:
        with transaction.atomic():
            stage.arm_set(arm_of[one.pk], of=subject if drawn else None)
            begun = time.perf_counter()
            act(subject)
            taken = time.perf_counter() - begun
            transaction.set_rollback(True)
        return taken

    return timed


def asked(client: Client, address: Callable[[Participant], str]) -> Act:
    """A request, and its time."""
    known: dict[object, str] = {}

    def timed(one: Participant) -> float:
        to = known.get(one.pk) or known.setdefault(one.pk, address(one))
        begun = time.perf_counter()
        answer = client.get(to)
        taken = time.perf_counter() - begun
        assert answer.status_code in (200, 302), f"{to}: {answer.status_code}"
        return taken

    return timed


def acts(stage: Stage) -> dict[str, Act]:
    """What is timed, by name."""
    by = stage.cast.investigator
    client = Client()
    client.force_login(by, backend="django.contrib.auth.backends.ModelBackend")

    def kit_of(one: Participant) -> Kit:
        return Kit.objects.filter(participant=one).order_by("position")[0]

    def draw(one: Participant) -> None:
        participant_randomize(participant_id=one.pk, key=uuid4(), by=by, at=AT)

    def session(one: Participant) -> None:
        kits_for_session(participant_id=one.pk, visit_code="D4", dose_mg=84, by=by, at=AT)

    return {
        "draw with its kits": undone(draw, stage, drawn=False),
        "kits for a session, dose raised": undone(session, stage, drawn=True),
        "draw page, after the draw": asked(client, lambda one: f"/randomization/{one.pk}/"),
        "hand-over page": asked(client, lambda one: f"/supply/handover/{one.pk}/"),
        "participant page": asked(client, lambda one: f"/participants/{one.pk}/"),
        "schedule page": asked(client, lambda one: f"/schedule/{one.pk}/"),
        "API, allocation": asked(
            client, lambda one: f"/api/v1/randomizations/{Allocation.objects.get(participant=one).pk}/"
        ),
        "API, kit": asked(client, lambda one: f"/api/v1/kits/{kit_of(one).pk}/"),
    }


def injected(act: Act, slow: set[object]) -> Act:
    """The act, slower by 20 microseconds for one arm."""

    def timed(one: Participant) -> float:
        begun = time.perf_counter()
        while one.pk in slow and time.perf_counter() - begun < INJECTED:
            pass
        waited = time.perf_counter() - begun if one.pk in slow else 0.0
        return float(act(one)) + waited  # type: ignore[arg-type]

    return timed


def times(act: Act, sides: list[list[Participant]], requests: int) -> tuple[list[float], list[float]]:
    """Interleave both arms in random order, everybody of an arm in turn; return the times of each arm."""
    order = random.Random(1928)  # noqa: S311
    taken: tuple[list[float], list[float]] = ([], [])
    for one in (one for side in sides for one in side):
        act(one)
    gc.collect()
    gc.disable()
    for number in range(requests):
        for side in order.sample((0, 1), 2):
            people = sides[side]
            taken[side].append(float(act(people[number % len(people)])))  # type: ignore[arg-type]
        if number % 200 == 0:
            gc.collect()
    gc.enable()
    return taken


def main() -> None:
    """Print |t| for each act, and for one with 20 microseconds injected."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.blind_timing", description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000, help="requests per arm and act (10000)")
    parser.add_argument("--people", type=int, default=16, help="randomized participants (16)")
    parser.add_argument("--kits", type=int, default=240, help="kits at the site, half of each content (240)")
    parser.add_argument("--only", default="", help="only acts whose name holds this")
    given = parser.parse_args()
    with staged(people=given.people, kits=given.kits) as stage:
        arms = sorted(stage.by_arm)
        print(f"{given.requests} requests per arm, {given.kits} kits, cropped at the 90th percentile")
        print(f"{'act':<42} {'|t|':>7} {'difference':>12} {'seen from':>12}")
        everything = acts(stage)
        quick = "API, kit"
        for name, act in {**everything, f"{quick}, 20 us injected": everything[quick]}.items():
            if given.only not in name:
                continue
            shortest = min(map(len, stage.by_arm.values()))
            sides = [stage.by_arm[arm][:shortest] for arm in arms]
            if "injected" in name:
                act = injected(act, {one.pk for one in sides[0]})
            found = compare(*times(act, sides, given.requests))
            print(
                f"{name:<42} {abs(found.t):>7.2f} {found.difference * 1e6:>9.1f} us {found.visible * 1e6:>9.1f} us"
                f"{'  SEEN' if found.is_seen else ''}",
                flush=True,
            )


if __name__ == "__main__":
    main()
