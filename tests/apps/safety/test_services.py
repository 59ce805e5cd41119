"""Adverse events: recorded, changed with a reason, closed; by whom, and what stays behind."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from apps.audit.models import AuditEvent
from apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound, Refused
from apps.participants.models import Participant
from apps.safety import selectors
from apps.safety.models import AdverseEvent
from apps.safety.services import adverse_event_record, adverse_event_resolve, adverse_event_update
from tests.factories.cast import Cast
from tests.factories.treatment import checked_in, in_treatment, stock_make

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(cast: Cast, at: datetime) -> Participant:
    stock_make(cast, at=at)
    return in_treatment(cast, at=at)


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.code for reason in refused.value.reasons]


def nausea(person: Participant, *, by: Any, at: datetime, **changes: Any) -> AdverseEvent:
    given = {
        "participant_id": person.pk,
        "term": "Nausea",
        "severity": "MILD",
        "causality": "PROBABLE",
        "onset_at": at - timedelta(minutes=20),
        **changes,
    }
    return adverse_event_record(**given, by=by, at=at)


WHO_WATCHES_PEOPLE_RECORDS_EVENTS: list[Any] = ["coordinator", "investigator", "nurse", "physician"]


def test_who_watches_people_records_events(person: Participant, cast: Cast, at: datetime) -> None:
    for recorder in WHO_WATCHES_PEOPLE_RECORDS_EVENTS:
        event = nausea(person, by=getattr(cast, recorder), at=at)
        assert (event.outcome, event.site_aware_at, event.version) == ("NOT_RESOLVED", at, 1)
        trace = AuditEvent.objects.get(kind="adverse_event.recorded", subject_id=str(event.pk))
        assert (trace.participant_number, trace.actor_id) == (person.number, getattr(cast, recorder).pk)


RATERS_SPONSORS_AND_OTHER_SITES_FIND_NOBODY: list[Any] = [
    "rater",
    "sponsor",
    "pharmacist",
    "statistician",
    "other_nurse",
    "outsider",
]


def test_raters_sponsors_and_other_sites_find_nobody(person: Participant, cast: Cast, at: datetime) -> None:
    for stranger in RATERS_SPONSORS_AND_OTHER_SITES_FIND_NOBODY:
        with pytest.raises(NotFound):
            nausea(person, by=getattr(cast, stranger), at=at)
        nausea(person, by=cast.nurse, at=at)
        assert not selectors.adverse_events_visible(viewer=getattr(cast, stranger), now=at)


def test_the_monitor_reads_and_does_not_record(person: Participant, cast: Cast, at: datetime) -> None:
    nausea(person, by=cast.nurse, at=at)
    assert selectors.adverse_events_visible(viewer=cast.monitor, now=at).count() == 1
    with pytest.raises(NotAllowed):
        nausea(person, by=cast.monitor, at=at)


def test_everything_that_cannot_be_right_is_said_at_once(
    person: Participant, cast: Cast, at: datetime
) -> None:
    with pytest.raises(Invalid) as refused:
        nausea(person, by=cast.nurse, at=at, term=" ", severity="AWFUL", onset_at=at + timedelta(hours=1))
    assert codes(refused) == ["term_needed", "unknown_code", "in_the_future", "aware_before_onset"]
    assert not AdverseEvent.objects.exists()


def test_an_event_of_a_session_is_this_participants(person: Participant, cast: Cast, at: datetime) -> None:
    session = checked_in(cast, person, at=at)
    assert nausea(person, by=cast.nurse, at=at, session_id=session.pk).session == session
    other = in_treatment(cast, at=at)
    for wrong in (session.pk, uuid4()):
        with pytest.raises(NotFound):
            nausea(other, by=cast.nurse, at=at, session_id=wrong)


def test_a_serious_event_starts_a_clock_of_24_hours(person: Participant, cast: Cast, at: datetime) -> None:
    nausea(person, by=cast.nurse, at=at, is_serious=True, seriousness=["HOSPITALIZATION"])
    detail = AuditEvent.objects.get(kind="adverse_event.recorded").detail
    assert detail["report_due_at"] == (at + timedelta(hours=24)).isoformat()
    assert selectors.serious_events_recorded(since=at - timedelta(days=1)).count() == 1


def test_a_change_needs_a_reason_and_names_what_changed(
    person: Participant, cast: Cast, at: datetime
) -> None:
    event = nausea(person, by=cast.nurse, at=at)

    def change(reason: str = "Read the source again", version: int = 1, **changes: Any) -> AdverseEvent:
        return adverse_event_update(
            adverse_event_id=event.pk,
            changes=changes,
            change_reason=reason,
            version=version,
            by=cast.investigator,
            at=at,
        )

    with pytest.raises(Invalid) as refused:
        change(reason="", severity="MODERATE")
    assert codes(refused) == ["reason_needed"]
    with pytest.raises(Invalid) as unknown:
        change(arm="ESK")
    assert codes(unknown) == ["unknown_field"]
    changed = change(severity="MODERATE")
    assert (changed.severity, changed.version) == ("MODERATE", 2)
    trace = AuditEvent.objects.get(kind="adverse_event.changed")
    assert (trace.reason, trace.detail["fields"]) == ("Read the source again", ["severity"])
    with pytest.raises(Conflict):
        change(severity="SEVERE")
    assert change(version=2, severity="MODERATE").version == 2, "a change of nothing leaves nothing"


def test_an_event_is_closed_once(person: Participant, cast: Cast, at: datetime) -> None:
    event = nausea(person, by=cast.nurse, at=at)

    def resolve(version: int, when: datetime = at, outcome: str = "RESOLVED") -> AdverseEvent:
        return adverse_event_resolve(
            adverse_event_id=event.pk,
            resolved_at=when,
            outcome=outcome,
            version=version,
            by=cast.nurse,
            at=at,
        )

    with pytest.raises(Invalid):
        resolve(1, when=at - timedelta(hours=1))
    with pytest.raises(Invalid):
        resolve(1, outcome="RESOLVING")
    assert resolve(1).outcome == "RESOLVED"
    with pytest.raises(Conflict) as twice:
        resolve(2)
    assert codes(twice) == ["already_resolved"]


def test_another_sites_event_is_not_there(person: Participant, cast: Cast, at: datetime) -> None:
    event = nausea(person, by=cast.nurse, at=at)
    common: dict[str, Any] = {"adverse_event_id": event.pk, "version": 1, "at": at}
    with pytest.raises(NotFound):
        adverse_event_update(changes={"severity": "SEVERE"}, change_reason="x", by=cast.other_nurse, **common)
    with pytest.raises(NotFound):
        adverse_event_resolve(resolved_at=at, by=cast.other_nurse, **common)
    with pytest.raises(NotAllowed):
        adverse_event_resolve(resolved_at=at, by=cast.monitor, **common)


def test_no_event_is_ever_deleted(person: Participant, cast: Cast, at: datetime) -> None:
    event = nausea(person, by=cast.nurse, at=at)
    with pytest.raises(DatabaseError), transaction.atomic():
        event.delete()
