"""Answers for tests: whole scales that add up to what a story needs."""

from __future__ import annotations

from apps.instruments.domain.catalogue import INSTRUMENTS


def items_with_total(code: str, total: int) -> dict[str, int | None]:
    """Return every item of a scale, the counted ones filled from the first on until they add up to `total`."""
    left = total
    items: dict[str, int | None] = {}
    for item in INSTRUMENTS[code].items:
        value = min(left, item.maximum) if item.counts else item.minimum
        value = max(value, item.minimum)
        items[item.code] = value
        left -= value if item.counts else 0
    if left:
        raise ValueError(f"{code} cannot add up to {total}.")
    return items
