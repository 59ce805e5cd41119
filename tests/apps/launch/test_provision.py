"""The roles keep the blind: what each login is, what it may not do, and that making them twice changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from config.launch import Unstartable, devdb, postgres
from config.launch.passwords import secret
from config.launch.places import Places, places_prepare
from config.launch.provision import APP, LOGINS, OWNER, SEALED, UNBLINDED, provision
from config.launch.servers import as_login

_ROLES = """
    SELECT rolname, rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication
    FROM pg_roles WHERE rolname LIKE 'vigil%' ORDER BY rolname
"""


@pytest.fixture
def passwords(own_server: Places) -> dict[str, str]:
    return {login: secret(own_server.secrets, login) for login in LOGINS}


def _connect(places: Places, login: str) -> psycopg.Connection:
    return psycopg.connect(postgres.url(places, login=login), autocommit=True)


def test_only_the_owner_makes_databases_and_nobody_is_superuser(admin_url: str) -> None:
    with psycopg.connect(admin_url) as connection:
        found = connection.execute(_ROLES).fetchall()

    assert found == [
        (APP, True, False, False, False, False, False),
        (OWNER, True, False, False, True, False, False),
        (SEALED, False, False, False, False, False, False),
        (UNBLINDED, True, False, False, False, False, False),
    ]


@pytest.mark.parametrize("login", [APP, UNBLINDED])
def test_a_working_login_cannot_make_tables_or_become_another(own_server: Places, login: str) -> None:
    with _connect(own_server, login) as connection:
        for statement in (
            "CREATE TABLE mine (a int)",
            "CREATE SCHEMA mine",
            "CREATE TEMPORARY TABLE mine (a int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
        for role in {OWNER, APP, UNBLINDED, SEALED} - {login}:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))


def test_the_owner_can_hand_a_function_to_the_sealed_role_and_the_web_sees_only_its_answer(
    own_server: Places,
) -> None:
    with _connect(own_server, OWNER) as owner:
        owner.execute("CREATE SCHEMA trial_of_roles AUTHORIZATION vigil_sealed")
        owner.execute("CREATE TABLE trial_of_roles.envelope (arm text)")
        owner.execute("ALTER TABLE trial_of_roles.envelope OWNER TO vigil_sealed")
        owner.execute(
            "CREATE FUNCTION trial_of_roles.envelope_count() RETURNS bigint SECURITY DEFINER LANGUAGE sql "
            "SET search_path = trial_of_roles, pg_temp AS 'SELECT count(*) FROM envelope'"
        )
        owner.execute("ALTER FUNCTION trial_of_roles.envelope_count() OWNER TO vigil_sealed")
        owner.execute("GRANT USAGE ON SCHEMA trial_of_roles TO vigil_app")
    try:
        with _connect(own_server, APP) as web:
            assert web.execute("SELECT trial_of_roles.envelope_count()").fetchone() == (0,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                web.execute("SELECT arm FROM trial_of_roles.envelope")
    finally:
        with _connect(own_server, OWNER) as owner:
            owner.execute("DROP SCHEMA trial_of_roles CASCADE")


def test_a_wrong_password_does_not_open_the_socket(own_server: Places) -> None:
    url = as_login(postgres.url(own_server, login=APP), OWNER, "guessed")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url)


def test_making_the_roles_again_changes_nothing(admin_url: str, passwords: dict[str, str]) -> None:
    state = "SELECT rolname, rolpassword FROM pg_authid WHERE rolname LIKE 'vigil%' ORDER BY 1"
    with psycopg.connect(admin_url) as connection:
        before = connection.execute(state).fetchall()
    provision(admin_url, passwords=passwords)
    with psycopg.connect(admin_url) as connection:
        assert connection.execute(state).fetchall() == before


def test_a_lost_password_is_mended(own_server: Places, admin_url: str, passwords: dict[str, str]) -> None:
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute("ALTER ROLE vigil_app PASSWORD 'something else'")

    provision(admin_url, passwords=passwords)

    _connect(own_server, APP).close()


def test_neither_password_nor_value_reaches_the_servers_log(
    own_server: Places, passwords: dict[str, str]
) -> None:
    with _connect(own_server, APP) as connection, pytest.raises(psycopg.errors.DataError):
        connection.execute("SELECT %s::int / %s::int, %s::date", (1, 1, "canary-56mg"))

    log = (own_server.log / "postgres.log").read_text()
    assert "canary-56mg" not in log.replace('invalid input syntax for type date: "canary-56mg"', "")
    assert "STATEMENT:" not in log
    for password in passwords.values():
        assert password not in log


class TestAServerOfSomebodyElse:
    """An external server gives us a login that is not its superuser."""

    @pytest.fixture
    def limited(self, admin_url: str) -> Iterator[str]:
        with psycopg.connect(admin_url, autocommit=True) as connection:
            connection.execute("CREATE ROLE site_admin LOGIN PASSWORD 'a' NOSUPERUSER")
        yield as_login(admin_url, "site_admin", "a")
        with psycopg.connect(admin_url, autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS elsewhere")
            connection.execute("DROP ROLE site_admin")

    def test_without_the_right_to_make_roles_one_sentence_says_what_to_do(
        self, limited: str, admin_url: str, passwords: dict[str, str]
    ) -> None:
        with pytest.raises(
            Unstartable, match=r"site_admin may not prepare .* give it CREATEROLE and CREATEDB"
        ):
            provision(limited, passwords=passwords, database="elsewhere")

    def test_an_unreachable_server_is_one_sentence(
        self, own_server: Places, passwords: dict[str, str]
    ) -> None:
        with pytest.raises(Unstartable, match="cannot be reached") as fault:
            provision("postgresql://u:s3cret@/x?host=/nowhere", passwords=passwords)
        assert "\n" not in str(fault.value)
        assert "s3cret" not in str(fault.value)


def test_a_login_that_may_make_roles_and_databases_is_enough(open_directory: Path) -> None:
    var = open_directory / "external"
    devdb.start(var)
    places = places_prepare(var)
    admin_url = postgres.url(places, login=postgres.SUPERUSER, database="postgres")
    try:
        with psycopg.connect(admin_url, autocommit=True) as connection:
            connection.execute("DROP DATABASE vigil")
            for role in (APP, UNBLINDED, SEALED, OWNER):
                connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))
            connection.execute("CREATE ROLE site_admin LOGIN CREATEROLE CREATEDB PASSWORD 'a'")
        limited = as_login(admin_url, "site_admin", "a")
        passwords = {login: secret(places.secrets, login) for login in LOGINS}

        provision(limited, passwords=passwords, database="trial")
        provision(limited, passwords=passwords, database="trial")

        for login in LOGINS:
            psycopg.connect(postgres.url(places, login=login, database="trial")).close()
        with psycopg.connect(admin_url) as connection:
            owner = connection.execute(
                "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'trial'"
            ).fetchone()
        assert owner == (OWNER,)
    finally:
        devdb.stop(var)


def test_the_sockets_directory_and_the_secrets_are_private(own_server: Places) -> None:
    for directory in (own_server.run, own_server.postgres_data, own_server.redis_data, own_server.secrets):
        assert directory.stat().st_mode & 0o777 == 0o700, directory
    for file in own_server.secrets.iterdir():
        assert file.stat().st_mode & 0o777 == 0o600, file


def test_what_is_acknowledged_is_on_the_disk(own_server: Places) -> None:
    with _connect(own_server, APP) as connection:
        for setting, wanted in (
            ("fsync", "on"), ("synchronous_commit", "on"), ("full_page_writes", "on"), ("data_checksums", "on"),
            ("listen_addresses", ""), ("log_statement", "none"), ("log_parameter_max_length", "0"),
            ("log_parameter_max_length_on_error", "0"), ("password_encryption", "scram-sha-256"),
        ):  # fmt: skip
            assert connection.execute("SELECT current_setting(%s)", (setting,)).fetchone() == (wanted,), (
                setting
            )
