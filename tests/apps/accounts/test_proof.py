"""The proof against forged requests survives what a page asks for by itself while somebody signs in."""

from __future__ import annotations

import pytest
from django.http import SimpleCookie
from django.test import Client

from tests.factories.cast import PASSWORD, Cast

pytestmark = pytest.mark.usefixtures("time_machine_at")


def proof_on(client: Client, address: str) -> str:
    """The proof in the forms of a page."""
    return str(client.get(address).context["csrf_token"])


def test_an_answer_under_way_while_somebody_signs_in_does_not_put_the_former_proof_back(cast: Cast) -> None:
    tab = Client(enforce_csrf_checks=True)
    given = {"username": cast.nurse.email, "password": PASSWORD}
    sent = {**given, "csrfmiddlewaretoken": proof_on(tab, "/sign-in/")}
    before = tab.cookies["csrftoken"].value
    asking = Client()
    asking.cookies = SimpleCookie({"csrftoken": before})

    assert tab.post("/sign-in/", sent).status_code == 302
    assert tab.cookies["csrftoken"].value != before
    late = asking.get("/sign-in/")
    assert "csrfmiddlewaretoken" in late.content.decode()
    assert "csrftoken" not in late.cookies, "the browser would hold it instead of the new one"
    assert tab.post("/sign-out/", {"csrfmiddlewaretoken": proof_on(tab, "/")}).status_code == 302


def test_no_page_sends_a_proof_twice(cast: Cast) -> None:
    tab = Client()
    tab.force_login(cast.nurse)
    assert tab.get("/").cookies["csrftoken"].value
    for address in ("/", "/sessions/", "/sessions/now/", "/reminders/alerts/"):
        assert "csrftoken" not in tab.get(address).cookies, address


def test_a_browser_without_a_proof_is_given_one(cast: Cast) -> None:
    assert Client().get("/sign-in/").cookies["csrftoken"].value
