"""Questions compiled once and asked together: for the few acts where somebody waits while others wait for them.

A selector's queryset says what is asked. Django builds its SQL anew each time, which takes longer than PostgreSQL
takes to answer; a `Question` keeps the SQL, and `ask_together` sends any number of them in one round trip.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.transaction import TransactionManagementError


class Question:
    """A queryset whose arguments, all UUID or datetime, stand in its SQL as they are and nothing is decided by them.

    With `values_list` its answers are tuples, else instances. Raises ValueError at its first use for an argument that
    the SQL does not hold.
    """

    def __init__(self, build: Callable[..., QuerySet[Any]]) -> None:
        self._build = build
        self._known: _Compiled | None = None

    def __call__(self, **values: Any) -> Asked:
        """Return the question with its values, to be asked."""
        if self._known is None:
            self._known = _compile(self._build)
        return Asked(self._known, values)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its values."""

    compiled: _Compiled
    values: dict[str, Any]

    @property
    def parameters(self) -> list[Any]:
        """The values in the order of the statement."""
        return [self.values[part] if named else part for named, part in self.compiled.parts]


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    parts: tuple[tuple[bool, Any], ...]
    locks: bool
    read: Callable[[list[tuple[Any, ...]]], list[Any]]


def ask(asked: Asked) -> list[Any]:
    """Return the answers to one question."""
    return ask_together(asked)[0]


def ask_together(*asked: Asked) -> list[list[Any]]:
    """Return the answers to each question, in one round trip.

    Raises TransactionManagementError for a question that locks rows, outside a transaction.
    """
    if any(one.compiled.locks for one in asked) and not connection.in_atomic_block:
        raise TransactionManagementError("A question that locks rows is asked within a transaction.")
    connection.ensure_connection()
    cursors = [psycopg.Cursor(connection.connection) for _ in asked]
    if len(asked) == 1:
        cursors[0].execute(asked[0].compiled.sql, asked[0].parameters, prepare=True)
    else:
        with connection.connection.pipeline():
            for cursor, one in zip(cursors, asked, strict=True):
                cursor.execute(one.compiled.sql, one.parameters, prepare=True)
    return [one.compiled.read(cursor.fetchall()) for cursor, one in zip(cursors, asked, strict=True)]


def row_of(sql: str, parameters: Sequence[Any]) -> tuple[Any, ...]:
    """Return the one row of a statement that is prepared on the server: a call of a function, or of a procedure.

    Row history learns nothing of it; a procedure that writes is told by `history_now`. Raises Django's database errors.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors:
        found = psycopg.Cursor(connection.connection).execute(sql, parameters, prepare=True).fetchone()
    assert found is not None  # a call answers
    return tuple(found)


def _compile(build: Callable[..., QuerySet[Any]]) -> _Compiled:
    names = list(inspect.signature(build, eval_str=True).parameters.values())
    stand_ins = {one.name: _stand_in(one.annotation, place) for place, one in enumerate(names)}
    rows = build(**stand_ins)
    compiler = rows.query.get_compiler(rows.db)
    sql, parameters = compiler.as_sql()
    parts = tuple(_part(parameter, stand_ins) for parameter in parameters)
    unheld = sorted(set(stand_ins) - {name for named, name in parts if named})
    if unheld:
        raise ValueError(f"The statement does not hold {', '.join(unheld)}.")
    converters = compiler.get_converters([column for column, _, _ in compiler.select])
    instances = _instances(compiler, rows.db) if rows._fields is None else list

    def read(found: list[tuple[Any, ...]]) -> list[Any]:
        converted = compiler.apply_converters(found, converters) if converters else found
        return list(instances(tuple(row) for row in converted))

    return _Compiled(sql, parts, rows.query.select_for_update, read)


def _stand_in(kind: type, place: int) -> UUID | datetime:
    if kind is UUID:
        return uuid4()
    if kind is datetime:
        return datetime(1001, 1, 1, tzinfo=UTC) + timedelta(microseconds=place)
    raise ValueError("A question's arguments are annotated as UUID or datetime.")


def _part(parameter: Any, stand_ins: dict[str, Any]) -> tuple[bool, Any]:
    for name, stand_in in stand_ins.items():
        if type(parameter) is type(stand_in) and parameter == stand_in:
            return True, name
    return False, parameter


def _instances(compiler: Any, using: str) -> Callable[[Iterator[tuple[Any, ...]]], Iterator[Model]]:
    """What a queryset does with its rows (`ModelIterable`), with what it can know beforehand kept."""
    about = compiler.klass_info
    first, last = about["select_fields"][0], about["select_fields"][-1] + 1
    fields: Sequence[str] = [column[0].target.attname for column in compiler.select[first:last]]
    populators = get_related_populators(about, compiler.select, using)

    def read(rows: Iterator[tuple[Any, ...]]) -> Iterator[Model]:
        for row in rows:
            found = about["model"].from_db(using, fields, row[first:last])
            for populator in populators:
                populator.populate(row, found)
            yield found

    return read
