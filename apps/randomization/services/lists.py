"""Committing randomization lists. Only the database owner's login can: no other may store a seed."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import psycopg
from django.db import transaction
from psycopg.types.json import Jsonb

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Conflict, Invalid, NotAllowed, Reason
from apps.randomization.domain.commitment import (
    list_commitment,
    list_digest,
    list_extent,
    plan_canonical,
    plan_document,
)
from apps.randomization.domain.kinds import Purpose
from apps.randomization.domain.methods import build_list, plan_faults
from apps.randomization.domain.plan import list_codes, number_bounds, strata_spanned
from apps.randomization.domain.shapes import ListPlan, Slot
from apps.randomization.domain.upload import list_read
from apps.randomization.models import RandomizationList, sealed_call
from apps.randomization.selectors import plan_of, sealed_lengths, sealed_seed
from apps.studies.domain.protocol import Protocol
from apps.studies.models import ProtocolVersion, Study
from apps.studies.selectors import protocol_of


@transaction.atomic
def list_build(
    *,
    version: ProtocolVersion,
    list_code: str,
    seed: bytes,
    by: User,
    at: datetime,
    places: int | None = None,
    purpose: Purpose = Purpose.LIVE,
    uploaded: tuple[Slot, ...] = (),
) -> RandomizationList:
    """Make one list of a study from the protocol and a secret 32-byte seed, and publish its commitment.

    Every stratum gets at least `places` places (default: the enrolment target), in complete blocks. A list of
    purpose TEST stands beside the live one of the same code and has nothing in common with it but its shape.
    A protocol with an uploaded list gets the places `uploaded`; the seed then makes numbers and kits alone.

    Raises Invalid with every fault of the plan; Conflict when the study has this list already or has
    randomized somebody; NotAllowed unless the process is logged in to the database as its owner.
    """
    study = version.study
    protocol = protocol_of(version)
    if list_code not in list_codes(protocol):
        raise Invalid(Reason("unknown_list", f"The protocol has no list {list_code}.", "list_code"))
    if RandomizationList.objects.filter(study=study, code=list_code, purpose=purpose.value).exists():
        raise Conflict(Reason("list_exists", f"The list {list_code} of {study.code} is already committed."))

    plan = plan_of(
        protocol=protocol,
        study_code=study.code,
        list_code=list_code,
        purpose=purpose,
        uploaded=list_digest(uploaded),
    )
    if (plan.method == "uploaded") != bool(uploaded):
        raise Invalid(
            Reason(
                "uploaded", "Places are uploaded if, and only if, the protocol's method is an uploaded list."
            )
        )
    slots = uploaded or _slots(protocol=protocol, version=version, plan=plan, seed=seed, places=places)

    made = RandomizationList.objects.create(
        study=study,
        protocol_version=version,
        code=list_code,
        purpose=purpose.value,
        commitment=list_commitment(seed=seed, plan=plan),
        extent=list_extent(seed=seed, lengths=_lengths(slots)),
        places=_places_told(protocol, places, uploaded),
        committed_at=at,
        recorded_at=at,
        recorded_by=by,
    )
    _store(
        "list_store",
        list=made.pk,
        study=study.pk,
        seed=seed,
        parameters={
            "canonical": plan_canonical(plan).decode("ascii"),
            "minimization": {**plan_document(plan).get("minimization", {}), "trial": plan.trial},
        },
        digest=list_digest(slots),
        mg_per_device=protocol.devices.mg_per_device,
        arms=Jsonb(
            [
                {
                    "code": arm.code,
                    "label": arm.label,
                    "active": arm.treatment == "esketamine",
                    "fixed_mg": arm.fixed_dose_mg,
                    "first_mg": arm.first_dose_mg,
                    "place": place,
                    "share": arm.ratio,
                }
                for place, arm in enumerate(protocol.arms)
            ]
        ),
        commitment=made.commitment,
        method=protocol.randomization.method,
        purpose=purpose.value,
    )
    if slots:
        _slots_store(made, slots)
    event_record(
        kind="randomization_list.committed",
        by=by,
        at=at,
        subject=made,
        study=study.code,
        detail={
            "list": list_code,
            "purpose": purpose.value,
            "commitment": made.commitment,
            "strata": len({slot.stratum for slot in slots}),
        },
    )
    return made


@transaction.atomic
def list_upload(
    *,
    version: ProtocolVersion,
    list_code: str,
    content: bytes,
    sha256: str,
    seed: bytes,
    by: User,
    at: datetime,
) -> RandomizationList:
    """Commit a list made elsewhere. `content` is its CSV file, `sha256` the digest its maker gave.

    Raises Invalid with every fault of the file by its line; Conflict and NotAllowed as `list_build` does.
    """
    protocol = protocol_of(version)
    plan = plan_of(
        protocol=protocol, study_code=version.study.code, list_code=list_code, purpose=Purpose.LIVE
    )
    strata = strata_spanned(protocol=protocol, sites=version.study.sites.values_list("country", "code"))
    slots = list_read(content, plan=plan, strata=strata, sha256=sha256)
    return list_build(version=version, list_code=list_code, seed=seed, uploaded=slots, by=by, at=at)


@transaction.atomic
def list_verify_record(*, study: Study, agrees: bool, from_file: bool, by: User, at: datetime) -> None:
    """Record that the study's lists were replayed at the command line, and the verdict."""
    event_record(
        kind="list_replay.finished",
        by=by,
        at=at,
        subject=study,
        study=study.code,
        detail={"agrees": agrees, "seed": "from a file" if from_file else "as sealed"},
    )


@transaction.atomic
def list_extend(*, made: RandomizationList, by: User, at: datetime, places: int | None = None) -> int:
    """Add the strata that opened since the list was committed, and longer ones if asked; return the places
    added.

    Nothing that was there moves: each stratum has its own stream, derived from the committed seed.

    Raises Invalid and NotAllowed as `list_build` does.
    """
    version = made.protocol_version
    protocol = protocol_of(version)
    if protocol.randomization.method in ("minimization", "uploaded"):
        raise Conflict(Reason("never_longer", "Such a list has no places that could be added."))
    plan = plan_of(
        protocol=protocol, study_code=made.study.code, list_code=made.code, purpose=Purpose(made.purpose)
    )
    seed, known = sealed_seed(made.pk)
    wanted = _slots(protocol=protocol, version=version, plan=plan, seed=seed, places=places)
    added = [slot for slot in wanted if slot.seq > known.get(slot.stratum, 0)]
    if added:
        _slots_store(made, added)
        made.extent = list_extent(seed=seed, lengths=sealed_lengths(made.pk))
    asked = places or protocol.enrolment.target
    # A new stratum may be shorter than the old ones were asked to be; the list then counts as long as that one.
    made.places = asked if added else max(asked, made.places)
    made.save(update_fields=["extent", "places"])
    event_record(
        kind="randomization_list.extended",
        by=by,
        at=at,
        subject=made,
        study=made.study.code,
        detail={"list": made.code, "strata": len({slot.stratum for slot in added})},
    )
    return len(added)


def _slots(
    *, protocol: Protocol, version: ProtocolVersion, plan: ListPlan, seed: bytes, places: int | None
) -> tuple[Slot, ...]:
    faults = [Reason("plan", fault) for fault in plan_faults(plan)]
    sites = version.study.sites.values_list("country", "code")
    try:
        number_bounds(protocol.randomization.number_format)
        strata = strata_spanned(protocol=protocol, sites=sites)
    except ValueError as fault:
        raise Invalid.because([*faults, Reason("plan", str(fault))]) from None
    if not strata and plan.method != "minimization":
        faults.append(Reason("no_strata", "The strata come from the sites, and the study has none yet."))
    if faults:
        raise Invalid.because(faults)
    try:
        return build_list(plan=plan, seed=seed, strata=strata, places=places or protocol.enrolment.target)
    except ValueError as fault:
        raise Invalid(Reason("plan", str(fault))) from None


def _places_told(protocol: Protocol, asked: int | None, uploaded: tuple[Slot, ...]) -> int:
    """Return how long each stratum counts for whoever may not know how long it is.

    What was asked for is known to everybody, and says nothing of the blocks. An uploaded list was asked for
    elsewhere: it counts no longer than the protocol's target, and by whole tens of its shortest stratum.
    """
    if not uploaded:
        return asked or protocol.enrolment.target
    return min(protocol.enrolment.target, min(last for _, last in _lengths(uploaded)) // 10 * 10)


def _lengths(slots: Iterable[Slot]) -> tuple[tuple[str, int], ...]:
    """Return the strata of these places with the last place of each."""
    last: dict[str, int] = {}
    for slot in slots:
        last[slot.stratum] = max(slot.seq, last.get(slot.stratum, 0))
    return tuple(sorted(last.items()))


def _slots_store(made: RandomizationList, slots: tuple[Slot, ...] | list[Slot]) -> None:
    _store(
        "slots_store",
        list=made.pk,
        strata=[slot.stratum for slot in slots],
        seqs=[slot.seq for slot in slots],
        blocks=[slot.block for slot in slots],
        sizes=[slot.size for slot in slots],
        arms=[slot.arm for slot in slots],
    )


def _store(function: str, **arguments: Any) -> None:
    try:
        sealed_call(function, **arguments)
    except psycopg.errors.InsufficientPrivilege:
        raise NotAllowed(
            Reason(
                "not_the_owner", "Only the database owner's login may store a list; set DATABASE_URL to it."
            )
        ) from None
