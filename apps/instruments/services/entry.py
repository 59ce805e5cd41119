"""What every entry of a scale has in common: the row and its trace."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.events import publish
from apps.core.exceptions import Conflict, Invalid, NotAllowed, Reason, Refused
from apps.instruments.domain.entry import Given, given_reasons
from apps.instruments.domain.events import ScaleEntered
from apps.instruments.domain.instrument import Purpose
from apps.instruments.domain.scoring import instrument_of, score
from apps.instruments.models import Rating, RatingSlot
from apps.participants.models import Participant
from apps.studies.selectors import unblinded_person


class TooEarly(Refused):
    """The interview's window has not opened."""

    code = "too_early"
    title = "It is too early for this rating"


def check_judges_blind(*, participant: Participant, instrument: str, rater: str, by: User) -> None:
    """
    Make sure that nobody who has learned an arm of the study judges efficacy. Copying a participant's answers judges
    nothing.

    :raises NotAllowed: if they do
    """
    if rater == "participant" or instrument_of(instrument).purpose is not Purpose.EFFICACY:
        return
    if unblinded_person(study_id=participant.study_id, user=by) is not None:
        raise NotAllowed(
            Reason("unblinded", "You have learned a treatment of this study; somebody else has to rate.")
        )


@transaction.atomic
def entry_record(
    *,
    given: Given,
    participant: Participant,
    instrument: str,
    visit_code: str,
    recall: str = "",
    slot: RatingSlot | None = None,
    rating_id: UUID | None = None,
    supersedes: Rating | None = None,
    change_reason: str = "",
    by: User,
    at: datetime,
) -> Rating:
    """
    Write the row and its trace. Scores never enter the trace: people read it who may not see them.

    :raises ItemsInvalid, Invalid: with everything wrong in the answers
    :raises Conflict: if somebody was faster
    """
    found = instrument_of(instrument)
    if reasons := given_reasons(given, instrument=found, at=at):
        raise Invalid(*reasons)
    chosen = {} if rating_id is None else {"id": rating_id}
    try:
        with transaction.atomic():
            rating = Rating.objects.create(
                **chosen,
                participant=participant,
                slot=slot,
                instrument=instrument,
                visit_code=visit_code,
                recall=recall,
                items=given.stored_items(found),
                total=score(instrument, given.items).total,
                not_done_reason=given.not_done_reason.strip(),
                observed_at=given.observed_at,
                entered_at=given.entered_at,
                supersedes=supersedes,
                change_reason=change_reason,
                recorded_at=at,
                recorded_by=by,
            )
    except IntegrityError:
        raise Conflict("Somebody entered or corrected this rating meanwhile.") from None
    event_record(
        kind="rating.corrected" if supersedes else "rating.recorded",
        by=by,
        at=at,
        subject=rating,
        study=participant.study.code,
        site=participant.site.code,
        participant=participant.number,
        reason=change_reason,
        detail={"instrument": instrument, "visit": visit_code, "done": not given.not_done_reason.strip()},
    )
    publish(ScaleEntered(participant_id=participant.pk, instrument=instrument, visit_code=visit_code))
    return rating
