"""`manage.py study rehearse STUDY`: play the whole study before it takes anybody in, and print the report.

Run with the database owner's login. Without a study it runs the rehearsals that were asked for on the page.
"""

from __future__ import annotations

import secrets
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.selectors import system_user
from apps.core.exceptions import Refused
from apps.rehearsal import presenters, services
from apps.rehearsal.models import RehearsalRun
from apps.rehearsal.selectors import runs_waiting
from apps.rehearsal.services.runs import MOST_SEED
from apps.studies.models import Study


class Command(BaseCommand):
    """Rehearse a study, or what waits to be rehearsed. Ends with status 1 when anything was found."""

    help = "Rehearse a study against its real configuration, in a transaction that is rolled back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Read what to rehearse, with how many made-up participants, from which seed."""
        parser.add_argument("action", choices=["rehearse"])
        parser.add_argument(
            "study", nargs="?", help="code of the study; without it, every rehearsal that waits"
        )
        parser.add_argument(
            "--participants", type=int, help="made-up participants (one for each cell, 12 at most)"
        )
        parser.add_argument("--seed", type=int, help="makes the same people again (drawn where not given)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rehearse; print each report."""
        by = system_user()
        try:
            waiting = [self._prepared(options, by)] if options["study"] else list(runs_waiting())
            runs = [self._run(run.pk, by) for run in waiting]
        except Refused as refusal:
            raise CommandError("\n".join(reason.message for reason in refusal.reasons)) from None
        if not runs:
            self.stdout.write("No rehearsal waits.")
        failed = [run.study.code for run in runs if run.state == "FAILED"]
        if failed:
            raise CommandError(f"The rehearsal found faults: {', '.join(failed)}.")

    def _prepared(self, options: dict[str, Any], by: User) -> RehearsalRun:
        study = Study.objects.filter(code=options["study"]).first()
        if study is None:
            raise CommandError(f"There is no study {options['study']}.")
        seed = secrets.randbelow(MOST_SEED) if options["seed"] is None else options["seed"]
        return services.rehearsal_prepare(
            study=study, participants=options["participants"], seed=seed, by=by, at=timezone.now()
        )

    def _run(self, run_id: UUID, by: User) -> RehearsalRun:
        run = services.rehearsal_begin(run_id=run_id, by=by, at=timezone.now())
        people = f"{run.participants} made-up participant{'' if run.participants == 1 else 's'}"
        self.stdout.write(f"{run.study.code}: rehearsal with {people}, seed {run.seed}")
        outcome = None
        try:
            outcome = services.rehearsal_perform(run=run, tell=self._tell, by=by, at=timezone.now())
        finally:
            run = services.rehearsal_finish(run_id=run_id, outcome=outcome, by=by, at=timezone.now())
        for line in presenters.report_lines(run):
            self.stdout.write(line)
        return run

    def _tell(self, stage: str) -> None:
        self.stdout.write(f"  {stage}")
        self.stdout.flush()
