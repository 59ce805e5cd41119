"""No guess of the treatment once the envelope was opened: it would be no guess any more."""

from __future__ import annotations

from apps.core.exceptions import Reason, Refused
from apps.instruments.domain.events import ScaleEntered
from apps.studies.domain.instrument_codes import GUESSES
from apps.unblinding.domain.modes import ASSESSED, Mode
from apps.unblinding.models import Opening

#: After these somebody who meets the participant may know.
_ENDS_GUESSING = frozenset({*ASSESSED, Mode.LETTER})


class TooLateToGuess(Refused):
    """The envelope was opened before the guess."""

    code = "too_late_to_guess"
    title = "The treatment can no longer be guessed"


def guess_check(event: ScaleEntered) -> None:
    """
    React to a scale being entered: undo it where it is a guess, and the envelope was opened first.

    :raises TooLateToGuess: then, whatever moment the form says
    """
    if event.instrument not in GUESSES:
        return
    opened = Opening.objects.filter(
        participant_id=event.participant_id, mode__in=[mode.value for mode in _ENDS_GUESSING]
    )
    if opened.exists():
        raise TooLateToGuess(
            Reason(
                "envelope_opened",
                "The code of this participant was broken: a guess is not recorded any more.",
            )
        )
