"""Rows of several tables written in one statement.

`row_add` writes at once, unless somebody further out has said `written_together`: then the rows wait and are written,
table by table in the order of their coming, in one statement at the end. What waits cannot be read back, so this is for
rows that nobody asks for before the act is over.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, wraps
from typing import Any, TypeVar, cast

from django.db import connection, transaction
from django.db.models import Field, JSONField, Model
from pghistory import runtime

Act = TypeVar("Act", bound=Callable[..., Any])

_waiting: ContextVar[list[Model] | None] = ContextVar("rows that wait to be written", default=None)


def in_transaction(act: Act) -> Act:
    """Do an act in the transaction of its caller, or in one of its own.

    For what is part of other acts, decides before it writes, and is undone with them: a savepoint for each would be
    two more round trips while others wait.
    """

    @wraps(act)
    def done(*args: Any, **kwargs: Any) -> Any:
        if connection.in_atomic_block:
            return act(*args, **kwargs)
        with transaction.atomic():
            return act(*args, **kwargs)

    return cast(Act, done)


@contextmanager
def written_together() -> Iterator[None]:
    """Let the rows added within wait, and write them in one statement at the end. An exception writes none.

    Within another one it changes nothing. Raises django's IntegrityError at the end for rows that a constraint refuses.
    """
    if _waiting.get() is not None:
        yield
        return
    rows: list[Model] = []
    token = _waiting.set(rows)
    try:
        yield
    finally:
        _waiting.reset(token)
    rows_write(rows)  # not reached by an exception


def row_add(*rows: Model) -> None:
    """Write new rows: at once, or with those that wait."""
    waiting = _waiting.get()
    if waiting is None:
        rows_write(rows)
    else:
        waiting.extend(rows)


def rows_write(rows: Sequence[Model]) -> None:
    """Insert new rows in one statement. A number that the database gives is not read back."""
    by_model: dict[type[Model], list[Model]] = {}
    for row in rows:
        by_model.setdefault(type(row), []).append(row)
    if not by_model:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _statement(tuple(by_model)),
            [json.dumps([_values(row) for row in of_one], default=_plain) for of_one in by_model.values()],
        )
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


@lru_cache(maxsize=256)
def _statement(models: tuple[type[Model], ...]) -> str:
    inserts = [_insert(model) for model in models]
    parts = ", ".join(f"part_{place} AS ({insert})" for place, insert in enumerate(inserts[:-1]))
    return f"WITH {parts} {inserts[-1]}" if parts else inserts[-1]


def _insert(model: type[Model]) -> str:
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    columns = ", ".join(quote(field.column) for field in _fields(model))
    # Every name is the model's own; values travel as parameters.
    return (
        f"INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, %s)"  # noqa: S608
    )


@lru_cache(maxsize=256)
def _fields(model: type[Model]) -> tuple[Field[Any, Any], ...]:
    return tuple(field for field in model._meta.concrete_fields if not field.db_returning)


def _values(row: Model) -> dict[str, Any]:
    return {field.column: _value(field, row) for field in _fields(type(row))}


def _value(field: Field[Any, Any], row: Model) -> Any:
    value = field.pre_save(row, add=True)
    if isinstance(field, JSONField) and value is not None:
        return json.loads(json.dumps(value, cls=field.encoder))  # its own rules of what may stand there
    return field.get_prep_value(value)


def _plain(value: Any) -> str:
    """A UUID, Decimal, date, time (to the microsecond) or bytes as PostgreSQL reads it."""
    if isinstance(value, (bytes, memoryview)):
        return "\\x" + bytes(value).hex()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def history_now() -> dict[str, Any] | None:
    """Return identifier and metadata of the row history's context, for a statement that does not pass Django's cursor.

    pghistory tells it to nothing else. None where nobody has said whose request it is.
    """
    told = getattr(runtime._tracker, "value", None)
    return None if told is None else {"id": str(told.id), "metadata": told.metadata}
