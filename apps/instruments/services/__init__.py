"""Writing interviews and ratings. What was entered is never edited: a correction is a new row with a reason."""

from apps.instruments.services.entry import TooEarly
from apps.instruments.services.interviews import rating_correct, rating_record, slot_open, slots_make
from apps.instruments.services.scales import ConsentMissing, rating_amend, rating_enter

__all__ = [
    "ConsentMissing",
    "TooEarly",
    "rating_amend",
    "rating_correct",
    "rating_enter",
    "rating_record",
    "slot_open",
    "slots_make",
]
