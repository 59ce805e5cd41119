"""Whatever is sent to any address by anybody, the answer is never a 500. New addresses are covered by being there."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import datetime

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter, SlugConverter, StringConverter, UUIDConverter

from apps.participants.models import Participant
from tests.factories.cast import Cast

pytestmark = pytest.mark.usefixtures("time_machine_at")

ODD_BODIES: tuple[object, ...] = (
    {},
    [],
    "text",
    None,
    {"email": 1, "id": "x", "kind": [], "items": {"1": 10**30}, "values": "no", "version": 2**63, "reason": None},
    {
        "participant_id": str(uuid.uuid4()), "participant": str(uuid.uuid4()), "key": "k", "visit_id": "x",
        "site_id": str(uuid.uuid4()), "answers": {"": None}, "values": {"sbp": 1e308, "dbp": "NaN"}, "version": -1,
        "observed_at": "9999-99-99", "entered_at": 0, "password": "\u0000", "dose_mg": 2**40, "items": [[[]]],
    },
)  # fmt: skip
SAMPLES = {
    UUIDConverter: str(uuid.uuid4()),
    SlugConverter: "t2",
    IntConverter: "999999999",
    StringConverter: "a'%00b",
}


def addresses(resolver: URLResolver, before: str = "/") -> Iterator[str]:
    for entry in resolver.url_patterns:
        route = str(entry.pattern)
        for name, converter in entry.pattern.converters.items():
            sample = SAMPLES.get(type(converter), "x")
            for spelled in (
                f"<uuid:{name}>",
                f"<slug:{name}>",
                f"<int:{name}>",
                f"<str:{name}>",
                f"<{name}>",
            ):
                route = route.replace(spelled, sample)
        if isinstance(entry, URLResolver):
            yield from addresses(entry, before + route)
        elif isinstance(entry, URLPattern):
            yield before + route


ALL = sorted(
    {address for address in addresses(get_resolver()) if "<" not in address and "schema" not in address}
)


def answers(client: Client, address: str) -> Iterator[tuple[str, int]]:
    yield (
        "GET",
        client.get(
            address, {"page": "-1", "page_size": "x", "site": "\ud800".encode("utf-8", "replace")}
        ).status_code,
    )
    yield "DELETE", client.delete(address).status_code
    if "/api/" in address:
        for body in ODD_BODIES:
            for method in (client.post, client.put):
                answer = method(address, json.dumps(body), content_type="application/json")
                yield f"{method.__name__} {str(body)[:40]}", answer.status_code
        yield "unreadable", client.post(address, b"\xff\xfe{", content_type="application/json").status_code
        yield (
            "wrong kind",
            client.post(address, b"a=1", content_type="application/x-www-form-urlencoded").status_code,
        )
    else:
        yield "empty form", client.post(address, {}).status_code
        yield (
            "odd form",
            client.post(
                address, dict.fromkeys(("name", "email", "version", "reason", "kind"), "\x00💥" * 50)
            ).status_code,
        )


def test_there_are_addresses_to_try() -> None:
    assert len(ALL) > 80


@pytest.mark.parametrize(
    "role", ["", "COORDINATOR", "INVESTIGATOR", "EFFICACY_RATER", "UNBLINDED_STATISTICIAN", "OUTSIDER"]
)
def test_no_input_breaks_any_address(cast: Cast, client: Client, role: str) -> None:
    client.raise_request_exception = False
    broken = []
    for address in ALL:
        if role and "sign" not in address:
            client.logout()  # a new session each time: one of the addresses locks the screen
            client.force_login(cast.by_role[role], backend="django.contrib.auth.backends.ModelBackend")
        broken += [
            f"{what} {address}: {status}" for what, status in answers(client, address) if status >= 500
        ]
    assert not broken, "\n".join(broken)


def test_nor_any_address_of_a_real_participant(cast: Cast, client: Client, at: datetime) -> None:
    one = Participant.objects.create(
        study=cast.study, site=cast.site, protocol_version=cast.version, number="DE01-0001", status="RANDOMIZED",
        sex="F", age_years=44, recorded_at=at, recorded_by=cast.coordinator,
    )  # fmt: skip
    client.raise_request_exception = False
    client.force_login(cast.investigator, backend="django.contrib.auth.backends.ModelBackend")
    broken = []
    for address in ALL:
        if SAMPLES[UUIDConverter] in address:
            mine = address.replace(SAMPLES[UUIDConverter], str(one.pk))
            broken += [f"{what} {mine}: {status}" for what, status in answers(client, mine) if status >= 500]
    assert not broken, "\n".join(broken)
