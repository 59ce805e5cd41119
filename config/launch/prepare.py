"""Run by the launcher as the database's owner: migrate, seed the demo on first start, gather static files.

One process for all of it, because each start of Django costs a second or two.
"""

import argparse
import hashlib
import io
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django

from config import env


def main() -> int:
    """Do all of it; the table of demo accounts goes to the descriptor named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m config.launch.prepare")
    parser.add_argument("--accounts-to", type=int, default=None)
    accounts_to = parser.parse_args().accounts_to
    django.setup()
    from django.core.management import call_command, get_commands

    _step("database", lambda: call_command("migrate", interactive=False, verbosity=0))
    has_demo = env.flag("VIGIL_DEMO", True)
    if not has_demo:
        print("  demo study   not made: VIGIL_DEMO is off", flush=True)
    elif "seed_demo" in get_commands():
        call_command("seed_demo", "--if-empty")
    else:
        print("  demo study   not made: this version has no seed_demo command", flush=True)
    if static_changed():
        _step("static files", static_gather)
    if accounts_to is not None:
        with os.fdopen(accounts_to, "w") as stream:
            if has_demo and "demo_accounts" in get_commands():
                table = io.StringIO()
                call_command("demo_accounts", stdout=table)
                stream.write(table.getvalue())
    return 0


def _step(name: str, act: Callable[[], object]) -> None:
    begun = time.monotonic()
    act()
    print(f"  {name:<12} ready ({time.monotonic() - begun:.1f} s)", flush=True)


def _stamp() -> Path:
    from django.conf import settings

    return Path(settings.STATIC_ROOT) / ".gathered"


def _fingerprint() -> str:
    """What would be gathered, by name, size and time of change."""
    from django.contrib.staticfiles.finders import get_finders

    found = []
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = os.stat(storage.path(name))
            found.append(f"{name} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()


def static_changed() -> bool:
    """Whether static files must be gathered: never done, or one of them changed since."""
    return not _stamp().exists() or _stamp().read_text() != _fingerprint()


def static_gather() -> None:
    """Gather, compress and name by content every static file."""
    from django.core.management import call_command

    fingerprint = _fingerprint()
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    _stamp().write_text(fingerprint)


if __name__ == "__main__":
    sys.exit(main())
