"""Deviations: written by the system with the act they follow from, or by people; assessed and signed."""

from apps.quality.services.ledger import MEANING, deviation_assess, deviation_record, deviation_sign
from apps.quality.services.noticing import (
    deviation_after_early_release,
    deviation_after_late_dose,
    deviation_after_override,
    deviation_after_release,
    deviation_after_spray,
    deviations_after_absence,
)

__all__ = [
    "MEANING",
    "deviation_after_early_release",
    "deviation_after_late_dose",
    "deviation_after_override",
    "deviation_after_release",
    "deviation_after_spray",
    "deviation_assess",
    "deviation_record",
    "deviation_sign",
    "deviations_after_absence",
]
