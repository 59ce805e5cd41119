"""`manage.py demo_accounts`: who can sign in to the demo."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.demo.domain.accounts import ACCOUNTS, PASSWORD


class Command(BaseCommand):
    """Print the demo accounts: role, e-mail address, password."""

    help = "Print the accounts of the demo, one for each role."

    def handle(self, *args: Any, **options: Any) -> None:
        rows = [("Role", "E-mail", "Password")]
        rows += [(account.label, account.email, PASSWORD) for account in ACCOUNTS]
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        for number, row in enumerate(rows):
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  " + "  ".join(cells).rstrip())
            if number == 0:
                self.stdout.write("  " + "  ".join("-" * width for width in widths))
