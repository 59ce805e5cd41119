#!/usr/bin/env python
"""Django's command line for Vigil; a missing setting is one sentence, not a traceback."""

import os
import sys


def main() -> None:
    """Run the command named on the command line. Analyses of a file need no settings, and get none."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    try:
        from django.core.management import execute_from_command_line
        from django.db.utils import OperationalError

        from config.env import Misconfigured, remembered_read
    except ImportError as fault:
        sys.exit(f"{fault.name} is not installed; run `make run` once, then .venv/bin/python manage.py.")
    if sys.argv[1:2] == ["analyze"]:
        from apps.endpoints.management.analyses import main as analyze

        sys.exit(analyze(sys.argv[2:]))
    try:
        remembered_read()
        execute_from_command_line(sys.argv)
    except Misconfigured as fault:
        print(fault, file=sys.stderr)
        sys.exit(2)
    except OperationalError as fault:
        print(f"The database does not answer ({fault}); is `make run` running?", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
