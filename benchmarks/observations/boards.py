"""Boards that ask every five seconds whether anything is new, from one thread, each on a connection of its own."""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

EVERY = 5.0


async def _board(port: int, cookie: str, spans: dict[int, list[float]]) -> None:
    etag = ""
    reader = writer = None
    await asyncio.sleep(random.random() * EVERY)  # noqa: S311 - spreads them, hides nothing
    while True:
        begun = time.perf_counter()
        try:
            if writer is None:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            asked = f"GET /sessions/now/ HTTP/1.1\r\nHost: localhost\r\nCookie: sessionid={cookie}\r\n"
            writer.write(f"{asked}If-None-Match: {etag}\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
            fields = {name.lower(): value for name, value in fields.items()}
            status = int(head.split(" ", 2)[1])
            if status != 304:
                await reader.readexactly(int(fields["content-length"]))
            etag = fields.get("etag", "")
            spans.setdefault(status, []).append(1000 * (time.perf_counter() - begun))
            if fields.get("connection", "").lower() == "close":
                raise ConnectionError
        except (OSError, EOFError):  # the server hung up an idle line
            if writer is not None:
                writer.close()
            reader = writer = None
        await asyncio.sleep(max(0.0, EVERY - (time.perf_counter() - begun)))


def _poll(port: int, cookies: Sequence[str], stop: Any, answers: Any) -> None:
    spans: dict[int, list[float]] = {}

    async def all_of_them() -> None:
        boards = [asyncio.ensure_future(_board(port, cookie, spans)) for cookie in cookies]
        while not stop.is_set():
            await asyncio.sleep(0.2)
        for board in boards:
            board.cancel()

    asyncio.run(all_of_them())
    answers.put(spans)


@contextmanager
def polling(port: int, cookies: Sequence[str], found: dict[int, list[float]]) -> Iterator[None]:
    """Let boards poll meanwhile; afterwards `found` holds their waits in milliseconds by status."""
    context = multiprocessing.get_context("fork")
    stop, answers = context.Event(), context.Queue()
    process = context.Process(target=_poll, args=(port, list(cookies), stop, answers), daemon=True)
    process.start()
    time.sleep(2 * EVERY)  # everybody has asked once and holds a mark
    try:
        yield
    finally:
        stop.set()
        found.update(answers.get(timeout=60))
        process.join()
