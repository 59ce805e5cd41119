"""The gates: answered, overridden, and the decision that the dose may be given."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.core.events import publish
from apps.core.exceptions import Invalid, Reason, Refused
from apps.dosing import selectors
from apps.dosing.domain.answers import Answer, BadAnswer, answer_read, answer_write
from apps.dosing.domain.events import ClearingBegins, GateOverridden
from apps.dosing.domain.gates import (
    Check,
    Facts,
    GateOutcome,
    Verdict,
    clearing_reasons,
    judge,
    judge_again,
    override_reasons,
)
from apps.dosing.domain.session import ACTION_WORDS, IllegalTransition, SessionAction, SessionState
from apps.dosing.models import DosingSession, GateCheck
from apps.dosing.services.acts import act_record, step_record
from apps.studies.domain.permissions import Permission
from apps.studies.domain.protocol import Protocol
from apps.studies.domain.protocol.gates import Gate

#: Gates are answered until the first spray.
_BEFORE_THE_DOSE = frozenset({SessionState.CHECKED_IN, SessionState.WITHHELD, SessionState.CLEARED})


class GatesHold(Refused):
    """Gates are unanswered or hold the dose."""

    code = "gates_hold"
    title = "The dose may not be given yet"


@transaction.atomic
def gates_record(
    *, session_id: UUID, answers: Mapping[str, Any], version: int, by: User, at: datetime
) -> DosingSession:
    """
    Answer gates: one, several or all. Each answer is judged and kept; the latest of a gate counts.

    A gate that holds withholds the dose; when the last one that held clears, the session goes back to checking.

    :raises NotFound: if there is no such session at the person's sites
    :raises NotAllowed: if the person may not clear sessions there
    :raises Conflict: if the session changed since it was read
    :raises IllegalTransition: after the first spray
    :raises Invalid: with every fault of every answer, each naming its gate
    """
    session = selectors.session_to_act(
        session_id=session_id, permission=Permission.SESSION_CLEAR, version=version, by=by, at=at
    )
    _before_the_dose(session)
    protocol = selectors.protocol_for(session)
    checks = dict(selectors.gate_checks(session=session, protocol=protocol))
    facts = selectors.gate_facts(participant=session.participant, now=at)
    read = _answers(protocol, answers, checks, at)

    for gate, answer in read:
        verdict = judge(gate, answer, facts, checks.get(gate.code))
        checks[gate.code] = _keep(session, answer, verdict, by=by, at=at)
    _follow(session, protocol, checks, facts, by=by, at=at)
    session.version += 1
    session.save()

    act_record(
        kind="gates.recorded",
        session=session,
        by=by,
        at=at,
        detail={gate.code: checks[gate.code].outcome.value for gate, _ in read},
    )
    return session


@transaction.atomic
def gate_override(
    *, session_id: UUID, gate: str, reason: str, version: int, by: User, at: datetime
) -> DosingSession:
    """
    Let the dose go on against a gate that holds, where the protocol allows it. Signed before by the person.

    :raises NotFound: if there is no such session at the person's sites
    :raises NotAllowed: if the person is no investigator there
    :raises Conflict: if the session changed since it was read
    :raises IllegalTransition: after the first spray
    :raises GatesHold: with every ground: no such gate, the protocol forbids it, it does not hold, no reason
    """
    session = selectors.session_to_act(
        session_id=session_id, permission=Permission.GATE_OVERRIDE, version=version, by=by, at=at
    )
    _before_the_dose(session)
    protocol = selectors.protocol_for(session)
    found = next((entry for entry in protocol.gates if entry.code == gate), None)
    if found is None:
        raise GatesHold(Reason("no_such_gate", "The protocol has no such gate.", "gate"))
    checks = dict(selectors.gate_checks(session=session, protocol=protocol))
    facts = selectors.gate_facts(participant=session.participant, now=at)
    earlier = checks.get(gate)
    held = judge_again(found, earlier, facts) if earlier else None
    if grounds := override_reasons(found, held, reason):
        raise GatesHold.because(grounds)
    assert earlier is not None
    assert held is not None

    verdict = Verdict(gate, GateOutcome.OVERRIDDEN, held.message)
    row = _write(session, earlier.answer, verdict, by=by, at=at, reason=reason.strip())
    checks[gate] = Check(gate, earlier.answer, verdict.outcome, verdict.message, verdict.clears_at)
    _follow(session, protocol, checks, facts, by=by, at=at)
    session.version += 1
    session.save()

    act_record(
        kind="gate.overridden", session=session, by=by, at=at, reason=reason.strip(), detail={"gate": gate}
    )
    publish(
        GateOverridden(
            participant_id=session.participant_id,
            session_id=session.pk,
            check_id=row.pk,
            gate=gate,
            label=found.label,
            held=held.message,
            reason=reason.strip(),
            by=by,
            at=at,
        )
    )
    return session


@transaction.atomic
def session_clear(*, session_id: UUID, version: int, by: User, at: datetime) -> DosingSession:
    """
    Decide that the dose may be given: every gate answered and none holding at this moment.

    Intervals that ran out since they were answered count as passed from that minute on.

    :raises NotFound: if there is no such session at the person's sites
    :raises NotAllowed: if the person may not clear sessions there
    :raises Conflict: if the session changed since it was read
    :raises IllegalTransition: if the session is cleared or past it
    :raises GatesHold: with every gate unanswered or holding, and when each clears
    :raises Refused: if a reaction has something against it, such as nobody to watch
    """
    session = selectors.session_to_act(
        session_id=session_id, permission=Permission.SESSION_CLEAR, version=version, by=by, at=at
    )
    if SessionState(session.state) not in (SessionState.CHECKED_IN, SessionState.WITHHELD):
        _refuse_step(session, SessionAction.CLEAR)
    protocol = selectors.protocol_for(session)
    checks = dict(selectors.gate_checks(session=session, protocol=protocol))
    facts = selectors.gate_facts(participant=session.participant, now=at)
    grounds = (
        *selectors.in_trial_reasons(session.participant),
        *clearing_reasons(protocol.gates, checks, facts),
    )
    if grounds:
        raise GatesHold.because(grounds)
    publish(ClearingBegins(session.participant_id, session.pk, by=by, at=at))

    for gate in protocol.gates:
        verdict = judge_again(gate, checks[gate.code], facts)
        if verdict.outcome is not checks[gate.code].outcome:
            checks[gate.code] = _keep(session, checks[gate.code].answer, verdict, by=by, at=at)
    if session.state == SessionState.WITHHELD.value:
        step_record(session=session, action=SessionAction.RECHECK, by=by, at=at)
        session.version += 1
        session.save()
    warned = [code for code, check in checks.items() if check.outcome is not GateOutcome.PASSED]
    step_record(
        session=session,
        action=SessionAction.CLEAR,
        by=by,
        at=at,
        detail={"not_plainly_passed": sorted(warned)},
    )
    session.version += 1
    session.save()
    return session


def _answers(
    protocol: Protocol, given: Mapping[str, Any], checks: Mapping[str, Check], at: datetime
) -> list[tuple[Gate, Answer]]:
    gates = {gate.code: gate for gate in protocol.gates}
    read, faults = [], []
    if not given:
        faults.append(Reason("no_answer", "Answer at least one gate.", "answers"))
    for code, raw in given.items():
        gate = gates.get(code)
        if gate is None:
            faults.append(Reason("no_such_gate", "The protocol has no such gate.", str(code)[:40]))
            continue
        earlier = checks.get(code)
        try:
            read.append((gate, answer_read(gate, raw, now=at, earlier=earlier.answer if earlier else None)))
        except BadAnswer as fault:
            faults += fault.reasons
    if faults:
        raise Invalid.because(faults)
    return read


def _keep(session: DosingSession, answer: Answer, verdict: Verdict, *, by: User, at: datetime) -> Check:
    _write(session, answer, verdict, by=by, at=at)
    return Check(verdict.gate, answer, verdict.outcome, verdict.message, verdict.clears_at)


def _write(
    session: DosingSession, answer: Answer, verdict: Verdict, *, by: User, at: datetime, reason: str = ""
) -> GateCheck:
    return GateCheck.objects.create(
        session=session,
        gate=verdict.gate,
        values=answer_write(answer),
        outcome=verdict.outcome.value,
        message=verdict.message[:300],
        clears_at=verdict.clears_at,
        reason=reason,
        session_version=session.version + 1,
        at=at,
        recorded_at=at,
        recorded_by=by,
    )


def _follow(
    session: DosingSession,
    protocol: Protocol,
    checks: Mapping[str, Check],
    facts: Facts,
    *,
    by: User,
    at: datetime,
) -> None:
    """Let the session's state follow its gates: withheld while one holds, checking again when none does."""
    holding = [
        gate.code
        for gate in protocol.gates
        if gate.code in checks and judge_again(gate, checks[gate.code], facts).outcome is GateOutcome.HELD
    ]
    state = SessionState(session.state)
    if holding and state is not SessionState.WITHHELD:
        step_record(session=session, action=SessionAction.WITHHOLD, by=by, at=at, detail={"gates": holding})
    elif not holding and state is SessionState.WITHHELD:
        step_record(session=session, action=SessionAction.RECHECK, by=by, at=at)


def _before_the_dose(session: DosingSession) -> None:
    if SessionState(session.state) not in _BEFORE_THE_DOSE:
        _refuse_step(session, SessionAction.RECHECK)


def _refuse_step(session: DosingSession, action: SessionAction) -> None:
    state = session.state.replace("_", " ").lower()
    raise IllegalTransition(
        Reason(
            "illegal_transition",
            f"A session that is {state} cannot take the step “{ACTION_WORDS[action]}”.",
        )
    )
