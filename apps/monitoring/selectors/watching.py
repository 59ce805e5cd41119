"""One session at one moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from apps.accounts.models import User
from apps.dosing import selectors as dosing
from apps.dosing.domain.gates import GateOutcome
from apps.dosing.domain.session import FINAL_STATES, SessionState
from apps.dosing.models import DeviceUse, DosingSession, GateCheck
from apps.monitoring.domain.clearance import assess
from apps.monitoring.domain.conditions import Statement, Verdict
from apps.monitoring.domain.findings import OVERDUE, Known, OpenFinding, still_open
from apps.monitoring.domain.limits import Limit, UsualRange, limits_of, usual_ranges
from apps.monitoring.domain.marks import minute_of
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
from apps.monitoring.domain.watchers import NO_PRESCRIBER, UNWATCHED, WATCHER_LIMIT
from apps.monitoring.models import Finding, Observation, WatchChange
from apps.monitoring.selectors.watchers import Watching, watching_of
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
    watching: Watching | None = None  # None where only readings are asked for

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
        """The findings somebody should take note of, the latest of each rule, latest first.

        What only informs asks for no note, nor does an overdue slot recorded meanwhile or a gap that is over.
        """
        settled = {f"{OVERDUE}:{status.slot.minute}" for status in self.statuses if not status.missing}
        settled |= {
            finding.key
            for finding in self.findings
            if finding.rule == UNWATCHED and self.watching and not self.is_standing(finding)
        }
        waiting: dict[str, Finding] = {}
        for finding in self.findings:
            if finding.acknowledged_at is None and finding.severity != "info" and finding.key not in settled:
                waiting.setdefault(finding.key if finding.rule == OVERDUE else finding.rule, finding)
        return tuple(waiting.values())

    def is_standing(self, finding: Finding) -> bool:
        """Say whether a finding is not over: no later reading ended it, its slot still waits, nobody watches yet."""
        if finding.rule == UNWATCHED:
            gap = self.watching.gap if self.watching else None
            return gap is not None and gap.key == finding.key
        if finding.rule in (NO_PRESCRIBER, WATCHER_LIMIT):
            return finding.acknowledged_at is None and not self.is_over
        if finding.observation is None:
            return any(f"{OVERDUE}:{status.slot.minute}" == finding.key for status in self.overdue)
        return any(
            (known.rule, known.raised_at) == (finding.rule, finding.observation.observed_at)
            for known in self.open_findings
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


def watch(
    *,
    viewer: User,
    session_id: UUID,
    now: datetime,
    permission: Permission = Permission.SESSION_READ,
    lock: bool = False,
    with_watchers: bool = True,
) -> Watch:
    """
    Return one session as it stands at `now`; `lock` needs a transaction.

    :raises NotFound: if there is none, or the viewer does not hold the permission at its site
    """
    session = dosing.session_get(
        viewer=viewer, session_id=session_id, now=now, permission=permission, lock=lock
    )
    return watches_of([session], now=now, with_watchers=with_watchers)[0]


def watches_of(
    sessions: Sequence[DosingSession], *, now: datetime, with_watchers: bool = True
) -> list[Watch]:
    """Return sessions as they stand at `now`. Who asks has been checked where the sessions came from."""
    ids = [session.pk for session in sessions]
    observations = _by_session(
        Observation.objects.filter(session__in=ids)
        .select_related("recorded_by")
        .order_by("observed_at", "recorded_at", "id")
    )
    findings = _by_session(
        Finding.objects.filter(session__in=ids)
        .select_related("acknowledged_by", "observation")
        .order_by("-raised_at", "rule", "id")
    )
    uses = _by_session(DeviceUse.objects.filter(session__in=ids).order_by("ordinal"))
    checks = _by_session(GateCheck.objects.filter(session__in=ids).order_by("at", "recorded_at", "id"))
    watching = watching_of(sessions, now=now) if with_watchers else {}
    return [
        _watch_of(
            session,
            now=now,
            observations=observations[session.pk],
            findings=findings[session.pk],
            uses=uses[session.pk],
            checks=checks[session.pk],
            watching=watching.get(session.pk),
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
    watching: Watching | None,
) -> Watch:
    participant = session.participant
    protocol = protocol_of(participant.protocol_version)
    last_spray_at = last_spray_of(
        SessionState(session.state), (use.second_spray_at or use.first_spray_at for use in uses)
    )
    readings = (*gate_readings(checks, protocol), *(reading_of(entry) for entry in observations))
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
        watching=watching,
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


def last_spray_of(state: SessionState, sprays: Iterable[datetime]) -> datetime | None:
    """Return the last spray. While a device is still to come nobody knows which one that is."""
    if state in (SessionState.CLEARED, SessionState.DOSING):
        return None
    return max(sprays, default=None)


@dataclass(frozen=True, slots=True)
class Answered:
    """What is read of a gate's answer where not the whole row is."""

    gate: str
    outcome: str
    values: Mapping[str, Any]


def gate_readings(checks: Iterable[GateCheck | Answered], protocol: Protocol) -> tuple[Reading, ...]:
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


def watch_version(*, viewer: User, session_id: UUID, now: datetime) -> str:
    """
    Return a mark that changes when anything of a session may look different, for a cheap “nothing new”.

    :raises NotFound: if the session is not there for the viewer
    """
    session = dosing.session_get(viewer=viewer, session_id=session_id, now=now)
    parts = [
        str(viewer.pk),
        str(session.pk),
        session.version,
        minute_of(now, viewer.pk, session.pk),
        Observation.objects.filter(session=session).count(),
        Finding.objects.filter(session=session).aggregate(count=Count("id"), noted=Count("acknowledged_at")),
        WatchChange.objects.filter(session=session).count(),
    ]
    return sha256(repr(parts).encode()).hexdigest()[:32]


def session_site(*, viewer: User, session_id: UUID, now: datetime) -> Site:
    """
    Return the site a session is held at: whose clock its times are read on.

    :raises NotFound: if the session is not there for the viewer
    """
    return dosing.session_get(viewer=viewer, session_id=session_id, now=now).site
