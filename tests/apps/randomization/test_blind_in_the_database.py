"""The logins of the web and the workers cannot read the sealed schema, whatever they try."""

from __future__ import annotations

import uuid

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from tests.apps.randomization import logins

pytestmark = pytest.mark.django_db

TABLES = (
    "list",
    "arm",
    "counter",
    "slot",
    "extent",
    "draw",
    "access",
    "report_file",
    "envelope_request",
    "envelope_opening",
    "envelope_wrong_code",
    "letter",
    "kit_content",
    "dispensing",
)
LOGINS = ("vigil_app", "vigil_unblinded")

#: Which login may call what; everything else is closed to both.
CALLABLE = {
    "list_serves": {"vigil_app"},
    "draw_slot": {"vigil_app"},
    "stock_covers": {"vigil_app"},
    "kits_dispense": {"vigil_app"},
    "stock_outlook": {"vigil_app"},
    "report_list": {"vigil_app", "vigil_unblinded"},
    "report_open": {"vigil_app", "vigil_unblinded"},
    "report_store": {"vigil_unblinded"},
    "arms_read": {"vigil_unblinded"},
    "envelope_request": {"vigil_app"},
    "envelope_open": {"vigil_app"},
    "envelope_requests": {"vigil_app"},
    "letter_store": {"vigil_unblinded"},
    "test_draws_read": {"vigil_app"},
    "replay_list": {"vigil_unblinded"},
    "replay_slots": {"vigil_unblinded"},
    "replay_draws": {"vigil_unblinded"},
    "replay_extents": {"vigil_unblinded"},
}
#: For the owner's login, or for the other functions.
INSIDE = {"list_store", "slots_store", "kits_register", "place_left"}


def test_the_list_of_sealed_tables_here_is_complete(owner_login: psycopg.Connection) -> None:
    found = owner_login.execute(
        """
        SELECT relname FROM pg_class
        WHERE relnamespace = 'sealed'::regnamespace AND relkind IN ('r', 'v', 'm', 'p', 'f')
        """
    ).fetchall()
    assert {name for (name,) in found} == set(TABLES)


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM sealed.{}",
        "SELECT count(*) FROM sealed.{}",
        "TABLE sealed.{}",
        "COPY sealed.{} TO STDOUT",
        "EXPLAIN ANALYZE SELECT * FROM sealed.{}",
        "DELETE FROM sealed.{}",
        "TRUNCATE sealed.{}",
        "LOCK TABLE sealed.{} IN ACCESS EXCLUSIVE MODE",
        "CREATE TABLE public.peek AS SELECT * FROM sealed.{}",
        "ALTER TABLE sealed.{} OWNER TO CURRENT_USER",
        "GRANT SELECT ON sealed.{} TO PUBLIC",
    ],
)
def test_no_login_touches_a_sealed_table(db: None, login: str, statement: str) -> None:
    with logins.connect(login) as connection:
        for table in TABLES:
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(statement.format(table))


@pytest.mark.parametrize("login", LOGINS)
def test_statistics_tell_nothing(db: None, login: str) -> None:
    logins.list_store()
    with logins.connect("vigil_owner") as owner:
        owner.execute("ANALYZE sealed.slot")
        seen = owner.execute("SELECT count(*) FROM pg_stats WHERE schemaname = 'sealed'").fetchone()
        assert seen is not None
        assert seen[0] > 0
    with logins.connect(login) as connection:
        for view in ("pg_stats", "pg_stats_ext", "pg_stats_ext_exprs"):
            query = sql.SQL("SELECT count(*) FROM {} WHERE schemaname = 'sealed'").format(
                sql.Identifier(view)
            )
            row = connection.execute(query).fetchone()
            assert row == (0,)


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE vigil_sealed",
        "SET ROLE vigil_owner",
        "SET SESSION AUTHORIZATION vigil_sealed",
        "CREATE FUNCTION sealed.peek() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA peek",
        "ALTER SCHEMA sealed OWNER TO CURRENT_USER",
        "ALTER FUNCTION sealed.place_left(uuid, text) RESET search_path",
        "DROP SCHEMA sealed CASCADE",
        "SET session_replication_role = replica",
    ],
)
def test_no_login_becomes_somebody_else(db: None, login: str, statement: str) -> None:
    with logins.connect(login) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


def functions(owner: psycopg.Connection) -> list[tuple[str, str]]:
    return owner.execute(
        "SELECT proname, oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'sealed'::regnamespace"
    ).fetchall()


def test_each_function_is_open_to_the_logins_named_here_and_to_no_other(
    owner_login: psycopg.Connection,
) -> None:
    found = functions(owner_login)
    assert set(CALLABLE) <= {name for name, _ in found}
    for name, signature in found:
        for login in LOGINS:
            row = owner_login.execute(
                "SELECT has_function_privilege(%s, %s, 'EXECUTE')", [login, signature]
            ).fetchone()
            assert row == (login in CALLABLE.get(name, set()),), f"{login} and {signature}"
        row = owner_login.execute(
            "SELECT has_function_privilege('public', %s, 'EXECUTE')", [signature]
        ).fetchone()
        assert row == (False,)


def test_functions_run_with_a_fixed_path_as_a_role_without_power(owner_login: psycopg.Connection) -> None:
    rows = owner_login.execute(
        """
        SELECT p.proname, p.prosecdef, pg_get_userbyid(p.proowner), p.proconfig,
            r.rolsuper OR r.rolbypassrls OR r.rolcanlogin
        FROM pg_proc AS p JOIN pg_roles AS r ON r.oid = p.proowner
        WHERE p.pronamespace = 'sealed'::regnamespace
        """
    ).fetchall()
    assert rows
    for name, defines, owner, config, powerful in rows:
        assert owner == "vigil_sealed"
        assert not powerful
        assert "search_path=sealed, pg_temp" in config, name
        assert defines == (name in CALLABLE or name in INSIDE), name


def test_a_temporary_table_cannot_stand_in_for_a_sealed_one(app_login: psycopg.Connection) -> None:
    stored = logins.list_store()
    try:
        app_login.execute("CREATE TEMP TABLE slot (participant_id uuid, key uuid, number int, study_id uuid)")
    except psycopg.errors.InsufficientPrivilege:
        return  # better still
    assert logins.draw(app_login, stored)[0] == "DRAWN"


@pytest.mark.parametrize("login", LOGINS)
def test_only_the_owner_stores_lists(db: None, login: str) -> None:
    with logins.connect(login) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(
            "SELECT sealed.list_store(%s, %s, %s, %s, %s, 28, %s, %s)",
            [uuid.uuid4(), uuid.uuid4(), bytes(32), Jsonb({}), "0" * 64, Jsonb([]), "0" * 64],
        )


def test_errors_of_a_draw_carry_no_arm_and_no_place(app_login: psycopg.Connection) -> None:
    stored = logins.list_store()
    key = uuid.uuid4()
    logins.draw(app_login, stored, key=key)
    answers = [
        logins.draw(app_login, stored, key=key),
        logins.draw(app_login, stored, stratum="none"),
    ]
    assert answers == [("TAKEN", None), ("EXHAUSTED", None)]


def test_a_drawn_place_never_changes_not_even_for_the_owner(
    app_login: psycopg.Connection, owner_login: psycopg.Connection
) -> None:
    stored = logins.list_store()
    logins.draw(app_login, stored)
    for statement in (
        "UPDATE sealed.slot SET participant_id = gen_random_uuid() WHERE list_id = %s AND seq = 1",
        "UPDATE sealed.slot SET arm = 'PBO' WHERE list_id = %s",
        "DELETE FROM sealed.slot WHERE list_id = %s",
        "UPDATE sealed.draw SET record = '{}' WHERE list_id = %s",
        "DELETE FROM sealed.draw WHERE list_id = %s",
        "UPDATE sealed.list SET seed = sha256('') WHERE list_id = %s",
        "DELETE FROM sealed.access WHERE study_id = %s",
    ):
        with pytest.raises(psycopg.errors.RaiseException):
            owner_login.execute(statement, [stored.list_id])


def test_arms_are_read_only_in_the_name_of_an_unblinded_person(unblinded_login: psycopg.Connection) -> None:
    stored = logins.list_store()
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="not delegated"):
        unblinded_login.execute(
            "SELECT * FROM sealed.arms_read(%s, %s, 'test')", [stored.study_id, uuid.uuid4()]
        )


def test_parameters_of_the_sealed_functions_stay_out_of_statements(owner_login: psycopg.Connection) -> None:
    """A failing call would be written to the server's log as a statement; the seed must not stand in it."""
    seed = bytes.fromhex("5eed" * 16)
    with logins.connect("vigil_owner") as other:
        other.execute(
            "SELECT count(*) FROM sealed.list WHERE seed = %s",
            [seed],
        )
        pid = other.info.backend_pid
        row = owner_login.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone()
    assert row is not None
    assert "5eed5eed" not in row[0]
