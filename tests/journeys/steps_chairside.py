"""A nurse at her tablet: signing in, a chair's page, one reading, and what the page and the database then say."""

from __future__ import annotations

import time

from playwright.sync_api import Page, expect

from tests.factories.cast import PASSWORD
from tests.journeys.house import House
from tests.journeys.steps_browser import PATIENCE


def sign_in(page: Page, name: str = "Nadia Klein") -> None:
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill(name.lower().replace(" ", ".") + "@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def at_chair(page: Page, number: str) -> Page:
    page.get_by_role("link", name=number).first.click()
    page.wait_for_selector("[data-watch-form][data-slots-known]")
    return page


def saves(page: Page, **values: int) -> None:
    for name, value in values.items():
        if name == "moaas":
            page.locator(f"#moaas-{value}").check()
        else:
            page.fill(f"#{name}", str(value))
    page.get_by_role("button", name="Save reading").click()


def said(page: Page, words: str) -> None:
    expect(page.locator("[data-observation-state]")).to_contain_text(words, timeout=20_000)


def top(page: Page, words: str) -> None:
    expect(page.locator(".topbar vigil-outbox")).to_contain_text(words, timeout=25_000)


def rows(house: House, number: str, *, spo2: int) -> list[tuple[object, ...]]:
    """What the database holds of one participant with this saturation: every test has its own figure."""
    return house.as_owner(
        "SELECT o.slot_minute, o.late_reason FROM monitoring_observation o "
        "JOIN dosing_dosingsession s ON s.id = o.session_id "
        "JOIN participants_participant p ON p.id = s.participant_id WHERE p.number = %s AND o.spo2 = %s "
        "ORDER BY o.entered_at",
        number,
        spo2,
    )


def copies(page: Page) -> list[str]:
    """The paths of the pages kept on this tablet."""
    return page.evaluate(
        """async () => { const found = [];
        for (const name of await caches.keys()) if (name.startsWith('vigil-pages'))
            for (const key of await (await caches.open(name)).keys()) found.push(new URL(key.url).pathname);
        return found.sort(); }"""
    )


def copies_kept(page: Page, count: int) -> None:
    """Wait until so many pages are kept: three are the board and the pages of both chairs."""
    deadline = time.monotonic() + PATIENCE / 1000
    while (len(copies(page)) != count) if count == 0 else (len(copies(page)) < count):
        assert time.monotonic() < deadline, copies(page)
        page.wait_for_timeout(200)
