"""Pages of opening an envelope. An answer is one response that nobody may keep; all else says only that it was."""

from apps.unblinding.views.breaking import code_break, hand_over, message
from apps.unblinding.views.drills import drill, drill_start
from apps.unblinding.views.following import assessment, detail, opening_list
from apps.unblinding.views.letters import letter, letter_list

__all__ = [
    "assessment",
    "code_break",
    "detail",
    "drill",
    "drill_start",
    "hand_over",
    "letter",
    "letter_list",
    "message",
    "opening_list",
]
