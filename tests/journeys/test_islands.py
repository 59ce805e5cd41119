"""The islands in a real browser: readings survive the network, clocks tell the server's time, pages are for all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.journeys.stage import Stage, stage_open

PARTS = ["pieces", "forms", "chairside", "watch", "charts"]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
TABLET = {"width": 1180, "height": 820}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def stage() -> Iterator[Stage]:
    with stage_open() as opened:
        yield opened


@pytest.fixture
def tablet(chromium: Browser, stage: Stage) -> Iterator[Page]:
    """A tablet on the page of the two hours."""
    context = chromium.new_context(viewport=TABLET, has_touch=True, base_url=stage.origin)
    page = context.new_page()
    page.goto("/watch")
    yield page
    context.close()


def read(page: Page, systolic: int, diastolic: int = 80) -> None:
    page.fill("#sbp", str(systolic))
    page.fill("#dbp", str(diastolic))
    page.get_by_role("button", name="Save reading").click()


def said(page: Page, words: str) -> None:
    expect(page.locator("[data-observation-state]")).to_contain_text(words)


def top(page: Page, words: str) -> None:
    expect(page.locator(".topbar vigil-outbox")).to_contain_text(words, timeout=15_000)


def test_a_reading_is_saved_once_with_its_three_times(tablet: Page, stage: Stage) -> None:
    tablet.locator("#moaas-4").check()
    read(tablet, 128)
    said(tablet, "Saved to server")
    (row,) = stage.rows.values()
    assert (row["sbp"], row["dbp"], row["moaas"]) == (128, 80, 4)
    assert "hr" not in row, "what was not measured is absent, not zero"
    assert row["observed_at"] == row["entered_at"]
    assert row["entered_at"].startswith("2026-11-24T13:05"), (
        "the server's time, whatever the tablet's clock says"
    )
    assert "device_now" in row
    assert tablet.input_value("#sbp") == "", "the next reading begins empty"


def test_readings_entered_offline_survive_a_reload_and_arrive_in_order_once(
    tablet: Page, stage: Stage
) -> None:
    stage.mode = "busy"
    read(tablet, 131)
    said(tablet, "Kept on this tablet")
    read(tablet, 132)
    top(tablet, "2 waiting")
    tablet.reload()
    top(tablet, "2 waiting")
    stage.mode = "ok"
    top(tablet, "All saved")
    assert [row["sbp"] for row in stage.rows.values()] == [131, 132]


def test_a_lost_answer_makes_no_second_row(tablet: Page, stage: Stage) -> None:
    stage.mode = "lose"
    read(tablet, 140)
    said(tablet, "It is sent when the connection is back")
    assert len(stage.rows) == 1, "the server has it, the tablet does not know"
    stage.mode = "ok"
    top(tablet, "All saved")
    assert len(stage.rows) == 1
    assert len(stage.asked) >= 2


def test_a_refused_reading_is_parked_with_its_reasons_and_the_next_one_passes(
    tablet: Page, stage: Stage
) -> None:
    stage.mode = "refuse"
    read(tablet, 90, 95)
    said(tablet, "Systolic must be above diastolic.")
    top(tablet, "1 refused, needs attention")
    expect(tablet.locator("vigil-outbox[data-list]")).to_contain_text("sbp 90, dbp 95")
    stage.mode = "ok"
    read(tablet, 126)
    said(tablet, "Saved to server")
    assert [row["sbp"] for row in stage.rows.values()] == [126]
    top(tablet, "1 refused, needs attention")


def test_an_expired_sign_in_keeps_the_reading_and_asks_for_one(tablet: Page, stage: Stage) -> None:
    stage.mode = "signed-out"
    read(tablet, 118)
    said(tablet, "Sign in again to send it")
    top(tablet, "Sign in to send 1")


def test_what_one_person_entered_is_never_sent_in_anothers_name(tablet: Page, stage: Stage) -> None:
    stage.mode = "busy"
    read(tablet, 121)
    top(tablet, "1 waiting")
    # The server takes readings again only once the other person is there: before, the first one's page would send it.
    stage.person = "nurse-2"
    tablet.reload()
    stage.mode = "ok"
    top(tablet, "1 kept for a colleague")
    assert stage.rows == {}
    stage.person = "nurse-1"
    tablet.reload()
    top(tablet, "All saved")
    assert len(stage.rows) == 1


def test_an_unusual_value_is_sent_only_when_confirmed(tablet: Page, stage: Stage) -> None:
    read(tablet, 172)
    expect(tablet.locator("#bp-message")).to_have_text("Systolic above 160 mmHg: confirm or repeat")
    assert stage.asked == []
    tablet.get_by_role("button", name="Confirm 172").click()
    tablet.get_by_role("button", name="Save reading").click()
    said(tablet, "Saved to server")
    (row,) = stage.rows.values()
    assert row["confirmed"] == ["sbp"]


def test_an_impossible_value_is_not_sent(tablet: Page, stage: Stage) -> None:
    tablet.fill("#spo2", "120")
    read(tablet, 128)
    expect(tablet.locator("#spo2-message")).to_contain_text("between 30 and 100")
    assert stage.asked == []


def test_an_earlier_reading_is_taken_on_the_sites_clock(tablet: Page, stage: Stage) -> None:
    tablet.locator("#earlier").check()
    tablet.fill("#at", "13:50")
    tablet.fill("#why", "Tablet was charging")
    read(tablet, 128)
    said(tablet, "Saved to server")
    (row,) = stage.rows.values()
    assert row["observed_at"] == "2026-11-24T12:50:00.000Z", "13:50 in Berlin, an hour ahead of UTC"
    assert row["late_reason"] == "Tablet was charging"


def test_a_long_scale_counts_its_answers_and_has_no_total_before_the_last(tablet: Page, stage: Stage) -> None:
    tablet.get_by_text("CADSS, 23 items").click()
    expect(tablet.locator(".stepper__place")).to_have_text("Items 1 to 6 of 23, 0 answered")
    for number in range(1, 24):
        if number in (7, 13, 19):
            tablet.locator("vigil-stepper").get_by_role("button", name="Next").click()
        expect(tablet.locator(".stepper__total")).to_have_text("Total --")
        tablet.locator(f"#cadss-{number}-1").check()
    expect(tablet.locator(".stepper__total")).to_have_text("Total 23")


def test_signing_out_with_unsent_readings_is_asked_about(tablet: Page, stage: Stage) -> None:
    stage.mode = "busy"
    read(tablet, 121)
    top(tablet, "1 waiting")
    tablet.get_by_role("button", name="your account").click()
    tablet.get_by_role("button", name="Sign out").click()
    expect(tablet.get_by_role("dialog")).to_contain_text("1 observation is kept on this tablet only")


def test_the_clock_shows_the_servers_time_on_a_tablet_whose_own_is_wrong(tablet: Page) -> None:
    expect(tablet.locator(".pbanner vigil-clock")).to_contain_text("T+ 0:43:1")


def test_a_fragment_renews_itself_and_spares_what_has_not_changed(chromium: Browser, stage: Stage) -> None:
    context = chromium.new_context(base_url=stage.origin)
    page = context.new_page()
    page.goto("/poll")
    expect(page.locator("#news")).to_have_text("first")
    page.evaluate("document.querySelector('#news').dataset.seen = 'yes'")
    page.wait_for_timeout(2500)
    assert page.locator("#news").get_attribute("data-seen") == "yes", "a 304 replaces nothing"
    stage.fragment, stage.etag = "<p id='news'>second</p>", '"2"'
    expect(page.locator("#news")).to_have_text("second")
    context.close()


@pytest.mark.parametrize("part", PARTS)
def test_every_piece_is_accessible_keeps_the_policy_and_fits(
    chromium: Browser, stage: Stage, part: str
) -> None:
    context = chromium.new_context(viewport=TABLET, base_url=stage.origin)
    page = context.new_page()
    heard: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            heard.append(message.text)

    def ask(asked: Request) -> None:
        if not asked.url.startswith((stage.origin, "data:")):
            heard.append(asked.url)

    page.on("console", hear)
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", ask)
    page.goto(f"/{part}")
    if part == "charts":
        expect(page.locator("vigil-chart svg")).to_have_count(4)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, options=RULES).response["violations"]
        assert [(scheme, one["id"], one["nodes"][0]["html"]) for one in found] == []
    for width in (1280, 768, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert heard == [], "nothing broke the policy, and nothing was asked of another origin"
    context.close()


@pytest.mark.parametrize("part", ["chairside", "watch"])
def test_at_the_chair_nothing_to_press_is_smaller_than_a_fingertip(
    chromium: Browser, stage: Stage, part: str
) -> None:
    context = chromium.new_context(viewport=TABLET, has_touch=True, is_mobile=True, base_url=stage.origin)
    page = context.new_page()
    page.goto(f"/{part}")
    small = page.evaluate(
        """() => [...document.querySelectorAll("a, button, summary, label[for], .measure__box")]
            .filter((one) => one.checkVisibility() && !one.closest(".skip-link, .chair, .pbanner, .measure__label"))
            .filter((one) => one.getBoundingClientRect().height < 43.5)
            .filter((one) => !(one.matches("label") && one.closest(".form-check, .measures")))
            .map((one) => one.outerHTML.slice(0, 90))"""
    )
    assert small == []
    context.close()
