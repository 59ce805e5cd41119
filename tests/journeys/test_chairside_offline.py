"""The chairside on the real stack when the network fails: what was entered is in the record exactly once."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from tests.journeys.house import House, house_open
from tests.journeys.steps_browser import PATIENCE, RULES, TABLET, chromium_open
from tests.journeys.steps_chairside import at_chair, rows, said, saves, sign_in, top


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A whole Vigil with two participants in their chairs."""
    if "APP_DATABASE_URL" not in os.environ:
        pytest.fail("Journeys need the test servers: run `make test-journeys`.")
    place: Path = tmp_path_factory.mktemp("chairside")
    with house_open(place, stage="tests.journeys.chairside_on_stage") as opened:
        yield opened


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with chromium_open() as browser:
        yield browser


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, house: House) -> BrowserContext:
    """Nadia's tablet, signed in."""
    # Without the worker: requests that it hands on are not seen by a route, which a test here needs.
    context = chromium.new_context(
        viewport=TABLET, has_touch=True, base_url=house.url, service_workers="block"
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    sign_in(page)
    page.close()
    return context


@pytest.fixture
def tablet(signed_in: BrowserContext) -> Iterator[Page]:
    """The board, on a tablet held across."""
    page = signed_in.new_page()
    page.goto("/sessions/")
    yield page
    signed_in.set_offline(False)
    page.close()


def test_the_reading_at_40_minutes_takes_twelve_taps_at_most_and_no_keyboard(
    tablet: Page, house: House
) -> None:
    """BP, heart rate, SpO2, breathing and MOAA/S by finger alone; seconds are for the eye, taps are the rule."""
    page = at_chair(tablet, "DE01-0003")
    assert page.locator("#slot_minute option:checked").get_attribute("value") == "40"
    taps: list[str] = []
    began = time.monotonic()

    def tap(target: Locator) -> None:
        box = target.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 43.5, target
        target.tap()
        taps.append(str(target))

    def key(name: str) -> None:
        tap(page.locator(".pad").get_by_role("button", name=name, exact=True))

    for tens, unit in (("120 to 129", "and 8"), ("70 to 79", "and 4"), ("60 to 69", "and 6")):
        key(tens)
        key(unit)
    key("97 %")
    key("10 to 19")
    key("and 4")
    tap(page.locator("#moaas-5"))  # the input lies over its label
    tap(page.get_by_role("button", name="Save reading"))
    said(page, "Saved to server")
    print(f"{len(taps)} taps, {time.monotonic() - began:.1f} s by machine")
    assert len(taps) <= 12
    kept = house.as_owner(
        "SELECT sbp, dbp, hr, spo2, rr, moaas, slot_minute FROM monitoring_observation o "
        "JOIN dosing_dosingsession s ON s.id = o.session_id "
        "JOIN participants_participant p ON p.id = s.participant_id WHERE p.number = 'DE01-0003' AND rr = 14"
    )
    assert kept == [(128, 74, 66, 97, 14, 5, 40)]
    for name in ("sbp", "dbp", "hr", "spo2", "rr"):
        assert page.input_value(f"#{name}") == "", "nothing is filled in from the reading before"


def test_the_pad_asks_about_an_unusual_value_in_place_and_gives_way_to_a_keyboard(tablet: Page) -> None:
    page = at_chair(tablet, "DE01-0003")
    page.locator("#slot_minute").select_option("")
    pad = page.locator(".pad")
    page.locator("#sbp").tap()
    for name in ("190 to 199", "and 0", "100 to 109", "and 0"):
        pad.get_by_role("button", name=name, exact=True).tap()
    expect(page.locator("#bp-message")).to_contain_text("confirm or repeat")
    assert page.locator("#hr").get_attribute("data-pad-target") == "", "the next value follows by itself"
    pad.get_by_role("button", name="80 to 89", exact=True).tap()
    assert page.input_value("#hr") == "", "half a value is no value"
    page.get_by_role("button", name="Keyboard").tap()
    expect(pad).to_be_hidden()
    assert page.locator("#hr").get_attribute("inputmode") == "numeric"
    page.get_by_role("button", name="Number pad").tap()
    expect(pad).to_be_visible()
    page.evaluate("localStorage.clear()")


def test_two_readings_entered_offline_are_two_rows_once_the_network_is_back(
    tablet: Page, house: House
) -> None:
    page = at_chair(tablet, "DE01-0002")
    assert page.locator("#slot_minute option:checked").get_attribute("value") == "60"
    page.context.set_offline(True)
    saves(page, spo2=99, moaas=5)
    said(page, "Kept on this tablet")
    assert page.locator("#slot_minute option:checked").get_attribute("value") != "60", (
        "what is kept counts as done"
    )
    page.locator("#slot_minute").select_option("")
    saves(page, spo2=99, hr=71)
    top(page, "2 waiting")
    assert rows(house, "DE01-0002", spo2=99) == []
    page.context.set_offline(False)
    top(page, "All saved")
    assert rows(house, "DE01-0002", spo2=99) == [(60, ""), (None, "")]
    page.reload()
    expect(page.locator("#readings")).to_contain_text("60 min")
    assert len(rows(house, "DE01-0002", spo2=99)) == 2


def test_an_answer_lost_after_the_commit_makes_one_row(tablet: Page, house: House) -> None:
    page = at_chair(tablet, "DE01-0001")
    lost: list[int] = []

    def commit_and_cut(route: Route) -> None:
        """Bring the request to the server, and let its answer never arrive."""
        if lost:
            return route.continue_()
        kept = {
            name: value for name, value in route.request.all_headers().items() if not name.startswith(":")
        }
        answer = page.context.request.put(
            route.request.url, data=route.request.post_data_buffer, headers=kept
        )
        lost.append(answer.status)
        return route.abort("connectionreset")

    page.route("**/api/v1/observations/**", commit_and_cut)
    saves(page, spo2=97, moaas=4)
    said(page, "Saved to server")
    assert lost == [201], "the server had it before the tablet asked again"
    assert len(rows(house, "DE01-0001", spo2=97)) == 1
    top(page, "All saved")


def test_two_tablets_for_one_slot_are_two_readings_and_both_are_shown(tablet: Page, house: House) -> None:
    page = at_chair(tablet, "DE01-0001")
    other = page.context.new_page()
    other.goto(page.url)
    other.wait_for_selector("[data-watch-form][data-slots-known]")
    for device in (page, other):
        device.locator("#slot_minute").select_option("40")
        if device.locator(
            "#late_reason"
        ).is_visible():  # the machine may be slow, and the tolerance is two minutes
            device.locator("#late_reason").select_option(index=1)
        saves(device, spo2=96, hr=70)
        said(device, "Saved to server")
    other.close()
    assert [slot for slot, _ in rows(house, "DE01-0001", spo2=96)] == [40, 40]
    expect(page.locator(".slots")).to_contain_text("readings", timeout=20_000)


def test_what_is_being_typed_outlasts_the_renewal_of_the_page_around_it(tablet: Page, house: House) -> None:
    page = at_chair(tablet, "DE01-0002")
    page.fill("#spo2", "95")
    page.locator("#moaas-5").check()
    chosen = page.locator("#slot_minute").input_value()
    with page.expect_response(lambda answer: "/watch/now/" in answer.url, timeout=15_000):
        pass
    page.evaluate("document.dispatchEvent(new CustomEvent('vigil:saved'))")
    page.wait_for_timeout(1500)
    assert page.input_value("#spo2") == "95"
    assert page.locator("#moaas-5").is_checked()
    assert page.locator("#slot_minute").input_value() == chosen


def test_an_unusual_value_is_asked_about_in_place_and_found_by_the_rules(tablet: Page, house: House) -> None:
    page = at_chair(tablet, "DE01-0002")
    page.locator("#slot_minute").select_option("")
    saves(page, spo2=91)
    expect(page.locator("#spo2-message")).to_contain_text("confirm or repeat")
    assert rows(house, "DE01-0002", spo2=91) == []
    page.get_by_role("button", name="Confirm 91").click()
    page.get_by_role("button", name="Save reading").click()
    said(page, "Saved to server")
    expect(page.locator("#watch-now")).to_contain_text("Low oxygen saturation: SpO₂ 91%", timeout=20_000)
    page.locator("#watch-now .needs").get_by_role("button", name="Low oxygen saturation").click()
    low = page.locator("#watch-now .needs > li", has_text="Low oxygen saturation")
    expect(low).to_have_count(0, timeout=20_000)
    noted = "SELECT count(*) FROM monitoring_finding WHERE rule = 'E8' AND acknowledged_at IS NOT NULL"
    assert house.as_owner(noted) == [(1,)]


@pytest.mark.parametrize("path", ["", "watch/", "discharge/"])
def test_the_pages_of_the_two_hours_are_for_everybody(tablet: Page, path: str) -> None:
    broken: list[str] = []
    tablet.on("console", lambda said: broken.append(said.text) if said.type == "error" else None)
    if path:
        at_chair(tablet, "DE01-0001")
        tablet.goto(tablet.url.replace("watch/", path))
    else:
        tablet.reload()
    tablet.wait_for_load_state("networkidle")
    found = Axe().run(tablet, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    assert broken == [], "nothing inline, nothing blocked"


def test_everything_a_finger_must_hit_is_large_enough(tablet: Page) -> None:
    page = at_chair(tablet, "DE01-0001")
    small = page.evaluate(
        """() => [...document.querySelectorAll(
            "[data-watch-form] :is(button, select, a.btn, .segmented__item, .measure__box)")]
        .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 43.5)
        .map((one) => one.outerHTML.slice(0, 80))"""
    )
    assert small == []
