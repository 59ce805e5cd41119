"""Interviews of blinded raters: planned by the site's work, held by the rater."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.asking import ask
from apps.core.exceptions import Conflict, Invalid, Reason
from apps.core.writing import in_transaction, row_add
from apps.instruments import selectors
from apps.instruments.domain.entering import BLINDED
from apps.instruments.domain.entry import Given, check_repeated
from apps.instruments.domain.slots import SlotPlan, alias_of
from apps.instruments.models import Rating, RatingSlot
from apps.instruments.services.entry import TooEarly, check_judges_blind, entry_record
from apps.participants.models import Participant

_ALIAS_TRIES = 5


@in_transaction
def slots_make(
    *, participant: Participant, plans: Sequence[SlotPlan], by: User, at: datetime
) -> tuple[RatingSlot, ...]:
    """
    Plan interviews with a participant locked by the caller, who has asked for the permission.

    An interview planned before keeps its alias; while it is not held it takes the new window.
    """
    held: dict[tuple[str, str], RatingSlot] = {}
    rated: set[UUID] = set()
    planned = {(plan.instrument, plan.visit_code) for plan in plans}
    if planned & set(ask(selectors.slots_held(participant=participant.pk))):
        rows = RatingSlot.objects.select_for_update().filter(participant=participant)
        held = {(slot.instrument, slot.visit_code): slot for slot in rows}
        rated = set(Rating.objects.filter(slot__in=held.values()).values_list("slot_id", flat=True))
    missing = [plan for plan in plans if (plan.instrument, plan.visit_code) not in held]
    held |= {
        (slot.instrument, slot.visit_code): slot for slot in _slots_create(participant, missing, by=by, at=at)
    }
    made: list[RatingSlot] = []
    changed = len(missing)
    for plan in plans:
        slot = held[plan.instrument, plan.visit_code]
        if slot.pk not in rated and (slot.opens_at, slot.closes_at) != (plan.opens_at, plan.closes_at):
            slot.opens_at, slot.closes_at, slot.recall = plan.opens_at, plan.closes_at, plan.recall
            slot.save(update_fields=["opens_at", "closes_at", "recall"])
            changed += 1
        made.append(slot)
    if changed:
        event_record(
            kind="rating_slot.planned",
            by=by,
            at=at,
            subject=participant,
            study=participant.study.code,
            site=participant.site.code,
            participant=participant.number,
            detail={"visits": sorted({plan.visit_code for plan in plans}), "changed": changed},
        )
    return tuple(made)


def _slots_create(
    participant: Participant, plans: Sequence[SlotPlan], *, by: User, at: datetime
) -> list[RatingSlot]:
    slots = [
        RatingSlot(
            participant=participant,
            instrument=plan.instrument,
            visit_code=plan.visit_code,
            recall=plan.recall,
            opens_at=plan.opens_at,
            closes_at=plan.closes_at,
            recorded_at=at,
            recorded_by=by,
        )
        for plan in plans
    ]
    unnamed = slots
    for _ in range(_ALIAS_TRIES):
        for slot in unnamed:
            # The row's identifier is random; so is the word made of it. Somebody else's word: another identifier.
            slot.pk = uuid4()
            slot.alias = alias_of(slot.pk)
        words = {slot.alias for slot in slots}
        taken = set(RatingSlot.objects.filter(alias__in=words).values_list("alias", flat=True))
        unnamed = [slot for slot in unnamed if slot.alias in taken]
        if not unnamed and len(words) == len(slots):
            row_add(*slots)
            return slots
        unnamed = unnamed or slots
    raise Conflict("The interviews could not be given names of their own. Try again.")


@transaction.atomic
def slot_open(*, slot_id: UUID, by: User, at: datetime) -> RatingSlot:
    """
    Return an interview to its rater, and record that it was looked at: the proof of what a rater saw.

    :raises NotFound: if there is none, or it is somebody else's
    """
    slot = selectors.slot_get(viewer=by, slot_id=slot_id, now=at)
    event_record(
        kind="rating_slot.opened",
        by=by,
        at=at,
        subject=slot,
        study=slot.participant.study.code,
        site=slot.participant.site.code,
        participant=slot.participant.number,
        detail={"instrument": slot.instrument},
    )
    return slot


@transaction.atomic
def rating_record(
    *,
    slot_id: UUID,
    items: Mapping[str, int | None],
    observed_at: datetime,
    entered_at: datetime,
    by: User,
    at: datetime,
    not_done_reason: str = "",
    rating_id: UUID | None = None,
) -> tuple[Rating, bool]:
    """
    Record an interview by its rater; return the rating and whether this request made it.

    Every item is spoken of: a number, or None where it could not be rated. Too late is accepted (lateness shows
    from the times), too early is not.

    :raises NotFound: if the interview is absent or somebody else's
    :raises TooEarly: if it was held before its window opened
    :raises Invalid: with everything wrong in the answers
    :raises Conflict: if something else was entered for it, or the identifier was used for something else
    """
    slot = selectors.slot_get(viewer=by, slot_id=slot_id, now=at, lock=True)
    given = Given(items, observed_at, entered_at, not_done_reason)
    if (earlier := Rating.objects.filter(slot=slot, supersedes__isnull=True).first()) is not None:
        check_repeated(given, earlier, same_person=earlier.recorded_by_id == by.pk)
        return earlier, False
    if observed_at < slot.opens_at:
        raise TooEarly(Reason("too_early", "The interview's window has not opened.", "observed_at"))
    participant = Participant.objects.select_related("study", "site").get(pk=slot.participant_id)
    check_judges_blind(participant=participant, instrument=slot.instrument, rater=BLINDED, by=by)
    rating = entry_record(
        given=given,
        participant=participant,
        instrument=slot.instrument,
        visit_code=slot.visit_code,
        recall=slot.recall,
        slot=slot,
        rating_id=rating_id,
        by=by,
        at=at,
    )
    if slot.rater_id is None:
        slot.rater = by
        slot.save(update_fields=["rater"])
    return rating, True


@transaction.atomic
def rating_correct(
    *,
    rating_id: UUID,
    items: Mapping[str, int | None],
    reason: str,
    observed_at: datetime | None = None,
    not_done_reason: str = "",
    by: User,
    at: datetime,
) -> Rating:
    """
    Correct an interview by the rater who held it: a new row that names the old one, and why.

    :raises NotFound: if the rating is absent or somebody else's
    :raises Invalid: without a reason, without a change, or with everything wrong in the answers
    :raises Conflict: if it was corrected meanwhile
    """
    old = Rating.objects.filter(pk=rating_id, slot__isnull=False, recorded_by=by).first()
    slot = selectors.slot_get(viewer=by, slot_id=old.slot_id if old else rating_id, now=at, lock=True)
    assert old is not None
    if Rating.objects.filter(supersedes=old).exists():
        raise Conflict("This rating was corrected meanwhile. Look at it again.")
    given = Given(items, observed_at or old.observed_at, at, not_done_reason)
    if not reason.strip():
        raise Invalid(Reason("required", "Say why it is corrected.", "reason"))
    if given.equals(old):
        raise Invalid(Reason("unchanged", "Nothing differs from what was entered.", "items"))
    if given.observed_at < slot.opens_at:
        raise TooEarly(Reason("too_early", "The interview's window has not opened.", "observed_at"))
    return entry_record(
        given=given,
        participant=Participant.objects.select_related("study", "site").get(pk=old.participant_id),
        instrument=old.instrument,
        visit_code=old.visit_code,
        recall=old.recall,
        slot=slot,
        supersedes=old,
        change_reason=reason.strip(),
        by=by,
        at=at,
    )
