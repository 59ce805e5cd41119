"""Keeping what was seen: answers byte for byte, log records of every logger, rows of every public table."""

from __future__ import annotations

import logging
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from tests.apps.randomization.worlds import as_owner

#: Columns that may differ, each with its reason.
MAY_DIFFER: dict[tuple[str, str], str] = {
    (
        "randomization_allocation",
        "record_hash",
    ): "the hash of the sealed record, salted with a nonce out of the seed",
}


#: Nobody can set the database's own clock. It goes on between two worlds; the story lies in another year's March.
_DAYS = [datetime.now(UTC).date() + timedelta(days=days) for days in (-1, 0, 1)]
_DATABASE_CLOCK = re.compile(
    rb"(%s)[T ]\d\d:\d\d:\d\d[.]\d+(\+00(:00)?|Z)" % b"|".join(str(day).encode() for day in _DAYS)
)
#: Logs of the program's own making, once in a process.
_ONCE = ("celery.utils.functional",)


@dataclass
class Answers:
    """Everything that was answered, in order, packed."""

    kept: dict[str, bytes] = field(default_factory=dict)
    statuses: dict[int, int] = field(default_factory=dict)

    def keep(self, label: str, answer: Any) -> None:
        """Keep status, headers, cookies and body of an answer."""
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        head = [f"{answer.status_code} {answer.reason_phrase}", *map(repr, sorted(answer.items()))]
        head += [morsel.OutputString() for _, morsel in sorted(answer.cookies.items())]
        self.statuses[answer.status_code] = self.statuses.get(answer.status_code, 0) + 1
        self.add(label, "\n".join(head).encode() + b"\n\n" + body)

    def add(self, label: str, said: bytes) -> None:
        """Keep something under a label of its own."""
        while label in self.kept:
            label += "'"
        self.kept[label] = zlib.compress(_DATABASE_CLOCK.sub(b"(the database's clock)", said), 1)

    def __getitem__(self, label: str) -> bytes:
        return zlib.decompress(self.kept[label])

    def holding(self, word: str) -> list[str]:
        """What holds the word, in any case and in any part."""
        wanted = word.lower().encode()
        return [label for label in self.kept if wanted in self[label].lower()]


def differences(one: Answers, other: Answers) -> list[str]:
    """Where two worlds tell different things, with the first difference of each."""
    found = [f"only in one world: {label}" for label in one.kept.keys() ^ other.kept.keys()]
    for label in one.kept.keys() & other.kept.keys():
        if one.kept[label] != other.kept[label]:
            found.append(f"{label}: {_first_difference(one[label], other[label])}")
    return sorted(found)


def _first_difference(left: bytes, right: bytes) -> str:
    at = next(
        (i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right))
    )
    begin = max(0, at - 60)
    return f"at byte {at}: {left[begin : at + 60]!r} and {right[begin : at + 60]!r}"


class _Everything(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name in _ONCE:
            return
        # A statement comes with its duration, which is nobody's word; the names of savepoints hold a thread's number.
        said = f"{record.sql} {record.params!r}" if hasattr(record, "sql") else record.getMessage()
        said = re.sub(r"s\d+_x\d+", "savepoint", said)
        for day in _DAYS:
            said = re.sub(
                rf"datetime\(({day.year}, {day.month}, {day.day}), [0-9, ]+", "datetime(now, ", said
            )
        if 'INTO "randomization_allocation"' in said:
            said = re.sub(r'(?<="record_hash": ")[0-9a-f]{64}', "record", said)  # as in MAY_DIFFER
        self.lines.append(
            f"{record.levelname} {record.name} {said} {record.exc_info and record.exc_info[1]!r}"
        )


@contextmanager
def all_logs() -> Iterator[list[str]]:
    """Hear every logger at DEBUG, SQL statements with their parameters among them."""
    handler = _Everything()
    loggers = [
        logging.getLogger(),
        *(logging.getLogger(name) for name in sorted(logging.root.manager.loggerDict)),
    ]
    before = [(logger, logger.level, logger.propagate, logger.handlers[:]) for logger in loggers]
    disabled, connection.force_debug_cursor = logging.root.manager.disable, True
    logging.disable(logging.NOTSET)
    try:
        for logger in loggers:
            logger.setLevel(logging.DEBUG)
            logger.propagate, logger.handlers = True, [handler] if logger is logging.root else []
        yield handler.lines
    finally:
        connection.force_debug_cursor = False
        logging.disable(disabled)
        for logger, level, propagate, handlers in before:
            logger.level, logger.propagate, logger.handlers = level, propagate, handlers
        logging.root.manager._clear_cache()  # type: ignore[attr-defined]


def tables() -> Answers:
    """Every row of every public table, by its text; what may differ is left out."""
    found = Answers()
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.table_name, array_agg(c.column_name::text ORDER BY c.ordinal_position) "
            "FROM information_schema.columns AS c JOIN information_schema.tables AS t USING (table_schema, table_name) "
            "WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' GROUP BY 1 ORDER BY 1"
        )
        for table, columns in cursor.fetchall():
            shown = ", ".join(f'"{name}"' for name in columns if (table, name) not in MAY_DIFFER)
            cursor.execute(
                f'SELECT md5(line), line FROM (SELECT ROW({shown})::text AS line FROM "{table}") ORDER BY line'
            )
            rows = cursor.fetchall()
            found.add(f"table {table}", "\n".join(line for _, line in rows).encode())
    return found
