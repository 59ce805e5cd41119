"""Roles and database, made or mended on every start; running it twice changes nothing.

Four roles, so that the blind is kept by the database and not by good behaviour: `vigil_owner` migrates and
owns the database; `vigil_app` is the login of the web and the ordinary workers; `vigil_unblinded` is the
login of the worker that may read arms; `vigil_sealed` cannot log in, owns the sealed schema and the functions
through which alone others reach it.

`python -m config.launch.provision` does it from the command line: DATABASE_URL is a login that may create roles and
names the database; VIGIL_OWNER_PASSWORD, VIGIL_APP_PASSWORD and VIGIL_UNBLINDED_PASSWORD are the three passwords.
"""

import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from config import env
from config.launch import Unstartable

OWNER, APP, UNBLINDED, SEALED = "vigil_owner", "vigil_app", "vigil_unblinded", "vigil_sealed"
LOGINS = (OWNER, APP, UNBLINDED)
PASSWORD_VARIABLES = {
    OWNER: "VIGIL_OWNER_PASSWORD",
    APP: "VIGIL_APP_PASSWORD",
    UNBLINDED: "VIGIL_UNBLINDED_PASSWORD",
}
_OLDEST = 150000  # PostgreSQL 15: since then nobody may create in the public schema by default


def provision(admin_url: str, *, passwords: Mapping[str, str], database: str = "vigil") -> None:
    """Make the four roles and the database through a login that may create roles.

    `passwords` maps each of LOGINS to its password. Raises Unstartable when the server is unreachable, too
    old, or the login lacks a right.
    """
    admin = conninfo_to_dict(admin_url)
    try:
        with _connected(admin, "postgres", database) as connection:
            _server_check(connection)
            _roles(connection, passwords)
            _database(connection, database)
        with _connected(admin, database) as connection:
            _schema(connection)
            _logs(connection)
    except psycopg.errors.InsufficientPrivilege as fault:
        raise Unstartable(
            f"The login {admin.get('user')} may not prepare the database ({fault.diag.message_primary}); "
            "give it CREATEROLE and CREATEDB, or set MIGRATE_DATABASE_URL, DATABASE_URL and "
            "UNBLINDED_DATABASE_URL to logins you made yourself (README, 'Your own servers')."
        ) from None
    except psycopg.OperationalError as fault:
        raise Unstartable(
            f"The database server at DATABASE_URL cannot be reached: {_one_line(fault)}"
        ) from None


def _connected(admin: Mapping[str, Any], *databases: str) -> psycopg.Connection:
    """A connection to the first of these databases that lets the login in."""
    for database in databases[:-1]:
        with suppress(psycopg.OperationalError):
            return psycopg.connect(make_conninfo("", **{**admin, "dbname": database}), autocommit=True)
    return psycopg.connect(make_conninfo("", **{**admin, "dbname": databases[-1]}), autocommit=True)


def _one_line(fault: Exception) -> str:
    return " ".join(str(fault).split())


def _server_check(connection: psycopg.Connection) -> None:
    if connection.info.server_version < _OLDEST:
        raise Unstartable(
            f"PostgreSQL {connection.info.server_version // 10000} is too old; Vigil needs 15 or newer."
        )


def _roles(connection: psycopg.Connection, passwords: Mapping[str, str]) -> None:
    existing = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
    wanted = {
        OWNER: "LOGIN CREATEDB INHERIT",
        APP: "LOGIN INHERIT",
        UNBLINDED: "LOGIN INHERIT",
        SEALED: "NOLOGIN",
    }
    for role, attributes in wanted.items():
        if role not in existing:
            connection.execute(sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(role), sql.SQL(attributes)))
        if role in passwords and not _is_password(connection, role, passwords[role]):
            # The verifier is made here and sent, so that the password itself never reaches the server's log.
            verifier = connection.pgconn.encrypt_password(
                passwords[role].encode(), role.encode(), b"scram-sha-256"
            ).decode()
            connection.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier))
            )
    # The owner hands functions and schemas to the sealed role, so it must be able to become it; nobody else may.
    # It may also step down to the other logins: the tests do, so that they run with the application's rights.
    modern = connection.info.server_version >= 160000
    for role, options in (
        (SEALED, "ADMIN TRUE, INHERIT TRUE, SET TRUE" if modern else "ADMIN OPTION"),
        (APP, "ADMIN TRUE, INHERIT FALSE, SET TRUE" if modern else "ADMIN OPTION"),
        (UNBLINDED, "ADMIN TRUE, INHERIT FALSE, SET TRUE" if modern else "ADMIN OPTION"),
    ):
        if not _is_member(connection, OWNER, role):
            connection.execute(
                sql.SQL("GRANT {} TO {} WITH {}").format(
                    sql.Identifier(role), sql.Identifier(OWNER), sql.SQL(options)
                )
            )


def _is_member(connection: psycopg.Connection, member: str, role: str) -> bool:
    row = connection.execute(
        "SELECT pg_has_role(%s, %s, 'MEMBER WITH ADMIN OPTION')", (member, role)
    ).fetchone()
    return bool(row and row[0])


def _is_password(connection: psycopg.Connection, role: str, password: str) -> bool:
    """Whether the role can already log in with this password on the same server."""
    here = {**conninfo_to_dict(connection.info.dsn), "user": role, "password": password}
    try:
        psycopg.connect(make_conninfo("", **here), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _database(connection: psycopg.Connection, database: str) -> None:
    row = connection.execute(
        "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", (database,)
    ).fetchone()
    name, owner = sql.Identifier(database), sql.Identifier(OWNER)
    if row is not None and row[0] == OWNER:
        return
    if not _is_superuser(connection):
        # Giving a database away asks that the giver could become its new owner.
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(owner))
    if row is None:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8'").format(name, owner))
    else:
        connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(name, owner))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    logins = sql.SQL(", ").join(sql.Identifier(login) for login in (APP, UNBLINDED))
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, logins))


def _is_superuser(connection: psycopg.Connection) -> bool:
    row = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    return bool(row and row[0])


def _schema(connection: psycopg.Connection) -> None:
    row = connection.execute("SELECT has_schema_privilege('public', 'public', 'CREATE')").fetchone()
    if row and row[0]:
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")


# No value of a statement reaches the server's log: not as a parameter, not in a statement, not in an error's detail,
# which quotes the row, and not in a plan. An arm may be among them.
_QUIET = {
    "log_parameter_max_length_on_error": "0",
    "log_parameter_max_length": "0",
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_min_duration_statement": "-1",
    "log_duration": "off",
    "auto_explain.log_min_duration": "-1",
}


def _logs(connection: psycopg.Connection) -> None:
    """Keep values out of the log for our logins, where this login may say so; docs/backup.md says what else to set."""
    for login in LOGINS:
        for name, value in _QUIET.items():
            with suppress(psycopg.errors.InsufficientPrivilege):
                connection.execute(
                    sql.SQL("ALTER ROLE {} SET {} = {}").format(
                        sql.Identifier(login), sql.Identifier(*name.split(".")), sql.Literal(value)
                    )
                )


def main() -> int:
    """The command line."""
    try:
        passwords = {login: env.text(variable) for login, variable in PASSWORD_VARIABLES.items()}
        database = env.database()["NAME"]
        provision(env.text("DATABASE_URL"), passwords=passwords, database=database)
    except (Unstartable, env.Misconfigured) as fault:
        print(fault, file=sys.stderr)
        return 2
    print(f"The database {database} and the roles {', '.join((*LOGINS, SEALED))} are ready.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
