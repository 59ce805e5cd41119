"""Which database and broker this run uses, and the address of each login: given ones, else embedded ones."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from config import env
from config.launch import Unstartable, postgres, redis_server
from config.launch.passwords import secret
from config.launch.places import Places
from config.launch.provision import APP, LOGINS, OWNER, UNBLINDED, provision


@dataclass(frozen=True)
class Addresses:
    """Where each login reaches the database, and where the broker is."""

    owner: str
    app: str
    unblinded: str
    redis: str


def is_embedded(name: str) -> bool:
    """Whether the server behind DATABASE_URL or REDIS_URL is ours to start, because none is given."""
    return not os.environ.get(name, "").strip()


def database_addresses(places: Places) -> Mapping[str, str]:
    """The database's address for each of LOGINS, its roles and database made where they are missing.

    A given DATABASE_URL alone is a login that may create roles. With MIGRATE_DATABASE_URL and
    UNBLINDED_DATABASE_URL beside it, the three logins exist already and nothing is made. Raises Unstartable
    with the reason.
    """
    passwords = {login: secret(places.secrets, login) for login in LOGINS}
    if is_embedded("DATABASE_URL"):
        provision(postgres.url(places, login=postgres.SUPERUSER, database="postgres"), passwords=passwords)
        return {login: postgres.url(places, login=login) for login in LOGINS}
    name = env.database()["NAME"]
    given = env.text("DATABASE_URL")
    others = {OWNER: "MIGRATE_DATABASE_URL", UNBLINDED: "UNBLINDED_DATABASE_URL"}
    missing = [variable for variable in others.values() if is_embedded(variable)]
    if not missing:
        return {APP: given} | {login: env.text(variable) for login, variable in others.items()}
    if len(missing) == 1:
        raise Unstartable(f"{missing[0]} is not set; set it too, or give DATABASE_URL alone with CREATEROLE.")
    provision(given, passwords=passwords, database=name)
    return {login: as_login(given, login, passwords[login]) for login in LOGINS}


def as_login(url: str, login: str, password: str) -> str:
    """The same database under another login."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    query = [(key, value) for key, value in parse_qsl(parts.query) if key not in {"user", "password"}]
    netloc = f"{quote(login, safe='')}:{quote(password, safe='')}@{place}"
    path = parts.path if unquote(parts.path).strip("/") else "/vigil"
    return urlunsplit((parts.scheme, netloc, path, urlencode(query, quote_via=quote), ""))


def redis_address(places: Places) -> str:
    """The broker's address; a given one must answer."""
    if is_embedded("REDIS_URL"):
        return redis_server.url(places)
    address = env.redis_url()
    if not redis_server.answers(address):
        raise Unstartable("The Redis at REDIS_URL does not answer a ping; start it, or leave REDIS_URL out.")
    return address
