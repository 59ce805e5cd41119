"""Chairside pages without network, and who may see them: copies on the tablet, gone with their reader."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.house import House, house_open
from tests.journeys.steps_browser import PATIENCE, TABLET, chromium_open
from tests.journeys.steps_chairside import at_chair, copies, copies_kept, rows, said, saves, sign_in, top


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A whole Vigil with two participants in their chairs."""
    if "APP_DATABASE_URL" not in os.environ:
        pytest.fail("Journeys need the test servers: run `make test-journeys`.")
    place: Path = tmp_path_factory.mktemp("tablet")
    with house_open(place, stage="tests.journeys.chairside_on_stage") as opened:
        yield opened


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with chromium_open() as browser:
        yield browser


@pytest.fixture
def tablet(chromium: Browser, house: House) -> Iterator[Page]:
    """Nadia's tablet, with the worker at work."""
    context = chromium.new_context(viewport=TABLET, has_touch=True, base_url=house.url)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    sign_in(page)
    page.goto("/sessions/")
    copies_kept(page, 3)
    yield page
    context.close()


def kinds_kept(context: BrowserContext) -> set[str]:
    page = context.pages[0]
    kept = page.evaluate(
        """async () => { const found = [];
        for (const name of await caches.keys())
            for (const key of await (await caches.open(name)).keys()) found.push(new URL(key.url).pathname);
        return found; }"""
    )
    return {path.split("/")[1] for path in kept}


def test_a_page_opens_without_network_and_two_readings_entered_there_are_two_rows(
    tablet: Page, house: House
) -> None:
    tablet.context.set_offline(True)
    page = at_chair(tablet, "DE01-0002")  # never opened before: the board had it kept
    expect(page.locator("#as-of")).to_contain_text("As of")
    expect(page.locator("#as-of")).to_contain_text("offline")
    saves(page, spo2=96, moaas=5)
    said(page, "Kept on this tablet")
    page.locator("#slot_minute").select_option("")
    saves(page, spo2=96, hr=70)
    top(page, "2 waiting")
    page.reload()
    expect(page.locator("#as-of")).to_contain_text("offline")
    top(page, "2 waiting")
    assert rows(house, "DE01-0002", spo2=96) == []
    page.context.set_offline(False)
    top(page, "All saved")
    assert rows(house, "DE01-0002", spo2=96) == [(60, ""), (None, "")]
    expect(page.locator("#as-of")).to_have_count(0)  # the copy gave way to the page itself
    expect(page.locator("#readings")).to_contain_text("60 min")
    assert len(rows(house, "DE01-0002", spo2=96)) == 2


def test_only_chairside_pages_and_static_files_are_kept(tablet: Page) -> None:
    tablet.goto("/participants/")
    tablet.goto("/")
    tablet.goto("/sessions/")
    assert kinds_kept(tablet.context) == {"sessions", "static"}
    for path in copies(tablet):
        assert path == "/sessions/" or len(path.split("/")[2]) == 36
    tablet.context.set_offline(True)
    tablet.goto("/sessions/visit/00000000-0000-0000-0000-000000000000/open")
    expect(tablet.locator("h1")).to_have_text("No connection")
    tablet.get_by_role("link", name="All chairs").click()
    expect(tablet.locator("h1")).to_contain_text("Sessions today")


#: Every file of the house that a page, or a style sheet or script it needs, names; and which of them is not kept.
NOT_KEPT = """async () => {
  const pages = await caches.open("vigil-pages-1"), statics = await caches.open("vigil-statics-1");
  const wanted = new Map(), waiting = [];
  const want = (named, from) => {
    const url = new URL(named, from);
    url.hash = "";
    if (!url.pathname.startsWith("/static/") || url.origin !== location.origin || wanted.has(url.href)) return;
    wanted.set(url.href, new URL(from).pathname);
    waiting.push(url.href);
  };
  for (const key of await pages.keys()) {
    const page = new DOMParser().parseFromString(await (await pages.match(key)).text(), "text/html");
    for (const one of page.querySelectorAll("link[href], script[src], img[src], use"))
      want(one.getAttribute("href") ?? one.getAttribute("src"), key.url);
  }
  const missing = [];
  for (let file = waiting.shift(); file; file = waiting.shift()) {
    const held = await statics.match(file);
    if (!held) { missing.push(`${file}, named by ${wanted.get(file)}`); continue; }
    const text = /\\.(css|js)$/.test(new URL(file).pathname) ? await held.text() : "";
    for (const [, named] of text.matchAll(/url\\(["']?([^"')#]+)/g)) if (!named.startsWith("data:")) want(named, file);
    for (const [, named] of text.matchAll(/(?:from|import)\\s*\\(?\\s*["'](\\.[^"']+)/g)) want(named, file);
  }
  return { files: [...wanted.keys()].map((url) => new URL(url).pathname), missing };
}"""


def test_every_file_that_a_kept_page_needs_is_kept_with_it(tablet: Page) -> None:
    tablet.wait_for_function(f"async () => !(await ({NOT_KEPT})()).missing.length")
    found = tablet.evaluate(NOT_KEPT)
    assert found["missing"] == []
    names = " ".join(found["files"])
    for needed in ("icons", "app", "chairside", "chunk"):
        assert needed in names, "the test looks at what a page really needs"


def test_signing_out_takes_the_copies_along_and_another_person_never_sees_them(tablet: Page) -> None:
    assert "/sessions/" in copies(tablet)
    tablet.locator("[popovertarget=user-menu]").click()
    tablet.get_by_role("button", name="Sign out").click()
    expect(tablet.get_by_role("button", name="Sign in")).to_be_visible()
    copies_kept(tablet, 0)
    tablet.context.set_offline(True)
    tablet.goto("/sessions/")
    expect(tablet.locator("h1")).to_have_text("No connection")
    tablet.context.set_offline(False)
    sign_in(tablet, "Ivo Brandt")
    tablet.goto("/sessions/")
    copies_kept(tablet, 3)
    whose = tablet.evaluate(
        """async () => { const store = await caches.open('vigil-pages-1'); const found = new Set();
        for (const key of await store.keys()) found.add((await store.match(key)).headers.get('Vigil-Copy-For'));
        return [[...found], document.body.dataset.user]; }"""
    )
    assert whose[0] == [whose[1]]
