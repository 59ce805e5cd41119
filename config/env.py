"""Typed reading of the environment: every setting that differs between machines is read here, by name.

A missing or wrong value raises `Misconfigured` with one sentence that names the variable and says what would
do. Nothing here has a side effect, so it may be imported before Django is set up.
"""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

ROOT = Path(__file__).resolve().parent.parent
_KEY_OF_THIS_PROCESS = secrets.token_urlsafe(48)
LOCAL_REDIS = "redis://localhost:6379/0"
_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


class Misconfigured(ImproperlyConfigured):
    """The environment lacks a value or holds a useless one; the message is a sentence for a person."""


def text(name: str, default: str | None = None) -> str:
    """The variable's text. Raises Misconfigured when it is absent or empty and there is no default."""
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise Misconfigured(f"{name} is not set; `make run` sets it, or set it yourself (see the README).")
    return default


def flag(name: str, default: bool) -> bool:
    """True for 1/true/yes/on, False for 0/false/no/off, in any case."""
    value = text(name, "true" if default else "false").lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise Misconfigured(f"{name}={value!r} is neither true nor false; use 1 or 0.")


def number(name: str, default: int, *, at_least: int, at_most: int) -> int:
    """A whole number within bounds, both included."""
    value = text(name, str(default))
    try:
        found = int(value)
    except ValueError:
        raise Misconfigured(f"{name}={value!r} is not a whole number.") from None
    if not at_least <= found <= at_most:
        raise Misconfigured(f"{name}={found} is outside {at_least} to {at_most}.")
    return found


def names(name: str, default: str = "") -> list[str]:
    """A comma-separated list, for example host names; empty items are dropped."""
    return [item.strip() for item in text(name, default).split(",") if item.strip()]


def path(name: str, default: Path) -> Path:
    """A path; a relative one is taken from the project's root."""
    return (ROOT / text(name, str(default))).resolve()


def var() -> Path:
    """The directory of everything made at run time: VIGIL_VAR, else var/ in the project."""
    return path("VIGIL_VAR", ROOT / "var")


def port() -> int:
    """PORT, the TCP port of the web server; 8000 unless set."""
    return number("PORT", 8000, at_least=1, at_most=65535)


def database(name: str = "DATABASE_URL", default: str | None = None) -> dict[str, Any]:
    """One entry of Django's DATABASES from a PostgreSQL URL.

    libpq itself parses the URL, so sockets (`postgresql://user:pw@/vigil?host=/dir`), TLS options and
    anything else libpq knows can be given. Any other database is refused: only PostgreSQL is supported.
    """
    url = text(name, default)
    if not url.startswith(("postgresql://", "postgres://")):
        raise Misconfigured(
            f"{name} must begin with postgresql:// because Vigil runs on PostgreSQL only; "
            "for example postgresql://user:password@host:5432/vigil."
        )
    try:
        parts: dict[str, Any] = dict(conninfo_to_dict(url))
    except ProgrammingError:
        raise Misconfigured(f"{name} is not a PostgreSQL address that can be read.") from None
    entry: dict[str, Any] = {"ENGINE": "django.db.backends.postgresql"}
    for setting, key in (("NAME", "dbname"), ("USER", "user"), ("PASSWORD", "password")):
        entry[setting] = str(parts.pop(key, "") or "")
    entry["HOST"], entry["PORT"] = str(parts.pop("host", "") or ""), str(parts.pop("port", "") or "")
    if not entry["NAME"]:
        raise Misconfigured(f"{name} names no database; add /vigil after the host.")
    entry["OPTIONS"] = parts
    # A connection lives as long as its thread; after a server restart the next request notices and connects
    # anew.
    return entry | {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}


def redis_url(name: str = "REDIS_URL", default: str | None = None) -> str:
    """The Redis address as the redis client reads it: redis://, rediss:// or unix:///path?db=0."""
    url = text(name, default)
    scheme = urlsplit(url).scheme
    if scheme == "redis+socket":
        found = urlsplit(url)
        number_of_database = parse_qs(found.query).get("virtual_host", ["0"])[0]
        return f"unix://{found.path}?db={number_of_database}"
    if scheme not in {"redis", "rediss", "unix"}:
        raise Misconfigured(f"{name} must begin with redis://, rediss:// or unix:// (a socket).")
    return url


def broker_url(name: str = "REDIS_URL", default: str | None = None) -> str:
    """The same Redis as Celery writes it: a socket is redis+socket:///path?virtual_host=0."""
    url = redis_url(name, default)
    found = urlsplit(url)
    if found.scheme != "unix":
        return url
    return f"redis+socket://{found.path}?virtual_host={parse_qs(found.query).get('db', ['0'])[0]}"


def secret_key() -> str:
    """SECRET_KEY: signs sessions and tokens.

    Production must set it, with at least 40 characters, so that no word of a language will do. Elsewhere, where none
    is set, each process makes its own, which is enough for tests and for commands typed by hand; `make run` keeps one
    in var/secrets.
    """
    if not os.environ.get("DJANGO_SETTINGS_MODULE", "").endswith(".production"):
        return text("SECRET_KEY", _KEY_OF_THIS_PROCESS)
    value = text("SECRET_KEY")
    if len(value) < 40:
        raise Misconfigured("SECRET_KEY has fewer than 40 characters; `openssl rand -base64 48` makes one.")
    return value


def remembered_read() -> None:
    """Take what the environment lacks from var/secrets/environment, which `make run` writes for its user
    alone.

    So `.venv/bin/python manage.py ...` reaches the database of a running Vigil without further ado.
    """
    try:
        lines = (var() / "secrets" / "environment").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        name, _, value = line.partition("=")
        os.environ.setdefault(name, value)
