"""The database decides by itself who is told: the web's login alone gets nobody any further than the web does."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from apps.studies.domain.permissions import Role
from apps.studies.models import Delegation, Study
from apps.unblinding.domain import modes
from apps.unblinding.selectors import openings_unrecorded
from tests.apps.randomization import logins
from tests.apps.unblinding.conftest import World
from tests.factories.cast import delegate

ASK = "SELECT outcome FROM sealed.envelope_request(%s, %s, %s, %s, %s, %s, %s, 'because', %s, %s)"
OPEN = "SELECT outcome, arm FROM sealed.envelope_open(%s, %s, %s)"


def ask(
    app: psycopg.Connection,
    world: World,
    *,
    by: Any,
    reader: Any = None,
    mode: str = "EMERGENCY",
    participant: Any = None,
    code: str | None = None,
) -> tuple[uuid.UUID, str]:
    request = uuid.uuid4()
    participant = participant or world.participant
    row = app.execute(
        ASK, [request, mode, None, None, participant.pk, by.pk, (reader or by).pk, code, None]
    ).fetchone()
    assert row is not None
    return request, row[0]


def test_asked_and_committed_first_then_opened_once(world: World) -> None:
    with logins.connect("vigil_app") as app:
        request, outcome = ask(app, world, by=world.cast.investigator)
        assert outcome == "ASKED"
        assert app.execute(OPEN, [request, world.cast.investigator.pk, None]).fetchone() == (
            "OPENED",
            world.label,
        )
        assert app.execute(OPEN, [request, world.cast.investigator.pk, None]).fetchone() == (
            "OPENED_ALREADY",
            None,
        )


def test_what_is_asked_in_a_transaction_cannot_be_opened_in_it_and_then_taken_back(world: World) -> None:
    with logins.connect("vigil_app") as app, app.transaction():
        request, outcome = ask(app, world, by=world.cast.investigator)
        assert outcome == "ASKED"
        with pytest.raises(psycopg.errors.InsufficientPrivilege), app.transaction():
            app.execute(OPEN, [request, world.cast.investigator.pk, None])


def test_whoever_opens_and_rolls_back_has_left_the_request_and_spent_it(world: World, at: datetime) -> None:
    with logins.connect("vigil_app") as app:
        request, _ = ask(app, world, by=world.cast.investigator)
        with app.transaction(force_rollback=True):
            assert app.execute(OPEN, [request, world.cast.investigator.pk, None]).fetchone()[0] == "OPENED"
        assert [
            one.request_id for one in openings_unrecorded(since=at) if one.study_id == world.cast.study.pk
        ] == [request]
        ask(app, world, by=world.cast.investigator)
        ask(app, world, by=world.cast.investigator)
        assert ask(app, world, by=world.cast.investigator)[1] == "TOO_MANY"


@pytest.mark.parametrize("mode", ["EMERGENCY", "MEDIATED", "SUSAR", "LETTER"])
def test_each_way_is_open_to_its_roles_alone(world: World, mode: str) -> None:
    allowed = {
        "EMERGENCY": {Role.INVESTIGATOR},
        "LETTER": {Role.INVESTIGATOR},
        "MEDIATED": {Role.INVESTIGATOR, Role.SESSION_NURSE, Role.SAFETY_PHYSICIAN},
        "SUSAR": {Role.SAFETY_PHYSICIAN},
    }[mode]
    code = "0" * 64 if mode == "MEDIATED" else None
    with logins.connect("vigil_app") as app:
        for role, person in world.cast.by_role.items():
            reader = world.cast.outsider if mode == "MEDIATED" and person != world.cast.outsider else person
            if role in {one.value for one in allowed}:
                expected = "NO_LETTER" if mode == "LETTER" else "ASKED"
                assert ask(app, world, by=person, reader=reader, mode=mode, code=code)[1] == expected
            else:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    ask(app, world, by=person, reader=reader, mode=mode, code=code)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(
                app, world, by=world.cast.other_investigator, mode=mode, reader=world.cast.outsider, code=code
            )


def test_nobody_reads_for_somebody_else(world: World) -> None:
    investigator, other = world.cast.investigator, world.cast.other_investigator
    with logins.connect("vigil_app") as app:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(app, world, by=investigator, reader=other)
        request, _ = ask(app, world, by=investigator)
        for nobody in (other, world.cast.physician, world.cast.outsider):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(OPEN, [request, nobody.pk, None])


def test_a_delegation_that_ended_opens_nothing_and_an_account_that_is_closed_neither(
    world: World, at: datetime
) -> None:
    investigator = world.cast.investigator
    with logins.connect("vigil_app") as app:
        request, _ = ask(app, world, by=investigator)
        Delegation.objects.filter(user=investigator).update(ends_at=at)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(OPEN, [request, investigator.pk, None])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(app, world, by=investigator)
        delegate(investigator, Role.INVESTIGATOR, study=world.cast.study, site=world.cast.site, at=at)
        investigator.is_active = False
        investigator.save()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(app, world, by=investigator)


def test_a_handed_over_answer_expires(world: World) -> None:
    code, request = "a" * 64, uuid.uuid4()
    with logins.connect("vigil_owner") as owner:
        owner.execute(
            "INSERT INTO sealed.envelope_request (request_id, mode, study_id, site_id, participant_id, by, reader, "
            "reason, code_hash, expires_at) "
            "VALUES (%s, 'MEDIATED', %s, %s, %s, %s, %s, 'because', %s, now() - interval '1 second')",
            [request, world.cast.study.pk, world.cast.site.pk, world.participant.pk, world.cast.nurse.pk,
             world.cast.outsider.pk, code],
        )  # fmt: skip
    with logins.connect("vigil_app") as app:
        assert app.execute(OPEN, [request, world.cast.outsider.pk, code]).fetchone() == ("EXPIRED", None)


def test_a_letter_is_read_only_once_the_study_is_closed(world: World) -> None:
    investigator, statistician = world.cast.investigator, world.cast.statistician
    store = "SELECT sealed.letter_store(%s, %s, %s, %s)"
    values = [world.participant.pk, world.cast.study.pk, b"%PDF letter", statistician.pk]
    with logins.connect("vigil_app") as app, logins.connect("vigil_unblinded") as worker:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            worker.execute(store, values)
        Study.objects.filter(pk=world.cast.study.pk).update(state="CLOSED")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(store, values)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            worker.execute(store, [*values[:3], world.cast.sponsor.pk])
        worker.execute(store, values)
        request, outcome = ask(app, world, by=investigator, mode="LETTER")
        assert outcome == "ASKED"
        row = app.execute(
            "SELECT outcome, arm, pages FROM sealed.envelope_open(%s, %s, NULL)", [request, investigator.pk]
        ).fetchone()
        assert row == ("OPENED", None, b"%PDF letter")


@pytest.mark.parametrize("table", ["envelope_request", "envelope_opening", "envelope_wrong_code", "letter"])
@pytest.mark.parametrize(
    "statement", ["UPDATE sealed.{} SET {} = {}", "DELETE FROM sealed.{}", "TRUNCATE sealed.{} CASCADE"]
)
def test_not_even_the_owner_rewrites_who_was_told(world: World, table: str, statement: str) -> None:
    column = {"envelope_wrong_code": "by", "letter": "study_id"}.get(table, "by")
    with (
        logins.connect("vigil_owner") as owner,
        pytest.raises(psycopg.errors.RaiseException, match="never changed"),
    ):
        owner.execute(statement.format(table, column, column))


def test_twelve_in_a_study_within_an_hour_are_the_most(world: World, at: datetime) -> None:
    from tests.factories.cast import person_make

    with logins.connect("vigil_app") as app:
        for number in range(4):
            person = person_make(f"Investigator {number}")
            delegate(person, Role.INVESTIGATOR, study=world.cast.study, site=world.cast.site, at=at)
            assert [ask(app, world, by=person)[1] for _ in range(4)] == ["ASKED"] * 3 + ["TOO_MANY"]
        assert ask(app, world, by=world.cast.investigator)[1] == "TOO_MANY"


def test_pages_and_database_know_the_same_limits() -> None:
    sql = (Path(modes.__file__).parents[1] / "migrations" / "sql" / "0002_sealed_envelope.sql").read_text()
    assert f"c_per_person CONSTANT integer := {modes.OPENINGS_PER_PERSON};" in sql
    assert f"c_per_study CONSTANT integer := {modes.OPENINGS_PER_STUDY};" in sql
    assert f"c_wrong_codes CONSTANT integer := {modes.WRONG_CODES_ALLOWED};" in sql
    assert timedelta(hours=1) == modes.LIMIT_SPAN
    assert "c_span CONSTANT interval := '1 hour';" in sql
    assert timedelta(minutes=2) == modes.REQUEST_SPAN
    assert "c_answer CONSTANT interval := '2 minutes';" in sql
    assert timedelta(hours=4) == modes.MESSAGE_SPAN
    assert "c_message CONSTANT interval := '4 hours';" in sql
