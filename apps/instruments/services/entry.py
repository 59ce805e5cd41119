"""What every entry of a scale has in common: the checks, the row, the trace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Conflict, Invalid, Reason, Refused
from apps.instruments.domain.instrument import Instrument
from apps.instruments.domain.scoring import instrument_of, item_reasons, score, unanswered
from apps.instruments.models import Rating, RatingSlot
from apps.participants.models import Participant

#: A tablet's clock may run ahead of the server's by this much.
CLOCK_TOLERANCE = timedelta(minutes=10)
LONGEST_REASON = 200


class TooEarly(Refused):
    """The interview's window has not opened."""

    code = "too_early"
    title = "It is too early for this rating"


@dataclass(frozen=True, slots=True)
class Given:
    """What was sent: answers with their times, or why there are none."""

    items: Mapping[str, int | None]
    observed_at: datetime
    entered_at: datetime
    not_done_reason: str = ""

    def stored_items(self, instrument: Instrument) -> dict[str, int | None]:
        """Return every item of the instrument, in its order; all None when it was not done."""
        return {item.code: self.items.get(item.code) for item in instrument.items}

    def equals(self, rating: Rating) -> bool:
        """Say whether a stored rating holds the same answers of the same moment."""
        return (
            rating.items == self.stored_items(instrument_of(rating.instrument))
            and rating.observed_at == self.observed_at
            and rating.not_done_reason == self.not_done_reason.strip()
        )


def given_reasons(given: Given, *, instrument: Instrument, at: datetime) -> list[Reason]:
    """Return everything that speaks against these answers."""
    reasons: list[Reason] = []
    why_not = given.not_done_reason.strip()
    if why_not:
        if any(value is not None for value in given.items.values()):
            reasons.append(
                Reason("both", "Answers, or a reason why there are none: not both.", "not_done_reason")
            )
        if len(why_not) > LONGEST_REASON:
            reasons.append(Reason("too_long", f"At most {LONGEST_REASON} characters.", "not_done_reason"))
    else:
        reasons += item_reasons(instrument, given.items)
        reasons += [
            Reason(
                "not_answered",
                f"{instrument.item(code).label} is not answered; say so if it could not be rated.",
                f"items.{code}",
            )
            for code in unanswered(instrument, given.items)
        ]
    if given.observed_at > at:
        reasons.append(Reason("in_the_future", "The rating lies in the future.", "observed_at"))
    if given.entered_at > at + CLOCK_TOLERANCE:
        reasons.append(Reason("in_the_future", "The entry lies in the future.", "entered_at"))
    return reasons


def rating_write(
    given: Given,
    *,
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
    return rating


def repeated(given: Given, earlier: Rating, *, by: User) -> Rating:
    """
    Return the earlier rating if this is the same request again.

    :raises Conflict: if it says something else; what was entered is only changed by a correction
    """
    if earlier.recorded_by_id == by.pk and given.equals(earlier):
        return earlier
    raise Conflict(
        Reason("already_rated", "This rating is entered already; it can be corrected with a reason.")
    )
