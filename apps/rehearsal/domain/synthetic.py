"""Made-up participants: somebody whom the protocol's own criteria let in, found rather than written down.

A value is tried for every fact, and those that break a criterion are changed until none does: each step takes the
change that leaves the fewest criteria broken (min-conflicts, Minton and others 1992, Artificial Intelligence 58:161).
Where nobody is found, the criteria may admit nobody at all, and that is a finding of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from apps.randomization.domain.plan import levels_of, list_for
from apps.randomization.domain.strata import stratum_key
from apps.rehearsal.domain.candidates import candidates, limits_of
from apps.screening.domain.values import body_mass_index
from apps.studies.domain.protocol import FactValue, Protocol, evaluate
from apps.studies.domain.rules import facts_of

STEPS = 300


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where somebody should come in: the site with its country, the stratum and the list; None: whichever."""

    site: str
    country: str
    stratum: str | None = None
    list_code: str | None = None


@dataclass(frozen=True, slots=True)
class MadeUp:
    """Somebody who is eligible: what the site enters, what it judges, and what the blinded rater finds."""

    age_years: int
    sex: str
    entered: Mapping[str, Any]
    judgements: Mapping[str, bool]
    totals: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class _Demand:
    """Something that must hold, and the facts that decide it."""

    names: frozenset[str]
    holds: Callable[[Mapping[str, FactValue]], bool]


def made_up(protocol: Protocol, *, wanted: Wanted, chance: Random) -> MadeUp | None:
    """Return somebody who is eligible and falls where wanted; None when none was found."""
    search = _Search(protocol, wanted, chance)
    return search.result() if search.run() else None


class _Search:
    def __init__(self, protocol: Protocol, wanted: Wanted, chance: Random) -> None:
        self.protocol, self.wanted, self.chance = protocol, wanted, chance
        limits = limits_of(protocol)
        self.choices = {fact.key: tried for fact in protocol.facts if (tried := candidates(fact, limits))}
        self.facts: dict[str, FactValue] = {
            "country": wanted.country,
            "site_country": wanted.country,
            "site": wanted.site,
        }
        self.facts |= {key: tried[len(tried) // 2] for key, tried in self.choices.items()}
        self.facts |= {key: False for key, tried in self.choices.items() if tried == (False, True)}
        self._derive(self.facts)
        self.demands = tuple(_demands(protocol, wanted))

    def run(self) -> bool:
        """Change one fact at a time until every demand holds, or give up."""
        for _ in range(STEPS):
            broken = [demand for demand in self.demands if not demand.holds(self.facts)]
            if not broken:
                return True
            keys = self._movable(self.chance.choice(broken).names)
            if not keys:
                return False
            moves = [(key, value) for key in keys for value in self.choices[key] if value != self.facts[key]]
            if not moves:
                return False
            costs = [self._cost(key, value) for key, value in moves]
            least = min(costs)
            # Now and then any move at all, so that two broken demands cannot hold each other fast.
            close = [move for move, cost in zip(moves, costs, strict=True) if cost == least]
            key, value = self.chance.choice(moves if self.chance.random() < 0.05 else close)
            self.facts[key] = value
            self._derive(self.facts)
        return False

    def _movable(self, names: frozenset[str]) -> list[str]:
        """Return the facts that decide a demand and can be chosen, those under a derived one included."""
        found = set(names)
        for fact in self.protocol.facts:
            if fact.key in names and fact.body_mass_index is not None:
                found |= {fact.body_mass_index.weight_kg, fact.body_mass_index.height_cm}
        return sorted(found & set(self.choices))

    def _cost(self, key: str, value: FactValue) -> int:
        tried = {**self.facts, key: value}
        self._derive(tried)
        return sum(not demand.holds(tried) for demand in self.demands)

    def _derive(self, facts: dict[str, FactValue]) -> None:
        for fact in self.protocol.facts:
            if (index := fact.body_mass_index) is not None:
                facts[fact.key] = body_mass_index(facts.get(index.weight_kg), facts.get(index.height_cm))

    def result(self) -> MadeUp:
        """Return the facts found, sorted by who brings them."""
        protocol, facts = self.protocol, self.facts
        age, sex = facts.get("age_years"), facts.get("sex")
        return MadeUp(
            age_years=age if isinstance(age, int) else 40,
            sex="M" if sex == "male" else "F",
            entered={fact.key: facts.get(fact.key) for fact in protocol.facts if fact.source == "entered"},
            judgements={
                entry.code: entry.kind == "inclusion" for entry in protocol.criteria if entry.rule is None
            },
            totals={
                (fact.instrument or "", fact.visit or ""): int(value)
                for fact in protocol.facts
                if fact.source == "rating" and isinstance(value := facts.get(fact.key), int)
            },
        )


def _demands(protocol: Protocol, wanted: Wanted) -> list[_Demand]:
    found = []
    for entry in protocol.criteria:
        if (rule := entry.rule) is not None:
            must = entry.kind == "inclusion"
            found.append(
                _Demand(facts_of(rule), lambda facts, rule=rule, must=must: evaluate(rule, facts) is must)  # type: ignore[misc]
            )
    strata = protocol.randomization.strata
    names = {factor.fact for factor in strata if factor.fact} | {
        name
        for factor in strata
        for level in factor.levels
        if level.when is not None
        for name in facts_of(level.when)
    }
    if names:
        found.append(_Demand(frozenset(names), lambda facts: _in_stratum(protocol, wanted, facts)))
    routed = {
        name
        for entry in protocol.randomization.lists
        if entry.when is not None
        for name in facts_of(entry.when)
    }
    if routed:
        found.append(
            _Demand(
                frozenset(routed),
                lambda facts: (
                    list_for(protocol, facts)
                    in ((wanted.list_code,) if wanted.list_code else _codes(protocol))
                ),
            )
        )
    return found


def _codes(protocol: Protocol) -> tuple[str, ...]:
    return tuple(entry.code for entry in protocol.randomization.lists)


def _in_stratum(protocol: Protocol, wanted: Wanted, facts: Mapping[str, FactValue]) -> bool:
    levels = levels_of(protocol=protocol, facts=facts, country=wanted.country, site=wanted.site)
    if any(level is None for level in levels.values()):
        return False
    key = stratum_key({factor: level or "" for factor, level in levels.items()})
    return wanted.stratum is None or key == wanted.stratum
