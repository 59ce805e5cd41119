from __future__ import annotations

import hmac
import json
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from apps.reminders.domain.webhooks import (
    Target,
    address_choose,
    address_refused,
    body_of,
    secret_of,
    signature_of,
    target_of,
    url_reasons,
)


def codes(url: str, *, local_allowed: bool = False) -> list[str]:
    return [reason.code for reason in url_reasons(url, local_allowed=local_allowed)]


@pytest.mark.parametrize(
    "url", ["https://alarm.example.org/in", "https://alarm.example.org:8443/in?ward=3", "https://192.0.2.7/"]
)
def test_https_anywhere_is_an_address(url: str) -> None:
    assert codes(url) == []


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "required"),
        ("alarm.example.org", "no_address"),
        ("ftp://alarm.example.org/", "no_address"),
        ("https:///in", "no_address"),
        ("https://[::1", "no_address"),
        ("https://alarm.example.org:99999/", "no_address"),
        ("https://alarm.example.org:0/", "no_port"),
        ("http://alarm.example.org/in", "not_secure"),
        ("https://me:secret@alarm.example.org/", "has_credentials"),
        ("https://alarm.example.org/#in", "has_fragment"),
        ("https://alarm.example.org/\r\nX: y", "not_plain"),
        ("https://alarm.example.org/a b", "not_plain"),
        ("https://älarm.example.org/", "not_plain"),
        ("https://alarm.example.org/" + "x" * 500, "too_long"),
        ("http://127.0.0.1:9000/", "local"),
        ("https://localhost/", "local"),
    ],
)
def test_what_is_no_address_for_a_webhook(url: str, code: str) -> None:
    assert code in codes(url)


def test_this_machine_is_a_receiver_in_an_evaluation_only() -> None:
    for url in ("http://127.0.0.1:9000/in", "http://localhost/in", "http://[::1]:9000/in"):
        assert codes(url, local_allowed=True) == []
    assert codes("http://10.0.0.7/", local_allowed=True) == ["not_secure"]


REFUSED = [
    "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "240.0.0.1",  # noqa: S104
    "255.255.255.255", "192.0.2.1", "198.18.0.1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1",
    "::ffff:10.0.0.1", "::ffff:169.254.169.254", "2002:a00:1::1", "2001:0:4136:e378:8000:63bf:f5ff:fffe",
    "64:ff9b::10.0.0.1", "no address",
]  # fmt: skip


@pytest.mark.parametrize("address", REFUSED)
@pytest.mark.parametrize("local_allowed", [True, False])
def test_nothing_is_sent_into_a_network(address: str, local_allowed: bool) -> None:
    assert address_refused(address, local_allowed=local_allowed)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_nothing_is_sent_to_this_machine_but_in_an_evaluation(address: str) -> None:
    assert address_refused(address, local_allowed=False)
    assert not address_refused(address, local_allowed=True)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_the_open_network_is_reached(address: str) -> None:
    assert not address_refused(address, local_allowed=False)


def test_one_forbidden_address_of_a_name_forbids_the_name() -> None:
    def choose(*addresses: str, private: tuple[str, ...] = ()) -> str | None:
        return address_choose(addresses, host="alarm.example.org", local_allowed=False, private_hosts=private)

    assert choose("8.8.8.8", "8.8.4.4") == "8.8.8.8"
    assert choose("8.8.8.8", "10.0.0.1") is None
    assert choose() is None
    assert choose("10.0.0.1", private=("alarm.example.org",)) == "10.0.0.1"
    assert choose("10.0.0.1", private=("other.example.org",)) is None


def test_the_parts_of_an_address() -> None:
    assert target_of("https://alarm.example.org/in?ward=3") == Target(
        True, "alarm.example.org", 443, "/in?ward=3"
    )
    assert target_of("http://[::1]:9000") == Target(False, "::1", 9000, "/")


def test_the_body_says_that_and_where_and_nothing_else() -> None:
    body = body_of(
        delivery="d", kind="finding.raised", study="VGL-1", site="DE01", chair=3, session="s", severity="urgent",
        round_=1, raised_at=datetime(2026, 3, 10, 9, 0, tzinfo=UTC),
    )  # fmt: skip
    assert json.loads(body) == {
        "delivery": "d", "kind": "finding.raised", "study": "VGL-1", "site": "DE01", "chair": 3, "session": "s",
        "severity": "urgent", "round": 1, "raised_at": "2026-03-10T09:00:00+00:00", "path": "/sessions/s/watch/",
    }  # fmt: skip


def test_the_signature_binds_time_and_body_to_the_secret() -> None:
    secret = secret_of(key="installation", webhook_id="w", salt="1")
    assert secret.startswith("vwh_")
    assert secret != secret_of(key="installation", webhook_id="w", salt="2")
    assert secret != secret_of(key="installation", webhook_id="v", salt="1")
    by_hand = hmac.new(secret.encode(), b'1773133200.{"a":1}', sha256).hexdigest()
    assert signature_of(secret, timestamp=1773133200, body=b'{"a":1}') == f"v1={by_hand}"
    assert signature_of(secret, timestamp=1773133201, body=b'{"a":1}') != f"v1={by_hand}"
