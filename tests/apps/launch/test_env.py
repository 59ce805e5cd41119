"""The environment is read with types, and a useless value explains itself in a sentence that names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import env


def test_a_socket_address_becomes_a_django_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "DATABASE_URL", "postgresql://vigil_app:p%40ss@/vigil?host=%2Frun%2Fvigil&sslmode=disable"
    )

    entry = env.database()

    assert entry["NAME"] == "vigil"
    assert entry["USER"] == "vigil_app"
    assert entry["PASSWORD"] == "p@ss"
    assert entry["HOST"] == "/run/vigil"
    assert entry["OPTIONS"] == {"sslmode": "disable"}


def test_a_tcp_address_keeps_host_and_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://u:p@db.example:6543/trial")

    entry = env.database()

    assert (entry["HOST"], entry["PORT"], entry["NAME"]) == ("db.example", "6543", "trial")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("", "DATABASE_URL is not set"),
        ("sqlite:///trial.db", "PostgreSQL only"),
        ("mysql://u:p@h/trial", "PostgreSQL only"),
        ("postgresql://u:p@host/", "names no database"),
        ("postgresql://u:p@host/vigil?no_such_option=1", "can be read"),
        ("postgresql://u:p@[host/vigil", "can be read"),
    ],
)
def test_a_useless_database_address_says_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, value: str, says: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", value)

    with pytest.raises(env.Misconfigured, match="DATABASE_URL") as fault:
        env.database()

    assert says in str(fault.value)
    assert ":p@" not in str(fault.value), "a password must not be repeated on the screen"


def test_redis_sockets_are_written_for_each_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "unix:///run/vigil/redis.sock?db=2")
    assert env.redis_url() == "unix:///run/vigil/redis.sock?db=2"
    assert env.broker_url() == "redis+socket:///run/vigil/redis.sock?virtual_host=2"

    monkeypatch.setenv("REDIS_URL", "redis+socket:///run/vigil/redis.sock?virtual_host=3")
    assert env.redis_url() == "unix:///run/vigil/redis.sock?db=3"

    monkeypatch.setenv("REDIS_URL", "redis://cache:6379/1")
    assert env.redis_url() == env.broker_url() == "redis://cache:6379/1"


def test_another_broker_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "amqp://guest@localhost//")

    with pytest.raises(env.Misconfigured, match="REDIS_URL must begin with redis://"):
        env.redis_url()


@pytest.mark.parametrize("value", ["eighty", "0", "65536", "-1", "80.5"])
def test_a_port_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PORT", value)

    with pytest.raises(env.Misconfigured, match="PORT="):
        env.port()


def test_flags_are_yes_or_no_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for value, meant in (("1", True), ("Yes", True), ("off", False), ("FALSE", False)):
        monkeypatch.setenv("SOME_FLAG", value)
        assert env.flag("SOME_FLAG", not meant) is meant
    monkeypatch.setenv("SOME_FLAG", "perhaps")
    with pytest.raises(env.Misconfigured, match="neither true nor false"):
        env.flag("SOME_FLAG", False)


def test_production_does_not_run_without_a_real_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings.production")
    monkeypatch.delenv("SECRET_KEY", raising=False)
    with pytest.raises(env.Misconfigured, match="SECRET_KEY is not set"):
        env.secret_key()
    monkeypatch.setenv("SECRET_KEY", "changeme")
    with pytest.raises(env.Misconfigured, match="fewer than 40"):
        env.secret_key()


def test_what_is_set_beats_what_make_run_remembered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "environment").write_text(
        "DATABASE_URL=postgresql://remembered@/vigil?host=%2Frun\nREDIS_URL=redis://remembered:6379/0\n"
    )
    monkeypatch.setenv("VIGIL_VAR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "postgresql://given@/vigil")
    monkeypatch.delenv("REDIS_URL", raising=False)

    env.remembered_read()

    assert env.text("DATABASE_URL") == "postgresql://given@/vigil"
    assert env.text("REDIS_URL") == "redis://remembered:6379/0"
    monkeypatch.delenv("REDIS_URL")
