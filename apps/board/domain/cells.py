"""Small cells. A count of one to four may point at a person, so it is not shown; nor is what would reveal it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

#: Smallest count shown to a blinded reader outside the sites (zero is shown: it points at nobody).
SMALLEST_SHOWN = 5

Key = TypeVar("Key", bound=Hashable)


def suppress(counts: Mapping[Key, int], *, smallest: int = SMALLEST_SHOWN) -> dict[Key, int | None]:
    """
    Return the counts with small ones replaced by None, safe beside their total.

    If exactly one count were hidden, the total minus the others would give it away: then the next smallest
    that is not zero is hidden with it. Likewise while the hidden ones together are still smaller than `smallest`.
    """
    hidden = {key for key, count in counts.items() if 0 < count < smallest}
    if not hidden:
        return dict(counts)
    shown = sorted(
        (count, index, key) for index, (key, count) in enumerate(counts.items()) if count >= smallest
    )
    while shown and (len(hidden) < 2 or sum(counts[key] for key in hidden) < smallest):
        hidden.add(shown.pop(0)[2])
    return {key: None if key in hidden else count for key, count in counts.items()}


def words(count: int | None) -> str:
    """Return a count as a page shows it."""
    return "hidden" if count is None else str(count)
