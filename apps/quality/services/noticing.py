"""Deviations the system writes by itself, in the transaction of the act they follow from.

Reactions, listed in config/reactions.py: the event names who acted and when. The act is there already, so an entry is
never refused for its words.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from apps.dosing.domain.events import DoseBegun, GateOverridden
from apps.monitoring.domain.events import EarlyReleased, ParticipantReleased, SprayAgainstRule
from apps.quality import selectors
from apps.quality.domain.deviations import Kind, classed
from apps.quality.services.acts import entry_write


def deviation_after_override(event: GateOverridden) -> None:
    """A dose that goes on against a gate departs from the protocol, also where the protocol allows it."""
    session = selectors.session_of_event(event.session_id)
    kind = Kind.GATE_OVERRIDDEN.value
    entry_write(
        participant=session.participant,
        session=session,
        kind=kind,
        key=f"{kind}:{event.check_id}",
        source=("gate.overridden", event.check_id),
        said=classed(kind, selectors.plan_of(session.participant)),
        happened=f"{event.label}. It held: {event.held} Overridden, because: {event.reason}",
        happened_at=event.at,
        discovered_at=event.at,
        by=event.by,
        at=event.at,
    )


def deviation_after_early_release(event: EarlyReleased) -> None:
    """A participant left before every condition of leaving was met."""
    session = selectors.session_of_event(event.session_id)
    kind = Kind.EARLY_RELEASE.value
    entry_write(
        participant=session.participant,
        session=session,
        kind=kind,
        key=f"{kind}:{session.pk}",
        source=("participant.released", session.pk),
        said=classed(kind, selectors.plan_of(session.participant)),
        happened=event.reason,
        happened_at=event.at,
        discovered_at=event.at,
        by=event.by,
        at=event.at,
    )


def deviation_after_late_dose(event: DoseBegun) -> None:
    """A first spray outside the window of its visit. Check-in keeps to the window; the spray may still miss it."""
    session = selectors.session_of_event(event.session_id)
    visit = session.visit
    if visit.opens_at <= event.dosed_at < visit.closes_at:
        return
    kind = Kind.DOSE_OUT_OF_WINDOW.value
    zone = ZoneInfo(session.site.time_zone)
    opens, closes, dosed = (
        moment.astimezone(zone) for moment in (visit.opens_at, visit.closes_at, event.dosed_at)
    )
    entry_write(
        participant=session.participant,
        session=session,
        kind=kind,
        key=f"{kind}:{session.pk}",
        source=("device.sprayed", session.pk),
        said=classed(kind, selectors.plan_of(session.participant)),
        happened=f"{visit.label}: first spray on {dosed:%d %b %Y at %H:%M}; the window ran from "
        f"{opens:%d %b %Y %H:%M} to {closes:%d %b %Y %H:%M}.",
        happened_at=event.dosed_at,
        discovered_at=event.at,
        by=event.by,
        at=event.at,
    )


def deviation_after_release(event: ParticipantReleased) -> None:
    """Mandatory readings that were not taken before the participant left: one entry for the session."""
    session = selectors.session_of_event(event.session_id)
    missed = selectors.readings_missed(session, now=event.at)
    if not missed:
        return
    kind = Kind.OBSERVATION_MISSED.value
    entry_write(
        participant=session.participant,
        session=session,
        kind=kind,
        key=f"{kind}:{session.pk}",
        source=("participant.released", session.pk),
        said=classed(kind, selectors.plan_of(session.participant)),
        happened=f"{'; '.join(missed)}.",
        happened_at=event.at,
        discovered_at=event.at,
        by=event.by,
        at=event.at,
    )


def deviation_after_spray(event: SprayAgainstRule) -> None:
    """A first spray that the protocol would not have allowed as to who was there. It was given, so it stands."""
    session = selectors.session_of_event(event.session_id)
    kind = Kind(event.rule).value
    entry_write(
        participant=session.participant,
        session=session,
        kind=kind,
        key=f"{kind}:{session.pk}:spray",
        source=("finding.raised", event.finding_id),
        said=classed(kind, selectors.plan_of(session.participant)),
        happened=event.happened,
        happened_at=event.sprayed_at,
        discovered_at=event.at,
        by=event.by,
        at=event.at,
    )


def deviations_after_absence(event: ParticipantReleased) -> None:
    """Minutes nobody watched, and minutes without the prescriber a protocol demands: one entry each for the session."""
    session = selectors.session_of_event(event.session_id)
    for kind, happened, since in selectors.absences(session, now=event.at):
        entry_write(
            participant=session.participant,
            session=session,
            kind=kind.value,
            key=f"{kind.value}:{session.pk}",
            source=("participant.released", session.pk),
            said=classed(kind.value, selectors.plan_of(session.participant)),
            happened=happened,
            happened_at=since,
            discovered_at=event.at,
            by=event.by,
            at=event.at,
        )
