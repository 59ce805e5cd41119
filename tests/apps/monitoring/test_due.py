"""What is said to be due: a slot that was missed keeps its name on the tile while the next one can still be kept."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import unescape

import time_machine
from django.test import Client

from apps.instruments.domain.catalogue import INSTRUMENTS
from apps.monitoring import presenters, selectors
from tests.apps.monitoring.scene import CALM, NO_DISSOCIATION, Nurse
from tests.factories.cast import Cast

MINUTE = timedelta(minutes=1)
NO_BPRS = {item.code: item.values[0] for item in INSTRUMENTS["BPRS4"].items}
WHOLE = {**CALM, "rr": 15, "temp_c": 36.6, "cadss_items": NO_DISSOCIATION, "bprs_items": NO_BPRS}


def labels(cast: Cast, nurse: Nurse, now: datetime) -> list[tuple[str, str]]:
    seen = selectors.watch(viewer=cast.nurse, session_id=nurse.session.pk, now=now)
    return [(item["label"], item["state"]) for item in presenters.due_items(seen)]


def tile(cast: Cast, now: datetime) -> tuple[str, str, str]:
    """The tile's line of what is due, in words; since when it counts; and the page as a whole."""
    client = Client()
    with time_machine.travel(now, tick=False):
        client.force_login(cast.nurse)
        page = unescape(client.get("/sessions/").content.decode())
    found = re.search(r'<p class="chair__next">(.*?)</p>', page, re.DOTALL)
    assert found
    since = re.search(r'data-due-at="([^"]+)"', found.group(1))
    assert since
    return " ".join(re.sub(r"<[^>]+>", " ", found.group(1)).split()), since.group(1), page


def until_40(nurse: Nurse, at: datetime) -> None:
    nurse.records(at - 5 * MINUTE, slot=-1, **WHOLE)
    for slot in (15, 30):
        nurse.records(at + slot * MINUTE, slot=slot, **CALM)


def test_a_missed_slot_is_named_before_the_one_that_is_due_with_the_minute_it_counts_from(
    cast: Cast, nurse: Nurse, at: datetime
) -> None:
    until_40(nurse, at)
    for now, following in ((at + 44 * MINUTE, "due_now"), (at + 51 * MINUTE, "overdue")):
        assert labels(cast, nurse, now)[0][1] == "overdue"
        assert following in [state for _, state in labels(cast, nurse, now)]
    assert labels(cast, nurse, at + 44 * MINUTE) == [("40 min", "overdue"), ("45 min", "due_now")]
    words, since, page = tile(cast, at + 44 * MINUTE)
    assert words.startswith("40 min ")
    assert "more overdue" not in words
    assert datetime.fromisoformat(since) == at + 40 * MINUTE
    assert page.index("</strong> 40 min") < page.index("</strong> 45 min")  # so does the strip


def test_of_several_missed_slots_the_latest_is_named_and_the_others_are_counted(
    cast: Cast, nurse: Nurse, at: datetime
) -> None:
    until_40(nurse, at)
    now = at + 59 * MINUTE  # 60 can be kept; 40 and 45 were missed
    found = labels(cast, nurse, now)
    assert [entry for entry in found if entry[1] == "overdue"] == [("45 min", "overdue")]
    words, _, _ = tile(cast, now)
    assert words.startswith("45 min ")
    assert words.endswith("1 more overdue")


def test_nothing_is_overdue_while_every_slot_was_kept(cast: Cast, nurse: Nurse, at: datetime) -> None:
    until_40(nurse, at)
    nurse.records(at + 40 * MINUTE, slot=40, **WHOLE)
    assert labels(cast, nurse, at + 44 * MINUTE) == [("45 min", "due_now")]
