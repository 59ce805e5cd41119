"""Everybody who is blinded goes to every address and does what can be done there; every byte of it is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import time_machine
from django.http import HttpResponse
from django.test import Client

from apps.accounts.models import User
from apps.participants.models import Participant
from apps.studies.domain.permissions import Role
from tests.apps.blind.addresses import Route, filled, routes
from tests.apps.blind.record import Answers
from tests.apps.blind.story import DAY, Telling
from tests.apps.core.test_no_input_breaks_it import ODD_BODIES

#: Addresses that end what is walked, so they come last and only with GET.
LAST = (
    "accounts:lock",
    "accounts:hand_over",
    "accounts:sign_out",
    "api_token_revoke",
    "studies:choose_place",
)
#: Slow, and without any data in it: asked once by each.
ONCE = ("api_schema", "api_docs")
#: One person of each design: in the other world the same person is in another arm.
LOOKED_AT = ("B1", "L1")
#: Who sees next to nothing reads one address of a kind and writes nowhere.
SHUT_OUT = ("OUTSIDER", "OTHER_SITE", "NOBODY")
#: Who sees participants is led to one of each design, the others to the first only.
CLINIC = ("COORDINATOR", "INVESTIGATOR", "MONITOR")
_BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass
class Walk:
    """One telling, walked."""

    telling: Telling
    answers: Answers = field(default_factory=Answers)
    #: Methods that an address did not take from the first who asked: it takes them from nobody.
    refused: set[tuple[str, str]] = field(default_factory=set)

    def everybody(self) -> list[tuple[str, User | None]]:
        """Every blinded role, the other site's coordinator, somebody without a role, and a stranger."""
        cast = self.telling.stage.flexible
        blinded = {
            name: one for name, one in cast.by_role.items() if name != Role.UNBLINDED_STATISTICIAN.value
        }
        return [*blinded.items(), ("OTHER_SITE", cast.other_coordinator), ("NOBODY", None)]

    def all(self) -> Answers:
        """Walk as everybody, eight days after the first draw."""
        paths = self._paths()
        with time_machine.travel(self.telling.at + 8 * DAY, tick=False):
            for role, user in self.everybody():
                self.one(role, user, paths)
        return self.answers

    def one(self, role: str, user: User | None, paths: list[tuple[Route, list[str]]]) -> None:
        """Walk as one person: read everything, lists in both studies; then try to write everywhere."""
        client = Client(raise_request_exception=False)
        if user is not None:
            self._ask(role, "sign in", lambda: client.force_login(user, backend=_BACKEND))
        shut_out = role in SHUT_OUT
        for study, site in (("n4", "FR01"), ("t2", "DE01")):
            for place in (f"{study}/", f"{study}/{site}"):
                self._ask(
                    role, f"go to {place}", lambda place=place: client.post("/place/", {"place": place})
                )
            for route, addresses in paths:
                if study == "t2" or not (route.parameters or shut_out or route.name in ONCE):
                    here = addresses if role in CLINIC else addresses[:1]
                    for address in here if shut_out else self._questions(route, here, study):
                        self._ask(
                            role,
                            f"GET {address} in {study}",
                            lambda address=address: client.get(address),
                            route,
                        )
        for route, addresses in paths:
            if route.name not in (*LAST, *ONCE) and not shut_out:
                for send in (client.post, client.put):
                    self._ask(
                        role,
                        f"{send.__name__.upper()} {addresses[0]}",
                        lambda to=addresses[0], send=send: _send(send, to),
                        route,
                    )

    def _paths(self) -> list[tuple[Route, list[str]]]:
        people = [Participant.objects.get(pk=self.telling.people[name].pk) for name in LOOKED_AT]
        found = []
        for route in routes():
            addresses = list(dict.fromkeys(path for one in people for path in filled(route, one)))
            found.append((route, addresses))
        return sorted(found, key=lambda entry: (entry[0].name in LAST, entry[0].path))

    def _questions(self, route: Route, addresses: list[str], study: str) -> Iterator[str]:
        """An address as it is; a list also by page, by filter and by a filter that nobody should send."""
        yield from addresses
        if not route.parameters and route.name not in (*LAST, *ONCE) and study == "t2":
            for query in QUERIES:
                yield f"{addresses[0]}?{query}"
        if "attendance" in route.path and study == "t2":
            first, last = (self.telling.at + days * DAY for days in (-1, 8))
            yield f"{addresses[0]}?starts_on={first:%Y-%m-%d}&ends_on={last:%Y-%m-%d}"

    def _ask(self, role: str, what: str, act: Callable[[], Any], route: Route | None = None) -> None:
        """Ask, with chance of its own, and keep the answer; a method once refused is not tried again."""
        method = (route.path if route else "", what.partition(" ")[0])
        if method in self.refused or (route and not route.takes(method[1].lower())):
            return
        label = f"{role} {what}"
        self.telling.chance.seed(label)
        answer = act()
        if answer is not None:
            self.answers.keep(label, answer)
            if answer.status_code == 405:
                self.refused.add(method)


QUERIES = (
    "page=2&page_size=3&state=DISPENSED&site=DE01&study=t2",
    "page=-1&state=%00&number=K&site=%F0%9F%92%A5",
)


def _send(send: Callable[..., HttpResponse], address: str) -> HttpResponse:
    """Send what cannot be right: every endpoint has its own words for it."""
    if address.startswith("/api/"):
        return send(address, json.dumps(ODD_BODIES[5]), content_type="application/json")
    return send(address, {} if send.__name__ == "post" else "")
