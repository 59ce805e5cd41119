"""`manage.py randomization build STUDY`: commit the study's lists before the first participant.

Run with the database owner's login. The seeds are drawn here, from the operating system, and nowhere else.
"""

from __future__ import annotations

import json
import os
import secrets
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from apps.accounts.selectors import system_user
from apps.core.exceptions import Refused
from apps.randomization.domain.plan import list_codes
from apps.randomization.domain.stream import SEED_BYTES
from apps.randomization.selectors import commitments_of
from apps.randomization.services import list_build, list_extend
from apps.studies.models import Study
from apps.studies.selectors import protocol_of, protocol_version_current


class Command(BaseCommand):
    """Commit, extend or show the randomization lists of a study."""

    help = "Commit, extend or show the randomization lists of a study."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Read what to do and for which study."""
        parser.add_argument("action", choices=["build", "extend", "show"])
        parser.add_argument("study", help="code of the study")
        parser.add_argument("--places", type=int, help="least number of places in each stratum")
        parser.add_argument(
            "--seed-file", type=Path, help="where to keep a copy of the seeds, for escrow (mode 0600)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it in one transaction: all lists of the study, or none."""
        study = Study.objects.filter(code=options["study"]).first()
        if study is None:
            raise CommandError(f"There is no study {options['study']}.")
        try:
            with transaction.atomic():
                getattr(self, f"_{options['action']}")(study, options)
        except Refused as refusal:
            raise CommandError("\n".join(reason.message for reason in refusal.reasons)) from None

    def _build(self, study: Study, options: dict[str, Any]) -> None:
        now, by = timezone.now(), system_user()
        version = protocol_version_current(study=study, now=now)
        codes = list_codes(protocol_of(version))
        if not codes:
            raise CommandError(f"{study.code} is not randomized: its protocol has no list.")
        seeds = {code: secrets.token_bytes(SEED_BYTES) for code in codes}
        for code, seed in seeds.items():
            made = list_build(
                version=version, list_code=code, seed=seed, places=options["places"], by=by, at=now
            )
            self.stdout.write(f"{study.code} {code} committed: {made.commitment}")
        if options["seed_file"]:
            self._keep(options["seed_file"], {code: seed.hex() for code, seed in seeds.items()})

    def _extend(self, study: Study, options: dict[str, Any]) -> None:
        now, by = timezone.now(), system_user()
        for made in commitments_of(study_id=study.pk):
            added = list_extend(made=made, places=options["places"], by=by, at=now)
            self.stdout.write(f"{study.code} {made.code}: {added} places added")

    def _show(self, study: Study, options: dict[str, Any]) -> None:
        for made in commitments_of(study_id=study.pk):
            self.stdout.write(
                f"{study.code} {made.code} {made.state} {made.committed_at:%Y-%m-%d} {made.commitment}"
            )

    def _keep(self, path: Path, seeds: dict[str, str]) -> None:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as fault:
            raise CommandError(
                f"The seeds cannot be kept in {path}: {fault.strerror}. Nothing was committed."
            ) from None
        with os.fdopen(descriptor, "w") as stream:
            json.dump(seeds, stream)
