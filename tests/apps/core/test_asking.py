"""Questions compiled once: the same answers as their querysets, for any values, and refused where they cannot be."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.db.transaction import TransactionManagementError

from apps.core.asking import Question, ask, ask_together, row_of
from apps.participants.models import Participant
from apps.screening.models import Answer
from apps.studies.models import Delegation
from tests.factories.cast import Cast
from tests.factories.participants import enrolled
from tests.factories.screening import answered, screening_open

pytestmark = pytest.mark.django_db


@Question
def people(participant: UUID) -> QuerySet[Participant]:
    return Participant.objects.select_related("site", "study").filter(pk=participant)


@Question
def people_locked(participant: UUID) -> QuerySet[Participant]:
    return Participant.objects.filter(pk=participant).select_for_update()


@Question
def roles(user: UUID, now: datetime) -> QuerySet[Delegation]:
    return (
        Delegation.objects.filter(user=user, starts_at__lte=now)
        .order_by("role")
        .values_list("role", "starts_at")
    )


@Question
def values(participant: UUID) -> QuerySet[Answer]:
    return (
        Answer.objects.filter(screening__participant=participant).order_by("key").values_list("key", "value")
    )


def test_instances_come_with_what_was_selected_beside_them(cast: Cast, at: datetime) -> None:
    participant = enrolled(cast, at=at)
    (found,) = ask(people(participant=participant.pk))
    assert found == participant
    assert found.age_years == participant.age_years
    with connection.execute_wrapper(_nothing_asked):
        assert (found.site.code, found.study.code) == (cast.site.code, cast.study.code)


def test_tuples_are_those_of_the_queryset_whatever_was_asked_first(cast: Cast, at: datetime) -> None:
    screening = screening_open(participant_id=enrolled(cast, at=at).pk, by=cast.coordinator, at=at)
    answered(cast, screening, at=at)
    asked = Answer.objects.filter(screening=screening).order_by("key").values_list("key", "value")
    for _ in range(2):
        assert ask(values(participant=uuid4())) == []
        assert ask(values(participant=screening.participant_id)) == list(asked)
    assert any(value is True for _, value in asked)


def test_several_questions_are_answered_in_their_order(cast: Cast, at: datetime) -> None:
    participant = enrolled(cast, at=at)
    before, found, now = ask_together(
        roles(user=cast.coordinator.pk, now=at - timedelta(days=9999)),
        people(participant=participant.pk),
        roles(user=cast.coordinator.pk, now=at),
    )
    assert before == []
    assert found == [participant]
    assert [role for role, _ in now] == ["COORDINATOR"]


def test_a_question_that_locks_is_asked_within_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = people_locked(participant=uuid4())
    assert ask(asked) == []
    monkeypatch.setattr("apps.core.asking.connection", SimpleNamespace(in_atomic_block=False))
    with pytest.raises(TransactionManagementError):
        ask(asked)


def test_an_argument_that_the_statement_does_not_hold_is_refused() -> None:
    @Question
    def forgetful(participant: UUID, user: UUID) -> QuerySet[Participant]:
        return Participant.objects.filter(pk=participant)

    with pytest.raises(ValueError, match="does not hold user"):
        forgetful(participant=uuid4(), user=uuid4())


def test_an_argument_of_another_kind_is_refused() -> None:
    @Question
    def numbered(number: str) -> QuerySet[Participant]:
        return Participant.objects.filter(number=number)

    with pytest.raises(ValueError, match="UUID or datetime"):
        numbered(number="B-001")


def _nothing_asked(execute: object, sql: str, *_rest: object) -> None:
    raise AssertionError(f"asked again: {sql}")


def test_what_is_asked_so_is_prepared_on_the_server(cast: Cast) -> None:
    ask(people(participant=uuid4()))
    row_of("SELECT %s::int", [1])
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        prepared = " ".join(statement for (statement,) in cursor.fetchall())
    assert "participants_participant" in prepared
    assert "$1::int" in prepared
