"""Scales of clinicians and participants, entered at the site from the page of a visit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.core.exceptions import Conflict, Invalid, NotFound, Reason, Refused
from apps.instruments import selectors
from apps.instruments.domain.entry import Given, check_repeated
from apps.instruments.models import Rating
from apps.instruments.services.entry import check_judges_blind, entry_record
from apps.participants import selectors as participants
from apps.participants.models import Participant
from apps.studies.domain.protocol import VisitInstrument


class ConsentMissing(Refused):
    """No data are recorded without a consent in force."""

    code = "consent_missing"
    title = "There is no consent in force"


@transaction.atomic
def rating_enter(
    *,
    participant_id: UUID,
    instrument: str,
    visit_code: str,
    items: Mapping[str, int | None],
    observed_at: datetime,
    entered_at: datetime,
    by: User,
    at: datetime,
    not_done_reason: str = "",
    rating_id: UUID | None = None,
) -> tuple[Rating, bool]:
    """
    Enter a scale that a clinician rates or a participant fills in; return it and whether this request made it.

    :raises NotFound: if the participant is absent or at another site, or the protocol plans no such rating
    :raises NotAllowed: if it is another role's
    :raises ConsentMissing: without a consent in force
    :raises Invalid: with everything wrong in the answers
    :raises Conflict: if something else was entered already
    """
    participant, planned = _load(participant_id, instrument, visit_code, by=by, at=at)
    given = Given(items, observed_at, entered_at, not_done_reason)
    first = Rating.objects.filter(
        participant=participant, instrument=instrument, visit_code=visit_code, supersedes__isnull=True
    ).first()
    if first is not None:
        check_repeated(given, first, same_person=first.recorded_by_id == by.pk)
        return first, False
    consent = participants.consent_in_force(participant=participant)
    if consent is None:
        raise ConsentMissing("The participant's consent is withdrawn; nothing more is recorded.")
    _check_after_consent(participant, observed_at)
    rating = entry_record(
        given=given,
        participant=participant,
        instrument=instrument,
        visit_code=visit_code,
        recall=planned.recall or "",
        rating_id=rating_id,
        by=by,
        at=at,
    )
    return rating, True


@transaction.atomic
def rating_amend(
    *,
    participant_id: UUID,
    instrument: str,
    visit_code: str,
    items: Mapping[str, int | None],
    observed_at: datetime,
    reason: str,
    seen: UUID,
    by: User,
    at: datetime,
    not_done_reason: str = "",
) -> Rating:
    """
    Correct a scale entered at the site: a new row that names the old one (`seen`), and why.

    :raises NotFound, NotAllowed: as for entering it
    :raises Invalid: without a reason, without a change, or with everything wrong in the answers
    :raises Conflict: if it was corrected since it was looked at
    """
    participant, planned = _load(participant_id, instrument, visit_code, by=by, at=at)
    old = selectors.rating_current(participant=participant, instrument=instrument, visit_code=visit_code)
    if old is None:
        raise NotFound("Nothing is entered yet.")
    if old.pk != seen:
        raise Conflict("This rating was corrected meanwhile. Look at it again.")
    given = Given(items, observed_at, at, not_done_reason)
    if not reason.strip():
        raise Invalid(Reason("required", "Say why it is corrected.", "reason"))
    if given.equals(old):
        raise Invalid(Reason("unchanged", "Nothing differs from what was entered.", "items"))
    _check_after_consent(participant, observed_at)
    return entry_record(
        given=given,
        participant=participant,
        instrument=instrument,
        visit_code=visit_code,
        recall=planned.recall or "",
        supersedes=old,
        change_reason=reason.strip(),
        by=by,
        at=at,
    )


def _load(
    participant_id: UUID, instrument: str, visit_code: str, *, by: User, at: datetime
) -> tuple[Participant, VisitInstrument]:
    participant = participants.participant_get(viewer=by, participant_id=participant_id, now=at, lock=True)
    planned = selectors.planned_for_entry(
        viewer=by, participant=participant, instrument=instrument, visit_code=visit_code, now=at
    )
    check_judges_blind(participant=participant, instrument=instrument, rater=planned.rater, by=by)
    return participant, planned


def _check_after_consent(participant: Participant, observed_at: datetime) -> None:
    first = participants.consent_first(participant=participant)
    if first is not None and observed_at < first.consented_at:
        raise Invalid(Reason("before_consent", "That lies before the consent.", "observed_at"))
