"""What a living body can show. Values outside are slips of the finger and are refused, whatever a protocol says.

The same hard limits stand as constraints at the observations of the two hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: Reading key (see apps/studies/domain/readings.py) to its least and greatest possible value.
POSSIBLE: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "sbp": (40, 300),
        "dbp": (20, 200),
        "hr": (20, 250),
        "rr": (0, 80),
        "spo2": (30, 100),
        "temp": (30, 44),
        "moaas": (0, 5),
        "cadss_total": (0, 92),
        "bprs_total": (0, 24),
        "cssrs_ideation": (0, 5),
    }
)

#: What a protocol may ask for besides; wide, because nothing is known of it here.
ANYTHING = (0, 10_000)


def possible(measure: str) -> tuple[int, int]:
    """Return the least and greatest possible value of a measure."""
    return POSSIBLE.get(measure, ANYTHING)
