"""What holds for every act of a session: versions, other sites and roles, no step back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from apps.core.exceptions import Conflict, NotAllowed, NotFound
from apps.dosing import selectors
from apps.dosing.domain.session import IllegalTransition
from apps.dosing.models import DosingSession, SessionTransition
from apps.dosing.services import (
    device_close,
    dose_request,
    gate_override,
    gates_record,
    session_clear,
    session_stop,
    spray_first,
)
from apps.participants.models import Participant
from tests.apps.dosing.acts import codes
from tests.factories.cast import Cast
from tests.factories.treatment import (
    checked_in,
    observing,
)


def acts(session: DosingSession, by: Any, version: int, at: datetime) -> dict[str, Any]:
    common: dict[str, Any] = {"session_id": session.pk, "version": version, "by": by, "at": at}
    return {
        "gates": lambda: gates_record(answers={"ESCORT": {"confirmed": True}}, **common),
        "override": lambda: gate_override(gate="BP", reason="Because", **common),
        "clear": lambda: session_clear(**common),
        "dose": lambda: dose_request(dose_mg=56, **common),
        "spray": lambda: spray_first(kit_number="K1", nostril="LEFT", sprayed_at=at, **common),
        "close": lambda: device_close(ordinal=1, second_spray_at=at, outcome="COMPLETE", **common),
        "stop": lambda: session_stop(reason="Because", **common),
    }


def test_every_act_refuses_a_stale_version_and_changes_nothing(
    person: Participant, cast: Cast, at: datetime
) -> None:
    session = checked_in(cast, person, at=at)
    for act in acts(session, cast.investigator, session.version + 1, at).values():
        with pytest.raises(Conflict) as refused:
            act()
        assert codes(refused) == ["stale_version"]
    assert SessionTransition.objects.filter(session=session).count() == 1


def test_no_act_finds_a_session_of_another_site_or_role(
    person: Participant, cast: Cast, at: datetime
) -> None:
    session = checked_in(cast, person, at=at)
    for stranger in (
        cast.other_nurse,
        cast.other_investigator,
        cast.rater,
        cast.sponsor,
        cast.statistician,
        cast.outsider,
    ):
        for act in acts(session, stranger, session.version, at).values():
            with pytest.raises(NotFound):
                act()


def test_who_only_reads_a_session_acts_in_none(person: Participant, cast: Cast, at: datetime) -> None:
    session = checked_in(cast, person, at=at)
    for reader in (cast.coordinator, cast.monitor, cast.physician):
        for act in acts(session, reader, session.version, at).values():
            with pytest.raises(NotAllowed):
                act()


def test_a_session_being_observed_takes_no_step_back(person: Participant, cast: Cast, at: datetime) -> None:
    session = observing(cast, person, at=at)
    for name, act in acts(session, cast.investigator, session.version, at + timedelta(hours=1)).items():
        with pytest.raises(Conflict if name == "dose" else IllegalTransition):
            act()


def test_the_database_refuses_a_jump_whatever_writes_it(
    person: Participant, cast: Cast, at: datetime
) -> None:
    session = checked_in(cast, person, at=at)
    for state in ("DOSING", "OBSERVING", "DISCHARGED"):
        with pytest.raises(DatabaseError), transaction.atomic():
            DosingSession.objects.filter(pk=session.pk).update(state=state, dosed_at=at, ended_at=None)
    with pytest.raises(DatabaseError), transaction.atomic():
        DosingSession.objects.filter(pk=session.pk).delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        SessionTransition.objects.filter(session=session).update(reason="tidied")


def test_open_sessions_are_seen_by_the_clinic_and_nobody_else(
    person: Participant, cast: Cast, at: datetime
) -> None:
    session = checked_in(cast, person, at=at)
    for reader in (cast.nurse, cast.investigator, cast.coordinator, cast.monitor, cast.physician):
        assert list(selectors.sessions_open(viewer=reader, now=at)) == [session]
    for stranger in (cast.rater, cast.sponsor, cast.pharmacist, cast.statistician, cast.other_nurse):
        assert not selectors.sessions_open(viewer=stranger, now=at)
    assert selectors.chairs_free(site=cast.site) == (2, 3, 4)
