"""Writing screenings: opened, answered, signed, reopened. Answers are never edited, only followed by newer ones."""

from apps.screening.services.answers import AnswerGiven, answer_record, answers_record
from apps.screening.services.attempts import screening_open, screening_reopen
from apps.screening.services.verdict import screening_decide

__all__ = [
    "AnswerGiven",
    "answer_record",
    "answers_record",
    "screening_decide",
    "screening_open",
    "screening_reopen",
]
