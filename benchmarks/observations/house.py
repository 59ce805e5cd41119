"""A database of its own with the stage, and the web as `make run` starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from config.env import ROOT
from config.launch.places import places_prepare
from config.launch.tree import web_child
from tests.journeys import house as journeys


@dataclass(frozen=True, slots=True)
class House:
    """Where the web answers, where the application's login reaches the database, and who sits where."""

    port: int
    app: str
    owner: str
    stage: dict[str, Any]


@contextmanager
def house_open() -> Iterator[House]:
    """Migrate, seat, start gunicorn, wait until it answers; leave nothing."""
    owner = os.environ["DATABASE_URL"]
    name = f"bench_{os.getpid()}"
    journeys._copy(owner, name)
    try:
        with tempfile.TemporaryDirectory() as place:
            told = {
                **os.environ,
                "SECRET_KEY": "benchmark-only",
                "DJANGO_SETTINGS_MODULE": "benchmarks.observations.settings",
                "OPENBLAS_NUM_THREADS": "1",
            }
            by_owner = {**told, "DATABASE_URL": journeys._with_database(owner, name)}
            app = journeys._with_database(os.environ["APP_DATABASE_URL"], name)
            stage = json.loads(
                journeys._run(["-m", "benchmarks.observations.stage"], by_owner).splitlines()[-1]
            )
            port = journeys._free_port()
            places = places_prepare(Path(os.environ["VIGIL_VAR"]))
            command = web_child(places, places.user, {}, port=port).command
            by_app = {**told, "DATABASE_URL": app, "VIGIL_VAR": place}
            with (Path(place) / "web.log").open("wb") as log:
                web = subprocess.Popen(command, cwd=ROOT, env=by_app, stdout=log, stderr=log)  # noqa: S603 - ours
            try:
                _wait(port, Path(place) / "web.log")
                yield House(port, app, by_owner["DATABASE_URL"], stage)
            finally:
                web.terminate()
                web.wait(timeout=20)
                if "--log" in sys.argv:
                    print((Path(place) / "web.log").read_text()[-4000:], file=sys.stderr)
    finally:
        journeys._drop(owner, name)


def _wait(port: int, log: Path, patience: float = 120.0) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        with suppress(httpx.HTTPError):
            if httpx.get(f"http://127.0.0.1:{port}/health/", timeout=5).status_code == 200:
                return
        time.sleep(0.2)
    raise RuntimeError("The web does not answer:\n" + log.read_text()[-3000:])
