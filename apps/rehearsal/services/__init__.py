"""Rehearsing a study before it takes anybody in: asked for, performed, signed; then going live, and closing."""

from apps.rehearsal.services.golive import MEANING, rehearsal_sign, study_close, study_go_live
from apps.rehearsal.services.performing import Outcome, rehearsal_perform
from apps.rehearsal.services.runs import (
    rehearsal_begin,
    rehearsal_finish,
    rehearsal_prepare,
    rehearsal_request,
)

__all__ = [
    "MEANING",
    "Outcome",
    "rehearsal_begin",
    "rehearsal_finish",
    "rehearsal_perform",
    "rehearsal_prepare",
    "rehearsal_request",
    "rehearsal_sign",
    "study_close",
    "study_go_live",
]
