"""The conditions of leaving, one by one: is it met, on what reading, and what would meet it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apps.monitoring.domain.readings import Reading, Values, in_order, latest_of, minutes_between
from apps.studies.domain.protocol import (
    BpBelow,
    CadssResolved,
    DischargeCondition,
    DischargeRule,
    MoaasAtLeast,
    ReadySigned,
    Spo2AtLeast,
)

MEASURE_OF: Mapping[str, str] = {
    "moaas_at_least": "moaas",
    "cadss_resolved": "cadss",
    "bp_below": "bp",
    "spo2_at_least": "spo2",
    "ready_signed": "ready",
}

#: Conditions that rest on the word of the person who signs, not on a reading.
CONFIRMED_KINDS = frozenset({"escort", "no_distressing_event", "instructions_given"})


@dataclass(frozen=True, slots=True)
class Statement:
    """What the person who signs the release states.

    `confirmed`: codes of the conditions they vouch for. `accepted`: an investigator's judgement in place of a limit,
    the code of the condition and the reason; it counts only if `may_accept`.
    """

    confirmed: frozenset[str] = frozenset()
    accepted: Mapping[str, str] = field(default_factory=dict)
    may_accept: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """One condition: met or not, what was found, and what would meet it (empty when met).

    `clears_at` is the minute at which it is met by itself, where waiting is all it takes.
    """

    code: str
    label: str
    kind: str
    met: bool
    found: str = ""
    needed: str = ""
    clears_at: datetime | None = None
    items: tuple[str, ...] = ()
    may_be_accepted: bool = False
    is_accepted: bool = False
    mark: str | None = None

    @property
    def is_confirmed_by_hand(self) -> bool:
        """True for a condition that is met by the signer's word."""
        return self.kind in CONFIRMED_KINDS


def judge_reading(
    condition: DischargeCondition,
    readings: Sequence[Reading],
    *,
    baseline: Values,
    statement: Statement,
    now: datetime,
) -> Verdict:
    """Judge a condition that rests on a reading taken since the first spray and not after `now`.

    Of two readings at the same moment both must satisfy. A value that is too old does not count, nor one never taken.
    """
    measure = MEASURE_OF[condition.kind]
    known = [reading for reading in readings if reading.observed_at <= now]
    latest = latest_of(known, measure)
    goal = _goal(condition, baseline)
    if not latest:
        return _verdict(
            condition, met=False, found="Not recorded since the dose", needed=f"{goal}, in a new reading"
        )
    seen_at = latest[0].observed_at
    age = minutes_between(seen_at, now)
    found = f"{' and '.join(_shown(condition, reading.values) for reading in latest)}, {_age_words(age)}"
    limit = condition.fresh_within_minutes
    if limit is not None and now - seen_at > timedelta(minutes=limit):
        needed = f"{goal}, in a reading at most {limit} minutes old; this one is {age}"
        return _verdict(condition, met=False, found=found, needed=needed)
    before = latest_of([reading for reading in known if reading.observed_at < seen_at], measure)
    if all(_holds(condition, reading.values, before, baseline) for reading in latest):
        return _verdict(condition, met=True, found=found)
    reason = statement.accepted.get(condition.code, "").strip()
    acceptable = isinstance(condition, BpBelow) and condition.investigator_may_accept
    if acceptable and reason and statement.may_accept:
        return _verdict(condition, met=True, found=f"{found}; accepted: {reason}", is_accepted=True)
    extra = ", or an investigator's signed judgement" if acceptable else ""
    needed = f"{_goal(condition, baseline, before)}, in a new reading{extra}"
    return _verdict(condition, met=False, found=found, needed=needed, may_be_accepted=acceptable)


def returned_to_normal(
    measure: str, readings: Sequence[Reading], *, rule: DischargeRule, baseline: Values
) -> bool:
    """Say whether the last value of a measure satisfies its condition of leaving; never taken means it has not.

    A measure on which nothing depends at discharge is back to normal once it was taken.
    """
    latest = latest_of(in_order(readings), measure)
    if not latest:
        return False
    of_this = [condition for condition in rule.conditions if MEASURE_OF.get(condition.kind) == measure]
    return all(within(condition, reading.values, baseline) for condition in of_this for reading in latest)


def _holds(
    condition: DischargeCondition, values: Values, before: Sequence[Reading], baseline: Values
) -> bool:
    return within(condition, values, baseline) and not (
        isinstance(condition, BpBelow) and condition.declining and _is_rising(values, before, baseline)
    )


def within(condition: DischargeCondition, values: Values, baseline: Values) -> bool:
    """Compare with the limits alone. A value that is missing is not within anything."""
    if isinstance(condition, MoaasAtLeast):
        back = condition.or_baseline and _at_least(values.moaas, baseline.moaas)
        return _at_least(values.moaas, condition.value) or back
    if isinstance(condition, CadssResolved):
        back = condition.or_baseline and _at_least(baseline.cadss_total, values.cadss_total)
        return _at_least(condition.at_most, values.cadss_total) or back
    if isinstance(condition, BpBelow):
        return (
            values.sbp is not None
            and values.dbp is not None
            and values.sbp < condition.sbp
            and values.dbp < condition.dbp
        )
    if isinstance(condition, Spo2AtLeast):
        return _at_least(values.spo2, condition.value)
    if isinstance(condition, ReadySigned):
        return values.ready is True
    return False


def _is_rising(values: Values, before: Sequence[Reading], baseline: Values) -> bool:
    """Say whether either pressure stands above the reading before and above the predose value.

    Back at or below the predose value is back to normal, whatever the figure in between was.
    """
    pairs = [(values.sbp, baseline.sbp, [reading.values.sbp for reading in before])]
    pairs.append((values.dbp, baseline.dbp, [reading.values.dbp for reading in before]))
    for figure, predose, earlier in pairs:
        known = [value for value in earlier if value is not None]
        if figure is None or (predose is not None and figure <= predose):
            continue
        if known and figure > max(known):
            return True
    return False


def _at_least(figure: int | None, limit: int | None) -> bool:
    return figure is not None and limit is not None and figure >= limit


def _goal(condition: DischargeCondition, baseline: Values, before: Sequence[Reading] = ()) -> str:
    if isinstance(condition, MoaasAtLeast):
        low = condition.value
        if condition.or_baseline and baseline.moaas is not None:
            low = min(low, baseline.moaas)
        return f"MOAA/S {low}" if low == 5 else f"MOAA/S {low} or more"
    if isinstance(condition, CadssResolved):
        high = condition.at_most
        if condition.or_baseline and baseline.cadss_total is not None:
            high = max(high, baseline.cadss_total)
        return f"CADSS total {high} or less"
    if isinstance(condition, BpBelow):
        declining = " and not above the reading before" if condition.declining else ""
        if condition.declining and before:
            declining += f" ({' and '.join(_shown(condition, reading.values) for reading in before)})"
        return f"Below {condition.sbp}/{condition.dbp} mmHg{declining}"
    if isinstance(condition, Spo2AtLeast):
        return f"SpO₂ {condition.value}% or more"
    return "“Ready to leave” answered with yes"


def _shown(condition: DischargeCondition, values: Values) -> str:
    if isinstance(condition, MoaasAtLeast):
        return f"MOAA/S {values.moaas}"
    if isinstance(condition, CadssResolved):
        return f"CADSS {values.cadss_total}"
    if isinstance(condition, BpBelow):
        return f"{values.sbp}/{values.dbp} mmHg"
    if isinstance(condition, Spo2AtLeast):
        return f"SpO₂ {values.spo2}%"
    return "Ready" if values.ready else "Not ready"


def _age_words(minutes: int) -> str:
    return "just now" if minutes < 1 else f"{minutes} minute{'' if minutes == 1 else 's'} ago"


def _verdict(
    condition: DischargeCondition,
    *,
    met: bool,
    found: str = "",
    needed: str = "",
    may_be_accepted: bool = False,
    is_accepted: bool = False,
) -> Verdict:
    return Verdict(
        code=condition.code,
        label=condition.label,
        kind=condition.kind,
        met=met,
        found=found,
        needed=needed,
        may_be_accepted=may_be_accepted,
        is_accepted=is_accepted,
        mark=condition.mark,
    )
