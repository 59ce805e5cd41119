"""The ledger: append-only, one gateway, every movement with who and why."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client

from apps.audit.models import AuditEvent
from apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from apps.supply.domain.kits import KitState, Movement
from apps.supply.domain.manifest import KitReceived
from apps.supply.models import Kit, KitMovement
from apps.supply.services import (
    kit_administer,
    kit_destroy,
    kit_quarantine,
    kit_release,
    kit_return,
    kits_receive,
)
from apps.supply.services.gateway import Line, Place, lines_write
from apps.supply.services.ledger import KitMovementRefused
from tests.apps.randomization import worlds
from tests.factories.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def kit(cast: Cast, at: datetime) -> Kit:
    return worlds.kits_make(cast, at=at, active=3, placebo=3)[0]


def dispensed(kit: Kit, cast: Cast, at: datetime) -> Kit:
    place = Place(worlds.participant_make(cast, at=at).pk, "D1", 1)
    line = Line(kit.pk, Movement.DISPENSE, KitState.AVAILABLE, KitState.DISPENSED, place)
    lines_write([line], by=cast.nurse, at=at)
    return kit


def test_a_kits_life_is_the_sum_of_its_lines(cast: Cast, at: datetime, kit: Kit) -> None:
    kit_quarantine(kit_id=kit.pk, reason="temperature alarm", by=cast.pharmacist, at=at)
    kit_release(kit_id=kit.pk, reason="alarm was false", by=cast.pharmacist, at=at)
    dispensed(kit, cast, at)
    kit_administer(kit_id=kit.pk, by=cast.nurse, at=at)
    kit_return(kit_id=kit.pk, reason="used device", by=cast.pharmacist, at=at)
    kit_destroy(kit_id=kit.pk, reason="by the book", by=cast.pharmacist, witness=cast.monitor, at=at)
    kit.refresh_from_db()
    assert kit.state == "DESTROYED"
    lines = KitMovement.objects.filter(kit=kit).order_by("line")
    assert list(lines.values_list("line", flat=True)) == [1, 2, 3, 4, 5, 6, 7]
    moved = list(lines.values_list("from_state", "to_state"))
    assert moved == [
        ("", "AVAILABLE"),
        ("AVAILABLE", "QUARANTINED"),
        ("QUARANTINED", "AVAILABLE"),
        ("AVAILABLE", "DISPENSED"),
        ("DISPENSED", "ADMINISTERED"),
        ("ADMINISTERED", "RETURNED"),
        ("RETURNED", "DESTROYED"),
    ]
    kinds = set(AuditEvent.objects.filter(subject_id=str(kit.pk)).values_list("kind", flat=True))
    assert kinds == {"kit.quarantined", "kit.released", "kit.administered", "kit.returned", "kit.destroyed"}


def test_an_impossible_movement_is_refused_and_writes_nothing(cast: Cast, at: datetime, kit: Kit) -> None:
    with pytest.raises(KitMovementRefused):
        kit_return(kit_id=kit.pk, reason="never left", by=cast.pharmacist, at=at)
    with pytest.raises(KitMovementRefused):
        kit_release(kit_id=kit.pk, reason="was never aside", by=cast.pharmacist, at=at)
    assert KitMovement.objects.filter(kit=kit).count() == 1


def test_a_movement_needs_a_reason_and_a_witness_is_another_person(
    cast: Cast, at: datetime, kit: Kit
) -> None:
    with pytest.raises(Invalid) as refused:
        kit_destroy(kit_id=kit.pk, reason="  ", by=cast.pharmacist, witness=cast.pharmacist, at=at)
    assert {reason.code for reason in refused.value.reasons} == {"reason_missing", "own_witness"}


def test_who_may_move_kits(cast: Cast, at: datetime, kit: Kit) -> None:
    for person in (cast.other_nurse, cast.other_coordinator, cast.outsider, cast.coordinator, cast.rater):
        with pytest.raises(NotFound):
            kit_quarantine(kit_id=kit.pk, reason="x", by=person, at=at)
    for person in (cast.nurse, cast.investigator, cast.monitor):
        with pytest.raises(NotAllowed):
            kit_quarantine(kit_id=kit.pk, reason="x", by=person, at=at)


def test_lines_are_never_rewritten(cast: Cast, at: datetime, kit: Kit) -> None:
    line = KitMovement.objects.get(kit=kit)
    for change in (
        lambda: line.delete(),
        lambda: KitMovement.objects.filter(pk=line.pk).update(reason="other"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_the_database_holds_a_kit_to_the_sum_of_its_lines(cast: Cast, at: datetime, kit: Kit) -> None:
    """A kit moved without a line, or a line without its kit, ends the transaction."""
    line = KitMovement(
        kit=kit, movement="QUARANTINE", at=at, from_state="AVAILABLE", to_state="QUARANTINED",
        recorded_at=at, recorded_by=cast.pharmacist,
    )  # fmt: skip
    changes: list[Callable[[], object]] = [
        lambda: Kit.objects.filter(pk=kit.pk).update(state="QUARANTINED"),
        lambda: line.save(force_insert=True),
    ]

    def changed(change: Callable[[], object]) -> None:
        change()
        connection.check_constraints()

    for change in changes:
        with pytest.raises(IntegrityError, match="sum of its lines"), transaction.atomic():
            changed(change)


def test_the_database_takes_no_line_that_begins_elsewhere_or_leads_nowhere(
    cast: Cast, at: datetime, kit: Kit
) -> None:
    who = {"kit": kit, "at": at, "recorded_at": at, "recorded_by": cast.pharmacist}
    with pytest.raises(IntegrityError, match="begins where"), transaction.atomic():
        KitMovement.objects.create(**who, movement="RELEASE", from_state="QUARANTINED", to_state="AVAILABLE")
    with pytest.raises(IntegrityError, match="follows_the_table"), transaction.atomic():
        KitMovement.objects.create(**who, movement="RETURN", from_state="AVAILABLE", to_state="RETURNED")


def test_a_kit_moved_meanwhile_is_a_conflict(cast: Cast, at: datetime, kit: Kit) -> None:
    stale = Line(kit.pk, Movement.DESTROY, KitState.QUARANTINED, KitState.DESTROYED)
    with pytest.raises(Conflict, match="meanwhile"), transaction.atomic():
        lines_write([stale], by=cast.pharmacist, at=at)
    assert KitMovement.objects.filter(kit=kit).count() == 1


def test_only_the_owner_registers_kits(cast: Cast, at: datetime) -> None:
    rows = [
        KitReceived(f"K{n}00", "DE01", "L", date(2027, 1, 1), ("ACTIVE", "PLACEBO")[n % 2])
        for n in range(1, 5)
    ]
    with pytest.raises(NotAllowed, match="owner"), transaction.atomic():
        kits_receive(version=cast.version, kits=rows, by=cast.pharmacist, at=at)
    assert not Kit.objects.exists()


def test_the_import_command_names_every_fault_and_registers_all_or_none(cast: Cast, tmp_path: Path) -> None:
    header = "number,serial,site,lot,expires_on,content\n"
    good = tmp_path / "good.csv"
    good.write_text(header + "K100,S-1,DE01,L1,2027-06-30,ACTIVE\nK101,S-2,DE01,L1,2027-06-30,PLACEBO\n")
    bad = tmp_path / "bad.csv"
    bad.write_text(header + "K200,S-2,DE01,L2,2027-06-30,ACTIVE\nK100,S-3,XX99,L2,2027-06-30,PLACEBO\n")
    with worlds.as_owner():
        call_command("kits", "import", cast.study.code, str(good), verbosity=0)
        with pytest.raises(CommandError) as refused:
            call_command("kits", "import", cast.study.code, str(bad), verbosity=0)
        with pytest.raises(CommandError, match="cannot be read"):
            call_command("kits", "import", cast.study.code, str(tmp_path / "none.csv"), verbosity=0)
    assert str(refused.value).splitlines() == [
        "Kit K100 is already registered.",
        "Serial S-2 is already registered.",
        "There is no site XX99.",
    ]
    assert set(Kit.objects.values_list("number", flat=True)) == {"K100", "K101"}


SignIn = Callable[[object], Client]


def signed_in(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


@pytest.fixture
def today() -> datetime:
    return datetime.now(UTC)


def test_the_pharmacist_sees_stock_and_kits_by_number(cast: Cast, at: datetime, kit: Kit) -> None:
    page = signed_in(cast.pharmacist).get("/supply/")
    text = page.content.decode()
    assert page.status_code == 200
    numbers = sorted(Kit.objects.values_list("number", flat=True))
    assert [text.index(number) for number in numbers] == sorted(text.index(number) for number in numbers)
    assert "ACTIVE" not in text
    assert "PLACEBO" not in text.upper().replace("PLACEHOLDER", "")
    assert signed_in(cast.pharmacist).get(f"/supply/kits/{kit.pk}/").status_code == 200
    moved = signed_in(cast.pharmacist).post(
        f"/supply/kits/{kit.pk}/", {"movement": "quarantine", "reason": "temperature alarm"}
    )
    assert moved.status_code == 302
    refused = signed_in(cast.pharmacist).post(
        f"/supply/kits/{kit.pk}/", {"movement": "return", "reason": "x"}
    )
    assert refused.status_code == 422


def test_kits_of_another_site_are_not_there(cast: Cast, at: datetime, kit: Kit) -> None:
    for person in (cast.other_nurse, cast.other_investigator):
        client = signed_in(person)
        assert kit.number not in client.get("/supply/").content.decode()
        assert client.get(f"/supply/kits/{kit.pk}/").status_code == 404
        assert client.get(f"/api/v1/kits/{kit.pk}/").status_code == 404
        assert client.get("/api/v1/kits/").json()["results"] == []
        answer = client.post(
            f"/api/v1/kits/{kit.pk}/return/", {"reason": "x"}, content_type="application/json"
        )
        assert answer.status_code == 404
    for person in (cast.rater, cast.sponsor, cast.outsider):
        client = signed_in(person)
        assert client.get("/supply/").status_code == 403
        assert client.get(f"/supply/kits/{kit.pk}/").status_code == 404
    assert signed_in(cast.pharmacist).get(f"/supply/kits/{uuid.uuid4()}/").status_code == 404


def test_the_api_of_kits_reads_and_moves(cast: Cast, at: datetime, kit: Kit) -> None:
    client = signed_in(cast.pharmacist)
    listed = client.get("/api/v1/kits/", {"state": "AVAILABLE", "site": "DE01"}).json()
    assert listed["count"] == 6
    assert set(listed["results"][0]) == {
        "id", "number", "serial", "study_id", "site", "lot", "expires_on", "state", "participant", "visit", "position"
    }  # fmt: skip
    assert client.get("/api/v1/kits/", {"state": "OPEN"}).status_code == 400
    moved = client.post(
        f"/api/v1/kits/{kit.pk}/quarantine/", {"reason": "temperature alarm"}, content_type="application/json"
    )
    assert moved.json()["state"] == "QUARANTINED"
    refused = client.post(f"/api/v1/kits/{kit.pk}/return/", {"reason": "x"}, content_type="application/json")
    assert refused.status_code == 409
    assert (
        client.post(f"/api/v1/kits/{kit.pk}/release/", {}, content_type="application/json").status_code == 400
    )
