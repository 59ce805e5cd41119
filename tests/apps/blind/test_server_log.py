"""What a sealed function was given never reaches the server's log, however the call fails."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import psycopg
import pytest

from tests.apps.randomization import logins

pytestmark = pytest.mark.django_db

CANARY = f"QZXCANARY-{uuid.uuid4().hex}"

#: Calls that fail in different places: for want of a right, of a type, of a row, by a constraint that quotes the row.
CALLS = (
    ("vigil_app", "SELECT sealed.list_store(%s::text)", [CANARY]),
    ("vigil_app", "SELECT 1 / sealed.place_left(%s, %s)::int", [uuid.uuid4(), CANARY]),
    ("vigil_unblinded", "SELECT * FROM sealed.arms_read(%s, %s, %s)", [uuid.uuid4(), uuid.uuid4(), CANARY]),
    ("vigil_unblinded", "SELECT sealed.report_store(%s, %s, %s, NULL, %s, %s)",
     [uuid.uuid4(), uuid.uuid4(), CANARY, CANARY.encode(), uuid.uuid4()]),
    ("vigil_owner", "INSERT INTO sealed.kit_content (kit_id, content) VALUES (%s, %s)", [uuid.uuid4(), CANARY]),
    ("vigil_owner", "INSERT INTO sealed.report_file (job_id, study_id, name, media_type, content, sha256) "
     "VALUES (%s, %s, %s, 'x', '', 'wrong')", [uuid.uuid4(), uuid.uuid4(), CANARY]),
)  # fmt: skip


def log_of(connection: psycopg.Connection) -> Path:
    """Where the server of this connection writes its errors."""
    try:
        return Path(os.readlink(f"/proc/{connection.info.backend_pid}/fd/2"))
    except OSError:
        pytest.skip("The server is not on this machine, so its log cannot be read.")


@pytest.mark.parametrize(("login", "statement", "given"), CALLS)
def test_a_failing_call_leaves_nothing_of_its_parameters_in_the_log(
    db: None, login: str, statement: str, given: list[object]
) -> None:
    with logins.connect(login) as connection:
        log = log_of(connection)
        before = log.stat().st_size
        with pytest.raises(psycopg.Error):
            connection.execute(statement, given)
        # Teeth: what is meant for the log does get there, after the failure.
        mark = f"mark-{uuid.uuid4().hex}"
        with pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute(f'SELECT FROM "{mark}"')
    with log.open("rb") as stream:
        stream.seek(before)
        written = stream.read()
    assert mark.encode() in written
    assert CANARY.encode() not in written
    assert CANARY.encode().hex().encode() not in written


@pytest.mark.parametrize("login", logins.VARIABLES)
def test_no_login_has_its_values_logged(db: None, login: str) -> None:
    wanted = {
        "log_statement": "none",
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_min_duration_statement": "-1",
    }
    with logins.connect(login) as connection:
        found = {name: connection.execute("SELECT current_setting(%s)", [name]).fetchone() for name in wanted}
        explained = connection.execute(
            "SELECT current_setting('auto_explain.log_min_duration', true)"
        ).fetchone()
    assert found == {name: (value,) for name, value in wanted.items()}
    assert explained == ("-1",)
