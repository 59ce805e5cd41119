"""What each child is told: its own database login and nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.launch import tree
from config.launch.places import Places, ServerUser
from config.launch.servers import Addresses, as_login

ME = ServerUser(1000, 1000, "me")
ADDRESSES = Addresses(
    owner="postgresql://vigil_owner:owner-pw@/vigil?host=/run",
    app="postgresql://vigil_app:app-pw@/vigil?host=/run",
    unblinded="postgresql://vigil_unblinded:unblinded-pw@/vigil?host=/run",
    redis="unix:///run/redis.sock?db=0",
)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(var=tmp_path, home=tmp_path, run=tmp_path / "run", user=ME)


def test_each_child_knows_one_database_login(places: Places) -> None:
    children = tree.children(places, ME, ADDRESSES, secret_key="k" * 50, port=8000)

    logins = {
        child.name: {
            word for word in ("owner-pw", "app-pw", "unblinded-pw") if word in str(child.environment)
        }
        for child in children
    }

    assert logins == {
        "web": {"app-pw"},
        "worker-default": {"app-pw"},
        "worker-unblinded": {"unblinded-pw"},
        "beat": {"app-pw"},
    }


def test_no_secret_stands_on_a_command_line(places: Places) -> None:
    for child in tree.children(places, ME, ADDRESSES, secret_key="k" * 50, port=8000):
        assert not any("-pw" in word or "kkkk" in word for word in child.command), child.name


def test_what_else_we_know_is_not_passed_on(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    monkeypatch.setenv("MIGRATE_DATABASE_URL", "canary")
    monkeypatch.setenv("VIGIL_UNBLINDED_PASSWORD", "canary")
    monkeypatch.setenv("EMAIL_HOST", "smtp.example")

    told = tree.environment(places, database="postgresql://a@/b", redis="redis://c", secret_key="d")

    assert "canary" not in told.values()
    assert told["EMAIL_HOST"] == "smtp.example"


def test_only_the_unblinded_worker_takes_from_the_unblinded_queue(places: Places) -> None:
    children = tree.children(places, ME, ADDRESSES, secret_key="k", port=8000)

    queues = {c.name: c.command[c.command.index("--queues") + 1] for c in children if "--queues" in c.command}

    assert queues == {"worker-default": "default", "worker-unblinded": "unblinded"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            "postgresql://admin:x@db:5432/trial?sslmode=require",
            "postgresql://me:p%2Fw@db:5432/trial?sslmode=require",
        ),
        (
            "postgresql://admin@/trial?host=/run/pg&user=admin",
            "postgresql://me:p%2Fw@/trial?host=%2Frun%2Fpg",
        ),
        ("postgresql://db", "postgresql://me:p%2Fw@db/vigil"),
    ],
)
def test_a_given_address_is_kept_but_for_the_login(given: str, expected: str) -> None:
    assert as_login(given, "me", "p/w") == expected
