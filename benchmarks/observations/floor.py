"""The floor: the rows one PUT leaves, written by bare psycopg: prepared, pipelined, in one transaction, unchecked.

The tables are the product's own, with their constraints, triggers, history and chain.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

#: What the database fills in by itself.
OWN = {"audit_auditevent": {"id", "chain", "place", "link"}}


@dataclass(frozen=True, slots=True)
class Rows:
    """What the PUTs left: by table the columns, and some sets of rows as they were written."""

    app: str
    sessions: tuple[str, ...]
    columns: dict[str, tuple[str, ...]]
    samples: tuple[dict[str, list[tuple[Any, ...]]], ...]


def rows_left(owner: str, app: str, *, sessions: tuple[str, ...], count: int = 200) -> Rows:
    """Read back what the latest `count` PUTs wrote."""
    with psycopg.connect(owner) as connection:
        columns = {
            table: tuple(
                name
                for (name,) in connection.execute(
                    "SELECT column_name FROM information_schema.columns"
                    " WHERE table_schema = 'public' AND table_name = %s ORDER BY ordinal_position",
                    [table],
                )
                if name not in OWN.get(table, ())
            )
            for table in ("monitoring_observation", "audit_auditevent", "monitoring_finding")
        }
        latest = [
            key
            for (key,) in connection.execute(
                "SELECT id FROM monitoring_observation ORDER BY recorded_at DESC LIMIT %s", [count]
            )
        ]
        samples = []
        for key in latest:
            samples.append(
                {
                    table: [
                        tuple(Jsonb(value) if isinstance(value, (dict, list)) else value for value in row)
                        for row in connection.execute(
                            sql.SQL("SELECT {} FROM {} WHERE {} = %s").format(
                                sql.SQL(", ").join(map(sql.Identifier, columns[table])),
                                sql.Identifier(table),
                                sql.Identifier(by),
                            ),
                            [str(key) if by == "subject_id" else key],
                        )
                    ]
                    for table, by in (
                        ("monitoring_observation", "id"),
                        ("monitoring_finding", "observation_id"),
                        ("audit_auditevent", "subject_id"),
                    )
                }
            )
    return Rows(app, sessions, columns, tuple(samples))


def writing(rows: Rows) -> tuple[Callable[[], None], Callable[[], None]]:
    """Return the act of writing one such set of rows under new identifiers, and how to hang up."""
    connection = psycopg.connect(rows.app, autocommit=True, prepare_threshold=0)
    statements = {
        table: sql.SQL("INSERT INTO {} ({}) VALUES ({})")
        .format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, names)),
            sql.SQL(", ").join([sql.Placeholder()] * len(names)),
        )
        .as_string(connection)
        for table, names in rows.columns.items()
    }
    chance = random.Random(rows.sessions[0])  # noqa: S311 - nothing secret
    sessions = itertools.cycle(rows.sessions)

    def renewed(table: str, row: tuple[Any, ...], known: dict[str, Any]) -> list[Any]:
        given = dict(zip(rows.columns[table], row, strict=True))
        return [*{**given, **{key: value for key, value in known.items() if key in given}}.values()]

    def act() -> None:
        sample = chance.choice(rows.samples)
        key, session = uuid4(), next(sessions)
        with connection.pipeline(), connection.transaction():
            for row in sample["monitoring_observation"]:
                connection.execute(
                    statements["monitoring_observation"],
                    renewed("monitoring_observation", row, {"id": key, "session_id": session}),
                )
            for row in sample["monitoring_finding"]:
                finding = uuid4()
                known = {"id": finding, "key": str(finding), "observation_id": key, "session_id": session}
                connection.execute(
                    statements["monitoring_finding"], renewed("monitoring_finding", row, known)
                )
            for row in sample["audit_auditevent"]:
                connection.execute(
                    statements["audit_auditevent"],
                    renewed("audit_auditevent", row, {"subject_id": str(key)}),
                )

    return act, connection.close
