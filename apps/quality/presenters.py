"""What pages, files and programs show of deviations."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from apps.quality.domain.deviations import CATEGORY_LABELS, KIND_LABELS, STANDING_LABELS, Category, Kind
from apps.quality.selectors import Dealt

#: How a standing is shown, by the vocabulary of states.
STATES = {"OPEN": "due", "ASSESSED": "in_progress", "SIGNED": "done"}
TO_JUDGE = "To be judged"


def row(one: Dealt) -> dict[str, Any]:
    """Return one deviation as a line of the list."""
    deviation = one.deviation
    return {
        "deviation": deviation,
        "kind": KIND_LABELS[Kind(deviation.kind)],
        "category": CATEGORY_LABELS[Category(one.category)] if one.category else TO_JUDGE,
        "is_major": one.category == Category.MAJOR.value,
        "reportable": one.reportable,
        "state": "overdue" if one.is_overdue else STATES[one.standing.value],
        "standing": "Assessment overdue" if one.is_overdue else STANDING_LABELS[one.standing],
        "due_at": one.due_at,
        "zone": deviation.site.time_zone,
        "by_system": deviation.origin == "SYSTEM",
        "assessment": one.assessment,
    }


COLUMNS = (
    "Deviation", "Participant", "Site", "Visit", "Kind", "Category", "Ground", "Ethics committee", "What happened",
    "Happened at", "Discovered at", "Entered at", "Entered by", "Noticed by", "Source", "Standing", "Impact",
    "Corrective action", "Signed by", "Signed at",
)  # fmt: skip


def csv_line(one: Dealt) -> list[str]:
    """Return one deviation as a line of the file; moments on the site's clock with their offset."""
    deviation, current = one.deviation, one.assessment
    zone = ZoneInfo(deviation.site.time_zone)
    signature = getattr(current, "signature", None)
    return [
        str(deviation.pk),
        deviation.participant.number,
        deviation.site.code,
        deviation.visit.code if deviation.visit else "",
        KIND_LABELS[Kind(deviation.kind)],
        CATEGORY_LABELS[Category(one.category)] if one.category else "",
        "assessment" if current else deviation.category_ground.lower(),
        "" if one.reportable is None else "yes" if one.reportable else "no",
        deviation.happened,
        deviation.happened_at.astimezone(zone).isoformat(timespec="minutes"),
        deviation.discovered_at.astimezone(zone).isoformat(timespec="minutes"),
        deviation.recorded_at.astimezone(zone).isoformat(timespec="minutes"),
        str(deviation.recorded_by),
        deviation.origin.lower(),
        deviation.source_kind,
        STANDING_LABELS[one.standing],
        current.impact if current else "",
        current.corrective_action if current else "",
        str(signature.recorded_by) if signature else "",
        signature.recorded_at.astimezone(zone).isoformat(timespec="minutes") if signature else "",
    ]


def values(one: Dealt) -> dict[str, Any]:
    """Return one deviation as the API gives it."""
    deviation, current = one.deviation, one.assessment
    signature = getattr(current, "signature", None)
    return {
        "id": deviation.pk,
        "participant": deviation.participant.number,
        "site": deviation.site.code,
        "visit": deviation.visit.code if deviation.visit else None,
        "session": deviation.session_id,
        "kind": deviation.kind,
        "origin": deviation.origin,
        "source": deviation.source_kind,
        "category": one.category,
        "reportable": one.reportable,
        "happened": deviation.happened,
        "happened_at": deviation.happened_at,
        "discovered_at": deviation.discovered_at,
        "recorded_at": deviation.recorded_at,
        "action": deviation.action,
        "standing": one.standing.value,
        "assessment_due_at": one.due_at,
        "assessment": current.pk if current else None,
        "impact": current.impact if current else "",
        "corrective_action": current.corrective_action if current else "",
        "signed_at": signature.recorded_at if signature else None,
    }
