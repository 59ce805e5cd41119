"""What the analysis is given: days at the site, who was last seen when, and events within their window."""

from __future__ import annotations

from datetime import datetime, timedelta

from apps.endpoints.domain.event_times import event_times
from apps.endpoints.domain.report import plan_from_protocol
from apps.endpoints.domain.values import TrialRecords
from apps.endpoints.selectors import records_read
from apps.instruments.models import Rating
from apps.participants.domain.discontinuation import DiscontinuationReason
from apps.participants.models import Participant, StatusChange
from apps.safety.models import AdverseEvent
from apps.studies.domain.protocol import Protocol, Relapse
from apps.studies.selectors import protocol_of
from tests.apps.endpoints.test_reports import LATER
from tests.domain.studies.test_planted_faults import relapse
from tests.factories.cast import Cast

DAY = timedelta(days=1)


def read(cast: Cast, at: datetime, protocol: Protocol | None = None) -> TrialRecords:
    known = protocol or protocol_of(cast.version)
    return records_read(study=cast.study, protocol=known, cut_at=at, arms=None)


def somebody(cast: Cast) -> Participant:
    found = Participant.objects.filter(study=cast.study, status="RANDOMIZED").order_by("number").first()
    assert found is not None
    return found


def leave(one: Participant, cast: Cast, at: datetime) -> None:
    StatusChange.objects.create(
        participant=one,
        from_status="RANDOMIZED",
        to_status="DISCONTINUED",
        at=at,
        reason_code=DiscontinuationReason.ADVERSE_EVENT.value,
        recorded_at=at,
        recorded_by=cast.coordinator,
    )


def test_the_days_of_doses_and_of_the_last_rating_are_those_of_the_site(reported: Cast, at: datetime) -> None:
    records = read(reported, at + LATER)
    dosed = [one for one in records.participants if one.dosed]
    assert {one.first_dose_on for one in dosed} == {at.date()}
    assert {one.last_dose_on for one in dosed} == {at.date()}
    assert {one.last_seen_on for one in dosed} == {(at + 27 * DAY).date(), (at + 21 * DAY).date()}
    assert records.cut_on == (at + LATER).date()
    early = read(reported, at + 8 * DAY)
    assert {one.last_seen_on for one in early.participants if one.dosed} == {(at + 7 * DAY).date()}


def test_leaving_gives_a_time_with_its_reason_in_words(reported: Cast, at: datetime) -> None:
    one = somebody(reported)
    leave(one, reported, at + 11 * DAY)
    plan = plan_from_protocol(protocol_of(reported.version), by_arm=False)
    times = next(analysis.times for analysis in plan.analyses if analysis.times is not None)
    records = read(reported, at + LATER)
    members = [person for person in records.participants if person.dosed]
    found = {item.number: item for item in event_times(records, members=members, rule=times.event).followed}
    assert (found[one.number].day, found[one.number].why) == (12, "Adverse event")
    assert [item.number for item in found.values() if item.event] == [one.number]
    # Before the cut it was not known.
    before = read(reported, at + 10 * DAY)
    members = [person for person in before.participants if person.dosed]
    assert not [
        item for item in event_times(before, members=members, rule=times.event).followed if item.event
    ]


def test_a_relapse_is_looked_for_among_all_ratings_with_their_real_days(reported: Cast, at: datetime) -> None:
    shipped = protocol_of(reported.version)
    assert read(reported, at + LATER, shipped).assessments == ()
    protocol = shipped.model_copy(update={"relapse": Relapse.model_validate(relapse())})
    one = somebody(reported)
    Rating.objects.create(
        participant=one, instrument="MADRS", visit_code="EXTRA", items={}, total=47, observed_at=at + 24 * DAY,
        entered_at=at + 24 * DAY, recorded_at=at + 24 * DAY, recorded_by=reported.rater,
    )  # fmt: skip
    mine = [item for item in read(reported, at + LATER, protocol).assessments if item.number == one.number]
    assert [(item.on - at.date()).days for item in mine if item.total == 47] == [24]
    assert {item.instrument for item in mine} == {"MADRS"}
    assert [item.on for item in mine] == sorted(item.on for item in mine)


def test_events_count_as_of_treatment_within_the_protocols_window_alone(reported: Cast, at: datetime) -> None:
    one = somebody(reported)
    for term, days in (("Inside", 30), ("Outside", 31), ("Before", -1)):
        AdverseEvent.objects.create(
            participant=one, term=term, severity="MILD", causality="DOUBTFUL", onset_at=at + days * DAY,
            site_aware_at=at + 32 * DAY, recorded_at=at + 32 * DAY, recorded_by=reported.nurse,
        )  # fmt: skip
    found = {event.term: event for event in read(reported, at + LATER).adverse_events}
    emergent = {term: found[term].treatment_emergent for term in ("Inside", "Outside", "Before")}
    assert emergent == {"Inside": True, "Outside": False, "Before": False}
    assert found["Inside"].began_on == (at + 30 * DAY).date()
