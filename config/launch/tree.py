"""The children of one Vigil: what each is called, what it runs, and the little it is told.

No child inherits our environment. Each is given its own database login and nobody else's, so the web process
could not read an arm even if it wanted to.
"""

import os
import signal
import sys

from config import env
from config.launch import postgres, redis_server
from config.launch.places import SERVER_ENVIRONMENT, Places, ServerUser
from config.launch.provision import PASSWORD_VARIABLES
from config.launch.servers import Addresses
from config.launch.supervisor import Child

WEB_WORKERS, WEB_THREADS = 2, 8
# Ranks of the stop: the clock and the web first, then those who work, then the servers they work on.
_FIRST, _WORKERS, _REDIS, _POSTGRES = range(4)
_PASSED_ON = ("VIGIL_", "EMAIL_", "AUDIT_", "DJANGO_SETTINGS_MODULE", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS")


def environment(places: Places, *, database: str, redis: str, secret_key: str) -> dict[str, str]:
    """All that a Django child is told."""
    passed = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(_PASSED_ON) and name not in PASSWORD_VARIABLES.values()
    }
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings.dev",
        **passed,
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        # Two cores: one thread for each process is faster than each process taking both.
        "OPENBLAS_NUM_THREADS": "1",
        "VIGIL_VAR": str(places.var),
        "DATABASE_URL": database,
        "REDIS_URL": redis,
        "SECRET_KEY": secret_key,
    }


def postgres_child(places: Places) -> Child:
    """The embedded PostgreSQL; SIGINT is its fast shutdown, also when the supervisor dies."""
    return Child(
        name="postgres",
        command=postgres.command(places),
        environment=SERVER_ENVIRONMENT,
        user=places.user,
        rank=_POSTGRES,
        cwd=places.home,
        stop_signal=signal.SIGINT,
        orphan_signal=signal.SIGINT,
        patience=60.0,
    )


def redis_child(places: Places) -> Child:
    """The embedded Redis."""
    return Child(
        name="redis",
        command=redis_server.command(places),
        environment=SERVER_ENVIRONMENT,
        user=places.user,
        rank=_REDIS,
        cwd=places.home,
    )


def prepare_child(places: Places, user: ServerUser, told: dict[str, str], *, accounts: int) -> Child:
    """Migrations, first data and static files, as the database's owner; it ends when done."""
    return Child(
        name="prepare",
        command=[sys.executable, "-m", "config.launch.prepare", "--accounts-to", str(accounts)],
        environment=told,
        user=user,
        rank=_FIRST,
        cwd=env.ROOT,
    )


def web_child(places: Places, user: ServerUser, told: dict[str, str], *, port: int) -> Child:
    """The web server, on this machine's own address only."""
    return Child(
        name="web",
        command=[
            sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--preload",
            "--worker-class", "gthread", "--workers", str(WEB_WORKERS), "--threads", str(WEB_THREADS),
            "--timeout", "60", "--graceful-timeout", "5", "--no-control-socket", "--log-level", "warning",
        ],
        environment=told,
        user=user,
        rank=_FIRST,
        cwd=env.ROOT,
    )  # fmt: skip


def beat_child(places: Places, user: ServerUser, told: dict[str, str]) -> Child:
    """The clock. It keeps nothing on disk: every tick is due again within seconds."""
    return Child(
        name="beat",
        command=[
            *_CELERY,
            "beat",
            "--scheduler",
            "celery.beat:Scheduler",
            "--pidfile",
            "",
            "--loglevel",
            "WARNING",
        ],
        environment=told,
        user=user,
        rank=_FIRST,
        cwd=env.ROOT,
        orphan_signal=signal.SIGKILL,
    )


def worker_child(
    places: Places, user: ServerUser, told: dict[str, str], *, queue: str, pool: list[str]
) -> Child:
    """A worker for one queue. Killed, it loses nothing: the due rows are in the database."""
    return Child(
        name=f"worker-{queue}",
        command=[
            *_CELERY, "worker", "--queues", queue, "--hostname", f"{queue}@%h", *pool,
            "--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING",
        ],
        environment=told,
        user=user,
        rank=_WORKERS,
        cwd=env.ROOT,
        orphan_signal=signal.SIGKILL,
    )  # fmt: skip


_CELERY = [sys.executable, "-m", "celery", "--app", "config.celery", "--quiet"]


def children(
    places: Places, user: ServerUser, addresses: Addresses, *, secret_key: str, port: int
) -> list[Child]:
    """Web, workers and clock, in the order they start."""

    def told(database: str) -> dict[str, str]:
        return environment(places, database=database, redis=addresses.redis, secret_key=secret_key)

    return [
        web_child(places, user, told(addresses.app), port=port),
        worker_child(places, user, told(addresses.app), queue="default", pool=["--concurrency", "2"]),
        worker_child(places, user, told(addresses.unblinded), queue="unblinded", pool=["--pool", "solo"]),
        beat_child(places, user, told(addresses.app)),
    ]
