"""Reading the two hours. A session of another site is not there; a rater or a sponsor finds none at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, QuerySet, Sum

from apps.accounts.models import User
from apps.core.exceptions import NotFound
from apps.dosing import selectors as dosing
from apps.dosing.domain.gates import GateOutcome
from apps.dosing.domain.session import FINAL_STATES, SessionState
from apps.dosing.models import DeviceUse, DosingSession, GateCheck
from apps.monitoring.domain.clearance import assess
from apps.monitoring.domain.conditions import Statement, Verdict
from apps.monitoring.domain.findings import OVERDUE, Known, OpenFinding, still_open
from apps.monitoring.domain.limits import Limit, UsualRange, limits_of, usual_ranges
from apps.monitoring.domain.plan import (
    DueSlot,
    SlotStatus,
    due_times,
    next_due,
    overdue,
    rule_minute,
    slot_at,
    statuses,
)
from apps.monitoring.domain.readings import PREDOSE, Reading, Values, baseline_of
from apps.monitoring.models import Finding, Observation
from apps.schedule import selectors as schedule
from apps.schedule.models import Visit
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.domain.protocol import BloodPressureGate, MinimumGate, Protocol
from apps.studies.models import Site
from apps.studies.selectors import protocol_of

#: Readings of the gates before the dose that are readings of the predose slot: nobody types them twice.
GATE = "gate"


@dataclass(frozen=True, slots=True)
class Watch:
    """One session at one moment: everything the chairside shows of it. Computed whole, stored nowhere."""

    session: DosingSession
    protocol: Protocol
    now: datetime
    observations: tuple[Observation, ...]
    readings: tuple[Reading, ...]
    baseline: Values
    last_spray_at: datetime | None
    slots: tuple[DueSlot, ...]
    statuses: tuple[SlotStatus, ...]
    findings: tuple[Finding, ...]
    open_findings: tuple[OpenFinding, ...]
    usual: Mapping[str, UsualRange]
    limits: tuple[Limit, ...]

    @property
    def next(self) -> SlotStatus | None:
        """What to record next."""
        return None if self.is_over else next_due(self.statuses)

    @property
    def overdue(self) -> tuple[SlotStatus, ...]:
        """The mandatory slots nobody recorded in time."""
        return overdue(self.statuses)

    @property
    def is_over(self) -> bool:
        """True once the participant left or the session was stopped."""
        return SessionState(self.session.state) in FINAL_STATES

    @property
    def unacknowledged(self) -> tuple[Finding, ...]:
        """The findings nobody took note of, the latest first; a slot recorded meanwhile calls for no note."""
        settled = {f"{OVERDUE}:{status.slot.minute}" for status in self.statuses if not status.missing}
        return tuple(
            finding
            for finding in self.findings
            if finding.acknowledged_at is None and finding.key not in settled
        )

    def minute_of(self, reading: Reading) -> int | None:
        """Return the minute since T0 that rules speak of; None before the dose."""
        return rule_minute(
            reading.observed_at, slot_at(self.slots, reading.slot_minute), self.session.dosed_at
        )

    def conditions(self, statement: Statement) -> tuple[Verdict, ...]:
        """Judge every condition of leaving under a statement."""
        return assess(
            rule=self.protocol.discharge,
            readings=self.readings,
            baseline=self.baseline,
            findings=self.open_findings,
            dosed_at=self.session.dosed_at,
            last_spray_at=self.last_spray_at,
            statement=statement,
            now=self.now,
        )


@dataclass(frozen=True, slots=True)
class Board:
    """Today's chairs of one site: who sits where, who is expected, who has left."""

    site: Site
    now: datetime
    watches: tuple[Watch, ...]
    expected: tuple[Visit, ...]
    left: tuple[DosingSession, ...]

    def in_chair(self, chair: int) -> Watch | None:
        """Return the session in a chair."""
        return next((watch for watch in self.watches if watch.session.chair == chair), None)


def watch(
    *,
    viewer: User,
    session_id: UUID,
    now: datetime,
    permission: Permission = Permission.SESSION_READ,
    lock: bool = False,
) -> Watch:
    """
    Return one session as it stands at `now`; `lock` needs a transaction.

    :raises NotFound: if there is none, or the viewer does not hold the permission at its site
    """
    session = dosing.session_get(
        viewer=viewer, session_id=session_id, now=now, permission=permission, lock=lock
    )
    return watches_of([session], now=now)[0]


def watches_of(sessions: Sequence[DosingSession], *, now: datetime) -> list[Watch]:
    """Return sessions as they stand at `now`. Who asks has been checked where the sessions came from."""
    ids = [session.pk for session in sessions]
    observations = _by_session(
        Observation.objects.filter(session__in=ids)
        .select_related("recorded_by")
        .order_by("observed_at", "recorded_at")
    )
    findings = _by_session(
        Finding.objects.filter(session__in=ids)
        .select_related("acknowledged_by", "observation")
        .order_by("-raised_at", "rule")
    )
    uses = _by_session(DeviceUse.objects.filter(session__in=ids).order_by("ordinal"))
    checks = _by_session(GateCheck.objects.filter(session__in=ids).order_by("at", "recorded_at"))
    return [
        _watch_of(
            session,
            now=now,
            observations=observations[session.pk],
            findings=findings[session.pk],
            uses=uses[session.pk],
            checks=checks[session.pk],
        )
        for session in sessions
    ]


def _watch_of(
    session: DosingSession,
    *,
    now: datetime,
    observations: Sequence[Observation],
    findings: Sequence[Finding],
    uses: Sequence[DeviceUse],
    checks: Sequence[GateCheck],
) -> Watch:
    participant = session.participant
    protocol = protocol_of(participant.protocol_version)
    # While a device is still to come nobody knows which spray is the last.
    closed = session.state not in (SessionState.CLEARED.value, SessionState.DOSING.value)
    sprays = [use.second_spray_at or use.first_spray_at for use in uses]
    last_spray_at = max(sprays, default=None) if closed else None
    readings = (*_gate_readings(checks, protocol), *(reading_of(entry) for entry in observations))
    baseline = baseline_of(readings, session.dosed_at)
    slots = due_times(
        dosed_at=session.dosed_at,
        last_spray_at=last_spray_at,
        plan=protocol.observation_plan,
        checked_in_at=session.checked_in_at,
        until=session.ended_at or now,
    )

    def minute_of(reading: Reading) -> int | None:
        return rule_minute(reading.observed_at, slot_at(slots, reading.slot_minute), session.dosed_at)

    return Watch(
        session=session,
        protocol=protocol,
        now=now,
        observations=tuple(observations),
        readings=readings,
        baseline=baseline,
        last_spray_at=last_spray_at,
        slots=slots,
        statuses=statuses(
            slots, readings, rule=protocol.discharge, baseline=baseline, now=now, ended_at=session.ended_at
        ),
        findings=tuple(findings),
        open_findings=still_open(
            [
                Known(entry.rule, entry.observation.observed_at)
                for entry in findings
                if entry.observation is not None
            ],
            readings,
            protocol.escalation,
            baseline=baseline,
            minute_of=minute_of,
            age_years=participant.age_years,
        ),
        usual=usual_ranges(protocol.observation_plan, protocol.escalation, age_years=participant.age_years),
        limits=limits_of(protocol.escalation, age_years=participant.age_years),
    )


def reading_of(observation: Observation) -> Reading:
    """Return an observation as the rules see it."""
    return Reading(
        observed_at=observation.observed_at,
        values=Values(
            **{name: getattr(observation, name) for name in Values.__dataclass_fields__},
        ),
        slot_minute=observation.slot_minute,
        not_done=observation.not_done,
        id=observation.pk,
    )


def _gate_readings(checks: Iterable[GateCheck], protocol: Protocol) -> tuple[Reading, ...]:
    """Return what the gates measured before the dose; a repeated measurement is a reading of its own."""
    gates = {gate.code: gate for gate in protocol.gates}
    found = []
    for check in checks:
        gate, given = gates.get(check.gate), check.values
        if check.outcome == GateOutcome.OVERRIDDEN.value or "measured_at" not in given:
            continue
        seen_at = datetime.fromisoformat(given["measured_at"])
        if isinstance(gate, BloodPressureGate):
            values = Values(sbp=given.get("sbp"), dbp=given.get("dbp"))
        elif isinstance(gate, MinimumGate) and gate.measure in ("spo2", "moaas", "hr", "rr"):
            values = Values(**{gate.measure: int(given["value"])})
        else:
            continue
        found.append(Reading(observed_at=seen_at, values=values, slot_minute=PREDOSE, source=GATE))
    return tuple(found)


def _by_session(rows: QuerySet) -> dict[UUID, list]:
    found: dict[UUID, list] = defaultdict(list)
    for row in rows:
        found[row.session_id].append(row)
    return found


def observations_of(*, viewer: User, session_id: UUID, now: datetime) -> QuerySet[Observation]:
    """
    Return the observations of a session as they happened.

    :raises NotFound: if the session is not there for the viewer
    """
    session = dosing.session_get(viewer=viewer, session_id=session_id, now=now)
    return (
        Observation.objects.filter(session=session)
        .select_related("recorded_by")
        .prefetch_related("findings")
        .order_by("observed_at", "recorded_at")
    )


def finding_get(
    *,
    viewer: User,
    finding_id: UUID,
    now: datetime,
    permission: Permission = Permission.SESSION_READ,
    lock: bool = False,
) -> Finding:
    """
    Return a finding at a site where the viewer holds the permission.

    :raises NotFound: if there is none, or it is another site's
    """
    sites = access.sites_where(user=viewer, permission=permission, now=now)
    rows = Finding.objects.filter(pk=finding_id, session__site__in=sites).select_related(
        "session__site", "session__participant__study"
    )
    found = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if found is None:
        raise NotFound("There is no such finding.")
    return found


def site_of_board(*, viewer: User, now: datetime, site: Site | None) -> Site:
    """
    Return the site whose chairs a viewer may see: the one asked for, else the only one there is.

    :raises NotFound: if it is not the viewer's, or there are several and none was named
    """
    sites = access.sites_where(user=viewer, permission=Permission.SESSION_READ, now=now)
    if site is not None:
        sites = sites.filter(pk=site.pk)
    found = list(sites.select_related("study").order_by("study__code", "code")[:2])
    if len(found) != 1:
        raise NotFound(
            "Choose one of your sites to see its chairs." if found else "There are no chairs to see here."
        )
    return found[0]


def board(*, viewer: User, now: datetime, site: Site | None) -> Board:
    """
    Return today's chairs of a site.

    :raises NotFound: if the viewer may not see sessions there
    """
    where = site_of_board(viewer=viewer, now=now, site=site)
    starts_at, ends_at = _today(where, now)
    sessions = list(dosing.sessions_open(viewer=viewer, now=now, site=where))
    visits_seated = {session.visit_id for session in sessions}
    left = list(
        DosingSession.objects.filter(site=where, ended_at__gte=starts_at, ended_at__lt=ends_at)
        .select_related("participant", "visit")
        .order_by("-ended_at")
    )
    return Board(
        site=where,
        now=now,
        watches=tuple(watches_of(sessions, now=now)),
        expected=tuple(
            visit
            for visit in schedule.visits_due(viewer=viewer, now=now, site=where).filter(is_dose=True)
            if visit.pk not in visits_seated and _is_for_today(visit, starts_at, ends_at)
        ),
        left=tuple(left),
    )


def board_version(*, viewer: User, now: datetime, site: Site | None) -> str:
    """Return a mark that changes when anything on the board may look different, for a cheap “nothing new”.

    The minute belongs to it, because ages are written in minutes.
    """
    where = site_of_board(viewer=viewer, now=now, site=site)
    running = DosingSession.objects.filter(site=where).exclude(
        state__in=[state.value for state in FINAL_STATES]
    )
    parts = [
        str(viewer.pk),
        str(where.pk),
        f"{now:%Y%m%d%H%M}",
        running.aggregate(count=Count("id"), versions=Sum("version"), latest=Max("recorded_at")),
        Observation.objects.filter(session__in=running).aggregate(count=Count("id")),
        Finding.objects.filter(session__in=running).aggregate(
            count=Count("id"), noted=Count("acknowledged_at")
        ),
    ]
    return sha256(repr(parts).encode()).hexdigest()[:32]


def _today(site: Site, now: datetime) -> tuple[datetime, datetime]:
    """Return the local day of the site as a half-open span."""
    local = now.astimezone(ZoneInfo(site.time_zone))
    start = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return start, (start + timedelta(days=1)).replace(hour=0)


def _is_for_today(visit: Visit, starts_at: datetime, ends_at: datetime) -> bool:
    """An appointed visit is expected on its day, one without an appointment while its window is open."""
    if visit.planned_at is not None:
        return starts_at <= visit.planned_at < ends_at
    return visit.closes_at > starts_at
