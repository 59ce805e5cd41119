"""`python -m benchmarks.randomization [--json FILE]`: needs the servers of `python -m config.launch.devdb`.

Prints draws a second and waiting times for 1 to 200 callers of the bare function before one stratum and before twenty,
with a connection each, and for 200 who share 16 as the web's do,
then of the whole service and of HTTP, from one run on one machine, with the rate relative to the bare function's.
Look at the ratios: the seconds are this machine's.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path

import django

from benchmarks.randomization import bare, service
from benchmarks.randomization.figures import Figures

CALLERS = (1, 4, 16, 64, 200)
SHARED = 16
ROUNDS = 3
HTTP_DRAWS = 60


def main() -> None:
    """Measure everything and print it."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--json", type=Path, help="keep the figures here")
    options = asked.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    from tests.journeys.house import house_open
    from tests.journeys.steps_api import signed_in, token_of

    found: list[tuple[str, Figures]] = []
    with (
        tempfile.TemporaryDirectory() as place,
        house_open(Path(place), stage="tests.journeys.crowd_on_stage") as house,
    ):
        environment = house.environment
        owner = environment["DATABASE_URL"]
        name = owner.partition("?")[0].rsplit("/", 1)[1]
        app = os.environ["APP_DATABASE_URL"].replace("/vigil?", f"/{name}?")
        for strata in (1, 20):
            for callers, connections in (*((callers, 0) for callers in CALLERS), (CALLERS[-1], SHARED)):
                draws = max(10, 1200 // callers)
                rounds = [
                    bare.measure(
                        owner, app, callers=callers, strata=strata, draws=draws, connections=connections
                    )
                    for _ in range(ROUNDS)
                ]
                best = sorted(rounds, key=lambda one: one.per_second)[ROUNDS // 2]
                faults = {key: sum(one.faults[key] for one in rounds) for key in best.faults}
                over = f" over {connections}" if connections else ""
                found.append((f"function, {callers} callers{over}, {strata} strata", _with(best, faults)))
        with signed_in(house, "Carla Roth") as coordinator:
            people = [row["id"] for row in coordinator.all_of("participants/", status="ELIGIBLE")]
        token = token_of(house, "Carla Roth")
        found.append(
            ("HTTP, one after another", service.through_http(people[:HTTP_DRAWS], url=house.url, token=token))
        )
        os.environ.update(environment, DATABASE_URL=app)
        half = (len(people) - HTTP_DRAWS) // 2 + HTTP_DRAWS
        for callers, share in ((1, people[HTTP_DRAWS:half]), (8, people[half:])):
            done = service.through_the_service(share, email="carla.roth@example.org", callers=callers)
            found.append((f"service, {callers} callers, 1 stratum", done))
    reference = next(one for named, one in found if named == "function, 1 callers, 1 strata")
    print(f"{'':40}{'draws/s':>9}{'of bare':>9}{'p50 ms':>9}{'p99 ms':>9}{'worst':>9}  faults")
    for named, one in found:
        faults = ", ".join(f"{count} {what}" for what, count in one.faults.items() if count) or "none"
        print(
            f"{named:40}{one.per_second:9.0f}{one.per_second / reference.per_second:9.2f}"
            f"{one.p50:9.1f}{one.p99:9.1f}{one.slowest:9.1f}  {faults}"
        )
    if options.json:
        options.json.write_text(json.dumps({named: asdict(one) for named, one in found}, indent=1))


def _with(one: Figures, faults: dict[str, int]) -> Figures:
    return Figures(one.draws, one.per_second, one.p50, one.p99, one.slowest, faults)


if __name__ == "__main__":
    main()
