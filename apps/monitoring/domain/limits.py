"""The limits a protocol sets, read from its escalation rules: for the bands of charts, and to ask for a second look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from apps.studies.domain.protocol import EscalationRule, ObservationPlan
from apps.studies.domain.rules import AgeLimit, All, AnyOf, Compare, Rule

#: Facts of the rules that are figures somebody types, by the name of the value. Tenths of a degree, else whole numbers.
TYPED = {"sbp": "sbp", "dbp": "dbp", "hr": "hr", "rr": "rr", "spo2": "spo2", "temp": "temp_c"}
_STEP = {"temp_c": Decimal("0.1")}


@dataclass(frozen=True, slots=True)
class Limit:
    """A figure beyond which a rule of the protocol finds something: at `value` itself and above, or below."""

    key: str
    value: Decimal
    above: bool
    inclusive: bool
    severity: str
    rule: str
    from_minute: int | None = None

    def passed_by(self, figure: int | Decimal) -> bool:
        """Say whether a figure lies beyond the limit."""
        if figure == self.value:
            return self.inclusive
        return figure > self.value if self.above else figure < self.value


@dataclass(frozen=True, slots=True)
class UsualRange:
    """The figures that need no second look, both ends included; None is open."""

    low: int | Decimal | None = None
    high: int | Decimal | None = None

    def holds(self, figure: int | Decimal) -> bool:
        """Say whether a figure lies inside."""
        return (self.low is None or figure >= self.low) and (self.high is None or figure <= self.high)


def limits_of(rules: Iterable[EscalationRule], *, age_years: int) -> tuple[Limit, ...]:
    """Return every plain limit on a typed figure in the triggers, in the order of the protocol.

    `from_minute` is the minute since T0 from which a limit holds (rule E3); None is from the start.
    """
    return tuple(limit for rule in rules for limit in _limits(rule, age_years))


def usual_ranges(
    plan: ObservationPlan, rules: Iterable[EscalationRule], *, age_years: int
) -> Mapping[str, UsualRange]:
    """Return, by value, the range that needs no confirmation: the plan's own, else what no rule would find."""
    found: dict[str, UsualRange] = {}
    for limit in limits_of(rules, age_years=age_years):
        step = _STEP.get(limit.key, Decimal(1))
        known = found.get(limit.key, UsualRange())
        if limit.above:
            highest = limit.value - step if limit.inclusive else limit.value
            high = highest if known.high is None else min(Decimal(known.high), highest)
            found[limit.key] = UsualRange(known.low, high)
        else:
            lowest = limit.value + step if limit.inclusive else limit.value
            low = lowest if known.low is None else max(Decimal(known.low), lowest)
            found[limit.key] = UsualRange(low, known.high)
    for usual in plan.usual:
        found[TYPED[usual.key]] = UsualRange(_decimal(usual.low), _decimal(usual.high))
    return found


def _decimal(figure: int | float | None) -> Decimal | None:
    return None if figure is None else Decimal(str(figure))


def _limits(rule: EscalationRule, age_years: int) -> Iterator[Limit]:
    minutes = [
        int(compare.value)
        for compare in _comparisons(rule.trigger)
        if compare.fact == "minutes" and isinstance(compare.value, (int, float))
    ]
    for compare in _comparisons(rule.trigger):
        key = TYPED.get(compare.fact)
        figure = compare.value.by_age.at(age_years) if isinstance(compare.value, AgeLimit) else compare.value
        if key is None or isinstance(figure, bool) or not isinstance(figure, (int, float)):
            continue
        if compare.op not in ("<", "<=", ">", ">="):
            continue
        yield Limit(
            key=key,
            value=Decimal(str(figure)),
            above=compare.op in (">", ">="),
            inclusive=compare.op in ("<=", ">="),
            severity=rule.severity,
            rule=rule.code,
            from_minute=min(minutes, default=None),
        )


def _comparisons(rule: Rule) -> Iterator[Compare]:
    if isinstance(rule, Compare):
        yield rule
    elif isinstance(rule, (All, AnyOf)):
        for part in rule.all if isinstance(rule, All) else rule.any:
            yield from _comparisons(part)
