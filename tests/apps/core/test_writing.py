"""Rows written together: the same rows as one by one, all or none, and their history too."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.audit.models import AuditEvent
from apps.audit.services import event_record
from apps.core.writing import row_add, rows_write, written_together
from apps.participants.models import StatusChange
from apps.schedule.models import Visit
from tests.factories.cast import Cast
from tests.factories.participants import enrolled

pytestmark = pytest.mark.django_db


def visit(cast: Cast, participant: object, *, code: str, at: datetime) -> Visit:
    return Visit(
        participant=participant,
        code=code,
        label="Ä “quoted” \\ \n line",
        day=4,
        opens_at=at.replace(microsecond=123456),
        target_date=at.date(),
        closes_at=at.replace(hour=23),
        recorded_at=at,
        recorded_by=cast.coordinator,
    )


def test_a_row_reads_back_as_it_was_given(cast: Cast, at: datetime) -> None:
    made = visit(cast, enrolled(cast, at=at), code="V1", at=at)
    rows_write([made])
    found = Visit.objects.get(pk=made.pk)
    for field in Visit._meta.concrete_fields:
        assert getattr(found, field.attname) == getattr(made, field.attname), field.name
    made.chair = 2
    made.save()  # it is known to be there: changed, not inserted again
    assert Visit.objects.get(pk=made.pk).chair == 2


def test_what_waits_is_written_in_one_statement_with_its_history(cast: Cast, at: datetime) -> None:
    participant = enrolled(cast, at=at)
    history = apps.get_model("schedule", "VisitEvent")
    with CaptureQueriesContext(connection) as seen, written_together():
        row_add(visit(cast, participant, code="V1", at=at), visit(cast, participant, code="V2", at=at))
        event_record(kind="schedule.planned", by=cast.coordinator, at=at, detail={"visits": 2, "of": None})
        with written_together():
            row_add(
                StatusChange(
                    participant=participant,
                    to_status="X",
                    at=at,
                    recorded_at=at,
                    recorded_by=cast.coordinator,
                )
            )
    assert len(seen.captured_queries) == 1
    assert Visit.objects.filter(participant=participant).count() == 2
    assert StatusChange.objects.filter(participant=participant, to_status="X").count() == 1
    assert AuditEvent.objects.get(kind="schedule.planned").detail == {"visits": 2, "of": None}
    assert history.objects.filter(participant=participant).count() == 2


def test_the_order_of_acts_is_the_order_of_their_numbers(cast: Cast, at: datetime) -> None:
    with written_together():
        for place in range(20):
            event_record(kind=f"thing.done_{place:02d}", by=cast.coordinator, at=at)
    kinds = AuditEvent.objects.filter(kind__startswith="thing.").order_by("id").values_list("kind", flat=True)
    assert list(kinds) == sorted(kinds)


def test_an_exception_writes_nothing_of_what_waits(cast: Cast, at: datetime) -> None:
    def fails() -> None:
        with written_together():
            event_record(kind="thing.done", by=cast.coordinator, at=at)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert not AuditEvent.objects.filter(kind="thing.done").exists()
    event_record(kind="thing.done", by=cast.coordinator, at=at)  # and the next one is written at once
    assert AuditEvent.objects.filter(kind="thing.done").exists()


def test_a_constraint_refuses_all(cast: Cast, at: datetime) -> None:
    participant = enrolled(cast, at=at)
    twins = [visit(cast, participant, code="V1", at=at) for _ in range(2)]
    with pytest.raises(IntegrityError), transaction.atomic(), written_together():
        row_add(*twins)
    assert not Visit.objects.filter(participant=participant).exists()


def test_what_no_json_holds_is_refused_and_not_turned_into_words(cast: Cast, at: datetime) -> None:
    with pytest.raises(TypeError):
        event_record(kind="thing.done", by=cast.coordinator, at=at, detail={"id": uuid4()})
