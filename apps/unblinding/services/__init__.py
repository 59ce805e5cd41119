"""Opening envelopes, handing answers over, rehearsing it, and assessing what it did to the trial."""

from apps.unblinding.services.assessments import assessment_sign
from apps.unblinding.services.drills import drill_open, drill_start
from apps.unblinding.services.emergency import envelope_break
from apps.unblinding.services.envelopes import EnvelopeClosed, Revealed
from apps.unblinding.services.guesses import guess_check
from apps.unblinding.services.identity import identity_check
from apps.unblinding.services.letters import letter_keep, letter_open, treatments_release
from apps.unblinding.services.mediated import HandedOver, envelope_hand_over, message_read
from apps.unblinding.services.reactions import envelope_open_for_reaction

__all__ = [
    "EnvelopeClosed",
    "HandedOver",
    "Revealed",
    "assessment_sign",
    "drill_open",
    "drill_start",
    "envelope_break",
    "envelope_hand_over",
    "envelope_open_for_reaction",
    "guess_check",
    "identity_check",
    "letter_keep",
    "letter_open",
    "message_read",
    "treatments_release",
]
