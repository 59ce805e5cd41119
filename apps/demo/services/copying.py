"""Writing many rows at once with COPY: the same triggers and constraints as INSERT, a fraction of its cost."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any

import psycopg
from django.db import connection, models
from psycopg import sql
from psycopg.types.json import Jsonb

#: A row as COPY takes it: its values in the order of the columns.
Row = Sequence[Any]


@lru_cache(maxsize=64)
def _table(model: type[models.Model]) -> Table:
    return Table(model)


class Table:
    """One table to be filled: its columns, but those the database fills in, and how an instance gives their values."""

    def __init__(self, model: type[models.Model], *, without: Collection[str] = ()) -> None:
        self.name = model._meta.db_table
        fields = [
            one
            for one in model._meta.concrete_fields
            if not isinstance(one, models.AutoField) and one.column not in without
        ]
        self.columns = [one.column for one in fields]
        self._read: Callable[[Any], tuple[Any, ...]] = attrgetter(*(one.attname for one in fields))
        self._defaults = [(one.column, one.get_default) for one in fields]
        self._json = [place for place, one in enumerate(fields) if isinstance(one, models.JSONField)]

    def values(self, **given: Any) -> Row:
        """Return a row from its values by column, the others at their defaults: an instance is dear, a row is cheap.

        :raises TypeError: for a column that the table does not have
        """
        row = [given.pop(name) if name in given else default() for name, default in self._defaults]
        if given:
            raise TypeError(f"{self.name} has no {', '.join(given)}.")
        return self._adapted(row)

    def row(self, instance: models.Model) -> Row:
        """Return the values of an instance; a JSON value that is None is no value at all, as Django stores it."""
        values = self._read(instance)
        return self._adapted(list(values)) if self._json else values

    def _adapted(self, values: list[Any]) -> Row:
        for place in self._json:
            if values[place] is not None:
                values[place] = Jsonb(values[place])
        return values

    def copy(self, rows: Iterable[Row]) -> None:
        """Write rows in the current transaction. Whatever the row history is to say was set in it before."""
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(self.name), sql.SQL(", ").join(map(sql.Identifier, self.columns))
        )
        connection.ensure_connection()
        with psycopg.Cursor(connection.connection) as cursor, cursor.copy(statement) as stream:
            for row in rows:
                stream.write_row(row)
