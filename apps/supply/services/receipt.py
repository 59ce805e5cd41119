"""Registering kits from the depot's manifest. Only the database owner's login can: no other may store a
content.
"""

from collections.abc import Sequence
from datetime import datetime

import psycopg
from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Invalid, NotAllowed, Reason
from apps.randomization.services import sealed_call
from apps.studies.models import ProtocolVersion
from apps.studies.selectors import protocol_of
from apps.supply.domain.kits import KitState, Movement
from apps.supply.domain.manifest import KitReceived, manifest_faults
from apps.supply.models import Kit
from apps.supply.services.gateway import Line, lines_write


@transaction.atomic
def kits_receive(
    *, version: ProtocolVersion, kits: Sequence[KitReceived], by: User, at: datetime
) -> tuple[Kit, ...]:
    """Register the kits of a manifest as available at their sites; return them by number.

    The rows are written in the order of the shuffled numbers with one time for all, so nothing tells the
    manifest's order. Raises Invalid with every fault; NotAllowed unless logged in to the database as its
    owner.
    """
    study = version.study
    sites = {site.code: site for site in study.sites.all()}
    known = Kit.objects.filter(study=study, number__in=[kit.number for kit in kits])
    serials = Kit.objects.filter(study=study, serial__in=[kit.serial for kit in kits if kit.serial])
    faults = manifest_faults(
        kits,
        sites=sites,
        known_numbers=set(known.values_list("number", flat=True)),
        known_serials=set(serials.values_list("serial", flat=True)),
        blinded=protocol_of(version).blinding == "double_blind",
    )
    if faults:
        raise Invalid.because(Reason("manifest", fault) for fault in faults)

    ordered = sorted(kits, key=lambda kit: kit.number)
    made = Kit.objects.bulk_create(
        Kit(
            study=study,
            site=sites[kit.site],
            number=kit.number,
            serial=kit.serial,
            lot=kit.lot,
            expires_on=kit.expires_on,
            state=KitState.AVAILABLE.value,
            recorded_at=at,
            recorded_by=by,
        )
        for kit in ordered
    )
    lines_write([Line(kit.pk, Movement.RECEIVE, None, KitState.AVAILABLE) for kit in made], by=by, at=at)
    try:
        sealed_call("kits_register", kits=[kit.pk for kit in made], contents=[kit.content for kit in ordered])
    except psycopg.errors.InsufficientPrivilege:
        raise NotAllowed(
            Reason(
                "not_the_owner", "Only the database owner's login may register kits; set DATABASE_URL to it."
            )
        ) from None
    for site in sorted({kit.site for kit in kits}):
        event_record(
            kind="kits.received",
            by=by,
            at=at,
            study=study.code,
            site=site,
            detail={"kits": sum(kit.site == site for kit in kits)},
        )
    return tuple(made)
