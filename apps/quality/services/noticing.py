"""Deviations the system writes by itself, in the transaction of the act they follow from.

Reactions, listed in config/reactions.py: the event names who acted and when. The act is there already, so an entry is
never refused for its words.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from apps.dosing.domain.events import DoseBegun, GateOverridden
from apps.dosing.models import DosingSession
from apps.monitoring.domain.events import EarlyReleased, ParticipantReleased, SprayAgainstRule
from apps.quality import selectors
from apps.quality.domain.deviations import Kind, classed
from apps.quality.services.acts import entry_write

Happening = GateOverridden | EarlyReleased | DoseBegun | ParticipantReleased | SprayAgainstRule


def deviation_after_override(event: GateOverridden) -> None:
    """A dose that goes on against a gate departs from the protocol, also where the protocol allows it."""
    session = selectors.session_of_event(event.session_id)
    _write(
        event,
        session,
        kind=Kind.GATE_OVERRIDDEN,
        source=("gate.overridden", event.check_id),
        once_for=str(event.check_id),
        happened=f"{event.label}. It held: {event.held} Overridden, because: {event.reason}",
        happened_at=event.at,
    )


def deviation_after_early_release(event: EarlyReleased) -> None:
    """A participant left before every condition of leaving was met."""
    session = selectors.session_of_event(event.session_id)
    _write(
        event,
        session,
        kind=Kind.EARLY_RELEASE,
        source=("participant.released", session.pk),
        happened=event.reason,
        happened_at=event.at,
    )


def deviation_after_late_dose(event: DoseBegun) -> None:
    """A first spray outside the window of its visit. Check-in keeps to the window; the spray may still miss it."""
    session = selectors.session_of_event(event.session_id)
    visit = session.visit
    if visit.opens_at <= event.dosed_at < visit.closes_at:
        return
    zone = ZoneInfo(session.site.time_zone)
    opens, closes, dosed = (
        moment.astimezone(zone) for moment in (visit.opens_at, visit.closes_at, event.dosed_at)
    )
    _write(
        event,
        session,
        kind=Kind.DOSE_OUT_OF_WINDOW,
        source=("device.sprayed", session.pk),
        happened=f"{visit.label}: first spray on {dosed:%d %b %Y at %H:%M}; the window ran from "
        f"{opens:%d %b %Y %H:%M} to {closes:%d %b %Y %H:%M}.",
        happened_at=event.dosed_at,
    )


def deviation_after_release(event: ParticipantReleased) -> None:
    """Mandatory readings that were not taken before the participant left: one entry for the session."""
    session = selectors.session_of_event(event.session_id)
    missed = selectors.readings_missed(session, now=event.at)
    if not missed:
        return
    _write(
        event,
        session,
        kind=Kind.OBSERVATION_MISSED,
        source=("participant.released", session.pk),
        happened=f"{'; '.join(missed)}.",
        happened_at=event.at,
    )


def deviation_after_spray(event: SprayAgainstRule) -> None:
    """A first spray that the protocol would not have allowed as to who was there. It was given, so it stands."""
    session = selectors.session_of_event(event.session_id)
    _write(
        event,
        session,
        kind=Kind(event.rule),
        source=("finding.raised", event.finding_id),
        once_for=f"{session.pk}:spray",
        happened=event.happened,
        happened_at=event.sprayed_at,
    )


def deviations_after_absence(event: ParticipantReleased) -> None:
    """Minutes nobody watched, and minutes without the prescriber a protocol demands: one entry each for the session."""
    session = selectors.session_of_event(event.session_id)
    for kind, happened, since in selectors.absences(session, now=event.at):
        _write(
            event,
            session,
            kind=kind,
            source=("participant.released", session.pk),
            happened=happened,
            happened_at=since,
        )


def _write(
    event: Happening,
    session: DosingSession,
    *,
    kind: Kind,
    source: tuple[str, UUID],
    happened: str,
    happened_at: datetime,
    once_for: str = "",
) -> None:
    """Write the entry of an event once for its session, or for `once_for` within it."""
    entry_write(
        participant=session.participant,
        session=session,
        kind=kind.value,
        key=f"{kind.value}:{once_for or session.pk}",
        source=source,
        said=classed(kind.value, selectors.plan_of(session.participant)),
        happened=happened,
        happened_at=happened_at,
        discovered_at=event.at,
        by=event.by,
        at=event.at,
    )
