"""A report's page as it is served, in a real browser: sandboxed, folded, filtered, sorted, printed, and for all."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from csp.utils import build_policy
from django.contrib.staticfiles import finders
from playwright.sync_api import Browser, Page, expect, sync_playwright

from apps.endpoints.domain.documents import report_html
from apps.endpoints.domain.report import Cell, Column, Report, Row, Section, Table
from apps.endpoints.views import PAGE_POLICY, _page
from tests.domain.endpoints.test_report import compose

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SIZES = {"desk": (1440, 900), "tablet": (1180, 820), "phone": (390, 844)}


def long_report() -> Report:
    """A made-up report with a listing of fifty lines, and a table in groups."""
    lines = tuple(
        Row(
            (
                Cell(f"Person {n:02d}"),
                Cell(f"−{n % 7}.5 ({n})", -(n % 7) - 0.5),
                Cell("left" if n % 2 else "stayed"),
            )
        )
        for n in range(1, 51)
    )
    listing = Table(
        "listing",
        "Everybody's days",
        (Column("Person", "start"), Column("Change (n)"), Column("What became of them", "start")),
        lines,
    )
    groups = Table(
        "groups",
        "By ward",
        (Column("Ward", "start"), Column("n")),
        tuple(
            row
            for ward in ("North", "South")
            for row in (
                Row((Cell(ward), Cell("")), "group"),
                *(Row((Cell(f"Room {n}"), Cell(str(n), n)), indent=1) for n in range(1, 9)),
            )
        ),
    )
    made = compose()
    more = Section("lists", "Long lists", (listing, groups))
    return replace(made, sections=(*made.sections, more))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The page behind its own policy, and the script it may run."""
    page = _page(report_html(long_report()).encode()).content
    policy = build_policy(replace=PAGE_POLICY)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_args: object) -> None:
            """Silence: the test speaks."""

        def do_GET(self) -> None:
            script = self.path.startswith("/static/")
            found = finders.find(self.path.removeprefix("/static/")) if script else None
            body = Path(str(found)).read_bytes() if found else page
            self.send_response(404 if script and not found else 200)
            self.send_header("Content-Type", "text/javascript" if script else "text/html; charset=utf-8")
            self.send_header("X-Content-Type-Options", "nosniff")
            if not script:
                self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/report.html"
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    shown = context.new_page()
    faults: list[str] = []
    shown.on("pageerror", lambda fault: faults.append(str(fault)))
    shown.goto(address)
    yield shown
    context.close()
    assert not faults


def names(page: Page) -> list[str]:
    return page.locator("#table-listing tbody tr:visible th").all_inner_texts()


def test_a_long_listing_is_folded_and_opens_by_keyboard(page: Page) -> None:
    fold = page.locator("summary", has_text="Everybody's days: 50 lines")
    assert page.locator("#table-listing").is_hidden()
    fold.focus()
    page.keyboard.press("Enter")
    assert page.locator("#table-listing").is_visible()
    assert len(names(page)) == 50


def test_it_is_sorted_by_the_numbers_behind_the_words_and_back(page: Page) -> None:
    page.locator("summary", has_text="Everybody's days").click()
    head = page.locator("#table-listing th", has_text="Change (n)")
    button = head.get_by_role("button")
    button.focus()
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert names(page)[0] == "Person 06", "the largest fall, the first of its equals"
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-sort", "descending")
    assert names(page)[0] == "Person 07"
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-sort", "none")
    assert names(page)[:2] == ["Person 01", "Person 02"]


def test_lines_are_filtered_and_counted_and_a_heading_stays_with_its_lines(page: Page) -> None:
    page.locator("summary", has_text="Everybody's days").click()
    page.get_by_label("Filter the lines below: Everybody's days").fill("person 1")
    assert names(page) == [f"Person {n}" for n in range(10, 20)]
    expect(page.get_by_role("status").filter(has_text="10 of 50 lines")).to_be_visible()
    field = page.get_by_label("Filter the lines below: By ward")
    rows = page.locator("#table-groups tbody tr:visible th")
    field.fill("room 3")
    assert rows.all_inner_texts() == ["North", "Room 3", "South", "Room 3"]
    field.fill("south")
    assert rows.all_inner_texts() == ["South", *(f"Room {n}" for n in range(1, 9))]
    field.fill("")
    assert rows.count() == 18


def test_the_contents_follow_what_is_read(page: Page) -> None:
    current = page.locator("#contents a[aria-current]")
    expect(current).to_have_text("Summary")
    page.get_by_role("link", name="The primary effect in subgroups", exact=True).click()
    expect(current).to_have_text("The primary effect in subgroups")
    assert page.locator("#contents").bounding_box()["y"] >= 0  # type: ignore[index]


def test_each_figure_shows_its_numbers(page: Page) -> None:
    figures = page.locator("figure")
    assert figures.count() == page.locator("figure summary", has_text="Show the numbers").count() > 3
    first = page.locator("#figure-mixed")
    first.locator("summary").click()
    expect(first.locator("li").first).to_contain_text("Mean change of MADRS from baseline by visit")
    assert page.locator("#figure-mixed circle title").count() > 3


def test_a_filtered_and_folded_page_prints_whole(page: Page, tmp_path: Path) -> None:
    page.locator("summary", has_text="Everybody's days").click()
    page.get_by_label("Filter the lines below: By ward").fill("room 3")
    page.locator("summary", has_text="Everybody's days").click()
    printed = tmp_path / "report.pdf"
    page.pdf(path=str(printed), format="A4")
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("pdftotext is not installed")
    words = subprocess.run([program, printed, "-"], capture_output=True, text=True, check=True).stdout
    assert [n for n in range(1, 51) if f"Person {n:02d}" not in words] == []
    assert words.count("Room 7") == 2
    assert "Show the numbers" not in words
    assert "Filter the lines" not in words


def test_it_can_do_nothing_else(page: Page) -> None:
    """No cookie, no store, no request, no script but our own."""
    assert page.evaluate("origin") == "null"
    for act in ("document.cookie", "localStorage.length", "fetch('/static/build/report.js')"):
        assert page.evaluate(
            f"(async () => {{ try {{ await ({act}); return 'done' }} catch {{ return 'refused' }} }})()"
        ) == ("refused")
    page.evaluate(
        "() => { const own = document.createElement('script'); own.textContent = 'window.ran = 1';"
        " document.body.append(own) }"
    )
    assert page.evaluate("window.ran === undefined")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("look", ["light", "dark"])
def test_it_is_for_all(chromium: Browser, address: str, size: str, look: str) -> None:
    width, height = SIZES[size]
    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=look)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(address)
    for fold in page.locator("main summary").all():
        fold.click()
    found = Axe().run(page, options=RULES).response["violations"]
    told = [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found]
    assert not told
    if size != "desk":  # what a finger has to meet
        small = "e => [...e].filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 44).length"
        touched = page.locator("nav a, summary, th button, .tools input, .up")
        assert touched.count() > 20
        assert touched.evaluate_all(small) == 0
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    context.close()
