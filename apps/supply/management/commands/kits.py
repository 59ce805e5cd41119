"""`manage.py kits import STUDY FILE`: register the depot's manifest. Run with the database owner's login."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.accounts.selectors import system_user
from apps.core.exceptions import Refused
from apps.studies.models import Study
from apps.studies.selectors import protocol_version_current
from apps.supply.domain.manifest import COLUMNS, manifest_read
from apps.supply.services import kits_receive


class Command(BaseCommand):
    """Register kits from a CSV manifest."""

    help = f"Register kits from a CSV manifest with the columns {', '.join(COLUMNS)}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Read the study and the file."""
        parser.add_argument("action", choices=["import"])
        parser.add_argument("study", help="code of the study")
        parser.add_argument(
            "file", type=Path, help="the manifest; delete it afterwards, it tells every content"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Register all lines or none."""
        study = Study.objects.filter(code=options["study"]).first()
        if study is None:
            raise CommandError(f"There is no study {options['study']}.")
        try:
            text = options["file"].read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as fault:
            raise CommandError(f"{options['file']} cannot be read: {fault}.") from None
        kits, faults = manifest_read(text)
        if faults:
            raise CommandError("\n".join(faults))
        now = timezone.now()
        try:
            made = kits_receive(
                version=protocol_version_current(study=study, now=now), kits=kits, by=system_user(), at=now
            )
        except Refused as refusal:
            raise CommandError("\n".join(reason.message for reason in refusal.reasons)) from None
        self.stdout.write(f"{len(made)} kits registered in {study.code}.")
