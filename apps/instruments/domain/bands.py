"""What a total means in words, where the authors of the scale have said so."""

from __future__ import annotations

from collections.abc import Mapping

from apps.instruments.domain.scoring import Items

#: Lowest total of each band, mildest first (Kroenke 2001; Spitzer 2006).
SEVERITY_BANDS: Mapping[str, tuple[tuple[int, str], ...]] = {
    "PHQ9": ((0, "none"), (5, "mild"), (10, "moderate"), (15, "moderately severe"), (20, "severe")),
    "GAD7": ((0, "minimal"), (5, "mild"), (10, "moderate"), (15, "severe")),
}

#: Highest total and highest single item that still count (registry of TRANSFORM-2).
SDS_RESPONSE = (12, 4)
SDS_REMISSION = (6, 2)
SDS_COUNTED = ("work", "social", "family")

MADRS_FACTORS: Mapping[str, tuple[str, ...]] = {
    "sadness": ("1", "2", "7", "8"),
    "neurovegetative": ("3", "4", "5", "6"),
    "negative thoughts": ("9", "10"),
}


def severity(code: str, total: int | None) -> str | None:
    """Return the band of a total in words; None without a total or where no bands are published."""
    bands = SEVERITY_BANDS.get(code)
    if bands is None or total is None:
        return None
    return [label for lowest, label in bands if total >= lowest][-1] if total >= bands[0][0] else None


def cssrs_category(total: int | None) -> str | None:
    """Return "none", "ideation" or "behavior" of a C-SSRS category number."""
    if total is None:
        return None
    return "none" if total == 0 else "ideation" if total <= 5 else "behavior"


def sds_response(items: Items) -> bool | None:
    """Say whether disability is low: total at most 12 and each part at most 4. None when a part is missing."""
    return _sds_within(items, *SDS_RESPONSE)


def sds_remission(items: Items) -> bool | None:
    """Say whether disability is gone: total at most 6 and each part at most 2. None when a part is missing."""
    return _sds_within(items, *SDS_REMISSION)


def _sds_within(items: Items, highest_total: int, highest_item: int) -> bool | None:
    values = [items.get(code) for code in SDS_COUNTED]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    return sum(known) <= highest_total and max(known) <= highest_item


def factor(name: str, items: Items) -> int | None:
    """Return the sum of a MADRS factor's items, None when one is missing. Raises KeyError for another name."""
    values = [items.get(code) for code in MADRS_FACTORS[name]]
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def eq5d_profile(items: Items) -> str | None:
    """Return the five levels as one word, "21113"; None when a level is missing. The index needs a value set."""
    levels = [items.get(code) for code in ("mobility", "self_care", "usual_activities", "pain", "anxiety")]
    return None if None in levels else "".join(str(level) for level in levels)
