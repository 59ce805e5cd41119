"""Checks on facts, criteria, and every rule that reads facts."""

from __future__ import annotations

from collections.abc import Iterator

from apps.studies.domain.checks.rules import leaves, names_of, rule_faults
from apps.studies.domain.protocol import Fact, Protocol
from apps.studies.domain.yaml_reading import Fault


def facts_are_sound(protocol: Protocol) -> Iterator[Fault]:
    """A fact has what its kind and source need."""
    keys = {fact.key for fact in protocol.facts}
    for index, fact in enumerate(protocol.facts):
        path = f"facts[{index}]"
        numeric = fact.kind in ("number", "integer")
        if fact.kind == "choice" and len(fact.choices) < 2:
            yield Fault(f"{path}.choices", f"{fact.key} is a choice and needs at least two answers")
        if fact.kind != "choice" and fact.choices:
            yield Fault(f"{path}.choices", f"{fact.key} is no choice")
        if not numeric and (fact.minimum is not None or fact.maximum is not None):
            yield Fault(f"{path}.minimum", f"{fact.key} is no number and has no limits")
        if fact.minimum is not None and fact.maximum is not None and fact.minimum > fact.maximum:
            yield Fault(f"{path}.minimum", f"{fact.key} has its least value above its greatest")
        yield from _source_faults(fact, path, keys)


def _source_faults(fact: Fact, path: str, keys: set[str]) -> Iterator[Fault]:
    if fact.source == "rating" and (fact.instrument is None or fact.visit is None):
        yield Fault(f"{path}.source", f"{fact.key} comes from a rating and must name instrument and visit")
    if fact.source == "derived":
        if fact.body_mass_index is None:
            yield Fault(f"{path}.source", f"{fact.key} is derived, but nothing says how")
        else:
            for name in (fact.body_mass_index.weight_kg, fact.body_mass_index.height_cm):
                if name not in keys:
                    yield Fault(f"{path}.body_mass_index", f"unknown fact {name}")


def rated_facts_have_their_rating(protocol: Protocol) -> Iterator[Fault]:
    """A fact taken from a rating needs that instrument planned at that visit."""
    planned = {(visit.code, item.instrument) for visit in protocol.visits for item in visit.instruments}
    for index, fact in enumerate(protocol.facts):
        if (
            fact.source == "rating"
            and fact.visit
            and fact.instrument
            and (fact.visit, fact.instrument) not in planned
        ):
            yield Fault(f"facts[{index}].visit", f"{fact.instrument} is not planned at a visit {fact.visit}")


def criteria_can_be_decided(protocol: Protocol) -> Iterator[Fault]:
    """A criterion's rule reads facts that exist and are known by its stage."""
    facts = {fact.key: fact for fact in protocol.facts}
    for index, criterion in enumerate(protocol.criteria):
        if criterion.rule is None:
            continue
        path = f"criteria[{index}].rule"
        yield from rule_faults(criterion.rule, path, facts)
        for where, part in leaves(criterion.rule, path):
            for name in names_of(part):
                if name in facts and criterion.stage == "screening" and facts[name].stage == "randomization":
                    yield Fault(
                        where, f"{name} is known only at randomization, criterion {criterion.code} earlier"
                    )


def randomization_can_be_decided(protocol: Protocol) -> Iterator[Fault]:
    """The rules of lists and of strata levels read facts that exist."""
    facts = {fact.key: fact for fact in protocol.facts}
    for index, entry in enumerate(protocol.randomization.lists):
        if entry.when is not None:
            yield from rule_faults(entry.when, f"randomization.lists[{index}].when", facts)
    for index, factor in enumerate(protocol.randomization.strata):
        for place, level in enumerate(factor.levels):
            if level.when is not None:
                path = f"randomization.strata[{index}].levels[{place}].when"
                yield from rule_faults(level.when, path, facts)


ELIGIBILITY_CHECKS = (
    (("facts",), facts_are_sound),
    (("facts", "visits"), rated_facts_have_their_rating),
    (("facts", "criteria"), criteria_can_be_decided),
    (("facts", "randomization"), randomization_can_be_decided),
)
