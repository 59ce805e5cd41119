"""The play goes through the real services, keeps nothing but its report, and a sound study passes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from apps.audit.models import AuditEvent
from apps.instruments.models import Rating
from apps.participants.models import Participant
from apps.randomization.models import Allocation
from apps.studies.domain.protocol import Minimization
from apps.studies.models import Study
from apps.supply.models import Kit
from tests.apps.rehearsal import worlds

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("time_machine_at")]

#: Written by the rehearsal itself, or by nobody.
REMAINS = {"rehearsal.RehearsalRun", "rehearsal.RehearsalRunEvent", "audit.AuditEvent"}


def sealed(query: str, *values: Any) -> list[tuple[Any, ...]]:
    with worlds.as_owner(), connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def counts() -> dict[str, int]:
    ours = [model for model in apps.get_models() if model.__module__.startswith("apps.")]
    return {model._meta.label: model.objects.count() for model in ours if model._meta.label not in REMAINS}


def test_a_sound_study_passes_and_nothing_of_its_play_remains(at: datetime) -> None:
    made = worlds.set_up(at=at)
    before = counts()
    tables = ("slot", "draw", "counter", "dispensing")
    dump = {table: sealed(f"SELECT * FROM sealed.{table} ORDER BY 1, 2, 3") for table in tables}

    run, said = worlds.rehearse(made.study)

    assert (run.state, run.findings) == ("PASSED", []), said
    assert counts() == before
    assert dump == {table: sealed(f"SELECT * FROM sealed.{table} ORDER BY 1, 2, 3") for table in tables}
    assert not Participant.objects.filter(study=made.study).exists()
    assert not Allocation.objects.exists()
    assert not Rating.objects.exists()
    assert set(Kit.objects.values_list("state", flat=True)) == {"AVAILABLE"}
    assert Study.objects.get(pk=made.study.pk).state == "SETUP"
    acts = AuditEvent.objects.filter(kind__startswith="rehearsal.").order_by("id")
    kinds = list(acts.values_list("kind", flat=True))
    assert kinds == ["rehearsal.requested", "rehearsal.started", "rehearsal.passed"]
    assert not AuditEvent.objects.filter(kind="participant.enrolled").exists()
    assert sealed("SELECT subject, reason FROM sealed.access WHERE function = 'rehearsal_perform'") == [
        (str(run.pk), "rehearsal before going live")
    ]
    # Of one key are the strata's; the rehearsal's own acts keep the lanes of their chain, which have two.
    locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND pid = pg_backend_pid()"
    assert sealed(locks) == [(0,)]
    # Every dosing visit of every participant, at both ends of the titration.
    assert run.played["participants through the whole trial"] == 2
    assert run.played["sessions played"] == 16
    assert run.played["sessions with a dose of 56 mg"] > 0
    assert run.played["sessions with a dose of 84 mg"] > 0
    assert "PASSED" in said


def test_three_arms_two_lists_and_fixed_doses_pass(at: datetime) -> None:
    made = worlds.set_up(at=at, protocol=worlds.protocol_of("nct04599855"))
    run, said = worlds.rehearse(made.study, participants=1)
    assert (run.state, run.findings) == ("PASSED", []), said


def test_an_open_label_design_is_told_that_nothing_leads_into_treatment(at: datetime) -> None:
    made = worlds.set_up(at=at, protocol=worlds.protocol_of("sustain_3"))
    run, said = worlds.rehearse(made.study, participants=1)
    assert run.state == "FAILED", said
    assert {finding["code"] for finding in run.findings} == {"PLAY_REFUSED"}
    assert "no other step leads from eligible to treatment" in said


def test_minimization_passes_without_a_list_beforehand(at: datetime) -> None:
    rule = Minimization(imbalance="range", probability="17/20")
    design = worlds.protocol_of().randomization
    changed = design.model_copy(update={"method": "minimization", "block_sizes": (), "minimization": rule})
    made = worlds.set_up(at=at, protocol=worlds.protocol_of(randomization=changed))
    run, said = worlds.rehearse(made.study, participants=1)
    assert (run.state, run.findings) == ("PASSED", []), said
