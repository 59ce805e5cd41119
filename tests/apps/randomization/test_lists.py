"""Committing a list: once, before the first participant, verifiable by a stranger, extended without moving anything."""

from __future__ import annotations

import hashlib
import json
import stat
from datetime import datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from apps.audit.models import AuditEvent
from apps.core.exceptions import Conflict, Invalid, NotAllowed
from apps.randomization.domain.blocks import build_list
from apps.randomization.domain.commitment import list_digest
from apps.randomization.domain.plan import list_plan
from apps.randomization.models import RandomizationList
from apps.randomization.services import list_build, list_extend
from apps.studies.models import Site
from apps.studies.selectors import protocol_of
from tests.apps.randomization import worlds
from tests.factories.cast import Cast, cast_make

pytestmark = pytest.mark.django_db
STRATA = {f"country={country}|oad_class={level}" for country in ("DE", "US") for level in ("SNRI", "SSRI")}


def stored(made: RandomizationList) -> list[tuple[str, int, int, int, str]]:
    return worlds.sealed(
        "SELECT stratum, seq, block, size, arm FROM sealed.slot WHERE list_id = %s ORDER BY stratum, seq",
        made.pk,
    )


def test_a_stranger_with_the_seed_derives_the_list_and_its_commitment(cast: Cast, at: datetime) -> None:
    made = worlds.list_make(cast, at=at, places=10)
    plan = list_plan(protocol=protocol_of(cast.version), study_code=cast.study.code, list_code="MAIN")
    slots = build_list(plan=plan, seed=worlds.SEED, strata=STRATA, places=10)
    assert stored(made) == [(s.stratum, s.seq, s.block, s.size, s.arm) for s in slots]
    [(parameters, digest)] = worlds.sealed(
        "SELECT parameters->>'canonical', digest FROM sealed.list WHERE list_id = %s", made.pk
    )
    assert digest == list_digest(slots)
    assert made.commitment == hashlib.sha256(worlds.SEED + parameters.encode()).hexdigest()


def test_the_commitment_is_recorded_and_the_seed_is_nowhere_public(cast: Cast, at: datetime) -> None:
    made = worlds.list_make(cast, at=at)
    event = AuditEvent.objects.get(kind="randomization_list.committed")
    assert event.detail["commitment"] == made.commitment
    assert worlds.SEED.hex() not in str(list(RandomizationList.objects.values())) + str(event.detail)


def test_a_list_is_committed_once(cast: Cast, at: datetime) -> None:
    worlds.list_make(cast, at=at)
    with pytest.raises(Conflict):
        worlds.list_make(cast, at=at)


def test_a_list_the_protocol_does_not_name_is_refused(cast: Cast, at: datetime) -> None:
    with pytest.raises(Invalid, match="no list SECOND"):
        worlds.list_make(cast, at=at, code="SECOND")


def test_a_study_without_sites_has_no_strata_yet(cast: Cast, at: datetime) -> None:
    with worlds.as_owner():
        cast.version.study.delegations.all().delete()
        Site.objects.all().delete()
    with pytest.raises(Invalid, match="has none yet"):
        worlds.list_make(cast, at=at)


def test_the_applications_login_may_not_store_a_list(cast: Cast, at: datetime) -> None:
    with pytest.raises(NotAllowed, match="owner"), transaction.atomic():
        list_build(version=cast.version, list_code="MAIN", seed=worlds.SEED, by=cast.administrator, at=at)
    assert not RandomizationList.objects.exists()


def test_a_new_country_gets_its_strata_and_moves_nothing(cast: Cast, at: datetime) -> None:
    made = worlds.list_make(cast, at=at, places=10)
    before = stored(made)
    Site.objects.create(study=cast.study, code="FR01", name="Lyon", country="FR", time_zone="Europe/Paris")
    with worlds.as_owner():
        assert list_extend(made=made, places=10, by=cast.administrator, at=at) == 24
        assert list_extend(made=made, places=10, by=cast.administrator, at=at) == 0
    after = stored(made)
    assert set(before) < set(after)
    assert {stratum for stratum, *_ in after} - {stratum for stratum, *_ in before} == {
        "country=FR|oad_class=SNRI",
        "country=FR|oad_class=SSRI",
    }


def test_two_lists_of_one_study_are_unrelated_and_each_holds_the_ratio_1_1_2(db: None, at: datetime) -> None:
    cast = cast_make(at=at, protocol="nct04599855")
    lists = [worlds.list_make(cast, at=at, code=code, places=200) for code in ("MET", "NOT_MET")]
    first, second = ([arm for *_, arm in stored(made)] for made in lists)
    assert len(first) == len(second)
    assert abs(sum(a == b for a, b in zip(first, second, strict=True)) / len(first) - 0.375) < 0.1
    arms = worlds.sealed("SELECT code, active, fixed_mg FROM sealed.arm WHERE list_id = %s", lists[0].pk)
    counts = {code: first.count(code) for code, *_ in arms}
    placebo = next(code for code, active, _ in arms if not active)
    assert {count * (1 if code == placebo else 2) for code, count in counts.items()} == {counts[placebo]}
    assert {fixed for _, active, fixed in arms if active} == {56, 84}


def test_the_command_builds_every_list_and_keeps_the_seeds_privately(cast: Cast, tmp_path: Path) -> None:
    kept = tmp_path / "seeds.json"
    out = StringIO()
    with worlds.as_owner():
        call_command(
            "randomization", "build", cast.study.code, "--places=8", f"--seed-file={kept}", stdout=out
        )
        call_command("randomization", "show", cast.study.code, stdout=out)
    made = RandomizationList.objects.get(purpose="LIVE")
    assert out.getvalue().count(made.commitment) == 2
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    seed = bytes.fromhex(json.loads(kept.read_text())["MAIN"])
    assert worlds.sealed("SELECT seed FROM sealed.list WHERE list_id = %s", made.pk) == [(seed,)]


def test_the_command_overwrites_no_file_and_then_commits_nothing(cast: Cast, tmp_path: Path) -> None:
    kept = tmp_path / "seeds.json"
    kept.write_text("another study's")
    with worlds.as_owner(), pytest.raises(CommandError, match="Nothing was committed"):
        call_command("randomization", "build", cast.study.code, f"--seed-file={kept}", stdout=StringIO())
    assert kept.read_text() == "another study's"
    assert not RandomizationList.objects.exists()


def test_the_command_explains_an_unknown_study(db: None) -> None:
    with pytest.raises(CommandError, match="no study"):
        call_command("randomization", "build", "nowhere")
