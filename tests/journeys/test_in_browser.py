"""The whole path in Chromium, page by page, as the people of a site walk it; every page is checked as it is seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from apps.monitoring.domain.values import SCALES
from tests.factories.answers import passing_facts, passing_judgements
from tests.factories.cast import PASSWORD
from tests.factories.ratings import items_with_total
from tests.journeys.house import House
from tests.journeys.steps_browser import (
    TABLET,
    Desk,
    Desks,
    choose,
    chromium_open,
    screens_place,
    typed,
)
from tests.journeys.steps_clock import StoryClock
from tests.journeys.steps_path import CALM, PROTOCOL, gates_pass

#: The day of the story on which somebody who consented on day 1 is randomized and gets the first dose.
DAY_1 = 26
COORDINATOR, INVESTIGATOR, NURSE, RATER = "Carla Roth", "Ivo Brandt", "Nadia Klein", "Ruth Adler"


@dataclass
class Story:
    """What the chapters of one journey know of each other."""

    desks: Desks
    clock: StoryClock
    name: str = field(default_factory=lambda: f"Erika Beispiel-{uuid4().hex[:6]}")
    number: str = ""
    participant: str = ""
    session: str = ""
    kits: list[str] = field(default_factory=list)
    first_spray: datetime | None = None


@pytest.fixture(scope="module")
def story(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Given the cast at their browsers, and a participant to be."""
    clock = StoryClock(house)
    screens = screens_place(tmp_path_factory.mktemp("screens"))
    with chromium_open() as chromium:
        yield Story(Desks(chromium, house, clock, screens), clock)


def test_1_the_coordinator_enrols_somebody_who_consented_this_morning(story: Story) -> None:
    now = story.clock.to_day(1, "09:00")
    desk = story.desks(COORDINATOR)
    desk.look("coordinator-today")
    desk.open("/participants/new/")
    desk.look("enrol")
    desk.press("Enrol and give a number")
    expect(desk.page.locator(".error-summary, .errors, [role=alert]").first).to_be_visible()
    desk.look()
    desk.page.get_by_label("Version of the consent form").fill("1.0")
    desk.page.get_by_label("Signed at").fill(typed(now - timedelta(minutes=20)))
    desk.page.get_by_label("Full name").fill(story.name)
    desk.page.get_by_label("Date of birth").fill("1984-05-17")
    desk.page.locator('input[name="sex"][value="F"]').check()
    desk.press("Enrol and give a number")
    story.participant = re.search(r"/participants/([0-9a-f-]{36})/", desk.page.url).group(1)  # type: ignore[union-attr]
    story.number = desk.page.locator(".pbanner__number").inner_text().split()[-1]
    assert story.name not in desk.page.content(), "the page speaks of a number, not of a name"
    desk.look("participant")


def test_2_screening_is_answered_section_by_section(story: Story) -> None:
    desk = story.desks(COORDINATOR)
    address = f"/screening/{story.participant}/"
    desk.open(address)
    desk.press("Begin screening")
    desk.look("screening-begun")
    sections = desk.page.locator(f'main .tasks a[href^="{address}"]')
    paths = [str(sections.nth(place).get_attribute("href")) for place in range(sections.count())]
    values = {**passing_facts(PROTOCOL), **passing_judgements(PROTOCOL)}
    for place, path in enumerate(paths):
        desk.open(path)
        if place in {0, len(paths) - 1}:
            desk.look("screening-section" if place == 0 else "screening-criteria")
        for key, value in values.items():
            if desk.page.locator(f'[name="answer_{key}"]').count():
                choose(desk.page, f"answer_{key}", value)
        desk.press("Save, back to the list")
    desk.look("screening")


def test_3_the_blinded_rater_holds_three_interviews_and_sees_no_site(story: Story) -> None:
    for day, at, total in ((1, "11:00", 38), (9, "10:00", 37), (23, "10:00", 36)):
        story.clock.to_day(day, at)
        rates(story, total=total, shown=day == 1)
    desk = story.desks(RATER)
    for path in (f"/participants/{story.participant}/", f"/screening/{story.participant}/"):
        assert desk.page.request.get(path).status == 404


def rates(story: Story, *, total: int, shown: bool = False) -> None:
    """The rater opens the interview that is due, answers it item by item, and saves."""
    desk = story.desks(RATER)
    desk.open("/ratings/")
    desk.look("interviews" if shown else "")
    assert story.number not in desk.page.content()
    desk.page.locator("#now").get_by_role("link").last.press("Enter")
    desk.page.wait_for_load_state()
    desk.look("interview" if shown else "")
    for code, value in items_with_total("MADRS", total).items():
        choose(desk.page, f"item_{code}", value)
    desk.press("Save the rating")
    expect(desk.page.locator("main")).to_contain_text(re.compile("rated|saved", re.IGNORECASE))


def test_4_the_investigator_reads_the_verdict_and_signs(story: Story) -> None:
    story.clock.to_day(DAY_1, "08:00")
    desk = story.desks(INVESTIGATOR)
    desk.open(f"/screening/{story.participant}/check/")
    desk.look("screening-check")
    desk.page.get_by_label("Your password").fill("not the password")
    desk.press("Sign as eligible")
    expect(desk.page.locator("main")).to_contain_text("Nothing was signed")
    desk.look()
    desk.page.get_by_label("Your password").fill(PASSWORD)
    desk.press("Sign as eligible")
    expect(desk.page.locator("#messages")).to_contain_text("is eligible")
    desk.look("participant-eligible")


def test_5_one_button_draws_and_the_page_tells_numbers_only(story: Story) -> None:
    desk = story.desks(COORDINATOR)
    desk.open(f"/randomization/{story.participant}/")
    desk.look("randomize")
    desk.page.locator('input[name="statement"]').check()
    desk.page.get_by_label("Your password").fill(PASSWORD)
    desk.press(f"Randomize {story.number}")
    expect(desk.page.locator("#randomization-number")).to_have_text(re.compile(r"^R\d{5}$"))
    story.kits = desk.page.locator("#kit-numbers strong").all_inner_texts()
    assert len(story.kits) == PROTOCOL.dose.devices_per_session_blinded
    desk.look("randomized")
    desk.open(f"/schedule/{story.participant}/")
    desk.look("schedule")


def test_6_the_nurse_takes_the_session_from_check_in_to_the_last_spray(story: Story) -> None:
    story.clock.to_day(DAY_1, "09:00")
    rates(story, total=37)
    story.clock.to_day(DAY_1, "10:00")
    nurse = story.desks(NURSE, size=TABLET)
    nurse.open(f"/schedule/{story.participant}/")
    nurse.page.locator('a[href*="/sessions/visit/"]').first.click()
    nurse.look("check-in")
    nurse.page.locator('input[name="chair"]').first.check()
    nurse.press("Check in")
    story.session = re.search(r"/sessions/([0-9a-f-]{36})/", nurse.page.url).group(1)  # type: ignore[union-attr]
    nurse.look("session-gates")
    answer_gates(story, nurse)
    nurse.press("Keep answers")
    nurse.look("session-cleared")

    doctor = story.desks(INVESTIGATOR)
    doctor.open(f"/sessions/{story.session}/")
    doctor.look()
    doctor.page.locator('input[name="dose_mg"]').first.check()
    doctor.press("Ask for the kits")
    nurse.open(f"/sessions/{story.session}/")
    nurse.press("Clear to dose")

    nurse.open(f"/sessions/{story.session}/watch/")
    nurse.look("watch-predose")
    takes_reading(nurse, ["bp", "hr", "rr", "temp", "spo2", "moaas", "cadss", "bprs"])

    for ordinal, kit in enumerate(story.kits, 1):
        if ordinal > 1:
            story.clock.later(minutes=PROTOCOL.devices.gap_minutes)
        nurse.open(f"/sessions/{story.session}/")
        if ordinal == 2:
            nurse.look("session-devices")
        device = nurse.page.locator(".device").nth(ordinal - 1)
        device.locator('input[name="kit_number"]').fill(kit)
        device.locator('input[name="nostril"][value="LEFT"]').check()
        device.get_by_role("button", name="First spray now").click()
        if ordinal == 1:
            story.first_spray = story.clock.now
        nurse.press("Second spray now, complete")
    expect(nurse.page.locator("#hours")).to_contain_text("They count from the first spray")
    nurse.look("session-sprayed")


def answer_gates(story: Story, nurse: Desk) -> None:
    """Answer every gate so that it passes."""
    for code, answer in gates_pass(story.clock.now).items():
        fields = nurse.page.locator(f'[name$="{code}"]')
        name = fields.first.get_attribute("name") if fields.count() else f"gate-{code}"
        match answer:
            case {"confirmed": True}:
                choose(nurse.page, str(name), True)
            case {"none": True} | {"last_at": _}:
                choose(nurse.page, str(name), "none")
            case {"sbp": systolic, "dbp": diastolic}:
                nurse.page.get_by_label("Systolic, mmHg").fill(str(systolic))
                nurse.page.get_by_label("Diastolic, mmHg").fill(str(diastolic))
            case {"value": value}:
                choose(nurse.page, str(name), value)


def takes_reading(nurse: Desk, measures: list[str], *, ones: int = 0, **other: int) -> None:
    """Fill in what the slot wants, save with one tap, and wait until the server has it."""
    page, values = nurse.page, {**CALM, **other}
    for measure in measures:
        match measure:
            case "bp":
                page.fill("#sbp", str(values["sbp"]))
                page.fill("#dbp", str(values["dbp"]))
            case "temp":
                page.fill("#temp_c", str(values["temp_c"]))
            case "moaas":
                page.locator(f"#moaas-{values['moaas']}").check()
            case "ready":
                page.locator('input[name="ready"]').first.check()
            case "cadss" | "bprs":
                fills_scale(nurse, measure, ones=ones if measure == "cadss" else 0)
            case _:
                page.fill(f"#{measure}", str(values[measure]))
    page.get_by_role("button", name="Save reading").click()
    expect(page.locator("[data-observation-state]")).to_contain_text("Saved to server", timeout=30_000)


def fills_scale(nurse: Desk, measure: str, *, ones: int) -> None:
    """Answer a scale of several screens."""
    box = nurse.page.locator(f"#more-{measure}")
    if box.get_attribute("open") is None:
        box.locator("summary").click()
    for item in range(1, SCALES[f"{measure}_items"].items + 1):
        answer = box.locator(f'input[name="{measure}_items_{item}"][value="{int(item <= ones)}"]')
        if not answer.is_visible():
            box.get_by_role("button", name="Next").click()
        answer.check()


def test_7_two_hours_are_watched_and_nobody_leaves_before_them(story: Story) -> None:
    assert story.first_spray is not None
    nurse = story.desks(NURSE)
    for slot in PROTOCOL.observation_plan.slots:
        if slot.minute is None:
            continue
        story.clock.to(story.first_spray + timedelta(minutes=slot.minute))
        nurse.open(f"/sessions/{story.session}/watch/")
        selected = nurse.page.locator("#slot_minute option:checked").get_attribute("value")
        assert selected == str(slot.minute), "the slot that is due stands there already"
        peak = {"ones": 12, "sbp": 148, "dbp": 90} if slot.minute == 40 else {}
        takes_reading(nurse, list(slot.measures), **peak)
        if slot.minute == 60:
            nurse.open(f"/sessions/{story.session}/watch/")
            nurse.look("watch")
            nurse.open("/sessions/")
            nurse.look("chairs")
            nurse.open(f"/sessions/{story.session}/discharge/")
            expect(nurse.page.locator("main")).to_contain_text("Not ready to leave")
            nurse.look("leaving-not-yet")


def test_8_the_release_is_signed_when_every_condition_holds(story: Story) -> None:
    assert story.first_spray is not None
    story.clock.to(story.first_spray + timedelta(minutes=PROTOCOL.discharge.min_minutes + 2))
    nurse = story.desks(NURSE)
    nurse.open(f"/sessions/{story.session}/discharge/")
    expect(nurse.page.locator("main")).to_contain_text("Time and readings allow to leave")
    nurse.look("leaving")
    nurse.page.get_by_label("Your password").fill(PASSWORD)
    nurse.press("Sign and release")
    expect(nurse.page.locator("main")).to_contain_text("Escort present")
    nurse.look()
    for box in nurse.page.locator('main input[type="checkbox"][name^="confirm_"]').all():
        box.check()
    nurse.page.get_by_label("Your password").fill(PASSWORD)
    nurse.press("Sign and release")
    nurse.open(f"/sessions/{story.session}/")
    expect(nurse.page.locator("main")).to_contain_text("Watched from")
    nurse.look("session-over")


def test_9_what_happened_and_what_is_taken_beside_the_spray_is_recorded(story: Story) -> None:
    assert story.first_spray is not None
    nurse = story.desks(NURSE)
    nurse.open(f"/safety/{story.participant}/new")
    nurse.look("adverse-event")
    nurse.page.get_by_label("What happened?").fill("Dizziness")
    nurse.page.get_by_label("Began at").fill(typed(story.first_spray + timedelta(minutes=35)))
    nurse.page.get_by_label("The site knew of it at").fill(typed(story.first_spray + timedelta(minutes=36)))
    choose(nurse.page, "severity", "MILD")
    choose(nurse.page, "causality", "PROBABLE")
    nurse.submit()
    nurse.open("/safety/")
    expect(nurse.page.locator("main")).to_contain_text("Dizziness")
    nurse.look("adverse-events")
    nurse.open(f"/safety/{story.participant}/medication/")
    choose(nurse.page, "kind", "STUDY_ORAL")
    nurse.page.get_by_role("textbox", name="Medicine").fill("duloxetine")
    nurse.page.get_by_label("First day").fill(typed(story.first_spray)[:10])
    nurse.submit()
    expect(nurse.page.locator("main table").first).to_contain_text("uloxetine")
    nurse.look("medication")


def test_10_four_weeks_later_day_28_closes_treatment(story: Story) -> None:
    for day, total, code in ((DAY_1 + 1, 30, "D2"), (DAY_1 + 27, 14, "D28")):
        story.clock.to_day(day, "10:00")
        rates(story, total=total)
        desk = story.desks(COORDINATOR)
        desk.open(f"/schedule/{story.participant}/")
        label = PROTOCOL.visit(code).label
        row = desk.page.locator(
            "tr", has=desk.page.get_by_role("rowheader", name=re.compile(f"^{re.escape(label)}"))
        )
        row.locator('a[href$="/held/"]').click()
        desk.look("visit-held" if code == "D2" else "")
        desk.submit()
    desk.open(f"/schedule/{story.participant}/")
    desk.look("schedule-day-28")
    desk.open(f"/participants/{story.participant}/")
    expect(desk.page.locator(".pbanner").first).to_contain_text(re.compile("completed", re.IGNORECASE))
    desk.open("/")
    desk.look("coordinator-later")


def test_11_the_statistician_follows_the_report_and_opens_it(story: Story) -> None:
    desk = story.desks("Stella Marx")
    desk.open("/reports/")
    desk.look("reports")
    choose(desk.page, "kind", "by_arm")
    desk.page.get_by_label("Your password").fill(PASSWORD)
    desk.press("Make the report")
    desk.heading("Day 28 report by arm")
    desk.look("report-asked")
    opened = desk.page.get_by_role("link", name="report.html", exact=True)
    expect(opened).to_be_visible(timeout=240_000)
    desk.look("report-done")
    desk.open_sandboxed(str(opened.get_attribute("href")))
    for arm in PROTOCOL.arms:
        expect(desk.page.locator("body")).to_contain_text(arm.label)
    desk.look("report")


def test_12_the_coordinators_report_pools_the_arms(story: Story) -> None:
    desk = story.desks(COORDINATOR)
    desk.open("/reports/")
    expect(desk.page.locator('input[name="kind"][value="by_arm"]')).to_have_count(0)
    desk.press("Make the report")
    opened = desk.page.get_by_role("link", name="report.html", exact=True)
    expect(opened).to_be_visible(timeout=240_000)
    desk.open_sandboxed(str(opened.get_attribute("href")))
    for arm in PROTOCOL.arms:
        assert arm.label not in desk.page.content()
    desk.look("report-pooled")


def test_13_the_sponsor_follows_enrolment_and_reaches_nobody(story: Story) -> None:
    desk = story.desks("Sven Holm")
    desk.open("/dashboard/")
    desk.look("sponsor")
    assert story.number not in desk.page.content()
    for path in (
        f"/participants/{story.participant}/",
        f"/sessions/{story.session}/",
        f"/schedule/{story.participant}/",
    ):
        assert desk.page.request.get(path).status in {403, 404}


def test_14_the_monitor_finds_every_act_in_the_record(story: Story) -> None:
    desk = story.desks("Mona Lind")
    desk.open("/audit/")
    desk.look("audit")
    expect(desk.page.locator("main")).to_contain_text(story.number)
    desk.open("/audit/chain/")
    desk.press("Verify now")
    # A real worker walks; the page looks again by itself.
    expect(desk.page.locator("#chain")).to_contain_text("Every act is as it was recorded", timeout=60_000)
    desk.look("chain-of-acts")


def test_15_no_page_broke_its_policy_its_console_or_a_rule_of_accessibility(story: Story) -> None:
    assert story.desks.faults == []
