"""A PostgreSQL and a Redis of our own, so that these tests may be their administrator and may break them."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.launch import devdb, postgres
from config.launch.places import Places, places_prepare


@pytest.fixture(scope="session")
def open_directory() -> Iterator[Path]:
    """A directory that another user may walk through, as the servers' user must when root runs the tests.

    Not pytest's own: every pytest on the machine closes that again for everybody else.
    """
    with tempfile.TemporaryDirectory(prefix="vigil-launch-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture(scope="session")
def own_server(open_directory: Path) -> Iterator[Places]:
    """A running PostgreSQL of our own, provisioned."""
    var = open_directory / "server"
    devdb.start(var)
    yield places_prepare(var)
    devdb.stop(var)


@pytest.fixture(scope="session")
def admin_url(own_server: Places) -> str:
    """The address of its superuser."""
    return postgres.url(own_server, login=postgres.SUPERUSER, database="postgres")


@pytest.fixture
def free_port() -> int:
    """A TCP port that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
