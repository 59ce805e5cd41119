"""Temperature excursions: kits go to quarantine at once, and come back or are destroyed after a decision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Conflict, Invalid, Reason
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.supply import selectors
from apps.supply.domain.excursions import excursion_faults
from apps.supply.domain.kits import KitState, Movement, number_read
from apps.supply.models import ExcursionDecision, ExcursionKit, Kit, TemperatureExcursion
from apps.supply.services.gateway import Line, lines_write
from apps.supply.services.witness import may_witness

_STORED = (KitState.AVAILABLE.value, KitState.QUARANTINED.value)


@transaction.atomic
def excursion_record(
    *,
    site_id: UUID,
    began: datetime,
    ended: datetime,
    min_c: Decimal,
    max_c: Decimal,
    note: str,
    numbers: Sequence[str] = (),
    by: User,
    at: datetime,
) -> TemperatureExcursion:
    """
    Record an excursion and set its kits aside: those named, or all that are stored at the site.

    :raises NotFound: if there is no such site, or it is not the person's
    :raises NotAllowed: if the person may not keep the site's stock
    :raises Invalid: with every ground, and every kit named that is not stored there
    """
    site = selectors.site_get(viewer=by, site_id=site_id, now=at)
    access.check(user=by, permission=Permission.KIT_RECEIVE, site_id=site.pk, now=at)
    faults = list(excursion_faults(began=began, ended=ended, min_c=min_c, max_c=max_c, note=note, now=at))
    chosen = {number_read(number) for number in numbers if number.strip()}
    stored = Kit.objects.select_for_update().filter(site=site, state__in=_STORED)
    kits = list((stored.filter(number__in=chosen) if chosen else stored).order_by("pk"))
    faults += [
        Reason("not_stored", f"Kit {number} is not in the site's storage.", "numbers")
        for number in sorted(chosen - {kit.number for kit in kits})
    ]
    if not kits and not chosen:
        faults.append(Reason("no_kits", "There is no kit in the site's storage.", "numbers"))
    if faults:
        raise Invalid.because(faults)

    made = TemperatureExcursion.objects.create(
        site=site,
        began=began,
        ended=ended,
        min_c=min_c,
        max_c=max_c,
        note=note.strip(),
        recorded_at=at,
        recorded_by=by,
    )
    ExcursionKit.objects.bulk_create(
        ExcursionKit(excursion=made, kit=kit, recorded_at=at, recorded_by=by) for kit in kits
    )
    usable = sorted((kit for kit in kits if kit.state == KitState.AVAILABLE), key=lambda kit: kit.number)
    lines_write(
        [Line(kit.pk, Movement.QUARANTINE, KitState.AVAILABLE, KitState.QUARANTINED) for kit in usable],
        by=by,
        at=at,
        reason=f"Temperature excursion, {min_c} to {max_c} °C",
    )
    event_record(
        kind="excursion.recorded",
        by=by,
        at=at,
        subject=made,
        study=site.study.code,
        site=site.code,
        reason=note.strip(),
        detail={"min_c": str(min_c), "max_c": str(max_c), "kits": len(kits), "set_aside": len(usable)},
    )
    return made


@transaction.atomic
def excursion_decide(
    *, excursion_id: UUID, outcome: str, reason: str, witness: User | None = None, by: User, at: datetime
) -> ExcursionDecision:
    """
    Decide once what becomes of the kits that are still set aside: released, or destroyed before a witness.

    A kit that waits for another excursion's decision as well stays aside when this one releases.

    :raises NotFound: if there is no such excursion at the person's sites
    :raises NotAllowed: if the person may not keep the site's stock
    :raises Conflict: if it was decided before
    :raises Invalid: with every ground
    """
    found = selectors.excursion_get(viewer=by, excursion_id=excursion_id, now=at)
    access.check(user=by, permission=Permission.KIT_RECEIVE, site_id=found.site_id, now=at)
    # The kits' rows are the lock: whoever decides second waits here, and finds the decision made.
    kits = list(
        Kit.objects.select_for_update(of=("self",)).filter(excursion_rows__excursion=found).order_by("pk")
    )
    if ExcursionDecision.objects.filter(excursion=found).exists():
        raise Conflict(Reason("decided", "This excursion was decided already."))
    faults = []
    if outcome not in {"RELEASE", "DESTROY"}:
        faults.append(Reason("which_outcome", "Release or destroy?", "outcome"))
    if not reason.strip():
        faults.append(Reason("reason_missing", "Say why.", "reason"))
    if outcome == "DESTROY" and witness is None:
        faults.append(Reason("witness_missing", "A destruction needs a witness.", "witness_email"))
    if witness is not None and (
        witness.pk == by.pk or not may_witness(witness, site_id=found.site_id, at=at)
    ):
        faults.append(
            Reason("own_witness", "The witness must be another person who may see the kits.", "witness_email")
        )
    if faults:
        raise Invalid.because(faults)

    decision = ExcursionDecision.objects.create(
        excursion=found,
        outcome=outcome,
        reason=reason.strip(),
        witness=witness,
        recorded_at=at,
        recorded_by=by,
    )
    aside = [kit for kit in kits if kit.state == KitState.QUARANTINED]
    if outcome == "RELEASE":
        waiting = selectors.kits_waiting(kits=[kit.pk for kit in aside])
        aside = [kit for kit in aside if kit.pk not in waiting]
    movement, after = (
        (Movement.RELEASE, KitState.AVAILABLE)
        if outcome == "RELEASE"
        else (Movement.DESTROY, KitState.DESTROYED)
    )
    lines_write(
        [
            Line(kit.pk, movement, KitState.QUARANTINED, after)
            for kit in sorted(aside, key=lambda kit: kit.number)
        ],
        by=by,
        at=at,
        witness=witness,
        reason=reason,
    )
    event_record(
        kind="excursion.decided",
        by=by,
        at=at,
        subject=found,
        study=found.site.study.code,
        site=found.site.code,
        reason=reason.strip(),
        detail={
            "outcome": outcome,
            "kits": [kit.number for kit in sorted(aside, key=lambda kit: kit.number)],
            "witness": witness.email if witness else "",
        },
    )
    return decision
