"""`manage.py seed_demo`: fill an empty database with fictional studies: finished, running, and in set-up."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.accounts.selectors import system_user
from apps.demo.selectors import study_is_there
from apps.demo.services import (
    FINISHED,
    PLANNED,
    RUNNING,
    finished_study_seed,
    planned_study_seed,
    running_study_seed,
)


class Command(BaseCommand):
    """Seed the demo with the database owner's login. Each study is written whole or not at all."""

    help = (
        "Seed the demo: fictional studies, finished, running and in set-up. Needs the database owner's login."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--if-empty", action="store_true", help="leave a study alone that is there already"
        )
        parser.add_argument("--only", choices=["running", "finished", "planned"], help="seed one of them")

    def handle(self, *args: Any, **options: Any) -> None:
        seeds: dict[str, tuple[Any, Callable[..., dict[str, int]]]] = {
            "finished": (FINISHED, finished_study_seed),
            "running": (RUNNING, running_study_seed),
            "planned": (PLANNED, planned_study_seed),
        }
        for name, (kind, seed) in seeds.items():
            if options["only"] not in (None, name):
                continue
            if study_is_there(code=kind.code):
                if options["if_empty"]:
                    continue
                raise CommandError(f"The study {kind.code} is there already; nothing was changed.")
            self._seed(name, seed)

    def _seed(self, name: str, seed: Callable[..., dict[str, int]]) -> None:
        begun = time.monotonic()

        def tell(stage: str) -> None:
            self.stdout.write(f"  demo study   {name}: {stage} ({time.monotonic() - begun:.1f} s)")
            self.stdout.flush()

        counts = seed(tell=tell, by=system_user(), at=timezone.now())
        if self.verbosity > 1:
            for label, count in counts.items():
                self.stdout.write(f"    {label:<32}{count:>8}")

    def execute(self, *args: Any, **options: Any) -> str | None:
        self.verbosity = options["verbosity"]
        return super().execute(*args, **options)
