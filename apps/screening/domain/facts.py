"""From what is recorded to the facts a rule reads: entered, of the participant, rated, derived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.instruments.domain.slots import visit_code_of
from apps.screening.domain.values import body_mass_index, fact_value
from apps.studies.domain.protocol import Fact, FactValue, Protocol

SEX_WORDS: Mapping[str, str] = {"F": "female", "M": "male", "O": "other"}


@dataclass(frozen=True, slots=True)
class Known:
    """What is recorded about somebody when a rule is asked.

    `entered` holds stored answers by fact key; `totals` the totals by instrument and visit code.
    """

    age_years: int
    sex: str
    country: str
    site: str
    entered: Mapping[str, Any]
    totals: Mapping[str, Mapping[str, int | None]]
    attempt: int = 1


def facts_of(protocol: Protocol, known: Known) -> dict[str, FactValue]:
    """Return every fact of the protocol by key; None where it is not known."""
    facts: dict[str, FactValue] = {}
    for fact in protocol.facts:
        if fact.source == "derived":
            continue
        facts[fact.key] = _plain(fact, protocol, known)
    for fact in protocol.facts:
        if fact.source == "derived" and (index := fact.body_mass_index) is not None:
            facts[fact.key] = body_mass_index(facts.get(index.weight_kg), facts.get(index.height_cm))
    return facts


def rating_visit(protocol: Protocol, fact: Fact, attempt: int) -> str:
    """Return the visit code under which a rated fact's total is kept; a repeated screening has its own."""
    visit = fact.visit or ""
    anchors = {entry.code: entry.anchor for entry in protocol.visits}
    return visit_code_of(visit, attempt) if anchors.get(visit) == "screening" else visit


def _plain(fact: Fact, protocol: Protocol, known: Known) -> FactValue:
    if fact.source == "entered":
        return fact_value(fact, known.entered.get(fact.key))
    if fact.source == "rating":
        return known.totals.get(fact.instrument or "", {}).get(rating_visit(protocol, fact, known.attempt))
    return {
        "age_years": known.age_years,
        "sex": SEX_WORDS.get(known.sex),
        "country": known.country,
        "site_country": known.country,
        "site": known.site,
    }.get(fact.key)
