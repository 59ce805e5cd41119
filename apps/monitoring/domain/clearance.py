"""May this participant leave? The only place where the proof of it is made.

The least time of observation is counted to the second: 119 minutes and 59 seconds are not 120 minutes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil
from typing import Any
from uuid import UUID

from apps.dosing.domain.session import DischargeClearance
from apps.monitoring.domain.conditions import CONFIRMED_KINDS, MEASURE_OF, Statement, Verdict, judge_reading
from apps.monitoring.domain.findings import OpenFinding
from apps.monitoring.domain.readings import Reading, Values, after_dose, minutes_between
from apps.studies.domain.protocol import DischargeCondition, DischargeRule, InstructionsGiven, NoUrgentFinding

TIME = "TIME"


@dataclass(frozen=True, slots=True)
class NotYet:
    """The participant stays: every condition that is not met, with what would meet it."""

    reasons: tuple[Verdict, ...]


def assess(
    *,
    rule: DischargeRule,
    readings: Sequence[Reading],
    baseline: Values,
    findings: Sequence[OpenFinding],
    dosed_at: datetime | None,
    last_spray_at: datetime | None,
    statement: Statement,
    now: datetime,
) -> tuple[Verdict, ...]:
    """Judge every condition of leaving, the least time first, in the order of the protocol."""
    since = after_dose(readings, dosed_at)
    verdicts = [_time(rule, dosed_at=dosed_at, last_spray_at=last_spray_at, now=now)]
    for condition in rule.conditions:
        if condition.kind in MEASURE_OF:
            verdicts.append(judge_reading(condition, since, baseline=baseline, statement=statement, now=now))
        elif isinstance(condition, NoUrgentFinding):
            verdicts.append(_no_finding(condition, findings))
        else:
            verdicts.append(_confirmed(condition, statement))
    return tuple(verdicts)


def clearance(
    *,
    session_id: UUID,
    rule: DischargeRule,
    readings: Sequence[Reading],
    baseline: Values,
    findings: Sequence[OpenFinding],
    dosed_at: datetime | None,
    last_spray_at: datetime | None,
    statement: Statement,
    now: datetime,
) -> DischargeClearance | NotYet:
    """Return the proof that the participant may leave, or everything that stands against it."""
    verdicts = assess(
        rule=rule,
        readings=readings,
        baseline=baseline,
        findings=findings,
        dosed_at=dosed_at,
        last_spray_at=last_spray_at,
        statement=statement,
        now=now,
    )
    unmet = tuple(verdict for verdict in verdicts if not verdict.met)
    if unmet or dosed_at is None:
        return NotYet(unmet)
    return DischargeClearance(
        session_id=session_id,
        cleared_at=now,
        minutes_observed=minutes_between(dosed_at, now),
        observation_count=len(after_dose(readings, dosed_at)),
        rule_digest=rule_digest(rule),
    )


def rule_digest(rule: DischargeRule) -> str:
    """Return the SHA-256 of the rule as the protocol writes it, so that a release names the rule it obeyed."""
    return sha256(rule.model_dump_json(by_alias=True).encode()).hexdigest()


def conditions_kept(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Return every condition as a release keeps it: what was found, and what was lacking where it did not hold."""
    return [
        {
            "code": verdict.code,
            "label": verdict.label,
            "met": verdict.met,
            "found": verdict.found,
            "needed": verdict.needed,
            "accepted": verdict.is_accepted,
        }
        for verdict in verdicts
    ]


def ready_minute(readings: Sequence[Reading], dosed_at: datetime | None) -> int | None:
    """Return the minute of the first “ready”: when the participant could have left, were there no least time."""
    if dosed_at is None:
        return None
    for reading in after_dose(readings, dosed_at):
        if reading.values.ready:
            return minutes_between(dosed_at, reading.observed_at)
    return None


def _time(
    rule: DischargeRule, *, dosed_at: datetime | None, last_spray_at: datetime | None, now: datetime
) -> Verdict:
    from_last = rule.from_ == "last_spray"
    anchor = last_spray_at if from_last else dosed_at
    since = "the last spray" if from_last else "the first spray"
    label = f"Observed for {rule.min_minutes} minutes since {since}"
    if anchor is None:
        return Verdict(
            TIME,
            label,
            TIME,
            met=False,
            found="No spray yet",
            needed=f"{rule.min_minutes} minutes after {since}",
        )
    least = timedelta(minutes=rule.min_minutes)
    found = f"{minutes_between(anchor, now)} minutes"
    if now - anchor >= least:
        return Verdict(TIME, label, TIME, met=True, found=found, mark=rule.mark)
    left = ceil((least - (now - anchor)) / timedelta(minutes=1))
    needed = f"{left} more minute{'' if left == 1 else 's'}"
    return Verdict(
        TIME, label, TIME, met=False, found=found, needed=needed, clears_at=anchor + least, mark=rule.mark
    )


def _no_finding(condition: NoUrgentFinding, findings: Sequence[OpenFinding]) -> Verdict:
    standing = [finding for finding in findings if finding.severity in condition.severities]
    if not standing:
        return Verdict(
            condition.code, condition.label, condition.kind, met=True, found="None open", mark=condition.mark
        )
    names = sorted({finding.label for finding in standing})
    return Verdict(
        condition.code,
        condition.label,
        condition.kind,
        met=False,
        found="Open: " + "; ".join(names),
        needed="A later reading that ends it",
        mark=condition.mark,
    )


def _confirmed(condition: DischargeCondition, statement: Statement) -> Verdict:
    assert condition.kind in CONFIRMED_KINDS  # every kind of condition is of one of the three sorts
    met = condition.code in statement.confirmed
    return Verdict(
        condition.code,
        condition.label,
        condition.kind,
        met=met,
        found="Confirmed" if met else "",
        needed="" if met else "To be confirmed by the person who signs",
        items=condition.items if isinstance(condition, InstructionsGiven) else (),
        mark=condition.mark,
    )
