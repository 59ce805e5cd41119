"""What was kept of a list, gathered for a replay. Needs what only the owner or the unblinded worker can read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import connection

from apps.core.exceptions import NotFound
from apps.randomization.domain.history import History, PublicAllocation, StoredDraw, StoredSlot
from apps.randomization.domain.kinds import Purpose
from apps.randomization.domain.material import ListMaterial
from apps.randomization.domain.plan import list_plan
from apps.randomization.domain.replay import Verdict, replay
from apps.randomization.domain.shapes import ListPlan, Slot
from apps.randomization.models import Allocation, RandomizationList, TestDraw
from apps.randomization.selectors.lists import sealed_lengths
from apps.studies.domain.protocol import Protocol
from apps.studies.models import ProtocolVersion
from apps.studies.selectors import protocol_of


def plan_of(
    *, protocol: Protocol, study_code: str, list_code: str, purpose: Purpose, uploaded: str = ""
) -> ListPlan:
    """Return the plan a list was committed with; `uploaded` is the digest of an uploaded list's places.

    A test list has a name of its own in the stream, so nothing it gives says anything of the live one.
    """
    code = list_code if purpose is Purpose.LIVE else f"{list_code}.{purpose.value}"
    plan = list_plan(protocol=protocol, study_code=study_code, list_code=code)
    return replace(plan, uploaded=uploaded) if plan.method == "uploaded" else plan


def owner_material(made: RandomizationList) -> ListMaterial:
    """Return what a replay needs by reading the sealed tables. Only the database owner's login can.

    Raises NotFound for a list that has no sealed part.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT seed, digest FROM sealed.list WHERE list_id = %s", [made.pk])
        row = cursor.fetchone()
        if row is None:
            raise NotFound("There is no such list.")
        cursor.execute(
            "SELECT stratum, seq, block, size, arm, participant_id FROM sealed.slot"
            " WHERE list_id = %s ORDER BY stratum, seq",
            [made.pk],
        )
        slots = tuple(cursor.fetchall())
        cursor.execute(
            "SELECT chain, n, participant_id, record, previous, hash FROM sealed.draw"
            " WHERE list_id = %s ORDER BY chain, n",
            [made.pk],
        )
        draws = tuple(cursor.fetchall())
    return ListMaterial(bytes(row[0]), row[1], slots, draws, sealed_lengths(made.pk))


def replayed(made: RandomizationList, material: ListMaterial) -> Verdict:
    """Return the verdict of replaying a list with this material."""
    protocol = protocol_of(made.protocol_version)
    plan = plan_of(
        protocol=protocol,
        study_code=made.study.code,
        list_code=made.code,
        purpose=Purpose(made.purpose),
        uploaded=material.digest,
    )
    slots = tuple(
        StoredSlot(Slot(stratum, seq, block, size, arm), str(participant) if participant else None)
        for stratum, seq, block, size, arm, participant in material.slots
    )
    history = History(
        list_id=str(made.pk),
        commitment=made.commitment,
        slots=slots,
        draws=tuple(
            StoredDraw(chain, n, str(participant), record, previous, digest)
            for chain, n, participant, record, previous, digest in material.draws
        ),
        allocations=tuple(
            PublicAllocation(
                participant=str(one.participant_id),
                stratum=one.stratum,
                number=one.randomization_number,
                key=str(one.key),
                record_hash=one.record_hash,
                by=str(one.recorded_by_id),
                at=one.allocated_at,
            )
            for one in Allocation.objects.filter(list=made)
        ),
        extent=made.extent,
        lengths=tuple((stratum, places) for stratum, places in material.lengths),
        number_formats=_number_formats(made, protocol),
        elsewhere=_numbers_elsewhere(made),
    )
    uploaded = tuple(stored.slot for stored in slots) if plan.method == "uploaded" else ()
    return replay(plan=plan, seed=material.seed, history=history, uploaded=uploaded)


def _number_formats(made: RandomizationList, protocol: Protocol) -> tuple[str, ...]:
    """Return the formats that numbers of the list may have: a participant keeps the version they came in under."""
    versions = ProtocolVersion.objects.filter(study_id=made.study_id).order_by("number")
    known = [protocol_of(version).randomization.number_format for version in versions]
    return tuple(dict.fromkeys([protocol.randomization.number_format, *known]))


def _numbers_elsewhere(made: RandomizationList) -> tuple[tuple[str, datetime], ...]:
    """Return the numbers that the study's other lists have given out, those of its tests among them, and when."""
    allocations = Allocation.objects.filter(study_id=made.study_id).exclude(list=made)
    tests = TestDraw.objects.filter(list__study_id=made.study_id).exclude(list=made)
    return (
        *allocations.values_list("randomization_number", "allocated_at"),
        *tests.values_list("randomization_number", "drawn_at"),
    )
