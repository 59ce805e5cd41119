"""A night in the clinic: one envelope is opened in the browser, read once, told to everybody but for what was in it."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, expect

from tests.factories.cast import PASSWORD
from tests.journeys.house import House, house_open
from tests.journeys.steps_browser import TABLET, Desk, Desks, choose, chromium_open, screens_place
from tests.journeys.steps_clock import StoryClock
from tests.journeys.steps_path import PROTOCOL

INVESTIGATOR, COORDINATOR, NURSE, PHARMACIST = "Ivo Brandt", "Carla Roth", "Nadia Klein", "Paul Vogt"
SPONSOR, MONITOR, RATER, ELSEWHERE = "Sven Holm", "Mona Lind", "Ruth Adler", "Iris Wood"
LABELS = tuple(arm.label for arm in PROTOCOL.arms)
REASON = "Unresponsive after a fall; the anaesthetist has to know before the operation."


@dataclass
class Story:
    """What the chapters know of each other. `label` is the truth, asked as the database's owner."""

    house: House
    desks: Desks
    participant: str
    number: str
    label: str
    opening: str = ""

    @property
    def page(self) -> str:
        return f"/unblinding/participants/{self.participant}/"

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return int(str(self.house.as_owner(f"SELECT count(*) FROM {table}")[0][0]))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A whole Vigil with one participant who is randomized."""
    if "APP_DATABASE_URL" not in os.environ:
        pytest.fail("Journeys need the test servers: run `make test-journeys`.")
    place: Path = tmp_path_factory.mktemp("emergency")
    with house_open(place, stage="tests.journeys.envelope_on_stage") as opened:
        yield opened


@pytest.fixture(scope="module")
def story(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Given the cast at their browsers, and an envelope."""
    [(participant, number)] = house.as_owner("SELECT id, number FROM participants_participant")
    [(label,)] = house.as_owner(
        "SELECT a.label FROM sealed.slot AS s JOIN sealed.arm AS a ON (a.list_id, a.code) = (s.list_id, s.arm)"
        " WHERE s.participant_id IS NOT NULL"
    )
    screens = screens_place(tmp_path_factory.mktemp("screens"))
    with chromium_open() as chromium:
        desks = Desks(chromium, house, StoryClock(house), screens)
        yield Story(house, desks, str(participant), str(number), str(label))


def silent(page: Page) -> None:
    """No treatment of the study stands on this page, in its source as little as in its words."""
    for label in LABELS:
        assert label not in page.content()


def moved(desk: Desk, move: Callable[[], object]) -> None:
    """Move through what the browser remembers: it keeps no answer, and may have to say so with a page of its own."""
    with suppress(Error):
        move()
    desk.page.wait_for_load_state()
    expect(desk.page.locator("#treatment")).to_have_count(0)
    silent(desk.page)


def send(desk: Desk, name: str) -> None:
    """Press a button and wait for the answer: the page before it may show a refusal already."""
    with desk.page.expect_navigation():
        desk.page.get_by_role("button", name=name).click()


def sign(desk: Desk, *, email: str = "ivo.brandt@example.org", password: str = PASSWORD, number: str) -> None:
    """Fill in the two components of the signature, and whose envelope it is."""
    desk.page.get_by_label("Number of the participant").fill(number)
    desk.page.get_by_label("Your e-mail address").fill(email)
    desk.page.get_by_label("Your password").fill(password)
    send(desk, f"Break the code of {number}")


def test_1_nobody_else_gets_as_far_as_the_form(story: Story) -> None:
    for name in (NURSE, COORDINATOR, PHARMACIST, SPONSOR, MONITOR, RATER, ELSEWHERE):
        desk = story.desks(name)
        assert desk.page.request.get(story.page).status in {403, 404}, name
        token = next(one["value"] for one in desk.page.context.cookies() if one["name"] == "csrftoken")
        answer = desk.page.request.post(
            f"/api/v1/participants/{story.participant}/code-break/",
            headers={"X-CSRFToken": token, "Referer": story.house.url},
            data={
                "email": f"{name.lower().replace(' ', '.')}@example.org", "password": PASSWORD,
                "key": "00000000-0000-4000-8000-000000000001", "number": story.number,
                "category": "OVERDOSE", "reason": REASON,
            },
        )  # fmt: skip
        # Another site's investigator learns not even that there is such a person.
        assert answer.status in ({404} if name == ELSEWHERE else {403, 404}), (name, answer.text())
        assert not any(label in answer.text() for label in LABELS)
    desk = story.desks(NURSE)
    desk.open(f"/participants/{story.participant}/")
    expect(desk.page.locator("#blinding")).to_contain_text("unbroken")
    expect(desk.page.get_by_role("link", name="Emergency unblinding")).to_have_count(0)
    assert story.count("unblinding_opening") == story.count("sealed.envelope_request") == 0


def test_2_a_slip_opens_nothing_and_every_reason_is_told(story: Story) -> None:
    desk = story.desks(INVESTIGATOR, size=TABLET)
    desk.open(f"/participants/{story.participant}/")
    desk.page.get_by_text("In a medical emergency").click()
    desk.follow("Emergency unblinding")
    desk.heading("Emergency unblinding")
    desk.look("emergency")
    send(desk, f"Break the code of {story.number}")
    expect(desk.page.locator("main [role=alert]").first).to_contain_text("Nothing was opened")
    desk.look("emergency-empty")
    desk.page.get_by_label("Why the treatment has to be known now").select_option("EMERGENCY_TREATMENT")
    desk.page.get_by_label("What happened").fill(REASON)
    for wrong in (
        {"password": "not the password"},
        {"email": "carla.roth@example.org"},
        {"number": "DE01-9999"},
    ):
        given = {"number": story.number, **wrong}
        desk.page.get_by_label("Number of the participant").fill(given["number"])
        desk.page.get_by_label("Your e-mail address").fill(given.get("email", "ivo.brandt@example.org"))
        desk.page.get_by_label("Your password").fill(given.get("password", PASSWORD))
        send(desk, f"Break the code of {story.number}")
        expect(desk.page.locator("main [role=alert]").first).to_contain_text("Nothing was opened")
        expect(desk.page.get_by_label("Your password")).to_have_value("")
        expect(desk.page.get_by_label("What happened")).to_have_value(REASON)
        silent(desk.page)
    desk.look("emergency-refused")
    assert story.count("unblinding_opening") == story.count("sealed.envelope_request") == 0


def test_3_the_answer_is_shown_to_the_investigator(story: Story) -> None:
    desk = story.desks(INVESTIGATOR)
    sign(desk, number=story.number)
    expect(desk.page.locator("#treatment")).to_have_text(story.label)
    desk.look("emergency-answer")
    [(opening,)] = story.house.as_owner("SELECT id FROM unblinding_opening")
    story.opening = str(opening)
    assert story.count("unblinding_openingread") == story.count("sealed.envelope_opening") == 1


def test_4_neither_reloading_nor_going_back_shows_it_again(story: Story) -> None:
    desk = story.desks(INVESTIGATOR)
    desk.page.reload()
    expect(desk.page.locator("#treatment")).to_have_count(0)
    desk.heading("Emergency code break")
    silent(desk.page)
    for move in (desk.page.go_back, desk.page.go_forward, desk.page.go_back):
        moved(desk, move)
    desk.open(story.page)
    expect(desk.page.locator("#earlier")).to_contain_text("Ivo Brandt")
    silent(desk.page)
    desk.look("emergency-opened-before")
    # Nothing of it was asked or opened twice on the way.
    assert story.count("unblinding_opening") == story.count("sealed.envelope_opening") == 1


def test_5_reading_it_and_going_on_leaves_nothing_to_come_back_to(story: Story) -> None:
    """Whoever presses "I have read it" and then goes back finds no answer either: a second opening shows it."""
    desk = story.desks(INVESTIGATOR)
    desk.open(story.page)
    desk.page.get_by_label("Why the treatment has to be known now").select_option("OVERDOSE")
    desk.page.get_by_label("What happened").fill(REASON)
    sign(desk, number=story.number)
    expect(desk.page.locator("#treatment")).to_have_text(story.label)
    desk.follow("I have read it")
    desk.heading("Emergency code break")
    desk.look("emergency-after")
    silent(desk.page)
    moved(desk, desk.page.go_back)
    # The browser asks whether to send the form again; whoever says yes is told only that it was opened.
    moved(desk, desk.page.reload)
    assert story.count("unblinding_opening") == story.count("sealed.envelope_opening") == 2


def test_6_sponsor_and_site_are_told_that_and_not_what(story: Story) -> None:
    told = {"sven.holm", "mona.lind", "ada.weiss", "carla.roth", "nadia.klein", "ivo.brandt"}
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        mails = [path.read_text() for path in story.house.mail.iterdir()]
        found = [mail for mail in mails if "the treatment code was opened" in mail]
        if told <= {name for name in told for mail in found if f"{name}@example.org" in mail}:
            break
        time.sleep(1)
    else:
        pytest.fail(f"Not everybody was told: {len(found)} messages.")
    for mail in mails:
        assert not any(label in mail for label in LABELS)
        assert REASON not in mail
        assert "ruth.adler" not in mail or "treatment code" not in mail
    for name, path in (
        (SPONSOR, "/unblinding/"),
        (COORDINATOR, f"/participants/{story.participant}/"),
        (NURSE, f"/participants/{story.participant}/"),
        (MONITOR, f"/unblinding/openings/{story.opening}/"),
        (SPONSOR, f"/unblinding/openings/{story.opening}/"),
    ):
        desk = story.desks(name)
        desk.open(path)
        expect(desk.page.locator("main")).to_contain_text("Emergency code break")
        expect(desk.page.locator("main")).to_contain_text("Ivo Brandt")
        silent(desk.page)
        desk.look(f"emergency-told-{name.split()[0].lower()}")
    desk = story.desks(RATER)
    assert desk.page.request.get(f"/unblinding/openings/{story.opening}/").status in {403, 404}
    desk.open("/ratings/")
    assert not re.search("code break|unblind", desk.page.locator("main").inner_text(), re.IGNORECASE)


def test_7_the_impact_is_assessed_and_signed_without_naming_a_treatment(story: Story) -> None:
    desk = story.desks(INVESTIGATOR)
    desk.open(f"/unblinding/openings/{story.opening}/")
    desk.follow("Assess the impact")
    desk.look("impact")
    send(desk, "Sign the assessment")
    expect(desk.page.locator("main [role=alert]").first).to_contain_text("Nothing was signed")
    desk.look("impact-empty")
    words = {
        "Who learned the treatment": "The anaesthetist, through me.",
        "Which assessments may be affected": f"None so far. The participant had {story.label}.",
        "What was done to keep everybody else blind": "The chart of the night holds no treatment.",
    }
    for label, text in words.items():
        desk.page.get_by_label(re.compile(label)).fill(text)
    choose(desk.page, "treatment", "STOPS")
    desk.page.get_by_label("Your password").fill(PASSWORD)
    send(desk, "Sign the assessment")
    expect(desk.page.locator("main [role=alert]").first).to_contain_text("Nothing was signed")
    assert story.count("unblinding_impactassessment") == 0
    desk.page.get_by_label(re.compile("Which assessments may be affected")).fill("None so far.")
    desk.page.get_by_label("Your password").fill("not the password")
    send(desk, "Sign the assessment")
    expect(desk.page.locator("main [role=alert]").first).to_contain_text("Nothing was signed")
    desk.page.get_by_label("Your password").fill(PASSWORD)
    send(desk, "Sign the assessment")
    expect(desk.page.locator("#assessment")).to_contain_text("Signed by Ivo Brandt")
    desk.look("impact-signed")
    assert story.count("unblinding_impactassessment") == 1
    monitor = story.desks(MONITOR)
    monitor.open(f"/unblinding/openings/{story.opening}/")
    expect(monitor.page.locator("#assessment")).to_contain_text("The chart of the night holds no treatment.")
    silent(monitor.page)


def test_8_the_record_holds_every_act_and_no_treatment(story: Story) -> None:
    desk = story.desks(MONITOR)
    desk.open("/audit/")
    expect(desk.page.locator("main")).to_contain_text(story.number)
    silent(desk.page)
    kinds = [str(kind) for (kind,) in story.house.as_owner("SELECT kind FROM audit_auditevent")]
    assert (kinds.count("envelope.asked"), kinds.count("envelope.opened")) == (2, 2)
    [(holding,)] = story.house.as_owner(
        "SELECT count(*) FROM audit_auditevent WHERE detail::text LIKE %s OR reason LIKE %s",
        f"%{story.label}%", f"%{story.label}%",
    )  # fmt: skip
    assert holding == 0


def test_9_no_page_broke_its_policy_its_console_or_a_rule_of_accessibility(story: Story) -> None:
    assert [fault for fault in story.desks.faults if "ERR_CACHE_MISS" not in fault] == []
