"""What the server tells the application's login of itself: its views, its statistics, its plans, its errors."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from tests.apps.randomization import logins

pytestmark = pytest.mark.django_db

CANARY = "QZXCANARY-in-the-catalogues"
LOGINS = ("vigil_app", "vigil_unblinded")


@pytest.fixture
def busy(db: None) -> Iterator[psycopg.Connection]:
    """The owner, in the middle of work on a sealed row that bears the word, with statistics about it."""
    with logins.connect("vigil_owner") as owner:
        owner.execute("BEGIN")
        owner.execute(
            "INSERT INTO sealed.report_file (job_id, study_id, name, media_type, content, sha256) "
            "VALUES (%s, %s, %s, 'x', '', encode(sha256(''), 'hex'))",
            [uuid.uuid4(), uuid.uuid4(), CANARY],
        )
        owner.execute("ANALYZE sealed.report_file")
        yield owner
        owner.execute("ROLLBACK")


@pytest.mark.parametrize("login", LOGINS)
def test_no_view_or_table_of_the_server_shows_a_sealed_value(busy: psycopg.Connection, login: str) -> None:
    """Every relation outside the application's own schemas that this login may read, whole."""
    with logins.connect(login) as connection:
        relations = connection.execute(
            """
            SELECT n.nspname, c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE n.nspname IN ('pg_catalog', 'information_schema') AND c.relkind IN ('r', 'v')
                AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1, 2
            """
        ).fetchall()
        assert len(relations) > 100
        for schema, name in relations:
            try:
                rows = connection.execute(
                    sql.SQL("SELECT t::text FROM {} AS t").format(sql.Identifier(schema, name))
                ).fetchall()
            except psycopg.errors.Error:
                continue  # what it may not read, it does not learn
            assert not [row for (row,) in rows if row and CANARY in row], name


@pytest.mark.parametrize("login", LOGINS)
def test_another_login_s_statements_are_hidden(busy: psycopg.Connection, login: str) -> None:
    with logins.connect(login) as connection:
        seen = connection.execute(
            "SELECT query FROM pg_stat_activity WHERE pid = %s", [busy.info.backend_pid]
        ).fetchone()
    assert seen == ("<insufficient privilege>",)


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize(
    "statement",
    [
        "EXPLAIN SELECT * FROM sealed.slot WHERE arm = 'ESK'",
        "SELECT most_common_vals FROM pg_stats WHERE schemaname = 'sealed' AND 1 / (attname = 'arm')::int = 1",
        "SELECT pg_read_file('postgresql.conf')",
        "SELECT * FROM pg_statistic",
        "SELECT pg_ls_logdir()",
        "SELECT * FROM pg_stat_file('base')",
        "COPY (SELECT 1) TO PROGRAM 'cat'",
        "LOAD 'auto_explain'",
        "SET log_statement = 'all'",
        "SET log_min_error_statement = 'error'",
        "SET log_parameter_max_length = -1",
        "CREATE EXTENSION pageinspect",
    ],
)
def test_nothing_is_learned_by_asking_the_server(db: None, login: str, statement: str) -> None:
    """Refused, or answered with no row of the sealed schema."""
    with logins.connect(login) as connection:
        try:
            rows = connection.execute(statement).fetchall()
        except psycopg.Error as fault:
            told = f"{fault} {fault.diag.message_detail} {fault.diag.message_hint} {fault.diag.context}"
            assert "ESK" not in told.replace("arm = 'ESK'", "")
        else:
            assert rows == []


def test_the_plan_of_a_draw_shows_no_sealed_table(db: None) -> None:
    stored = logins.list_store()
    with logins.connect("vigil_app") as connection:
        given = [stored.list_id, "all", *(uuid.uuid4() for _ in range(3))]
        rows = connection.execute(f"EXPLAIN (ANALYZE, VERBOSE, BUFFERS) {logins.DRAW}", given).fetchall()
    plan = "\n".join(row[0] for row in rows).replace("draw_slot", "")
    assert "Function Scan" in plan
    for table in ("counter", "slot", "sealed.arm", "sealed.list"):
        assert table not in plan


def test_errors_within_a_sealed_function_show_no_row(db: None) -> None:
    """A draw that breaks inside says at which line, not with which values."""
    stored = logins.list_store()
    with logins.connect("vigil_app") as connection, pytest.raises(psycopg.Error) as caught:
        connection.execute(
            "SELECT * FROM sealed.draw_slot(%s, 'all', %s, %s, 9, 8, %s, now())",
            [stored.list_id, *(uuid.uuid4() for _ in range(3))],
        )
    diag = caught.value.diag
    told = " ".join(filter(None, (str(caught.value), diag.message_detail, diag.message_hint, diag.context)))
    for word in ("ESK", "PBO", "Esketamine", bytes(range(32)).hex()):
        assert word not in told
