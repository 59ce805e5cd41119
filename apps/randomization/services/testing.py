"""Draws from a test list: the same functions, the same record, for a made-up subject. No participant is touched."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Conflict, Invalid, Reason
from apps.randomization import selectors
from apps.randomization.domain.draw import unserved
from apps.randomization.domain.plan import number_bounds
from apps.randomization.domain.strata import stratum_key
from apps.randomization.models import RandomizationList, TestDraw, sealed_call
from apps.studies.selectors import protocol_of

_SUBJECTS = UUID("7d3c1f0e-54b3-4d0c-9a54-0f3a4f1f6c2b")
"""Namespace of the identifiers of made-up subjects."""


@transaction.atomic
def list_test_draw(
    *, list_id: UUID, levels: Mapping[str, str], key: UUID, by: User, at: datetime
) -> tuple[TestDraw, bool]:
    """
    Draw the next place of a test list for a made-up subject; return the draw and whether it is a repetition.

    :raises NotFound: for a list that is absent, live, or of a study the person may not test
    :raises Invalid: with every factor whose level is missing or unknown
    :raises Conflict: when the key was used for another request, or the list has no place left
    """
    made = selectors.list_for_tests(viewer=by, list_id=list_id, now=at)
    # Test draws number their subjects in order, so they go one after another.
    made = RandomizationList.objects.select_for_update(of=("self",)).select_related("study").get(pk=made.pk)
    protocol = protocol_of(made.protocol_version)
    factors = selectors.factors_of(made)
    faults = [
        Reason("level_unknown", f"“{label}” has no such level.", code)
        for code, (label, known) in factors.items()
        if levels.get(code) not in dict(known)
    ]
    if faults:
        raise Invalid.because(faults)
    chosen = {code: levels[code] for code in factors}
    stratum = stratum_key(chosen)
    earlier = TestDraw.objects.filter(key=key).first()
    if earlier is not None:
        if (earlier.list_id, earlier.stratum, earlier.recorded_by_id) != (made.pk, stratum, by.pk):
            raise Conflict(Reason("key_used", "This key was used for another request."))
        return earlier, True
    low, high = number_bounds(protocol.randomization.number_format)
    subject = uuid5(_SUBJECTS, str(key))
    outcome, number, _record = sealed_call(
        "draw_slot",
        list=made.pk,
        stratum=stratum,
        participant=subject,
        key=key,
        low=low,
        high=high,
        by=by.pk,
        at=at,
        levels=chosen,
    )[0]
    if outcome != "DRAWN":
        raise Conflict(unserved(outcome))
    draw = TestDraw.objects.create(
        list=made,
        subject=subject,
        label=f"TEST-{TestDraw.objects.filter(list=made).count() + 1:04d}",
        stratum=stratum,
        randomization_number=protocol.randomization.number_format.format(number=number),
        key=key,
        drawn_at=at,
        recorded_at=at,
        recorded_by=by,
    )
    event_record(
        kind="test_list.drawn",
        by=by,
        at=at,
        subject=draw,
        study=made.study.code,
        detail={"list": made.code, "subject": draw.label},
    )
    return draw, False
