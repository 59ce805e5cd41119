"""Leaving before every condition holds: an investigator's decision, never an escape from counting the conditions.

A person who wants to go cannot be held. The record keeps what did not hold, for which of the protocol's categories and
why; what the protocol names as never to be overridden for that category keeps the participant all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.core.exceptions import Reason
from apps.dosing.domain.session import EarlyClearance
from apps.monitoring.domain.clearance import rule_digest
from apps.monitoring.domain.conditions import Verdict
from apps.monitoring.domain.readings import Reading, after_dose, minutes_between
from apps.studies.domain.protocol import DischargeRule, EarlyCategory

REASON_LENGTH = 1000


@dataclass(frozen=True, slots=True)
class Kept:
    """The participant stays: every ground against leaving early."""

    reasons: tuple[Reason, ...]


def category_of(rule: DischargeRule, code: str) -> EarlyCategory | None:
    """Return the category of this code, if the protocol has it."""
    categories = rule.early.categories if rule.early is not None else ()
    return next((category for category in categories if category.code == code), None)


def early_clearance(
    *,
    session_id: UUID,
    rule: DischargeRule,
    verdicts: Sequence[Verdict],
    readings: Sequence[Reading],
    category: str,
    reason: str,
    dosed_at: datetime | None,
    now: datetime,
) -> EarlyClearance | Kept:
    """Return the proof that the participant may go early at `now`, or every ground against it."""
    unmet = [verdict for verdict in verdicts if not verdict.met]
    found = category_of(rule, category)
    reasons: list[Reason] = []
    if rule.early is None:
        reasons.append(
            Reason("no_early_release", "This protocol lets nobody leave before every condition holds.")
        )
    elif found is None:
        reasons.append(Reason("unknown_category", "Choose what the early release is for.", "category"))
    if not reason.strip():
        reasons.append(Reason("reason_missing", "Say why the participant leaves early.", "reason"))
    elif len(reason) > REASON_LENGTH:
        reasons.append(Reason("too_long", f"At most {REASON_LENGTH} characters.", "reason"))
    if not unmet:
        reasons.append(Reason("nothing_unmet", "Every condition holds: release in the ordinary way."))
    if found is not None:
        reasons += [
            Reason(
                "never_overridden",
                f"{verdict.label}: {verdict.found or verdict.needed}. "
                f"“{found.label}” cannot stand against this.",
                verdict.code,
            )
            for verdict in unmet
            if verdict.code in found.never
        ]
    if reasons or dosed_at is None:
        return Kept(tuple(reasons))
    return EarlyClearance(
        session_id=session_id,
        cleared_at=now,
        minutes_observed=minutes_between(dosed_at, now),
        observation_count=len(after_dose(readings, dosed_at)),
        rule_digest=rule_digest(rule),
        category=category,
        reason=reason.strip(),
        unmet=tuple(verdict.code for verdict in unmet),
    )
