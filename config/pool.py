"""Connections of the pool, looked at before use without asking the server when there is nothing to ask."""

from __future__ import annotations

import select
import time
from typing import Any

import psycopg

#: A line that was silent for longer may have been cut by something in between that told neither end.
TRUSTED_FOR = 30.0


class Connection(psycopg.Connection[Any]):
    """A connection whose check costs no round trip while it is in use and nothing has come in on it.

    The pool checks with an empty statement each time it hands a connection out. A server that ended, or ended this
    connection, has said so: something waits to be read. Only then, or after a silence, the server is asked.
    """

    asked_at = 0.0

    def execute(self, query: Any, params: Any = None, **options: Any) -> psycopg.Cursor[Any]:
        """Run a statement; the empty one of the pool only if there is a reason to."""
        if query == "":
            now = time.monotonic()
            if now - self.asked_at < TRUSTED_FOR and not _is_readable(self.fileno()):
                return self.cursor()
            self.asked_at = now
        return super().execute(query, params, **options)


def _is_readable(line: int) -> bool:
    poll = select.poll()
    poll.register(line, select.POLLIN)
    return bool(poll.poll(0))
