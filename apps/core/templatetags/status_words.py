"""The vocabulary of states: one word, one icon and one tone for each, the same on every page.

A tone says how much attention a state asks for and nothing else:
`neutral` (nothing to do), `info` (under way), `good` (done as planned), `caution` (look at it soon), `danger` (now).
A state absent from the table is shown in its own words, neutral: a page never fails over a new state.
"""

from __future__ import annotations

from dataclasses import dataclass

TONES = ("neutral", "info", "good", "caution", "danger")


@dataclass(frozen=True, slots=True)
class StatusWord:
    """How one state is shown: the `word`, the `icon` of the sprite, the `tone` of its edge."""

    word: str
    icon: str
    tone: str


_GROUPS: dict[str, dict[str, tuple[str, str, str]]] = {
    "work": {
        "not_started": ("Not started", "dotted", "neutral"),
        "cannot_start": ("Cannot start yet", "lock", "neutral"),
        "upcoming": ("Upcoming", "calendar", "neutral"),
        "planned": ("Planned", "calendar", "neutral"),
        "scheduled": ("Scheduled", "calendar", "neutral"),
        "open": ("Open", "circle", "info"),
        "in_progress": ("In progress", "half", "info"),
        "due": ("Due", "clock", "caution"),
        "due_soon": ("Due soon", "clock", "caution"),
        "due_now": ("Due now", "clock", "caution"),
        "in_window": ("In window", "clock", "info"),
        "overdue": ("Overdue", "overdue", "danger"),
        "late": ("Late", "overdue", "caution"),
        "missed": ("Missed", "cross-circle", "danger"),
        "missing": ("Missing", "question", "caution"),
        "not_done": ("Not done", "minus-circle", "neutral"),
        "skipped": ("Skipped", "minus-circle", "neutral"),
        "done": ("Done", "check-circle", "good"),
        "done_late": ("Done late", "check-circle", "caution"),
        "early": ("Too early", "clock", "neutral"),
        "complete": ("Complete", "check-circle", "good"),
        "completed": ("Completed", "check-circle", "good"),
        "awaiting_signature": ("Awaiting signature", "pen", "caution"),
        "signed": ("Signed", "pen", "good"),
        "open_query": ("Open query", "question", "caution"),
        "locked": ("Locked", "lock", "neutral"),
        "cancelled": ("Cancelled", "cross-circle", "neutral"),
        "canceled": ("Canceled", "cross-circle", "neutral"),
    },
    "participant": {
        "enrolled": ("Enrolled", "person", "info"),
        "consented": ("Consented", "pen", "info"),
        "in_screening": ("In screening", "clipboard", "info"),
        "screening": ("In screening", "clipboard", "info"),
        "eligible": ("Eligible", "check-circle", "good"),
        "ineligible": ("Not eligible", "cross-circle", "neutral"),
        "incomplete": ("Incomplete", "half", "caution"),
        "screen_failed": ("Screen failed", "cross-circle", "neutral"),
        "randomized": ("Randomized", "shuffle", "info"),
        "in_treatment": ("In treatment", "spray", "info"),
        "on_treatment": ("On treatment", "spray", "info"),
        "active": ("Active", "half", "info"),
        "in_follow_up": ("In follow-up", "calendar", "info"),
        "follow_up": ("In follow-up", "calendar", "info"),
        "discontinued": ("Treatment discontinued", "stop", "caution"),
        "withdrawn": ("Withdrawn", "sign-out", "neutral"),
        "lost_to_follow_up": ("Lost to follow-up", "question", "caution"),
    },
    "criterion": {
        "met": ("Met", "check-circle", "good"),
        "not_met": ("Not met", "cross-circle", "danger"),
        "unmet": ("Not met", "cross-circle", "danger"),
        "unknown": ("Not known", "question", "caution"),
        "not_assessed": ("Not assessed", "question", "caution"),
        "not_applicable": ("Not applicable", "minus-circle", "neutral"),
        "computed": ("Computed", "settings", "info"),
    },
    "session": {
        "free": ("Free", "chair", "neutral"),
        "checked_in": ("Checked in", "check", "info"),
        "held": ("On hold", "pause", "caution"),
        "hold": ("On hold", "pause", "caution"),
        "cleared": ("Cleared to dose", "check-circle", "good"),
        "dosing": ("Dosing", "spray", "info"),
        "dosed": ("Dosed", "spray", "info"),
        "unwatched": ("Unwatched", "hidden", "danger"),
        "observing": ("Observing", "pulse", "info"),
        "monitoring": ("Observing", "pulse", "info"),
        "not_ready": ("Not ready to leave", "lock", "caution"),
        "ready": ("Ready to leave", "check-circle", "good"),
        "ready_to_leave": ("Ready to leave", "check-circle", "good"),
        "discharged": ("Discharged", "sign-out", "good"),
        "stopped": ("Stopped early", "stop", "danger"),
        "withheld": ("Dose withheld", "pause", "caution"),
        "passed": ("Passed", "check-circle", "good"),
        "warned": ("Passed with a warning", "alert", "caution"),
        "overridden": ("Overridden", "pen", "caution"),
        "partial": ("Partial", "half", "caution"),
        "sneezed": ("Sneezed", "alert", "caution"),
        "escalated": ("Physician notified", "alert", "danger"),
    },
    "reading": {
        "in_range": ("In range", "check", "good"),
        "out_of_range": ("Out of range", "alert", "danger"),
        "confirm": ("Confirm or repeat", "alert", "caution"),
        "two_readings": ("Two readings", "list", "caution"),
        "kept": ("Kept on this tablet", "tablet", "caution"),
        "saved": ("Saved to server", "check-circle", "good"),
        "refused": ("Refused, needs attention", "alert", "danger"),
    },
    "safety": {
        "info": ("For information", "info", "info"),
        "watch": ("Watch", "pulse", "caution"),
        "urgent": ("Urgent", "alert", "danger"),
        "emergency": ("Emergency", "stop", "danger"),
        "mild": ("Mild", "circle", "neutral"),
        "moderate": ("Moderate", "half", "caution"),
        "severe": ("Severe", "alert", "danger"),
        "serious": ("Serious", "stop", "danger"),
        "ongoing": ("Ongoing", "half", "info"),
        "resolved": ("Resolved", "check-circle", "good"),
        "reported": ("Reported", "send", "good"),
    },
    "supply": {
        "in_transit": ("In transit", "send", "info"),
        "received": ("Received", "box", "info"),
        "available": ("Available", "box", "good"),
        "assigned": ("Assigned", "person", "info"),
        "dispensed": ("Dispensed", "box", "info"),
        "used": ("Used", "spray", "neutral"),
        "administered": ("Administered", "spray", "neutral"),
        "returned": ("Returned", "box", "neutral"),
        "quarantined": ("Quarantined", "lock", "caution"),
        "damaged": ("Damaged", "alert", "caution"),
        "expired": ("Expired", "overdue", "danger"),
        "destroyed": ("Destroyed", "cross-circle", "neutral"),
        "low_stock": ("Low stock", "alert", "caution"),
    },
    "job": {
        "queued": ("Queued", "clock", "neutral"),
        "requested": ("Requested", "clock", "neutral"),
        "pending": ("Pending", "clock", "neutral"),
        "running": ("Running", "sync", "info"),
        "failed": ("Failed", "stop", "danger"),
        "sealed": ("Sealed", "lock", "neutral"),
        "sending": ("Being sent", "send", "info"),
        "sent": ("Sent", "send", "good"),
        "told": ("Told", "check", "good"),
        "dropped": ("No longer needed", "minus-circle", "neutral"),
        "blinded": ("Blinded", "hidden", "neutral"),
        "unblinded": ("Unblinded", "key", "danger"),
        "opened": ("Opened", "key", "caution"),
        "recruiting": ("Recruiting", "people", "info"),
        "setup": ("Set-up", "settings", "neutral"),
        "live": ("Live", "half", "info"),
        "waiting": ("Waiting", "clock", "neutral"),
        "closed": ("Closed", "lock", "neutral"),
        "paused": ("Paused", "pause", "caution"),
        "draft": ("Draft", "pen", "neutral"),
    },
}

STATUS_WORDS: dict[str, StatusWord] = {
    key: StatusWord(*shown) for group in _GROUPS.values() for key, shown in group.items()
}


def status_word(state: object) -> StatusWord:
    """Return how `state` is shown; upper case, hyphens and blanks do not matter, unknown states are neutral."""
    text = str(state).strip()
    key = text.lower().replace("-", "_").replace(" ", "_")
    known = STATUS_WORDS.get(key)
    if known is not None:
        return known
    return StatusWord(text.replace("_", " ").capitalize() or "Not known", "circle", "neutral")
