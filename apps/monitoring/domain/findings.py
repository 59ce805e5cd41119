"""What the escalation rules of the protocol find in a reading, what they call for, and when a finding is over.

Rules E1 to E13 of the observation plan are data. A fact that was not measured leaves a rule undecided, and an
undecided rule finds nothing and ends nothing: no value is assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from apps.monitoring.domain.readings import MEASURE_OF_FACT, SIGNS, Reading, Values
from apps.studies.domain.protocol import EscalationRule, Facts, FactValue, evaluate
from apps.studies.domain.rules import facts_of as facts_named_in

#: Rule code of the finding raised for a mandatory slot nobody recorded.
OVERDUE = "OVERDUE"

SEVERITIES = ("info", "watch", "urgent", "emergency")


@dataclass(frozen=True, slots=True)
class Raised:
    """One finding: what, how grave, what the protocol says to do, who is told, and when to look again."""

    rule: str
    label: str
    severity: str
    message: str
    action: str
    notify: tuple[str, ...]
    recheck_at: datetime | None
    event_of_interest: str = ""


@dataclass(frozen=True, slots=True)
class OpenFinding:
    """A finding on record that no later reading has ended."""

    rule: str
    label: str
    severity: str
    raised_at: datetime
    recheck_at: datetime | None
    recheck_measures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """A finding on record: the rule, and when the reading behind it was taken."""

    rule: str
    observed_at: datetime


def reading_facts(values: Values, *, baseline: Values, minute: int | None, age_years: int | None) -> Facts:
    """Return what the rules may ask of a reading (keys of `studies.domain.readings`); None where it is not known.

    A rise is the value minus the predose value of this session, and unknown where either is missing. Before the dose
    (`minute` None) there is no rise yet, only another predose value.
    """
    if minute is None:
        baseline = Values()
    facts: dict[str, FactValue] = {
        "minutes": minute,
        "age_years": age_years,
        "sbp": values.sbp,
        "dbp": values.dbp,
        "hr": values.hr,
        "rr": values.rr,
        "temp": values.temp_c,
        "spo2": values.spo2,
        "moaas": values.moaas,
        "cadss_total": values.cadss_total,
        "bprs_total": values.bprs_total,
        "cssrs_ideation": values.cssrs_ideation,
        "sbp_rise": _rise(values.sbp, baseline.sbp),
        "dbp_rise": _rise(values.dbp, baseline.dbp),
        "cadss_rise": _rise(values.cadss_total, baseline.cadss_total),
        "bprs_rise": _rise(values.bprs_total, baseline.bprs_total),
    }
    return facts | {sign: getattr(values, sign) for sign in SIGNS}


def judge(
    reading: Reading,
    rules: Sequence[EscalationRule],
    *,
    baseline: Values,
    minute: int | None,
    age_years: int | None = None,
) -> tuple[Raised, ...]:
    """Return what the rules find in one reading, in the order of the protocol.

    `minute` counts from the first spray, None before it; `recheck_at` counts from the reading.
    """
    facts = reading_facts(reading.values, baseline=baseline, minute=minute, age_years=age_years)
    return tuple(
        Raised(
            rule=rule.code,
            label=rule.label,
            severity=rule.severity,
            message=_message(rule, facts, minute),
            action=rule.action,
            notify=tuple(rule.notify),
            recheck_at=_recheck(rule, reading.observed_at),
            event_of_interest=rule.event_of_interest,
        )
        for rule in rules
        if evaluate(rule.trigger, facts) is True
    )


def still_open(
    known: Sequence[Known],
    readings: Sequence[Reading],
    rules: Sequence[EscalationRule],
    *,
    baseline: Values,
    minute_of: Callable[[Reading], int | None],
    age_years: int | None = None,
) -> tuple[OpenFinding, ...]:
    """Return the findings no later reading has ended, the gravest first and of one rule only the latest.

    A finding is over when a later reading satisfies `until`; without `until`, when one is decided and does not
    trigger. Findings of no rule of the protocol (an overdue slot) are not conditions of the participant and not here.
    While one is open, the next look is due so many minutes after the last one that looked at the same measures.
    """
    by_code = {rule.code: rule for rule in rules}
    latest: dict[str, Known] = {}
    for finding in sorted(known, key=lambda entry: entry.observed_at):
        if finding.rule in by_code:
            latest[finding.rule] = finding
    found = []
    for finding in latest.values():
        rule = by_code[finding.rule]
        later = [reading for reading in readings if reading.observed_at > finding.observed_at]
        facts = [
            reading_facts(reading.values, baseline=baseline, minute=minute_of(reading), age_years=age_years)
            for reading in later
        ]
        if any(_ends(rule, entry) for entry in facts):
            continue
        measures = measures_of(rule)
        looks = [reading.observed_at for reading in later if set(measures) & reading.values.measures]
        found.append(
            OpenFinding(
                rule=rule.code,
                label=rule.label,
                severity=rule.severity,
                raised_at=finding.observed_at,
                recheck_at=_recheck(rule, max(looks, default=finding.observed_at)),
                recheck_measures=measures,
            )
        )
    return tuple(sorted(found, key=lambda entry: (-SEVERITIES.index(entry.severity), entry.raised_at)))


def measures_of(rule: EscalationRule) -> tuple[str, ...]:
    """Return the measures that tell whether a rule's finding is over."""
    facts = facts_named_in(rule.trigger) | (
        facts_named_in(rule.until) if rule.until is not None else frozenset()
    )
    return tuple(sorted({MEASURE_OF_FACT[fact] for fact in facts if fact in MEASURE_OF_FACT}))


def _ends(rule: EscalationRule, facts: Facts) -> bool:
    if evaluate(rule.trigger, facts) is True:
        return False
    if rule.until is not None:
        return evaluate(rule.until, facts) is True
    return evaluate(rule.trigger, facts) is False


def _recheck(rule: EscalationRule, observed_at: datetime) -> datetime | None:
    return None if rule.recheck_minutes is None else observed_at + timedelta(minutes=rule.recheck_minutes)


def _rise(value: int | None, predose: int | None) -> int | None:
    return None if value is None or predose is None else value - predose


#: How a fact reads in a finding's message; pressures and their rises are read in pairs.
_WORDS: Mapping[str, str] = {
    "hr": "heart rate {}",
    "rr": "respiratory rate {}",
    "temp": "{} °C",
    "spo2": "SpO₂ {}%",
    "moaas": "MOAA/S {}",
    "cadss_total": "CADSS {}",
    "cadss_rise": "{:+d} from predose",
    "bprs_total": "BPRS {}",
    "bprs_rise": "BPRS {:+d} from predose",
    "cssrs_ideation": "C-SSRS ideation {}",
}
_PAIRS: tuple[tuple[str, str, str], ...] = (
    ("sbp", "dbp", "{}/{} mmHg"),
    ("sbp_rise", "dbp_rise", "{:+d}/{:+d} mmHg from predose"),
)


def _message(rule: EscalationRule, facts: Facts, minute: int | None) -> str:
    """Return the label and the values the trigger rests on, as entered."""
    asked = facts_named_in(rule.trigger)
    parts = []
    for upper, lower, words in _PAIRS:
        pair = facts.get(upper), facts.get(lower)
        if asked & {upper, lower} and all(isinstance(value, int) for value in pair):
            parts.append(words.format(*pair))
    for key, words in _WORDS.items():
        value = facts.get(key)
        if key in asked and isinstance(value, (int, Decimal)):
            parts.append(words.format(value))
    parts += [words for key, words in _SIGN_WORDS.items() if key in asked and facts.get(key) is True]
    when = "before the dose" if minute is None else f"at {minute} min"
    return f"{rule.label}: {', '.join(parts)} {when}" if parts else f"{rule.label} {when}"


_SIGN_WORDS: Mapping[str, str] = {
    "crisis_symptom": "symptom of a crisis seen",
    "apnoea": "pauses in breathing seen",
    "dose_disturbed": "vomiting or sneeze during dosing",
    "cssrs_behavior": "suicidal behavior",
}
