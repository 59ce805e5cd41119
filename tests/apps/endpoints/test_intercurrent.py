"""Intercurrent events are found in the records as they stood at the data cut, on the days of the site."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from apps.endpoints.selectors import records_read
from apps.participants.models import Participant, StatusChange
from apps.safety.services import medication_record
from apps.schedule.models import Visit
from apps.studies.selectors import protocol_of
from tests.factories.cast import Cast

DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("reported")


def events(cast: Cast, cut_at: datetime) -> list[tuple[str, str, int]]:
    found = records_read(study=cast.study, protocol=protocol_of(cast.version), cut_at=cut_at, arms=None)
    return [(one.number, one.kind, one.day) for one in found.intercurrent]


def somebody(cast: Cast, place: int) -> Participant:
    return Participant.objects.filter(study=cast.study).order_by("number")[place]


def medicine(cast: Cast, one: Participant, rule: str, began: datetime, known: datetime) -> None:
    medication_record(
        participant_id=one.pk, kind="CONCOMITANT", name="A medicine", concomitant_rule=rule,
        started_on=began.date(), by=cast.coordinator, at=known,
    )  # fmt: skip


def test_leaving_is_an_event_of_the_day_on_the_sites_calendar(cast: Cast, at: datetime) -> None:
    one = somebody(cast, 0)
    late = at.replace(hour=23, minute=30) + 9 * DAY  # past midnight in Berlin: Day 11
    StatusChange.objects.create(
        participant=one, from_status="RANDOMIZED", to_status="DISCONTINUED", reason="Moved away", at=late,
        recorded_at=late + DAY, recorded_by=cast.investigator,
    )  # fmt: skip
    assert events(cast, late) == []  # nobody had told it yet
    assert events(cast, at + 40 * DAY) == [(one.number, "LEFT_TREATMENT", 11)]


def test_only_a_prohibited_medicine_that_began_under_treatment_is_one(cast: Cast, at: datetime) -> None:
    one, other, third = (somebody(cast, place) for place in (1, 2, 3))
    medicine(cast, one, "OTHER_PSYCHOTROPIC", at + 11 * DAY, at + 14 * DAY)
    medicine(cast, one, "OPIOID", at + 20 * DAY, at + 21 * DAY)  # the first of them is the event
    medicine(cast, other, "ANTIHYPERTENSIVE", at + 11 * DAY, at + 14 * DAY)  # allowed
    medicine(cast, other, "", at + 11 * DAY, at + 14 * DAY)
    medicine(cast, third, "OPIOID", at - 3 * DAY, at + 14 * DAY)  # under way before the first dose
    assert events(cast, at + 13 * DAY) == []
    assert events(cast, at + 40 * DAY) == [(one.number, "PROHIBITED_MEDICINE", 12)]


def test_two_doses_missed_in_a_row(cast: Cast, at: datetime) -> None:
    one, other = somebody(cast, 4), somebody(cast, 5)
    for person, codes in ((one, ("D8", "D11")), (other, ("D8", "D15"))):
        for code in codes:
            visit = Visit.objects.get(participant=person, code=code)
            visit.missed_at, visit.missed_by, visit.missed_reason = visit.closes_at, cast.coordinator, "Ill"
            visit.save()
    assert events(cast, at + 60 * DAY) == [(one.number, "DOSES_MISSED", 8)]
