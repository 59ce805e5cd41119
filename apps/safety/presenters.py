"""Values for the pages of adverse events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apps.safety.domain.events import OUTCOME_LABELS, SERIOUSNESS_LABELS, Outcome, Seriousness
from apps.safety.domain.timing import duration, onset_minutes, report_due_at
from apps.safety.models import AdverseEvent
from apps.safety.selectors import plan_of


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event as the list shows it."""

    event: AdverseEvent
    zone: str
    severity: str
    causality: str
    outcome: str
    onset: str
    lasted: str
    criteria: str
    due_at: datetime | None
    is_due: bool


def row(event: AdverseEvent, *, now: datetime) -> EventRow:
    """Return one event with its words and its clock."""
    plan = plan_of(event.participant)
    labels = {grade.code: grade.label for grade in (*plan.severity_scale, *plan.causality_scale)}
    due_at = (
        report_due_at(site_aware_at=event.site_aware_at, hours=plan.sae_hours) if event.is_serious else None
    )
    return EventRow(
        event=event,
        zone=event.participant.site.time_zone,
        severity=labels.get(event.severity, event.severity),
        causality=labels.get(event.causality, event.causality),
        outcome=OUTCOME_LABELS[Outcome(event.outcome)] if event.outcome in set(Outcome) else event.outcome,
        onset=_onset(event),
        lasted=_lasted(event),
        criteria=", ".join(
            SERIOUSNESS_LABELS[Seriousness(code)] for code in event.seriousness if code in set(Seriousness)
        ),
        due_at=due_at,
        is_due=due_at is not None and now < due_at,
    )


def event_values(event: AdverseEvent) -> dict[str, Any]:
    """Return one event with what is computed of it, as the API speaks of it."""
    plan = plan_of(event.participant)
    names = (
        "id", "participant_id", "participant", "session_id", "term", "severity", "causality", "is_serious",
        "seriousness", "onset_at", "resolved_at", "outcome", "action_taken", "site_aware_at", "version",
    )  # fmt: skip
    return {
        **{name: getattr(event, name) for name in names},
        "onset_minutes": onset_minutes(
            onset_at=event.onset_at, dosed_at=event.session.dosed_at if event.session else None
        ),
        "report_due_at": report_due_at(site_aware_at=event.site_aware_at, hours=plan.sae_hours)
        if event.is_serious
        else None,
    }


def span_words(span: timedelta) -> str:
    """Return a duration in the unit people use: "40 min", "3 h 5 min", "2 days"."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h" if rest == 0 else f"{hours} h {rest} min"
    return f"{hours // 24} days"


def zone_of(event: AdverseEvent) -> ZoneInfo:
    """Return the clock of the event's site."""
    return ZoneInfo(event.participant.site.time_zone)


def _onset(event: AdverseEvent) -> str:
    minutes = onset_minutes(
        onset_at=event.onset_at, dosed_at=event.session.dosed_at if event.session else None
    )
    if minutes is None:
        return ""
    return (
        f"{minutes} min after the first spray" if minutes >= 0 else f"{-minutes} min before the first spray"
    )


def _lasted(event: AdverseEvent) -> str:
    span = duration(onset_at=event.onset_at, resolved_at=event.resolved_at)
    return span_words(span) if span is not None else ""
