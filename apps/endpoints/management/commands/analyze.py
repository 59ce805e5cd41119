"""`manage.py analyze`, so that Django lists it; `manage.py` itself goes straight to the analyses, without settings."""

from __future__ import annotations

import sys

from django.core.management.base import BaseCommand

from apps.endpoints.management.analyses import main


class Command(BaseCommand):
    """Analyses a CSV file."""

    help = "Analyses a statistician's own CSV file; see `manage.py analyze --help`."

    def run_from_argv(self, argv: list[str]) -> None:
        """Hand the words on."""
        sys.exit(main(argv[2:]))

    def print_help(self, prog_name: str, subcommand: str) -> None:
        """Let the analyses explain themselves."""
        main(["--help"])
