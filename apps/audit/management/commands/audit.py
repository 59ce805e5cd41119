"""`manage.py audit verify [--study CODE] [--anchors FILE]`: says whether every act is as it was recorded."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.audit import selectors
from apps.audit.domain.anchors import Anchor


class Command(BaseCommand):
    """Walks every chain and every anchor, and names the first thing that is not as it was."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to verify, and the copy of the anchors."""
        parser.add_argument("action", choices=["verify"])
        parser.add_argument("--study", help="only the chains of this study; the seals are of all")
        parser.add_argument(
            "--anchors", type=Path, help="a copy of the anchors; else the one this machine keeps"
        )

    def handle(self, *args: Any, study: str | None, anchors: Path | None, **options: Any) -> None:
        """
        Verify.

        :raises CommandError: naming the first broken link, or what is wrong with the anchors
        """
        found = selectors.verdict(study_code=study, copies=_copies(anchors), key=settings.AUDIT_ANCHOR_KEY)
        if not found.is_whole:
            raise CommandError(found.fault)
        self.stdout.write(
            f"{found.acts} acts in {found.chains} chains are as they were recorded; "
            f"{found.anchors} anchors and {found.copies} copies of them agree."
        )


def _copies(given: Path | None) -> list[Anchor]:
    if given is not None and not given.exists():
        raise CommandError(f"There is no file {given}.")
    try:
        return selectors.copies_kept(given or settings.AUDIT_ANCHOR_FILE)
    except ValueError as fault:
        raise CommandError(f"The copy of the anchors cannot be read: {fault}") from None
