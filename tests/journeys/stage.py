"""A scripted server for the islands: the real pages, style sheets and scripts, and answers that the test decides.

Losing an answer on purpose, or answering 503 for a while, is the server's part here; the browser behaves as ever.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import time_machine
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from tests.apps.core.guide_figures import NOW
from tests.apps.core.guide_samples import guide_context

TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


class Person:
    """A signed-in nurse, as templates see one."""

    is_authenticated = True
    email = "nurse@example.org"

    def __init__(self, pk: str) -> None:
        self.pk = pk

    def __str__(self) -> str:
        return "Nadia Klein"


def policy() -> str:
    """The content security policy of the settings, as a header."""
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    return "; ".join(f"{name} {' '.join(map(str, sources))}" for name, sources in directives.items())


class Stage:
    """What the server holds and how it answers. `mode`: ok, busy, refuse, signed-out, lose."""

    def __init__(self) -> None:
        self.mode = "ok"
        self.rows: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.person = "nurse-1"
        self.fragment, self.etag = "<p id='news'>first</p>", '"1"'
        self.origin = ""

    def page(self, part: str) -> str:
        """One page of the style guide, made at a fixed moment."""
        context = {**guide_context(), "part": part, "user": Person(self.person), "csrf_token": "t"}
        with time_machine.travel(NOW, tick=False):
            return render_to_string("components/guide.html", context)

    def poll_page(self) -> str:
        """A page with a fragment that renews itself every two seconds."""
        empty = render_to_string("base.html", {"user": Person(self.person), "nav": [], "csrf_token": "t"})
        poll = '<vigil-poll data-url="/fragment" data-every="2"><p id="news">none</p></vigil-poll>'
        return empty.replace("</main>", f"<h1>Poll</h1>{poll}</main>")

    def record(self, identifier: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """Answer one PUT as the API does; the same identifier again is no second row."""
        self.asked.append(identifier)
        if self.mode == "busy":
            return 503, {}
        if self.mode == "signed-out":
            return 401, {
                "title": "Sign in",
                "reasons": [{"code": "not_authenticated", "message": "Sign in.", "field": ""}],
            }
        if self.mode == "refuse":
            reason = {"code": "impossible", "message": "Systolic must be above diastolic.", "field": "sbp"}
            return 422, {"title": "Some values cannot be right", "reasons": [reason]}
        fresh = identifier not in self.rows
        self.rows.setdefault(identifier, json.loads(body))
        return (201 if fresh else 200), {"id": identifier}


def _handler(stage: Stage) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_args: object) -> None:
            """Silence: the test speaks."""

        def answer(self, status: int, body: bytes, kind: str, **headers: str) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Security-Policy": policy(), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string(NOW.timestamp() if timestamp is None else timestamp)

        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            path = {"/sessions/worker.js": "/static/build/worker.js"}.get(path, path)
            if path.startswith("/static/"):
                found = finders.find(path.removeprefix("/static/"))
                if not found:
                    return self.answer(404, b"", "text/plain")
                return self.answer(200, Path(found).read_bytes(), TYPES.get(Path(found).suffix, "text/plain"))
            if path == "/fragment":
                if self.headers.get("If-None-Match") == stage.etag:
                    return self.answer(304, b"", "text/html", ETag=stage.etag)
                return self.answer(200, stage.fragment.encode(), "text/html; charset=utf-8", ETag=stage.etag)
            page = stage.poll_page() if path == "/poll" else stage.page(path.strip("/"))
            return self.answer(200, page.encode(), "text/html; charset=utf-8", Cache_Control="no-store")

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = stage.record(self.path.rsplit("/", 1)[-1], body)
            if stage.mode == "lose":  # stored, and then the connection breaks before the answer
                self.close_connection = True
                return
            self.answer(status, json.dumps(answer).encode(), "application/json")

    return Handler


@contextmanager
def stage_open() -> Iterator[Stage]:
    """Serve a stage on a free port of this machine."""
    stage = Stage()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(stage))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    stage.origin = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield stage
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
