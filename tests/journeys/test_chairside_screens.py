"""Every state of the chairside's pages, walked at one fixed moment: for everybody, within the policy, and photographed.

Pictures go to docs/screens/chairside: those that are missing there, and all of them with VIGIL_SCREENS=1.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from config.env import ROOT
from tests.journeys.chairside_screens_on_stage import MOMENT
from tests.journeys.house import House, house_open
from tests.journeys.small_png import small_png
from tests.journeys.steps_browser import PATIENCE, RULES, TABLET, chromium_open
from tests.journeys.steps_chairside import sign_in

PLACE = ROOT / "docs" / "screens" / "chairside"
PHONE, WALL = {"width": 390, "height": 844}, {"width": 1920, "height": 1080}
#: The device's clock stands still at the moment of the pictures.
STILL = """() => {
  const Real = Date, at = %d;
  globalThis.Date = class extends Real {
    constructor(...given) { given.length ? super(...given) : super(at); }
    static now() { return at; }
  };
  const arrived = () => performance.getEntriesByType("navigation")[0]?.responseStart ?? 0;
  Object.defineProperty(performance, "timeOrigin", { get: () => at - arrived() });
}"""


@dataclass
class Camera:
    """One person's screen, and what was wrong with what it showed."""

    page: Page
    browser: Browser
    faults: list[str] = field(default_factory=list)

    def take(self, name: str) -> None:
        """Look at the page in light and in dark; keep the light picture where there is none yet."""
        self._look(name, "light")
        self._look(name, "dark", keep=False)

    def both(self, name: str) -> None:
        """Keep the dark picture as well: here the colors say something."""
        self._look(name, "light")
        self._look(name, "dark")

    def _look(self, name: str, look: str, *, keep: bool = True) -> None:
        self.page.emulate_media(color_scheme=look, reduced_motion="reduce")
        self.page.mouse.move(0, 0)
        self.page.wait_for_timeout(150)
        found = Axe().run(self.page, options=RULES)
        if found.violations_count:
            self.faults.append(f"{name}, {look}: {found.generate_report()}")
        target = PLACE / f"{name}{'-dark' if look == 'dark' else ''}.png"
        if keep and (not target.exists() or os.environ.get("VIGIL_SCREENS") == "1"):
            PLACE.mkdir(parents=True, exist_ok=True)
            picture = self.page.screenshot(animations="disabled", caret="hide")
            target.write_bytes(small_png(self.browser, picture))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A morning at the chairs, standing still."""
    if "APP_DATABASE_URL" not in os.environ:
        pytest.fail("Journeys need the test servers: run `make test-journeys`.")
    place: Path = tmp_path_factory.mktemp("screens")
    with house_open(place, stage="tests.journeys.chairside_screens_on_stage", still=MOMENT) as opened:
        yield opened


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with chromium_open() as browser:
        yield browser


@pytest.fixture
def camera(chromium: Browser, house: House) -> Iterator[Camera]:
    """Nadia's tablet; nothing it shows may break a rule, and nothing may be blocked."""
    context = chromium.new_context(
        viewport=TABLET, has_touch=True, base_url=house.url, service_workers="block"
    )
    context.set_default_timeout(PATIENCE)
    context.add_init_script(f"({STILL % round(MOMENT.timestamp() * 1000)})()")
    page = context.new_page()
    seen = Camera(page, chromium)
    blocked = "Content Security Policy"
    page.on("console", lambda said: seen.faults.append(said.text) if blocked in said.text else None)
    page.on("pageerror", lambda fault: seen.faults.append(str(fault)))
    sign_in(page)
    page.goto("/sessions/")
    yield seen
    context.close()
    assert seen.faults == []


def at_chair(page: Page, chair: int) -> None:
    page.locator(".chair").nth(chair - 1).get_by_role("link").click()
    page.wait_for_load_state("networkidle")


def test_the_board(camera: Camera) -> None:
    page = camera.page
    expect(page.locator(".chair")).to_have_count(8)
    places = [chair.get_attribute("aria-label") for chair in page.locator(".chair").all()]
    assert places == [f"Chair {chair}" for chair in range(1, 9)], "a chair keeps its place"
    third = page.locator(".chair").nth(2)
    expect(third).to_contain_text("Low oxygen saturation")
    second = page.locator(".chair").nth(1)
    expect(second).to_contain_text("Overdue")
    expect(second.locator(".chair__next")).to_contain_text("60 min")
    expect(second.locator(".chair__next")).to_contain_text("overdue 12 min")
    expect(page.locator(".chair").nth(7)).to_contain_text("Nobody is watching")
    expect(page.locator(".chair").nth(3)).to_contain_text("May leave")
    expect(page.locator(".chair").nth(0)).to_contain_text("T+ 0:40:00")
    camera.both("board")
    page.set_viewport_size(PHONE)
    camera.take("board-phone")


def test_the_ward_screen(camera: Camera) -> None:
    page = camera.page
    page.set_viewport_size(WALL)
    page.goto("/sessions/ward/")
    expect(page.locator(".ward__chair")).to_have_count(8)
    assert page.locator("main :is(a, button, input, select)").count() == 0, "nothing to press"
    assert "mmHg" not in page.locator("main").inner_text()
    size = page.locator(".ward__clock").first.evaluate("(one) => parseFloat(getComputedStyle(one).fontSize)")
    assert size >= 60  # a figure of 60 px on a wall of 50 inches is read from four metres
    camera.take("ward")
    other = page.context.new_page()
    other.goto("/sessions/")
    expect(other.get_by_role("heading", name="Locked")).to_be_visible()
    page.reload()
    expect(page.locator(".ward__chair")).to_have_count(8)


def test_before_the_dose(camera: Camera) -> None:
    for chair, name in ((5, "session-held"), (6, "session-cleared"), (7, "session-dosing")):
        camera.page.goto("/sessions/")
        at_chair(camera.page, chair)
        camera.both(name) if name == "session-held" else camera.take(name)


def test_a_board_without_anybody(camera: Camera) -> None:
    page = camera.page
    page.context.clear_cookies()
    sign_in(page, "Noah Reed")
    page.goto("/sessions/")
    expect(page.locator(".chair--free").first).to_be_visible()
    expect(page.locator(".chair__number")).to_have_count(0)
    camera.take("board-empty")


def test_watching_on_time_and_late(camera: Camera) -> None:
    at_chair(camera.page, 1)
    expect(camera.page.locator(".pad")).to_be_visible()
    camera.take("watch-due")
    camera.page.set_viewport_size(PHONE)
    camera.page.locator(".slotpick").scroll_into_view_if_needed()
    camera.take("watch-phone")
    camera.page.set_viewport_size(TABLET)
    camera.page.goto("/sessions/")
    at_chair(camera.page, 2)
    camera.page.locator("#slot_minute").select_option("60")
    expect(camera.page.locator("#late_reason")).to_be_visible()
    camera.take("watch-late")


def test_what_needs_somebody_leaves_the_form_in_view(camera: Camera) -> None:
    """With banners of another chair, the watcher and a finding, all that is asked at 40 minutes is seen at once."""
    for chair, name in ((3, "watch-finding"), (8, "watch-unwatched")):
        camera.page.goto("/sessions/")
        at_chair(camera.page, chair)
        expect(camera.page.locator("#watch-now .needs")).to_be_visible()
        expect(camera.page.locator("#alerts .needs > li")).to_have_count(1)
        camera.both(name)
        foot = camera.page.locator(".form-foot--sticky").bounding_box()
        for part in (
            "#slot_minute",
            "#sbp",
            "#hr",
            "#spo2",
            "#rr",
            "label[for=moaas-5]",
            "label[for=moaas-0]",
        ):
            box = camera.page.locator(part).bounding_box()
            assert foot is not None
            assert box is not None
            assert box["y"] + box["height"] <= foot["y"], (name, part)


def test_an_unusual_value_and_an_impossible_one(camera: Camera) -> None:
    page = camera.page
    at_chair(page, 1)
    page.get_by_role("button", name="Keyboard").click()
    page.fill("#sbp", "188")
    page.fill("#dbp", "96")
    page.fill("#spo2", "101")
    page.locator("#spo2").blur()
    expect(page.locator("#bp-message")).to_contain_text("confirm or repeat")
    expect(page.locator("#spo2-message")).to_contain_text("must be")
    camera.take("watch-limits")


def test_without_network(camera: Camera) -> None:
    page = camera.page
    at_chair(page, 1)
    page.get_by_role("button", name="Keyboard").click()
    page.context.set_offline(True)
    page.fill("#spo2", "97")
    page.locator("#moaas-4").check()
    page.get_by_role("button", name="Save reading").click()
    expect(page.locator("#as-of")).to_be_visible(timeout=30_000)
    expect(page.locator(".topbar vigil-outbox")).to_contain_text("1 waiting")
    # Drawn when nothing could be fetched any more: this tablet has no worker, as over plain http.
    for place in ("#as-of", ".topbar vigil-outbox"):
        sign = page.locator(f"{place} svg.icon")
        assert sign.evaluate("(one) => { const box = one.getBBox(); return box.width * box.height; }") > 0, (
            place
        )
    page.evaluate("scrollTo(0, 0)")
    camera.take("watch-offline")
    page.context.set_offline(False)


def test_locked(camera: Camera) -> None:
    page = camera.page
    at_chair(page, 1)
    page.locator("[popovertarget=user-menu]").click()
    page.get_by_role("button", name="Lock this screen").click()
    expect(page.locator(".lock__due")).to_contain_text("Chair 2")
    camera.both("locked")


def test_leaving(camera: Camera) -> None:
    page = camera.page
    at_chair(page, 1)
    page.get_by_role("link", name="Release", exact=True).click()
    expect(page.locator("h1")).to_be_attached()
    camera.take("discharge-refused")
    page.goto("/sessions/")
    at_chair(page, 4)
    page.get_by_role("link", name="Release", exact=True).click()
    expect(page.get_by_role("button", name="Sign and release")).to_be_visible()
    camera.take("discharge-ready")
    page.goto("/sessions/")
    page.get_by_role("link", name="DE01-0019", exact=True).click()
    expect(page.locator("#watch-side")).to_contain_text("Released")
    camera.take("discharged")
