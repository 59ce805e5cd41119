"""Pre-dose gates: may this participant be dosed now, and if not, why, and when?"""

from __future__ import annotations

from enum import StrEnum


class GateOutcome(StrEnum):
    """What a gate says."""

    PASSED = "PASSED"
    WARNED = "WARNED"
    HELD = "HELD"
    OVERRIDDEN = "OVERRIDDEN"
