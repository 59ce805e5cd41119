"""Where the servers live and as whom they run.

PostgreSQL refuses to run as root, so root lends its servers to `nobody`; an ordinary user runs them as
itself. What the servers' user must reach (programs, data, sockets) is put where that user can reach it.
"""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.env import ROOT
from config.launch import Unstartable

# A Unix socket's path may have 107 bytes; PostgreSQL's own file name within the directory is this one.
_SOCKET_PATH_MAX = 107
POSTGRES_SOCKET = ".s.PGSQL.5432"
# All that a server process is told of ours.
SERVER_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
# Outside every home directory; used only by root when the project lies where `nobody` cannot go (as in
# /root).
_ROOT_HOME = Path("/var/lib/vigil")


@dataclass(frozen=True)
class ServerUser:
    """The operating-system user that owns the servers' processes and files."""

    uid: int
    gid: int
    name: str

    @property
    def is_other(self) -> bool:
        """Whether it differs from the user who runs this program."""
        return self.uid != os.geteuid()

    def identity(self) -> dict[str, Any]:
        """Arguments that make subprocess start a child as this user; none when that is who we are."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.is_other else {}

    def reaches(self, path: Path) -> bool:
        """Whether this user may enter the directory, or run the program, at the path."""
        asked = subprocess.run(["/usr/bin/test", "-x", path], **self.identity(), cwd="/", check=False)
        return asked.returncode == 0


@dataclass(frozen=True)
class Places:
    """The directories of one running Vigil."""

    var: Path
    home: Path
    run: Path
    user: ServerUser

    @property
    def postgres_data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.home / "postgres"

    @property
    def redis_data(self) -> Path:
        """Where Redis keeps its append-only file."""
        return self.home / "redis"

    @property
    def secrets(self) -> Path:
        """Passwords and keys made on first start; readable only by the user who runs Vigil."""
        return self.var / "secrets"

    @property
    def log(self) -> Path:
        """One log file for each child process."""
        return self.var / "log"


def server_user() -> ServerUser:
    """The user the servers run as. Raises Unstartable when root has no `nobody` to lend them to."""
    if os.geteuid() != 0:
        me = pwd.getpwuid(os.geteuid()) if _is_known(os.geteuid()) else None
        return ServerUser(os.geteuid(), os.getegid(), me.pw_name if me else str(os.geteuid()))
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise Unstartable(
            "PostgreSQL does not run as root and there is no user `nobody`; run as another user."
        ) from None
    return ServerUser(nobody.pw_uid, nobody.pw_gid, nobody.pw_name)


def app_user(lent: ServerUser) -> ServerUser:
    """The user web and workers run as: the servers' user where it can run this Python, else ourselves.

    A Python installed under /root, for example, can be run by root alone.
    """
    if not lent.is_other:
        return lent
    me = ServerUser(os.geteuid(), os.getegid(), "root")
    check = [sys.executable, "-c", "import django, config.env"]
    try:
        tried = subprocess.run(check, **lent.identity(), cwd=ROOT, env={}, capture_output=True, check=False)
    except PermissionError:
        return me
    return lent if tried.returncode == 0 else me


def own(path: Path, user: ServerUser) -> None:
    """Make a directory, and give it and all in it to the user if it is another's."""
    path.mkdir(exist_ok=True)
    if path.lstat().st_uid != user.uid:
        for entry in (path, *path.rglob("*")):
            os.chown(entry, user.uid, user.gid, follow_symlinks=False)


def _is_known(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def places_prepare(var: Path) -> Places:
    """Make the directories of one Vigil under `var` and return them."""
    user = server_user()
    for directory in (var, var / "log"):
        directory.mkdir(parents=True, exist_ok=True)
    (var / "secrets").mkdir(mode=0o700, exist_ok=True)
    home = _home(var, user)
    private_directory(home / "redis", user)
    return Places(var=var, home=home, run=_run_directory(home, user), user=user)


def _home(var: Path, user: ServerUser) -> Path:
    """Where the servers' data is: decided on first start and kept, so that no later start misses its data.

    Beside everything else where the servers' user can go there, else under /var/lib.
    """
    note = var / "home"
    if note.exists():
        home = Path(note.read_text().strip())
        if not user.reaches(home):
            raise Unstartable(
                f"The user {user.name} can no longer enter {home}, where the data is; open it again."
            )
        return home
    home = var
    if not user.reaches(var):
        home = _ROOT_HOME / hashlib.sha256(str(var).encode()).hexdigest()[:12]
        home.mkdir(mode=0o755, parents=True, exist_ok=True)
        if not user.reaches(home):
            raise Unstartable(
                f"The user {user.name} can enter neither {var} nor {home}; open one, or set VIGIL_VAR."
            )
    note.write_text(f"{home}\n")
    return home


def private_directory(path: Path, user: ServerUser) -> Path:
    """A directory with mode 0700 of the servers' user; refuses one that belongs to somebody else."""
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {user.uid, os.geteuid()}:
        raise Unstartable(f"{path} is not a directory of the user {user.name}; remove it and start again.")
    if found.st_uid != user.uid:
        os.chown(path, user.uid, user.gid)
    path.chmod(0o700)
    return path


def _run_directory(home: Path, user: ServerUser) -> Path:
    """The sockets' directory: beside the data, or a short one where the path would be too long."""
    wanted = home / "run"
    if len(os.fsencode(wanted / POSTGRES_SOCKET)) > _SOCKET_PATH_MAX:
        short = hashlib.sha256(str(home).encode()).hexdigest()[:12]
        wanted = Path(tempfile.gettempdir()) / f"vigil-{user.uid}-{short}"
        if len(os.fsencode(wanted / POSTGRES_SOCKET)) > _SOCKET_PATH_MAX:
            wanted = Path("/tmp") / wanted.name
    return private_directory(wanted, user)


def wheel_of_server(package: str) -> Path | None:
    """Where `make run` unpacked the wheel of a server; None if it did not."""
    return next(iter(sorted((Path(sys.prefix) / "servers").glob(f"*/{package}"))), None)


def program(package: str, inside: str, places: Places) -> Path:
    """A server program out of an installed wheel, where the servers' user can run it.

    `inside` is the program's path in the package. When the virtual environment lies where that user cannot
    go, the package is copied once beside the data. Raises Unstartable when the wheel is missing.
    """
    source = wheel_of_server(package)
    if source is None:
        raise Unstartable(
            f"{package} is not installed; `make run` unpacks it from the locks in requirements/."
        )
    if not (source / inside).exists():
        raise Unstartable(
            f"{package} has no {inside} for this machine; set DATABASE_URL and REDIS_URL instead."
        )
    if places.user.reaches(source / inside):
        return source / inside
    made = (source / "__init__.py").stat()
    target = places.home / "programs" / f"{package}-{made.st_size}-{int(made.st_mtime)}"
    if not target.exists():
        for older in target.parent.glob(f"{package}-*"):
            shutil.rmtree(older)
        _copy(source, inside, target)
    if not places.user.reaches(target / package / inside):
        raise Unstartable(
            f"The user {places.user.name} cannot run {target / package / inside}; is it mounted noexec?"
        )
    return target / package / inside


def _copy(source: Path, inside: str, target: Path) -> None:
    """Copy the part of the package that holds the program, and the wheel's shared libraries beside it."""
    part = Path(inside).parts[0]
    unfinished = target.with_name(target.name + ".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(source / part, unfinished / source.name / part, symlinks=True)
    libraries = source.with_name(f"{source.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, unfinished / libraries.name)
    for entry in (target.parent, unfinished, *unfinished.rglob("*")):
        if not entry.is_symlink():
            entry.chmod(0o755)
    unfinished.rename(target)
