"""`python -m config.launch`: what `make run` calls once everything is installed and built."""

import os
import sys
import time
import urllib.request

from config import env
from config.launch import Unstartable, postgres, redis_server, tree
from config.launch.alone import only_one, port_check
from config.launch.passwords import secret
from config.launch.places import Places, ServerUser, app_user, own, places_prepare
from config.launch.provision import APP, OWNER, UNBLINDED
from config.launch.servers import Addresses, database_addresses, is_embedded, redis_address
from config.launch.supervisor import Supervisor

_EVALUATION = (
    "For evaluation on one machine only: no TLS, no backups, made-up accounts. Never real participants."
)


def main() -> int:
    """Start, stay, stop. Returns 2 with one sentence when Vigil cannot start here."""
    try:
        port = env.port()
        places = places_prepare(env.var())
        with only_one(places.var) as was_killed:
            port_check(port, patience=30.0 if was_killed else 0.0)
            return _run(places, port)
    except (Unstartable, env.Misconfigured) as fault:
        print(fault, file=sys.stderr)
        return 2


def _say(sentence: str) -> None:
    print(f"  {sentence}", flush=True)


def _run(places: Places, port: int) -> int:
    begun = time.monotonic()
    print(f"Vigil is starting. {_EVALUATION}", flush=True)
    user = app_user(places.user)
    for name in ("static", "mail", "audit"):
        own(places.var / name, user)
    key = os.environ.get("SECRET_KEY") or secret(places.secrets, "secret_key")
    with Supervisor(log=places.log, say=_say) as supervisor:
        addresses = _servers(supervisor, places)
        if supervisor.stopping:
            return 0
        told = tree.environment(places, database=addresses.owner, redis=addresses.redis, secret_key=key)
        _remember(places, told)
        accounts = _prepare(supervisor, places, user, told)
        if supervisor.stopping:
            return 0
        web, *others = tree.children(places, user, addresses, secret_key=key, port=port)
        supervisor.start(web)
        supervisor.until(lambda: _is_healthy(port), of="web", patience=120.0)
        if not supervisor.stopping:
            # After the web, so that on two cores nobody waits for a page while workers load what they may need.
            for child in others:
                supervisor.start(child)
            _welcome(port, accounts, seconds=time.monotonic() - begun)
        supervisor.watch()
        begun = time.monotonic()
        print("\nStopping ...", flush=True)
        supervisor.stop()
    print(f"Stopped in {time.monotonic() - begun:.1f} s. The data is kept in {places.home}.", flush=True)
    return 0


def _servers(supervisor: Supervisor, places: Places) -> Addresses:
    """Start the embedded servers that are wanted and return every address."""
    begun = time.monotonic()
    if places.home != places.var:
        _say(f"The user {places.user.name} cannot enter {places.var}: the servers' data is in {places.home}.")
    if is_embedded("REDIS_URL"):
        supervisor.start(tree.redis_child(places))
    if is_embedded("DATABASE_URL"):
        postgres.cluster_prepare(places)
        postgres.predecessor_settle(places)
        supervisor.start(tree.postgres_child(places))
        supervisor.until(lambda: postgres.answers(places), of="postgres", patience=60.0)
    if is_embedded("REDIS_URL"):
        address = redis_server.url(places)
        supervisor.until(lambda: redis_server.answers(address), of="redis", patience=60.0)
    if supervisor.stopping:
        return Addresses("", "", "", "")
    logins = database_addresses(places)
    _say(f"{'servers':<12} ready ({time.monotonic() - begun:.1f} s)")
    return Addresses(logins[OWNER], logins[APP], logins[UNBLINDED], redis_address(places))


def _prepare(supervisor: Supervisor, places: Places, user: ServerUser, told: dict[str, str]) -> str:
    """Migrate, seed and gather; return the table of demo accounts."""
    reading, writing = os.pipe()
    child = tree.prepare_child(places, user, told, accounts=writing)
    status = supervisor.once(child, output=writing)
    os.close(writing)
    with os.fdopen(reading) as stream:
        accounts = stream.read()
    if status and not supervisor.stopping:
        raise Unstartable(f"The database could not be made ready; {supervisor.last_words('prepare')}")
    return accounts


def _remember(places: Places, told: dict[str, str]) -> None:
    """Let manage.py find this Vigil: see config.env.remembered_read."""
    file = places.secrets / "environment"
    kept = ("DJANGO_SETTINGS_MODULE", "VIGIL_VAR", "DATABASE_URL", "REDIS_URL", "SECRET_KEY")
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.writelines(f"{name}={told[name]}\n" for name in kept)


def _is_healthy(port: int) -> bool:
    """Whether the web answers and reaches its database."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:  # refused, reset, timed out, or an answer that is an error
        return False


def _welcome(port: int, accounts: str, *, seconds: float) -> None:
    print(f"\nVigil is ready ({seconds:.1f} s):  http://127.0.0.1:{port}/\n", flush=True)
    if accounts:
        print(accounts.rstrip() + "\n", flush=True)
    print("Stop with Ctrl-C.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
