"""Leaks planted on purpose: each must be found, or finding nothing means nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable

import time_machine
from django.core import mail
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings

from apps.audit.services import event_record
from tests.apps.blind.record import Answers, all_logs, tables
from tests.apps.blind.story import DAY, Telling

_arm = ""
_log = logging.getLogger("apps.planted")
Handler = Callable[[HttpRequest], HttpResponse]


class Leak:
    """A middleware that knows an arm through the owner's login, and tells it one way or another."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        match request.headers.get("X-Plant"):
            case "text":
                answer.content += f"<!-- {_arm} -->".encode()
            case "length":
                answer.content += b" " * ord(_arm[-1])
            case "header":
                answer["ETag"] = f'"{hash_of(_arm)}"'
            case "order":
                answer.content = answer.content[:: 1 if _arm < "QZXCANARYB" else -1]
            case "status" if _arm < "QZXCANARYB":
                answer.status_code = 404
        return answer


def hash_of(arm: str) -> int:
    """A word that does not show what it is made of."""
    return sum(ord(letter) * 31**place for place, letter in enumerate(arm)) % 99991


def leaks(telling: Telling, arm: str) -> dict[str, Answers]:
    """Plant each leak in turn and look where it can be seen."""
    global _arm
    _arm = arm
    found: dict[str, Answers] = {}
    middleware = f"{__name__}.Leak"
    by = telling.stage.flexible.coordinator
    with time_machine.travel(telling.at + 8 * DAY, tick=False):
        from django.conf import settings

        with override_settings(MIDDLEWARE=[middleware, *settings.MIDDLEWARE]):
            client = Client()
            telling.chance.seed("plant")
            client.force_login(by, backend="django.contrib.auth.backends.ModelBackend")
            for kind in ("text", "length", "header", "order", "status", "none"):
                telling.chance.seed(f"plant {kind}")
                found[kind] = Answers()
                found[kind].keep(
                    kind, client.get(f"/participants/{telling.people['B1'].pk}/", headers={"X-Plant": kind})
                )
        found["log"] = Answers()
        with all_logs() as lines:
            _log.debug("kits of %s", "drug" if arm.endswith("A") else "placebo")
        found["log"].add("log", "\n".join(lines).encode())
        found["e-mail"], mail.outbox = Answers(), []
        mail.send_mail("Due", "tomorrow" + "!" * hash_of(arm), None, ["a@example.org"])
        found["e-mail"].add("e-mail", mail.outbox[0].message().as_bytes())
        telling.chance.seed("plant row")
        event_record(kind="planted.row", by=by, at=telling.at, study="t2", detail={"n": hash_of(arm)})
        found["row"] = tables()
    return found
