"""What each record holds that follows from the seed alone: its nonce, and the participant's randomization number."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.randomization.domain.derived import number_candidates, record_nonce
from apps.randomization.domain.history import Difference, History
from apps.randomization.domain.plan import number_bounds
from apps.randomization.domain.record import DrawRecord
from apps.randomization.domain.replay_chains import Told, named


def derived_compared(
    *, seed: bytes, told: Told, history: History, waiting: timedelta
) -> Iterator[Difference]:
    """Yield where a record's nonce or number is not what the seed gives.

    A number that an earlier draw of the study had taken is passed over, as the draw passed over it: only then may a
    record hold a later candidate. `waiting` is how far apart the times of two draws may lie the wrong way round.
    """
    taken = _Taken(told, history, waiting)
    for draw, record in told.draws:
        if record.nonce != record_nonce(seed=seed, chain=draw.chain, n=draw.n):
            yield Difference("draws", f"{named(draw)}: the nonce is not the one the seed gives")
        if not any(
            _is_offered(record, seed, number_format, taken) for number_format in history.number_formats
        ):
            yield Difference(
                "draws", f"{named(draw)}: the randomization number is not one the seed gives this participant"
            )


def _is_offered(record: DrawRecord, seed: bytes, number_format: str, taken: "_Taken") -> bool:
    """Say whether the record's number is the first candidate that was free."""
    low, high = number_bounds(number_format)
    for candidate in number_candidates(seed=seed, participant=record.participant, low=low, high=high):
        if candidate == record.number:
            return True
        if not taken.before(record, candidate, number_format.format(number=candidate)):
            return False
    return False


@dataclass(frozen=True, slots=True)
class _Holder:
    participant: str
    at: datetime


class _Taken:
    """Who holds which number of the study, and since when."""

    def __init__(self, told: Told, history: History, waiting: timedelta) -> None:
        self._waiting = waiting
        self._elsewhere = dict(history.elsewhere)
        self._here = {record.number: _Holder(record.participant, record.at) for _, record in told.draws}

    def before(self, record: DrawRecord, number: int, printed: str) -> bool:
        """Say whether somebody else held the number when this record was made."""
        since = self._elsewhere.get(printed)
        holder = self._here.get(number)
        if since is None and holder is not None and holder.participant != record.participant:
            since = holder.at
        return since is not None and since - record.at <= self._waiting
