"""Writing participants: who comes in, what they consented to, where they stand, how they leave."""

from apps.participants.services.consents import consent_record
from apps.participants.services.enrolment import SEXES, StudyNotLive, participant_enroll
from apps.participants.services.identity import identity_change, identity_read
from apps.participants.services.standing import participant_discontinue, participant_status_change

__all__ = [
    "SEXES",
    "StudyNotLive",
    "consent_record",
    "identity_change",
    "identity_read",
    "participant_discontinue",
    "participant_enroll",
    "participant_status_change",
]
