"""A tablet left alone, handed on, signed out, switched off: nobody reads over it, and nothing on it is lost."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.factories.cast import PASSWORD
from tests.journeys.house import House, house_open
from tests.journeys.steps_browser import PATIENCE, PROGRAM, RULES, TABLET, chromium_open
from tests.journeys.steps_chairside import at_chair, copies_kept, rows, said, saves, sign_in, top

PIN = "2580"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A whole Vigil with two participants in their chairs."""
    if "APP_DATABASE_URL" not in os.environ:
        pytest.fail("Journeys need the test servers: run `make test-journeys`.")
    place: Path = tmp_path_factory.mktemp("lock")
    with house_open(place, stage="tests.journeys.chairside_on_stage") as opened:
        yield opened


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with chromium_open() as browser:
        yield browser


@pytest.fixture
def tablet(chromium: Browser, house: House) -> Iterator[Page]:
    """Nadia's tablet on a chair's page; she has chosen a PIN."""
    context = chromium.new_context(viewport=TABLET, has_touch=True, base_url=house.url)
    context.set_default_timeout(PATIENCE)
    yield seated(context, house)
    context.close()


def seated(context: BrowserContext, house: House) -> Page:
    page = context.new_page()
    sign_in(page)
    if house.as_owner("SELECT pin FROM accounts_user WHERE full_name = 'Nadia Klein'") == [("",)]:
        page.goto("/account/pin/")
        page.fill("#id_pin", PIN)
        page.fill("#id_again", PIN)
        page.fill("#id_password", PASSWORD)
        page.get_by_role("button", name="Save").click()
        expect(page.locator("#messages")).to_contain_text("PIN")
    page.goto("/sessions/")
    copies_kept(page, 3)
    return at_chair(page, "DE01-0002")


def left_alone(page: Page, minutes: int = 6) -> None:
    """Let the tablet's time pass without a touch."""
    page.evaluate(
        "(ms) => { const real = Date.now; Date.now = () => real.call(Date) + ms; }", minutes * 60_000
    )


def lock(page: Page) -> None:
    page.locator("[popovertarget=user-menu]").click()
    page.get_by_role("button", name="Lock this screen").click()
    expect(page.get_by_role("heading", name="Locked")).to_be_visible()


def unlock(page: Page, secret: str = PIN) -> None:
    page.locator(".lock #secret").fill(secret)
    page.locator(".lock [type=submit]").first.click()


def opened(page: Page) -> None:
    expect(page.locator(".lock")).to_have_count(0)
    expect(page.locator("[data-watch-form]")).to_be_visible()


def pin_remembered(page: Page) -> None:
    """Wait until the tablet knows the PIN; waiting by a function of the page would break its policy."""
    deadline = time.monotonic() + PATIENCE / 1000
    while not page.evaluate("Object.keys(localStorage).some((key) => key.startsWith('vigil-pin:'))"):
        assert time.monotonic() < deadline
        page.wait_for_timeout(200)


def arrived(page: Page, house: House, *, spo2: int, count: int) -> None:
    """Wait until the record holds what the tablet kept."""
    deadline = time.monotonic() + PATIENCE / 1000
    while len(rows(house, "DE01-0002", spo2=spo2)) < count:
        assert time.monotonic() < deadline
        page.wait_for_timeout(200)


def acts(house: House) -> list[str]:
    found = house.as_owner("SELECT kind FROM audit_auditevent WHERE kind LIKE 'screen.%%' ORDER BY id")
    return [str(kind) for (kind,) in found]


def test_an_idle_screen_locks_and_opens_with_the_pin_and_the_draft_is_still_there(
    tablet: Page, house: House
) -> None:
    page = tablet
    page.fill("#spo2", "97")
    page.locator("#moaas-4").check()
    left_alone(page)
    expect(page.get_by_role("heading", name="Locked")).to_be_visible()
    expect(page.locator(".lock__due")).to_contain_text("Chair 1")
    shown = page.locator("body").inner_text()
    assert "DE01-" not in shown
    assert "97" not in shown
    assert not page.locator("#spo2").is_visible()
    assert Axe().run(page, options=RULES).violations_count == 0
    other = page.context.new_page()
    other.goto("/sessions/")
    expect(other.get_by_role("heading", name="Locked")).to_be_visible()
    assert "DE01-" not in other.locator("body").inner_text()
    assert Axe().run(other, options=RULES).violations_count == 0
    other.close()
    unlock(page, "1379")
    expect(page.locator("#lock-message")).to_have_text("The PIN is not right.")
    unlock(page)
    opened(page)
    assert page.input_value("#spo2") == "97"
    assert page.locator("#moaas-4").is_checked()
    page.get_by_role("button", name="Save reading").click()
    said(page, "Saved to server")
    assert len(rows(house, "DE01-0002", spo2=97)) == 1
    assert acts(house)[:3] == ["screen.locked", "screen.pin_failed", "screen.unlocked"]


def test_without_network_the_pin_opens_here_and_the_server_asks_again(tablet: Page, house: House) -> None:
    page = tablet
    lock(page)
    unlock(page)
    opened(page)
    pin_remembered(page)
    page.context.set_offline(True)
    lock(page)
    unlock(page, "1379")
    expect(page.locator("#lock-message")).to_have_text("The PIN is not right.")
    unlock(page)
    opened(page)
    page.locator("#slot_minute").select_option("")
    saves(page, spo2=95, hr=66)
    top(page, "1 waiting")
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="Locked")).to_be_visible(timeout=60_000)
    unlock(page)
    opened(page)
    top(page, "All saved")
    assert rows(house, "DE01-0002", spo2=95) == [(None, "")]


def test_where_nothing_could_open_it_again_the_screen_is_only_covered(tablet: Page) -> None:
    page = tablet
    page.context.set_offline(True)
    lock(page)
    expect(page.locator("#lock-message")).to_contain_text("covered, not locked", timeout=20_000)
    assert not page.locator("[data-watch-form]").is_visible()
    page.get_by_role("button", name="Uncover").click()
    opened(page)
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="Locked")).to_be_visible(timeout=60_000)
    unlock(page, PASSWORD)
    opened(page)


def test_a_colleague_takes_the_tablet_and_nothing_of_the_first_is_lost(tablet: Page, house: House) -> None:
    page = tablet
    page.context.set_offline(True)
    page.locator("#slot_minute").select_option("")
    saves(page, spo2=94, hr=61)
    top(page, "1 waiting")
    page.fill("#hr", "63")
    page.context.clear_cookies(name="sessionid")  # so that it cannot be sent before the colleague comes
    page.context.set_offline(False)
    page.goto("/sign-in/")
    sign_in(page, "Ivo Brandt")
    page.goto("/sessions/")
    top(page, "1 kept for a colleague")
    at_chair(page, "DE01-0002")
    assert page.input_value("#hr") == ""
    assert rows(house, "DE01-0002", spo2=94) == []
    lock(page)
    page.get_by_role("button", name="Sign in as yourself").click()
    sign_in(page)
    page.goto("/sessions/")
    at_chair(page, "DE01-0002")
    expect(page.locator("#hr")).to_have_value("63")
    expect(page.locator("[data-observation-state]")).to_contain_text("not saved yet")
    arrived(page, house, spo2=94, count=1)
    sent = house.as_owner(
        "SELECT u.full_name FROM monitoring_observation o JOIN accounts_user u ON u.id = o.recorded_by_id "
        "WHERE o.spo2 = 94"
    )
    assert sent == [("Nadia Klein",)]


def test_unsent_readings_stand_in_the_way_of_signing_out(tablet: Page, house: House) -> None:
    page = tablet
    page.context.set_offline(True)
    page.locator("#slot_minute").select_option("")
    saves(page, spo2=93, hr=62)
    top(page, "1 waiting")
    page.locator("[popovertarget=user-menu]").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("dialog")).to_contain_text("1 observation is kept on this tablet only")
    page.get_by_role("button", name="Stay signed in").click()
    page.context.set_offline(False)
    top(page, "All saved")
    assert len(rows(house, "DE01-0002", spo2=93)) == 1


def test_a_sign_in_that_ended_meanwhile_keeps_the_reading_and_sends_it_once(
    tablet: Page, house: House
) -> None:
    page = tablet
    page.context.clear_cookies(name="sessionid")
    page.locator("#slot_minute").select_option("")
    saves(page, spo2=99, hr=64)
    top(page, "Sign in to send 1")
    said(page, "Sign in again")
    sign_in(page)
    page.goto("/sessions/")
    top(page, "All saved")
    assert rows(house, "DE01-0002", spo2=99) == [(None, "")]


def test_a_tablet_that_restarts_has_every_reading_and_the_draft(
    chromium: Browser, house: House, tmp_path: Path
) -> None:
    def start() -> BrowserContext:
        context = chromium.browser_type.launch_persistent_context(
            tmp_path,
            executable_path=PROGRAM,
            args=["--no-sandbox", "--disable-gpu"],
            viewport=TABLET,
            base_url=house.url,
        )
        context.set_default_timeout(PATIENCE)
        return context

    before = start()
    page = seated(before, house)
    before.set_offline(True)
    for _ in range(2):
        page.locator("#slot_minute").select_option("")
        saves(page, spo2=92, hr=65)
        if page.get_by_role("button", name="Confirm 92").count():
            page.get_by_role("button", name="Confirm 92").click()
            page.get_by_role("button", name="Save reading").click()
        said(page, "Kept on this tablet")
    page.fill("#rr", "17")
    before.close()
    assert rows(house, "DE01-0002", spo2=92) == []
    after = start()
    page = seated(after, house)
    arrived(page, house, spo2=92, count=2)
    assert rows(house, "DE01-0002", spo2=92) == [(None, ""), (None, "")]
    expect(page.locator("#rr")).to_have_value("17")
    after.close()
