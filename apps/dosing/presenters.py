"""Values for the session page: its steps in order, each with its state, its controls and why it waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import NoReverseMatch, reverse

from apps.accounts.models import User
from apps.dosing import selectors
from apps.dosing.domain.devices import next_device_at
from apps.dosing.domain.gates import Check, Facts, GateOutcome, clearing_reasons, judge_again
from apps.dosing.domain.measures import possible
from apps.dosing.domain.session import FINAL_STATES, SessionState
from apps.dosing.models import DeviceUse, DosingSession
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.domain.protocol import Protocol
from apps.studies.domain.protocol.gates import (
    BloodPressureGate,
    ConfirmationGate,
    Gate,
    IntervalSinceGate,
    MinimumGate,
    ScoreBelowGate,
)
from apps.studies.domain.readings import READING_KEYS
from apps.supply.models import Kit

_ACTS = (
    Permission.SESSION_CLEAR,
    Permission.GATE_OVERRIDE,
    Permission.DOSE_REQUEST,
    Permission.DOSE_GIVE,
    Permission.SESSION_STOP,
    Permission.ADVERSE_EVENT_RECORD,
)
_BEFORE = frozenset({SessionState.CHECKED_IN, SessionState.WITHHELD, SessionState.CLEARED})
_OUTCOME_WORDS = {
    "COMPLETE": ("Complete", "good"),
    "PARTIAL": ("Partial", "caution"),
    "SNEEZED": ("Sneezed", "caution"),
    "FAILED": ("Failed", "danger"),
}
_ACTION_WORDS = {
    "CHECK_IN": "Checked in",
    "WITHHOLD": "Dose withheld",
    "RECHECK": "Checking again",
    "CLEAR": "Cleared to dose",
    "SPRAY": "Device sprayed",
    "COMPLETE_DOSE": "Dose ended",
    "DISCHARGE": "Discharged",
    "RELEASE_EARLY": "Released early",
    "STOP": "Stopped",
}
_SMALL_SCALE = 6


@dataclass(frozen=True, slots=True)
class GateRow:
    """One gate as the page shows it: the control while open, the answer's outcome and when it clears."""

    code: str
    name: str
    label: str
    kind: str
    statement: str
    unit: str
    low: int
    high: int
    options: tuple[int, ...]
    span: str
    mark: str
    outcome: str
    message: str
    clears_at: datetime | None
    answered: bool
    may_correct: bool
    override_url: str | None


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One device of the session. `state`: done, open, next, resting, waiting."""

    ordinal: int
    kit: Kit | None
    use: DeviceUse | None
    state: str
    word: str
    tone: str
    ready_at: datetime | None


def page(
    *, session: DosingSession, viewer: User, now: datetime, typed: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return everything the session page shows. `typed`: what a refused form held, shown again."""
    protocol = selectors.protocol_for(session)
    held = {
        permission
        for permission in _ACTS
        if access.can(user=viewer, permission=permission, site_id=session.site_id, now=now)
    }
    state = SessionState(session.state)
    checks = selectors.gate_checks(session=session, protocol=protocol)
    facts = selectors.gate_facts(participant=session.participant, now=now)
    rows = [
        _gate(gate, checks.get(gate.code), session=session, facts=facts, held=held) for gate in protocol.gates
    ]
    waiting = clearing_reasons(protocol.gates, checks, facts)
    before = state in _BEFORE
    options = selectors.dose_choices(session=session, protocol=protocol)
    may_ask = Permission.DOSE_REQUEST in held or (options.is_decided and Permission.DOSE_GIVE in held)
    devices = _devices(session, protocol, now=now)
    return {
        "session": session,
        "participant": session.participant,
        "zone": session.site.time_zone,
        "asked_at": now,
        "before": before,
        "over": state in FINAL_STATES,
        "typed": typed or {},
        "groups": _groups(rows),
        "answered": [row for row in rows if row.answered],
        "open_count": sum(not row.answered for row in rows),
        "held_count": sum(row.outcome == GateOutcome.HELD.value for row in rows),
        "gates_total": len(rows),
        "gates_open": before and state is not SessionState.CLEARED,
        "all_clear_at": _all_clear_at(rows),
        "may_clear": Permission.SESSION_CLEAR in held and before,
        "can_clear_now": state in (SessionState.CHECKED_IN, SessionState.WITHHELD) and not waiting,
        "options": options,
        "devices_planned": selectors.devices_planned(session=session, protocol=protocol),
        "kits": selectors.kits_planned(session=session) if session.dose_requested_at else (),
        "may_ask": may_ask and before and session.dose_requested_at is None,
        "devices": devices,
        "gap_minutes": protocol.devices.gap_minutes,
        "may_give": Permission.DOSE_GIVE in held,
        "may_stop": Permission.SESSION_STOP in held and (before or state is SessionState.DOSING),
        "troubles": [(code, word) for code, (word, _) in _OUTCOME_WORDS.items() if code != "COMPLETE"],
        "any_open": any(row.state == "open" for row in devices),
        "steps": _steps(session, state, waiting=bool(waiting)),
        "watch_url": link("monitoring:watch", session.pk),
        "event_url": _event_url(session) if Permission.ADVERSE_EVENT_RECORD in held else None,
        "history": _history(session),
    }


def session_values(*, session: DosingSession, now: datetime) -> dict[str, Any]:
    """Return a session with its gates, open doses, kits and devices, as the API speaks of it."""
    protocol = selectors.protocol_for(session)
    checks = selectors.gate_checks(session=session, protocol=protocol)
    facts = selectors.gate_facts(participant=session.participant, now=now)
    options = selectors.dose_choices(session=session, protocol=protocol)
    uses = selectors.device_uses(session=session)
    gates = []
    for gate in protocol.gates:
        check = checks.get(gate.code)
        verdict = judge_again(gate, check, facts) if check else None
        gates.append(
            {
                "gate": gate.code,
                "label": gate.label,
                "outcome": verdict.outcome.value if verdict else None,
                "message": verdict.message if verdict else "",
                "clears_at": verdict.clears_at if verdict else None,
            }
        )
    columns = (
        "id",
        "visit_id",
        "visit",
        "participant_id",
        "participant",
        "site",
        "state",
        "chair",
        "dose_mg",
    )
    moments = ("checked_in_at", "dosed_at", "ended_at", "version")
    return {
        **{name: getattr(session, name) for name in (*columns, *moments)},
        "gates": gates,
        "doses_open": list(options.allowed),
        "dose_is_fixed": options.is_fixed,
        "devices_planned": selectors.devices_planned(session=session, protocol=protocol),
        "next_device_at": next_device_at(selectors.uses_as_values(uses), protocol.devices.gap_minutes),
        "kits": selectors.kits_planned(session=session),
        "devices": uses,
    }


def check_in_page(*, visit: Any, now: datetime, reasons: Any) -> dict[str, Any]:
    """Return what the check-in page shows: the chairs, and every ground against."""
    site = visit.participant.site
    return {
        "visit": visit,
        "participant": visit.participant,
        "reasons": reasons,
        "chairs": selectors.chairs_free(site=site),
        "taken": site.chairs - len(selectors.chairs_free(site=site)),
        "chosen": visit.chair,
        "asked_at": now,
    }


def link(name: str, *arguments: object) -> str | None:
    """Return the address of a page, or None while no app provides it."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return None


def _event_url(session: DosingSession) -> str | None:
    url = link("safety:new", session.participant_id)
    return f"{url}?session={session.pk}" if url else None


def _gate(
    gate: Gate, check: Check | None, *, session: DosingSession, facts: Facts, held: set[Permission]
) -> GateRow:
    verdict = judge_again(gate, check, facts) if check else None
    holds = verdict is not None and verdict.outcome is GateOutcome.HELD
    low, high = possible(gate.measure) if isinstance(gate, MinimumGate | ScoreBelowGate) else (0, 0)
    small = isinstance(gate, MinimumGate | ScoreBelowGate) and high - low < _SMALL_SCALE
    may_override = holds and gate.override == "investigator" and Permission.GATE_OVERRIDE in held
    return GateRow(
        code=gate.code,
        name=f"gate-{gate.code}",
        label=gate.label,
        kind=gate.kind,
        statement=_asked(gate, facts),
        unit=gate.unit if isinstance(gate, MinimumGate) else "",
        low=low,
        high=high,
        options=tuple(range(low, high + 1)) if small else (),
        span=_span(gate.minimum_minutes) if isinstance(gate, IntervalSinceGate) else "",
        mark=gate.mark or "",
        outcome=verdict.outcome.value if verdict else "",
        message=verdict.message if verdict else "",
        clears_at=verdict.clears_at if verdict and holds else None,
        answered=check is not None,
        may_correct=check is not None and isinstance(gate, BloodPressureGate | MinimumGate),
        override_url=reverse("dosing:override", args=[session.pk, gate.code]) if may_override else None,
    )


def _asked(gate: Gate, facts: Facts) -> str:
    """Return what is asked, and the limit it is held against, in words."""
    if isinstance(gate, ConfirmationGate):
        return gate.statement
    if isinstance(gate, BloodPressureGate):
        limits = f"{gate.sbp_max.at(facts.age_years):g}/{gate.dbp_max.at(facts.age_years):g}"
        return f"At or below {limits} mmHg at {facts.age_years} years."
    if isinstance(gate, MinimumGate):
        return f"{_sentence(READING_KEYS.get(gate.measure, gate.measure))}; at least {gate.minimum:g}{gate.unit}."
    if isinstance(gate, ScoreBelowGate):
        return f"{_sentence(READING_KEYS.get(gate.measure, gate.measure))}; below {gate.below:g}."
    return ""


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _span(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{hours} h" if rest == 0 else f"{minutes} min"


_GROUPS = (
    ("Measured", ("blood_pressure", "minimum", "score_below")),
    ("When was it last?", ("interval_since",)),
    ("Confirmed", ("confirmation",)),
)


def _groups(rows: list[GateRow]) -> list[dict[str, Any]]:
    """Return the gates by kind of question, in the protocol's order within."""
    return [
        {"title": title, "rows": found}
        for title, kinds in _GROUPS
        if (found := [row for row in rows if row.kind in kinds])
    ]


def _all_clear_at(rows: list[GateRow]) -> datetime | None:
    """Return when the last held interval runs out; None when something holds that time does not heal."""
    held = [row for row in rows if row.outcome == GateOutcome.HELD.value]
    if not held or any(row.kind != "interval_since" or row.clears_at is None for row in held):
        return None
    return max(row.clears_at for row in held if row.clears_at is not None)


def _devices(session: DosingSession, protocol: Protocol, *, now: datetime) -> list[DeviceRow]:
    uses = selectors.device_uses(session=session)
    kits = {kit.position: kit for kit in selectors.kits_planned(session=session)}
    ready_at = next_device_at(selectors.uses_as_values(uses), protocol.devices.gap_minutes)
    dosing = session.state in (SessionState.CLEARED.value, SessionState.DOSING.value)
    rows = []
    for ordinal in range(1, selectors.devices_planned(session=session, protocol=protocol) + 1):
        use = next((entry for entry in uses if entry.ordinal == ordinal), None)
        kit = use.kit if use else kits.get(ordinal)
        if use is not None and use.outcome:
            word, tone = _OUTCOME_WORDS[use.outcome]
            rows.append(DeviceRow(ordinal, kit, use, "done", word, tone, None))
        elif use is not None:
            rows.append(DeviceRow(ordinal, kit, use, "open", "Second spray", "info", None))
        elif not dosing:
            left_out = SessionState(session.state) not in _BEFORE
            word = "Not given" if left_out else "Waits"
            rows.append(DeviceRow(ordinal, kit, None, "waiting", word, "neutral", None))
        elif ordinal == len(uses) + 1 and all(entry.outcome for entry in uses):
            resting = ready_at is not None and now < ready_at
            word, tone = ("Rest", "caution") if resting else ("Next", "info")
            rows.append(DeviceRow(ordinal, kit, None, "resting" if resting else "next", word, tone, ready_at))
        else:
            rows.append(DeviceRow(ordinal, kit, None, "waiting", "Waits", "neutral", None))
    return rows


def _steps(session: DosingSession, state: SessionState, *, waiting: bool) -> list[dict[str, str]]:
    """Return the steps of the session as task list entries: where it stands at a glance."""
    sprayed = session.dosed_at is not None
    stopped = state is SessionState.STOPPED
    gates = (
        "done"
        if sprayed or state is SessionState.CLEARED
        else "withheld"
        if state is SessionState.WITHHELD
        else "in_progress"
    )
    dose = "done" if session.dose_requested_at else "open"
    devices = "done" if sprayed and state is not SessionState.DOSING else "in_progress" if sprayed else "open"
    if not sprayed and state is not SessionState.CLEARED:
        devices = "cannot_start"
    hours = {SessionState.OBSERVING: "in_progress", SessionState.DISCHARGED: "done"}.get(
        state, "cannot_start"
    )
    if state is SessionState.DOSING:
        hours = "in_progress"
    rows = [
        ("Check-in", "done", "check-in"),
        ("Gates", "skipped" if stopped and waiting else gates, "gates"),
        ("Dose", dose if not stopped or session.dose_requested_at else "skipped", "dose"),
        ("Devices", "skipped" if stopped else devices, "devices"),
        ("Two hours", "skipped" if stopped else hours, "hours"),
    ]
    return [{"title": title, "status": status, "url": f"#{anchor}"} for title, status, anchor in rows]


def _history(session: DosingSession) -> list[dict[str, Any]]:
    """Return the steps taken, newest first, as timeline entries."""
    return [
        {
            "at": step.at,
            "title": _ACTION_WORDS.get(step.action, step.action),
            "by": step.recorded_by.get_full_name(),
            "body": step.reason,
            "status": step.to_state,
        }
        for step in reversed(list(selectors.transitions_of(session=session)))
    ]
