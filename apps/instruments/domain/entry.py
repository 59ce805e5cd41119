"""One entry of a scale as it was sent: what speaks against it, and whether it is the same request again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from apps.core.exceptions import Conflict, Reason
from apps.instruments.domain.instrument import Instrument
from apps.instruments.domain.scoring import instrument_of, item_reasons, unanswered

#: A tablet's clock may run ahead of the server's by this much.
CLOCK_TOLERANCE = timedelta(minutes=10)
LONGEST_REASON = 200


class Stored(Protocol):
    """A rating as it is kept."""

    instrument: str
    items: Any
    observed_at: datetime
    not_done_reason: str


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

    def equals(self, rating: Stored) -> bool:
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


def check_repeated(given: Given, earlier: Stored, *, same_person: bool) -> None:
    """
    Make sure that this is the same request again.

    :raises Conflict: if it says something else; what was entered is only changed by a correction
    """
    if not (same_person and given.equals(earlier)):
        raise Conflict(
            Reason("already_rated", "This rating is entered already; it can be corrected with a reason.")
        )
