"""`manage.py audit verify [--study CODE] [--anchors FILE]`: says whether every act is as it was recorded."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.audit import selectors
from apps.audit.domain.anchors import Anchor, anchor_read, anchors_check, copies_check, heads_named
from apps.audit.models import AuditEvent


class Command(BaseCommand):
    """Walks every chain and every anchor, and names the first thing that is not as it was."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to verify, and the copy of the anchors."""
        parser.add_argument("action", choices=["verify"])
        parser.add_argument("--study", help="only the chains of this study; anchors are of all")
        parser.add_argument(
            "--anchors", type=Path, help="a copy of the anchors; else the one this machine keeps"
        )

    def handle(self, *args: Any, study: str | None, anchors: Path | None, **options: Any) -> None:
        """
        Verify.

        :raises CommandError: naming the first broken link, or what is wrong with the anchors
        """
        broken = selectors.chains_broken(study_code=study)
        if broken is not None:
            raise CommandError(
                f"Act {broken.event_id}, at place {broken.place} of chain {broken.chain}: {broken.what}."
            )
        known, copies = selectors.anchors(), _copies(anchors)
        wrong = anchors_check(known, key=settings.AUDIT_ANCHOR_KEY) or copies_check(known, copies)
        if wrong:
            raise CommandError(wrong)
        named = heads_named(known)
        lost = selectors.heads_lost(list(named))
        if lost is not None:
            raise CommandError(
                f"By the anchor of {named[lost]:%Y-%m-%d %H:%M:%S}Z chain {lost[0]} stood at place {lost[1].place}; "
                "that act is gone, or is another now."
            )
        self.stdout.write(
            f"{AuditEvent.objects.count()} acts in {len(selectors.chain_heads())} chains are as they were recorded; "
            f"{len(known)} anchors and {len(copies)} copies of them agree."
        )


def _copies(given: Path | None) -> list[Anchor]:
    path = given or settings.AUDIT_ANCHOR_FILE
    if not path.exists():
        if given is not None:
            raise CommandError(f"There is no file {given}.")
        return []
    try:
        return [anchor_read(line) for line in path.read_text().splitlines() if line.strip()]
    except ValueError as fault:
        raise CommandError(f"The copy of the anchors cannot be read: {fault}") from None
