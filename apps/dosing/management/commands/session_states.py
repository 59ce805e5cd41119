"""Write docs/reference/session-states.md from the state table, or check that it is fresh."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.dosing.domain.session_reference import page


class Command(BaseCommand):
    """`manage.py session_states` writes the page, `--check` fails when it is stale."""

    help = "Write docs/reference/session-states.md from the state table of a dosing session."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Only say whether the page is fresh")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.BASE_DIR) / "docs" / "reference" / "session-states.md"
        if options["check"]:
            if not path.exists() or path.read_text(encoding="utf-8") != page():
                raise CommandError("docs/reference/session-states.md is stale: run manage.py session_states")
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(), encoding="utf-8")
        self.stdout.write(f"Wrote {path.name}")
