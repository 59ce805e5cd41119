"""The words of every page: moments on the site's clock, states, shares."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template

from apps.core.templatetags import house, moments
from apps.core.templatetags.status_words import STATUS_WORDS, TONES, status_word

WINTER = datetime(2026, 11, 24, 13, 5, 49, tzinfo=UTC)
SUMMER = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


def written(source: str, **context: object) -> str:
    return Template("{% load house %}" + source).render(Context(context))


def test_an_instant_is_written_on_the_sites_clock_with_its_offset() -> None:
    shown = written("{% local_time at zone %}", at=WINTER, zone="Europe/Berlin")
    assert shown == '<time datetime="2026-11-24T13:05:49Z">24 Nov 2026 14:05 (CET, UTC+1)</time>'


def test_summer_time_changes_letters_and_offset() -> None:
    assert "14:00 (CEST, UTC+2)" in written("{% local_time at 'Europe/Berlin' %}", at=SUMMER)


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("America/New_York", "(EST, UTC-5)"),
        ("Asia/Kolkata", "(IST, UTC+5:30)"),
        ("America/St_Johns", "(NST, UTC-3:30)"),
        ("America/Sao_Paulo", "(UTC-3)"),
        ("UTC", "(UTC)"),
    ],
)
def test_offsets_are_written_as_people_write_them(zone: str, words: str) -> None:
    assert words in written("{% local_time at zone %}", at=WINTER, zone=zone)


def test_without_a_zone_the_pages_own_is_taken_and_else_utc_is_printed() -> None:
    assert "14:05 (CET, UTC+1)" in written("{% local_time at %}", at=WINTER, site_zone="Europe/Berlin")
    assert "13:05 (UTC)" in written("{% local_time at %}", at=WINTER)
    assert "13:05 (UTC)" in written("{% local_time at 'Mars/Olympus' %}", at=WINTER)


def test_a_day_is_the_day_at_the_site_and_a_plain_date_stays() -> None:
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert "25 Nov 2026" in written("{% local_date at 'Europe/Berlin' %}", at=late)
    assert "24 Nov 2026" in written("{% local_date at 'Europe/Berlin' %}", at=date(2026, 11, 24))


@pytest.mark.parametrize("tag", ["local_time", "local_date", "local_clock", "age_words"])
def test_what_has_not_happened_is_not_known_rather_than_blank(tag: str) -> None:
    assert "Not known" in written(f"{{% {tag} at %}}", at=None)


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=60), "1 minute ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=47, minutes=59), "1 day ago"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(seconds=-20), "in less than a minute"),
        (timedelta(minutes=-4), "in 4 minutes"),
    ],
)
def test_ages_use_one_unit_and_never_round_up(before: timedelta, words: str) -> None:
    assert moments.age_words(WINTER - before, WINTER) == words


def test_time_since_the_dose_counts_hours_minutes_seconds() -> None:
    assert house.elapsed(timedelta(minutes=25, seconds=49)) == "0:25:49"
    assert house.elapsed(timedelta(hours=2, seconds=1)) == "2:00:01"
    assert house.elapsed(timedelta(seconds=-90)) == "-0:01:30"
    assert house.elapsed(None) == "--"


def test_a_share_of_nothing_is_not_zero() -> None:
    assert house.percent(5, 12) == "41.7%"
    assert house.percent(0, 12) == "0.0%"
    assert house.percent(0, 0) == "--"
    assert house.percent(None, 12) == "--"


def test_a_state_is_an_icon_and_a_word_in_any_spelling() -> None:
    shown = written("{% status_tag 'IN_PROGRESS' %}")
    assert "In progress" in shown
    assert "tone-info" in shown
    assert "#half" in shown
    assert status_word("in-progress") == status_word("In progress") == status_word("IN_PROGRESS")


def test_an_unknown_state_is_shown_in_its_own_words_and_escaped() -> None:
    assert "Something new" in written("{% status_tag 'SOMETHING_NEW' %}")
    assert "<script>" not in written("{% status_tag state %}", state="<script>")


def test_a_word_and_a_tone_may_be_given_but_no_tone_is_invented() -> None:
    assert "Two left" in written("{% status_tag 'available' 'Two left' 'caution' %}")
    assert "tone-good" in written("{% status_tag 'available' '' 'sparkling' %}")


def test_every_sign_of_the_vocabulary_is_drawn_and_every_tone_known() -> None:
    sprite = (Path(settings.BASE_DIR) / "static" / "icons.svg").read_text()
    drawn = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    for key, shown in STATUS_WORDS.items():
        assert shown.icon in drawn, f"{key} has no sign"
        assert shown.tone in TONES, f"{key} has no tone"


def test_every_sign_a_template_asks_for_is_drawn() -> None:
    root = Path(settings.BASE_DIR)
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (root / "static" / "icons.svg").read_text()))
    for page in (root / "templates").rglob("*.html"):
        for name in re.findall(r'\{% icon "([^"]+)"', page.read_text()):
            assert name in drawn, f"{page.name} asks for {name}"


def test_only_uncertain_figures_are_marked_as_the_protocols_own() -> None:
    assert "protocol-defined" in house.mark("U")
    assert "protocol-defined" in house.mark("g")
    assert house.mark("S") == ""
    assert house.mark(None) == ""


def test_a_sign_is_silent_unless_it_is_named() -> None:
    assert 'aria-hidden="true"' in house.icon("check")
    assert 'aria-label="Met"' in house.icon("check", label="Met")


def test_initials_come_from_names_and_addresses() -> None:
    assert house.initials("Anna Roth") == "AR"
    assert house.initials("anna.roth@example.org") == "AR"
    assert house.initials("") == "?"


def test_a_card_frames_what_stands_inside_without_escaping_it_twice() -> None:
    shown = written("{% card title=title %}<b>{{ inside }}</b>{% endcard %}", title="A < B", inside="<i>")
    assert "A &lt; B" in shown
    assert "<b>&lt;i&gt;</b>" in shown
