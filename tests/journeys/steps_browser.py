"""Somebody of the cast at a browser: a tablet or a desktop, whose clock is right and whose every fault is kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, expect, sync_playwright

from config.env import ROOT
from tests.factories.cast import PASSWORD
from tests.journeys.house import House
from tests.journeys.steps_clock import BERLIN, StoryClock

DESKTOP, TABLET = {"width": 1280, "height": 800}, {"width": 1180, "height": 820}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
#: The installed Chromium; without one Playwright's own.
PROGRAM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
PATIENCE = 45_000  # milliseconds for a page: the machine may be busy with other tests
#: The browser's clock is ahead of the world as the server's is; its timers run as ever.
CLOCK = """() => {
  globalThis.__ahead = Math.max(globalThis.__ahead ?? 0, %d);
  document.dispatchEvent(new Event("pointerdown"));  // somebody is there while the hours pass: nothing locks
  if (globalThis.__real) return;
  const Real = globalThis.__real = Date;
  globalThis.Date = class extends Real {
    constructor(...given) { given.length ? super(...given) : super(Real.now() + globalThis.__ahead); }
    static now() { return Real.now() + globalThis.__ahead; }
  };
  const origin = performance.timeOrigin;
  Object.defineProperty(performance, "timeOrigin", { get: () => origin + globalThis.__ahead });
}"""


@contextmanager
def chromium_open() -> Iterator[Browser]:
    """A headless Chromium: the installed one, or Playwright's own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@dataclass
class Desk:
    """One person's browser."""

    page: Page
    house: House
    screens: Path
    ahead: int = 0
    faults: list[str] = field(default_factory=list)

    def clock_set(self) -> None:
        """Put the browser's clock to the time of the story, for this page and those to come."""
        ahead = round(float(self.house.clock.read_text()) * 1000)
        if ahead != self.ahead:
            self.ahead = ahead
            self.page.context.add_init_script(f"({CLOCK % ahead})()")
            self.page.evaluate(CLOCK % ahead)

    def open(self, path: str) -> None:
        """Open an address of this Vigil."""
        self.clock_set()
        self.page.goto(path)

    def open_sandboxed(self, path: str) -> None:
        """Open a file that is served without the right to run any script, the test's own among them.

        Only that one directive is lifted on the way; every other part of the policy holds while the page is looked at.
        """

        def lift(route: Route) -> None:
            answer = route.fetch()
            policy = answer.headers["content-security-policy"].split(";")
            kept = [part for part in policy if part.split()[:1] != ["sandbox"]]
            assert len(kept) < len(policy), "a report may not run scripts in the name of who reads it"
            route.fulfill(
                response=answer, headers={**answer.headers, "content-security-policy": ";".join(kept)}
            )

        self.page.route(f"**{path}", lift)
        self.open(path)

    def press(self, name: str) -> None:
        """Press a button that leads to a page."""
        self.page.get_by_role("button", name=name).click()
        self.page.wait_for_load_state()

    def follow(self, name: str) -> None:
        """Follow a link by its words."""
        self.page.get_by_role("link", name=name).first.click()
        self.page.wait_for_load_state()

    def submit(self) -> None:
        """Press the main button of the page's form."""
        self.page.locator("main form .btn-primary[type=submit]").first.click()
        self.page.wait_for_load_state()

    def heading(self, words: str) -> None:
        """The page's first heading says this."""
        expect(self.page.locator("h1").first).to_contain_text(words)

    def look(self, name: str = "") -> None:
        """Nothing on this page breaks an accessibility rule; with a name, keep its picture."""
        found = Axe().run(self.page, options=RULES)
        if found.violations_count:
            self.faults.append(f"{name or self.page.url}: {found.generate_report()}")
        if name:
            self.page.screenshot(path=self.screens / f"{name}.png", animations="disabled")

    def heard(self, message: ConsoleMessage) -> None:
        """Keep what the console says, but for the refusals that the story asks for."""
        refused = "the server responded with a status of 4" in message.text
        if message.type in {"error", "warning"} and not refused:
            self.faults.append(f"{self.page.url}: console {message.type}: {message.text}")


@dataclass
class Desks:
    """The cast at their browsers. A sign-in is renewed when the day is over."""

    browser: Browser
    house: House
    clock: StoryClock
    screens: Path
    _desks: dict[str, tuple[float, Desk]] = field(default_factory=dict)

    def __call__(self, name: str, *, size: dict[str, int] | None = None) -> Desk:
        """Somebody signed in at this hour of the story."""
        ahead = float(self.house.clock.read_text())
        known = self._desks.get(name)
        if known is not None and ahead - known[0] < 6 * 3600:
            known[1].clock_set()
            return known[1]
        desk = known[1] if known else self._seat(size or DESKTOP)
        desk.page.context.clear_cookies()
        self._desks[name] = (ahead, desk)
        desk.open("/sign-in/")
        if known is None:
            desk.look("sign-in")
        desk.page.get_by_label("E-mail address").fill(name.lower().replace(" ", ".") + "@example.org")
        desk.page.get_by_label("Password").fill(PASSWORD)
        desk.press("Sign in")
        # A click does not wait for the page it leads to: going on at once would break the sign-in off.
        desk.page.wait_for_url(lambda url: "/sign-in/" not in url)
        expect(desk.page.locator(".who__name").first).to_contain_text(name)
        return desk

    def _seat(self, size: dict[str, int]) -> Desk:
        context = self.browser.new_context(
            viewport=size,  # type: ignore[arg-type]
            base_url=self.house.url,
            timezone_id="Europe/Berlin",
            locale="en-GB",
            has_touch=size is TABLET,
        )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        desk = Desk(page, self.house, self.screens)
        page.on("console", desk.heard)
        page.on("pageerror", lambda fault: desk.faults.append(f"{page.url}: {fault}"))
        return desk

    @property
    def faults(self) -> list[str]:
        """What consoles, policies and accessibility rules had against the pages seen so far."""
        return [fault for _, desk in self._desks.values() for fault in desk.faults]


def choose(page: Page, name: str, value: object) -> None:
    """Answer a question that is either a few buttons or a box: true is yes, None is not assessed."""
    words = {"None": "na", "True": "yes", "False": "no"}.get(str(value), str(value))
    radio = page.locator(f'input[type="radio"][name="{name}"][value="{words}"]')
    if radio.count():
        radio.press("Space")  # as somebody without a mouse
        expect(radio).to_be_checked()
    else:
        page.locator(f'[name="{name}"]').fill(words)


def typed(at: datetime) -> str:
    """A moment as a datetime-local field takes it, on the clock of the site."""
    return at.astimezone(BERLIN).strftime("%Y-%m-%dT%H:%M")


def screens_place(otherwise: Path) -> Path:
    """Where pictures go: docs/screens when the documentation is made anew, else a temporary place."""
    place = ROOT / "docs" / "screens" if os.environ.get("VIGIL_SCREENS") == "1" else otherwise
    place.mkdir(parents=True, exist_ok=True)
    return place
