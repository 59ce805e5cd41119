"""`manage.py randomization build STUDY`: commit the study's lists before the first participant.

`verify` makes every list again from its seed and names the first difference; `upload` commits a list made elsewhere.
Run with the database owner's login. The seeds are drawn here, from the operating system, and nowhere else.
"""

from __future__ import annotations

import json
import os
import secrets
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from apps.accounts.selectors import system_user
from apps.core.exceptions import Reason, Refused
from apps.randomization.domain.kinds import Purpose
from apps.randomization.domain.plan import list_codes
from apps.randomization.domain.stream import SEED_BYTES
from apps.randomization.selectors import commitments_of, owner_material, replayed
from apps.randomization.services import list_build, list_extend, list_upload, list_verify_record
from apps.studies.models import Study
from apps.studies.selectors import protocol_of, protocol_version_current

TEST_PLACES = 24
"""Places of a test list in each stratum: enough to try the procedure, and quick to make."""


class Command(BaseCommand):
    """Commit, extend, show or replay the randomization lists of a study."""

    help = "Commit, extend, show or replay the randomization lists of a study."

    _differing: Sequence[str] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Read what to do and for which study."""
        parser.add_argument("action", choices=["build", "upload", "extend", "show", "verify"])
        parser.add_argument("study", help="code of the study")
        parser.add_argument("--places", type=int, help="least number of places in each stratum")
        parser.add_argument(
            "--seed-file",
            type=Path,
            help="build: where to keep a copy of the seeds, for escrow (mode 0600); verify: the seeds to replay from",
        )
        parser.add_argument("--list", default="", help="upload: the list's code, where the study has several")
        parser.add_argument(
            "--file", type=Path, help="upload: the list, CSV with stratum,seq,arm and maybe block"
        )
        parser.add_argument("--sha256", default="", help="upload: the file's SHA-256 as its maker gave it")
        parser.add_argument(
            "--arms", action="store_true", help="verify: name the arms where something differs"
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
            raise CommandError("\n".join(self._line(reason) for reason in refusal.reasons)) from None
        if self._differing:
            raise CommandError("\n".join(self._differing))

    def _line(self, reason: Reason) -> str:
        """A reason with the line of the file it speaks of."""
        return f"{reason.field}: {reason.message}" if reason.field.startswith("line") else reason.message

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
            # Beside it a list for tests and drills, whose seed nobody needs to keep.
            list_build(
                version=version,
                list_code=code,
                seed=secrets.token_bytes(SEED_BYTES),
                places=TEST_PLACES,
                purpose=Purpose.TEST,
                by=by,
                at=now,
            )
        if options["seed_file"]:
            self._keep(options["seed_file"], {code: seed.hex() for code, seed in seeds.items()})

    def _upload(self, study: Study, options: dict[str, Any]) -> None:
        now, by = timezone.now(), system_user()
        version = protocol_version_current(study=study, now=now)
        codes = list_codes(protocol_of(version))
        code = options["list"] or (codes[0] if len(codes) == 1 else "")
        if not code or options["file"] is None:
            raise CommandError(f"Name the list (--list {' or '.join(codes)}) and its file (--file).")
        try:
            content = options["file"].read_bytes()
        except OSError as fault:
            raise CommandError(f"{options['file']} cannot be read: {fault.strerror}.") from None
        seed = secrets.token_bytes(SEED_BYTES)
        made = list_upload(
            version=version,
            list_code=code,
            content=content,
            sha256=options["sha256"],
            seed=seed,
            by=by,
            at=now,
        )
        self.stdout.write(f"{study.code} {code} committed: {made.commitment}")
        if options["seed_file"]:
            self._keep(options["seed_file"], {code: seed.hex()})

    def _verify(self, study: Study, options: dict[str, Any]) -> None:
        seeds = self._seeds(options["seed_file"]) if options["seed_file"] else None
        lists = list(commitments_of(study_id=study.pk))
        if not lists:
            raise CommandError(f"{study.code} has no committed list.")
        differing = []
        for made in lists:
            material = owner_material(made)
            if seeds is not None:
                if made.code not in seeds:
                    raise CommandError(f"The seed file has no seed for the list {made.code}.")
                material = replace(material, seed=seeds[made.code])
            verdict = replayed(made, material)
            told = [one.told if options["arms"] else one.text for one in verdict.differences]
            self.stdout.write(
                f"{study.code} {made.code}: {verdict.places} places, {verdict.draws} draws, "
                f"{verdict.allocations} allocations checked: "
                + (
                    "everything agrees"
                    if verdict.is_clean
                    else f"{len(told)} differences, the first: {told[0]}"
                )
            )
            differing += [f"{made.code}: {text}" for text in told]
        list_verify_record(
            study=study,
            agrees=not differing,
            from_file=seeds is not None,
            by=system_user(),
            at=timezone.now(),
        )
        if differing:
            self._differing = differing

    def _seeds(self, path: Path) -> dict[str, bytes]:
        try:
            return {code: bytes.fromhex(seed) for code, seed in json.loads(path.read_text()).items()}
        except (OSError, ValueError, AttributeError, TypeError):
            raise CommandError(f"{path} holds no seeds as `build --seed-file` keeps them.") from None

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
