"""The device sequence: how many, how far apart, and how each went."""

from __future__ import annotations

from enum import StrEnum


class SprayOutcome(StrEnum):
    """How a device was emptied. Whatever happened, nothing is sprayed again (rule E13)."""

    COMPLETE = "COMPLETE"
    PARTIAL = "PARTIAL"
    SNEEZED = "SNEEZED"
    FAILED = "FAILED"
