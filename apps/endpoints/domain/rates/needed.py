"""The number needed to treat in words (Altman, BMJ 1998;317:1309)."""

from __future__ import annotations

from apps.endpoints.domain.results import NumberNeeded


def needed_in_words(needed: NumberNeeded, *, digits: int = 1) -> str:
    """The number with its interval: "NNTB 5.8 (NNTB 3.3 to NNTB 26.2)".

    NNTB is the number treated for one more who benefits, NNTH for one more who is harmed. When the
    difference's interval contains zero the limits lie on both sides of infinity, and the text says so:
    "NNTB 10 (NNTH 20 to infinity to NNTB 4)". It never prints such limits as a plain interval.
    """

    def side(x: float) -> str:
        return "infinity" if abs(x) == float("inf") else f"{'NNTB' if x > 0 else 'NNTH'} {abs(x):.{digits}f}"

    value = "infinity" if needed.value is None else side(needed.value)
    if not needed.crosses_infinity:
        return f"{value} ({side(needed.low)} to {side(needed.high)})"
    ends = [side(x) for x in (needed.low, needed.high)]
    if "infinity" in ends:
        return f"{value} ({ends[0]} to {ends[1]})"
    return f"{value} ({ends[0]} to infinity to {ends[1]})"
