"""What the protocol chooses: caps that stop the draw, minimization, simple randomization, an uploaded list."""

from __future__ import annotations

import csv
import hashlib
import io
import uuid
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.core.exceptions import Conflict, Invalid
from apps.randomization.domain.kinds import Purpose
from apps.randomization.models import Allocation, RandomizationList
from apps.randomization.selectors import draw_preview, owner_material, replayed
from apps.randomization.services import list_build, list_extend, list_upload, participant_randomize
from apps.randomization.services.draw import RandomizationRefused
from apps.supply.models import Kit
from tests.apps.randomization import worlds
from tests.factories.cast import Cast

pytestmark = pytest.mark.django_db
STRATA = sorted(
    f"country={country}|oad_class={level}" for country in ("DE", "US") for level in ("SNRI", "SSRI")
)
SEED = bytes(reversed(range(32)))


@pytest.fixture
def stocked(cast: Cast, at: datetime, verdicts: worlds.Verdicts) -> Cast:
    worlds.kits_make(cast, at=at, active=60, placebo=90)
    worlds.kits_make(cast, at=at, active=60, placebo=90, site=cast.other_site)
    return cast


def randomize(cast: Cast, at: datetime, *, elsewhere: bool = False) -> None:
    site = cast.other_site if elsewhere else cast.site
    participant = worlds.participant_make(cast, at=at, site=site)
    by = cast.other_coordinator if elsewhere else cast.coordinator
    participant_randomize(participant_id=participant.pk, key=uuid.uuid4(), by=by, at=at)


@pytest.mark.parametrize(
    ("cap", "code", "other_site_goes_on"),
    [("study", "cap_study", False), ("site", "cap_site", True), ("stratum", "cap_stratum", True)],
)
def test_a_cap_stops_the_draw_in_the_same_words_for_everybody(
    stocked: Cast, at: datetime, cap: str, code: str, other_site_goes_on: bool
) -> None:
    cast = worlds.protocol_changed(stocked, lambda found: found.update(caps={cap: 2}), at=at)
    worlds.list_make(cast, at=at)
    randomize(cast, at)
    randomize(cast, at)
    with pytest.raises(RandomizationRefused) as refused:
        randomize(cast, at)
    assert [reason.code for reason in refused.value.reasons] == [code]
    assert Allocation.objects.count() == 2
    if other_site_goes_on:
        randomize(cast, at, elsewhere=True)  # another country, so another site and another stratum
        assert Allocation.objects.count() == 3
    else:
        with pytest.raises(RandomizationRefused):
            randomize(cast, at, elsewhere=True)


def test_the_page_before_the_draw_knows_of_the_cap(stocked: Cast, at: datetime) -> None:
    cast = worlds.protocol_changed(stocked, lambda found: found.update(caps={"study": 1}), at=at)
    worlds.list_make(cast, at=at)
    randomize(cast, at)
    waiting = worlds.participant_make(cast, at=at)
    preview = draw_preview(participant_id=waiting.pk, viewer=cast.coordinator, now=at)
    assert [reason.code for reason in preview.reasons] == ["cap_study"]


def minimized(cast: Cast, at: datetime) -> Cast:
    def change(found: dict[str, object]) -> None:
        found.update(method="minimization", block_sizes=[])
        found["minimization"] = {"imbalance": "range", "probability": "4/5", "weights": {}, "mark": "G"}

    return worlds.protocol_changed(cast, change, at=at)


def test_minimization_draws_without_places_and_every_step_can_be_replayed(
    stocked: Cast, at: datetime
) -> None:
    cast = minimized(stocked, at)
    made = worlds.list_make(cast, at=at)
    assert worlds.sealed("SELECT count(*) FROM sealed.slot WHERE list_id = %s", made.pk) == [(0,)]
    for index in range(16):
        randomize(cast, at, elsewhere=index % 3 == 2)
    [(arms,)] = worlds.sealed(
        "SELECT array_agg(arm ORDER BY seq) FROM sealed.slot WHERE list_id = %s", made.pk
    )
    assert sum(Counter(arms).values()) == 16
    assert max(Counter(arms).values()) <= 10  # far from what a coin without memory may do
    with worlds.as_owner():
        verdict = replayed(made, owner_material(made))
    assert verdict.is_clean, verdict.differences
    assert (verdict.steps, verdict.allocations) == (16, 16)


def test_a_minimized_list_is_never_extended(stocked: Cast, at: datetime) -> None:
    cast = minimized(stocked, at)
    made = worlds.list_make(cast, at=at)
    with worlds.as_owner(), pytest.raises(Conflict, match="no places"):
        list_extend(made=made, by=cast.administrator, at=at)


def test_simple_randomization_serves_and_replays(stocked: Cast, at: datetime) -> None:
    cast = worlds.protocol_changed(
        stocked, lambda found: found.update(method="simple", block_sizes=[]), at=at
    )
    made = worlds.list_make(cast, at=at)
    for _ in range(4):
        randomize(cast, at)
    with worlds.as_owner():
        assert replayed(made, owner_material(made)).is_clean


def uploaded(cast: Cast, at: datetime) -> Cast:
    return worlds.protocol_changed(cast, lambda found: found.update(method="uploaded", block_sizes=[]), at=at)


def csv_of(cast: Cast, *, arms: str = "EPPEPEEP") -> bytes:
    names = {"E": cast.version.document["arms"][0]["code"], "P": cast.version.document["arms"][1]["code"]}
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["stratum", "seq", "arm"])
    for stratum in STRATA:
        writer.writerows([stratum, seq, names[arm]] for seq, arm in enumerate(arms, start=1))
    return text.getvalue().encode()


def test_an_uploaded_list_is_drawn_in_its_order_and_replays(stocked: Cast, at: datetime) -> None:
    cast = uploaded(stocked, at)
    content = csv_of(cast)
    with worlds.as_owner():
        made = list_upload(
            version=cast.version,
            list_code="MAIN",
            content=content,
            sha256=hashlib.sha256(content).hexdigest(),
            seed=SEED,
            by=cast.administrator,
            at=at,
        )
    for _ in range(5):
        randomize(cast, at)
    drawn = worlds.sealed(
        "SELECT arm FROM sealed.slot WHERE list_id = %s AND participant_id IS NOT NULL ORDER BY seq", made.pk
    )
    codes = [arm["code"] for arm in cast.version.document["arms"]]
    assert [arm for (arm,) in drawn] == [codes[0] if letter == "E" else codes[1] for letter in "EPPEP"]
    with worlds.as_owner():
        assert replayed(made, owner_material(made)).is_clean


def test_a_faulty_upload_commits_nothing_and_names_every_fault(
    stocked: Cast, at: datetime, tmp_path: Path
) -> None:
    cast = uploaded(stocked, at)
    content = csv_of(cast).replace(b",3,", b",9,").replace(STRATA[1].encode(), b"country=FR|oad_class=SSRI")
    with worlds.as_owner(), pytest.raises(Invalid) as refused:
        list_upload(
            version=cast.version,
            list_code="MAIN",
            content=content,
            sha256="0" * 64,
            seed=SEED,
            by=cast.administrator,
            at=at,
        )
    text = " ".join(reason.message for reason in refused.value.reasons)
    assert "SHA-256" in text
    assert "country=FR" in text
    assert STRATA[1] in text
    assert len(refused.value.reasons) > 3
    assert not RandomizationList.objects.exists()

    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with worlds.as_owner(), pytest.raises(CommandError, match="SHA-256"):
        call_command("randomization", "upload", cast.study.code, file=path, sha256="0" * 64)


def test_a_list_is_built_or_uploaded_as_the_protocol_says(stocked: Cast, at: datetime) -> None:
    cast = uploaded(stocked, at)
    with worlds.as_owner(), pytest.raises(Invalid, match="uploaded"):
        list_build(version=cast.version, list_code="MAIN", seed=SEED, by=cast.administrator, at=at)


def test_a_test_list_shares_nothing_with_the_live_one(stocked: Cast, at: datetime) -> None:
    live = worlds.list_make(stocked, at=at, places=40)
    with worlds.as_owner():
        test = list_build(
            version=stocked.version,
            list_code="MAIN",
            seed=worlds.SEED,  # even under the same seed
            purpose=Purpose.TEST,
            places=40,
            by=stocked.administrator,
            at=at,
        )
    arms = [
        worlds.sealed("SELECT arm FROM sealed.slot WHERE list_id = %s ORDER BY stratum, seq", made.pk)
        for made in (live, test)
    ]
    assert len(arms[0]) == len(arms[1])
    same = sum(one == other for one, other in zip(*arms, strict=True))
    assert 0.3 < same / len(arms[0]) < 0.7
    assert Kit.objects.filter(state="DISPENSED").count() == 0
