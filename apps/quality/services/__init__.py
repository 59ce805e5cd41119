"""Deviations: written by the system with the act they follow from, or by people."""

from apps.quality.services.noticing import (
    deviation_after_early_release,
    deviation_after_late_dose,
    deviation_after_override,
)

__all__ = [
    "deviation_after_early_release",
    "deviation_after_late_dose",
    "deviation_after_override",
]
