"""A PostgreSQL and a Redis that stay up for development and tests: `eval "$(python -m config.launch.devdb)"`.

Prints shell lines; starting twice changes nothing; `--stop` stops both. The data is in VIGIL_VAR, else
var/dev. DATABASE_URL is the owner's login, which may create test databases; the other logins have their own
variables.
"""

import argparse
import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from config.env import ROOT
from config.launch import Unstartable, postgres, redis_server
from config.launch.passwords import secret
from config.launch.places import SERVER_ENVIRONMENT, Places, places_prepare
from config.launch.provision import APP, LOGINS, OWNER, UNBLINDED, provision

_PATIENCE = 30.0  # seconds until a server that does not answer is a fault


def _var() -> Path:
    return Path(os.environ.get("VIGIL_VAR") or ROOT / "var" / "dev").resolve()


@contextlib.contextmanager
def _alone(var: Path) -> Iterator[None]:
    """Let several callers start the servers at once without starting them twice."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / "devdb.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _detach(places: Places, name: str, command: list[str]) -> subprocess.Popen[bytes]:
    with (places.log / f"{name}.log").open("ab") as log:
        return subprocess.Popen(
            command,
            **places.user.identity(),
            cwd="/",
            env=SERVER_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _until(answers: Callable[[], bool], start: Callable[[], subprocess.Popen[bytes]], *, name: str) -> None:
    """Start a server and wait for it; start again while a killed predecessor is not quite gone."""
    deadline = time.monotonic() + _PATIENCE
    child = start()
    while not answers():
        if time.monotonic() > deadline:
            raise Unstartable(f"{name} does not answer; its log is in {_var() / 'log'}.")
        time.sleep(0.1)
        if child.poll() is not None:
            time.sleep(0.5)
            child = start()
    child.returncode = 0  # it outlives us on purpose, and Python need not warn of that


def start(var: Path) -> dict[str, str]:
    """Start what is not running and return the environment that reaches it."""
    with _alone(var):
        places = places_prepare(var)
        if not postgres.answers(places):
            postgres.cluster_prepare(places)
            postgres.predecessor_settle(places)
            arguments = postgres.command(places, max_connections="260")
            _until(
                lambda: postgres.answers(places),
                lambda: _detach(places, "postgres", arguments),
                name="PostgreSQL",
            )
        address = redis_server.url(places)
        if not redis_server.answers(address):
            arguments = redis_server.command(places)
            _until(
                lambda: redis_server.answers(address),
                lambda: _detach(places, "redis", arguments),
                name="Redis",
            )
        admin = postgres.url(places, login=postgres.SUPERUSER, database="postgres")
        provision(admin, passwords={login: secret(places.secrets, login) for login in LOGINS})
    return {
        "DATABASE_URL": postgres.url(places, login=OWNER),
        "APP_DATABASE_URL": postgres.url(places, login=APP),
        "UNBLINDED_DATABASE_URL": postgres.url(places, login=UNBLINDED),
        "REDIS_URL": address,
    }


def stop(var: Path) -> None:
    """Stop both servers if they run."""
    if not (var / "devdb.lock").exists():
        return
    with _alone(var):
        places = places_prepare(var)
        with contextlib.suppress(Exception):
            redis_server.shutdown(redis_server.url(places))
        postgres.predecessor_settle(places)


def main() -> int:
    """The command line."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parser = argparse.ArgumentParser(prog="python -m config.launch.devdb", description=__doc__)
    parser.add_argument("--stop", action="store_true", help="stop the servers")
    try:
        if parser.parse_args().stop:
            stop(_var())
            return 0
        for name, value in start(_var()).items():
            print(f"export {name}='{value}'")
    except Unstartable as fault:
        print(fault, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
