"""Reading the record of a session for its papers. A session of another site is not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, QuerySet, Subquery

from apps.accounts.models import User
from apps.dosing import selectors as dosing
from apps.dosing.domain.session import SessionState
from apps.dosing.models import DosingSession, GateCheck
from apps.monitoring import selectors as monitoring
from apps.monitoring.domain.conditions import CONFIRMED_KINDS, Statement
from apps.monitoring.domain.early import category_of
from apps.monitoring.domain.plan import due_times
from apps.monitoring.domain.readings import in_order
from apps.monitoring.models import Release
from apps.monitoring.selectors import Attended, Watch
from apps.papers.domain.downtime import Downtime, downtime_of
from apps.papers.domain.record import (
    AbsenceLine,
    ConditionLine,
    DeviationLine,
    Device,
    Entry,
    EventLine,
    FindingLine,
    GateLine,
    MedicineLine,
    Record,
    ReleaseLine,
    Sent,
    WatchLine,
    Where,
)
from apps.papers.domain.sheet import due_day, late_from
from apps.papers.models import SheetSending
from apps.participants.models import Participant
from apps.quality.models import Deviation
from apps.safety import selectors as safety
from apps.schedule import selectors as schedule
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.models import Site
from apps.studies.selectors import protocol_of


def watch_of(*, viewer: User, session_id: UUID, now: datetime) -> Watch:
    """
    Return the session as its chairside shows it.

    :raises NotFound: if the session is not there for the viewer
    :raises NotAllowed: if the viewer may not read adverse events, without which a paper would say "none"
    """
    watch = monitoring.watch(viewer=viewer, session_id=session_id, now=now)
    access.check(
        user=viewer, permission=Permission.ADVERSE_EVENT_READ, site_id=watch.session.site_id, now=now
    )
    return watch


def record_of(*, viewer: User, watch: Watch) -> Record:
    """Return everything the record holds of a session, as plain values."""
    session, protocol, now = watch.session, watch.protocol, watch.now
    release = monitoring.release_of(session_id=session.pk)
    entries = {entry.pk: entry for entry in watch.observations}
    on_paper = monitoring.measured_on_paper(session_id=session.pk)
    seen = next(iter(monitoring.attended_of([session], now=now)), None)
    return Record(
        where=where_of(session.participant, visit=session.visit.label),
        protocol=protocol,
        now=now,
        state=session.state,
        chair=session.chair,
        dose_mg=session.dose_mg,
        devices_planned=dosing.devices_planned(session=session, protocol=protocol),
        checked_in_at=session.checked_in_at,
        dosed_at=session.dosed_at,
        last_spray_at=watch.last_spray_at,
        ended_at=session.ended_at,
        devices=_devices(session),
        gates=_gates(watch),
        baseline=watch.baseline,
        entries=tuple(
            Entry(
                reading=reading,
                by=_measured_by(row.recorded_by.full_name, on_paper.get(row.pk)) if row else "Pre-dose check",
                entered_at=row.entered_at if row else None,
                reason=row.late_reason if row else "",
                note=row.note if row else "",
            )
            for reading in in_order(watch.readings)
            for row in [entries.get(reading.id) if reading.id else None]
        ),
        slots=watch.statuses,
        findings=tuple(
            FindingLine(
                raised_at=finding.raised_at,
                severity=finding.severity,
                message=finding.message,
                action=finding.action,
                acknowledged_at=finding.acknowledged_at,
                acknowledged_by=finding.acknowledged_by.full_name if finding.acknowledged_by else "",
            )
            for finding in reversed(watch.findings)
        ),
        events=tuple(
            EventLine(
                term=event.term,
                severity=event.severity,
                is_serious=event.is_serious,
                seriousness=tuple(event.seriousness),
                onset_at=event.onset_at,
                resolved_at=event.resolved_at,
            )
            for event in reversed(
                safety.adverse_events_visible(viewer=viewer, now=now, session_id=session.pk)
            )
        ),
        medicines=_medicines(session),
        deviations=tuple(
            DeviationLine(row.happened_at, row.happened, row.category)
            for row in Deviation.objects.filter(session=session).order_by("happened_at", "id")
        ),
        watches=_watches(seen),
        absences=tuple(AbsenceLine(part.starts_at, part.ends_at) for part in seen.absent) if seen else (),
        conditions=_conditions(watch, release),
        release=_release(watch, release),
        sent=sent_of(session_id=session.pk),
    )


def where_of(participant: Participant, *, visit: str) -> Where:
    """Return study, site and person in the words of a paper."""
    return Where(
        study=participant.study.code,
        title=participant.study.title,
        is_fictional=participant.study.is_fictional,
        protocol_label=participant.protocol_version.label,
        site_code=participant.site.code,
        site_name=participant.site.name,
        zone=participant.site.time_zone,
        number=participant.number,
        sex=participant.sex,
        age_years=participant.age_years,
        visit=visit,
    )


def downtime_of_session(*, viewer: User, session_id: UUID, now: datetime) -> Downtime:
    """
    Return the sheet to write on for a session, with clock times once T0 is known.

    :raises NotFound: if the session is not there for the viewer
    """
    watch = monitoring.watch(viewer=viewer, session_id=session_id, now=now)
    session = watch.session
    return downtime_of(
        where=where_of(session.participant, visit=session.visit.label),
        protocol=watch.protocol,
        slots=watch.slots,
        dosed_at=session.dosed_at,
        chair=session.chair,
    )


def downtime_of_visit(*, viewer: User, visit_id: UUID, now: datetime) -> Downtime:
    """
    Return the sheet to write on for a dosing visit that has no session yet: minutes from a T0 to be written.

    :raises NotFound: if the visit is not there for the viewer, or no spray is given at it
    """
    visit = schedule.visit_get(viewer=viewer, visit_id=visit_id, now=now)
    access.check(user=viewer, permission=Permission.SESSION_READ, site_id=visit.participant.site_id, now=now)
    protocol = protocol_of(visit.participant.protocol_version)
    return downtime_of(
        where=where_of(visit.participant, visit=visit.label),
        protocol=protocol,
        slots=due_times(dosed_at=None, last_spray_at=None, plan=protocol.observation_plan),
        dosed_at=None,
        chair=visit.chair,
    )


def sent_of(*, session_id: UUID) -> Sent | None:
    """Return that the sheet of a session was sent, by its latest line. Who asks was checked at the session."""
    line = last_sending(session_id=session_id)
    if line is None or line.sent_on is None:
        return None
    return Sent(line.sent_on, line.recorded_by.full_name, line.recorded_at, line.reference)


def last_sending(*, session_id: UUID) -> SheetSending | None:
    """Return the latest line on the sheet of a session."""
    return (
        SheetSending.objects.filter(session_id=session_id)
        .select_related("recorded_by")
        .order_by("-ordinal")
        .first()
    )


def sendings_of(*, session_id: UUID) -> QuerySet[SheetSending]:
    """Return every line on the sheet of a session, latest first. Who asks was checked at the session."""
    return (
        SheetSending.objects.filter(session_id=session_id).select_related("recorded_by").order_by("-ordinal")
    )


@dataclass(frozen=True, slots=True)
class SheetDue:
    """A session whose sheet is not sent: until when it is in time, negative days when it is late."""

    session: DosingSession
    session_on: date
    due_on: date
    days_left: int
    late_from: datetime


def sheets_due(*, viewer: User, now: datetime, site: Site | None = None) -> Sequence[SheetDue]:
    """Return the finished sessions at the viewer's sites whose sheet was not sent, the most pressing first."""
    return _sheets_due(dosing.sessions_visible(viewer=viewer, now=now, site=site), now=now)


def sheets_to_tell(*, now: datetime, since: datetime) -> Sequence[SheetDue]:
    """Return the sheets not sent of sessions held after a moment, at every site: for the clock, which tells people."""
    held = DosingSession.objects.filter(dosed_at__gt=since).select_related(
        "visit", "site", "participant__study", "participant__site", "participant__protocol_version"
    )
    return _sheets_due(held, now=now)


def _sheets_due(sessions: QuerySet[DosingSession], *, now: datetime) -> Sequence[SheetDue]:
    latest = SheetSending.objects.filter(session=OuterRef("pk")).order_by("-ordinal")
    open_sheets = (
        sessions.filter(state=SessionState.DISCHARGED.value, participant__study__state="LIVE")
        .annotate(sent_on=Subquery(latest.values("sent_on")[:1]))
        .filter(sent_on__isnull=True)
    )
    found = []
    for session in open_sheets:
        asked = protocol_of(session.participant.protocol_version).sheet
        if asked is None or session.dosed_at is None:
            continue
        zone = ZoneInfo(session.site.time_zone)
        held_on = session.dosed_at.astimezone(zone).date()
        due_on = due_day(held_on, asked.due_days)
        left = (due_on - now.astimezone(zone).date()).days
        found.append(SheetDue(session, held_on, due_on, left, late_from(due_on, zone)))
    return sorted(
        found, key=lambda entry: (entry.due_on, entry.session.participant.number, str(entry.session.pk))
    )


def _measured_by(entered_by: str, on_paper: str | None) -> str:
    return f"{on_paper} on paper, entered by {entered_by}" if on_paper else entered_by


def _devices(session: DosingSession) -> tuple[Device, ...]:
    return tuple(
        Device(
            ordinal=use.ordinal,
            kit=use.kit.number,
            lot=use.kit.lot,
            serial=use.kit.serial,
            expires_on=use.kit.expires_on,
            first_nostril=use.get_first_nostril_display(),
            first_spray_at=use.first_spray_at,
            second_spray_at=use.second_spray_at,
            outcome=use.outcome or "",
        )
        for use in dosing.device_uses(session=session)
    )


def _gates(watch: Watch) -> tuple[GateLine, ...]:
    latest = {
        row.gate: row
        for row in GateCheck.objects.filter(session=watch.session).order_by("session_version", "at", "id")
    }
    return tuple(
        GateLine(
            code=gate.code,
            label=gate.label,
            kind=gate.kind,
            outcome=row.outcome if row else "",
            message=row.message if row else "",
            reason=row.reason if row else "",
        )
        for gate in watch.protocol.gates
        for row in [latest.get(gate.code)]
    )


def _medicines(session: DosingSession) -> tuple[MedicineLine, ...]:
    """Return what the participant took on the day of the session."""
    zone = ZoneInfo(session.site.time_zone)
    on = (session.dosed_at or session.checked_in_at).astimezone(zone).date()
    return tuple(
        MedicineLine(row.name, row.dose_text, row.started_on, row.stopped_on)
        for row in safety.medications_of(participant=session.participant)
        if row.started_on <= on and (row.stopped_on is None or row.stopped_on >= on)
    )


def _watches(seen: Attended | None) -> tuple[WatchLine, ...]:
    if seen is None:
        return ()
    names = {
        change.to_person.pk: change.to_person.full_name
        for change in seen.watching.changes
        if change.to_person is not None
    }
    return tuple(
        WatchLine(part.starts_at, part.ends_at, names[part.watcher] if part.watcher else "")
        for part in seen.parts
    )


def _conditions(watch: Watch, release: Release | None) -> tuple[ConditionLine, ...]:
    by_word = {one.code for one in watch.protocol.discharge.conditions if one.kind in CONFIRMED_KINDS}
    if release is None:
        return tuple(
            ConditionLine(one.code, one.label, one.met, one.found, one.needed, one.code in by_word)
            for one in watch.conditions(Statement())
        )
    return tuple(
        ConditionLine(
            code=entry["code"],
            label=entry["label"],
            met=entry.get("met", True),
            found=entry["found"],
            needed=entry.get("needed", ""),
            by_word=entry["code"] in by_word,
            is_accepted=entry["code"] in release.statement.get("accepted", {}),
        )
        for entry in release.conditions
    )


def _release(watch: Watch, release: Release | None) -> ReleaseLine | None:
    if release is None:
        return None
    category = category_of(watch.protocol.discharge, release.early_category)
    return ReleaseLine(
        released_at=release.released_at,
        by=release.recorded_by.full_name,
        minutes_observed=release.minutes_observed,
        early=category.label if category else release.early_category,
        reason=release.early_reason,
    )
