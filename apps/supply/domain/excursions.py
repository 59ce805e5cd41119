"""A time at which the storage was too cold or too warm: what must be said of it, before kits are set aside."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from apps.core.exceptions import Reason

COLDEST, WARMEST = Decimal(-50), Decimal(80)
"""Degrees Celsius between which a logger's reading can be true."""


def excursion_faults(
    *, began: datetime, ended: datetime, min_c: Decimal, max_c: Decimal, note: str, now: datetime
) -> tuple[Reason, ...]:
    """Return every reason against recording an excursion."""
    faults = []
    if ended <= began:
        faults.append(Reason("ends_before", "It must end after it began.", "ended"))
    if ended > now:
        faults.append(Reason("in_future", "It cannot end in the future.", "ended"))
    for field, value in (("min_c", min_c), ("max_c", max_c)):
        if not COLDEST <= value <= WARMEST:
            faults.append(Reason("impossible", f"Between {COLDEST} and {WARMEST} °C.", field))
    if max_c < min_c:
        faults.append(Reason("max_below_min", "The highest reading is below the lowest.", "max_c"))
    if not note.strip():
        faults.append(Reason("note_missing", "Say where and what was measured.", "note"))
    return tuple(faults)
