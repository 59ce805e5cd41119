"""Made-up participants, the answers they give, the digests of a configuration, and the words of findings."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from random import Random

import pytest

from apps.dosing.domain.answers import answer_read
from apps.dosing.domain.gates import Facts, GateOutcome, judge
from apps.instruments.domain.catalogue import INSTRUMENTS
from apps.instruments.domain.scoring import item_reasons, score
from apps.randomization.domain.plan import list_codes, strata_spanned
from apps.rehearsal.domain.answers import gate_answers, items_with_total
from apps.rehearsal.domain.configuration import Configuration, StockLine, parts, whole
from apps.rehearsal.domain.findings import QUESTIONS, Check, Finding, finding_of, in_order, verdicts
from apps.rehearsal.domain.synthetic import MadeUp, Wanted, made_up
from apps.screening.domain.eligibility import Verdict, assess
from apps.screening.domain.facts import Known, facts_of
from apps.studies.domain.protocol import Protocol
from tests.domain.rehearsal import worlds


def verdict_on(protocol: Protocol, made: MadeUp, wanted: Wanted) -> Verdict:
    totals: dict[str, dict[str, int | None]] = {}
    for (instrument, visit), total in made.totals.items():
        totals.setdefault(instrument, {})[visit] = total
    known = Known(made.age_years, made.sex, wanted.country, wanted.site, made.entered, totals)
    facts = facts_of(protocol, known)
    return assess(protocol=protocol, facts=facts, judgements=made.judgements, stage="randomization").verdict


@pytest.mark.parametrize("design", ["transform_2", "nct04599855"])
def test_somebody_eligible_is_found_in_every_cell(design: str) -> None:
    protocol = worlds.shipped(design)
    codes = list_codes(protocol) if protocol.randomization.lists else (None,)
    for stratum in strata_spanned(protocol=protocol, sites=[("DE", "DE01")]):
        for code in codes:
            wanted = Wanted("DE01", "DE", stratum, code)
            made = made_up(protocol, wanted=wanted, chance=Random(1))
            assert made is not None, (stratum, code)
            assert verdict_on(protocol, made, wanted) is Verdict.ELIGIBLE


def test_the_same_chance_finds_the_same_person() -> None:
    wanted = Wanted("DE01", "DE")
    protocol = worlds.shipped("sustain_3")
    first, second = (made_up(protocol, wanted=wanted, chance=Random(9)) for _ in range(2))
    assert first == second
    assert first is not None


def test_nobody_is_found_where_the_criteria_admit_nobody() -> None:
    protocol = worlds.shipped()
    first = next(entry for entry in protocol.criteria if entry.kind == "inclusion" and entry.rule is not None)
    opposite = first.model_copy(update={"code": "X99", "kind": "exclusion"})
    none = protocol.model_copy(update={"criteria": (*protocol.criteria, opposite)})
    assert made_up(none, wanted=Wanted("DE01", "DE"), chance=Random(1)) is None


@pytest.mark.parametrize("design", ["transform_2", "sustain_3", "nct04599855"])
@pytest.mark.parametrize("age", [19, 44, 70, 88])
def test_the_answers_pass_every_gate(design: str, age: int) -> None:
    protocol = worlds.shipped(design)
    facts = Facts(age_years=age, now=worlds.NOW, tz=worlds.NOW.tzinfo)  # type: ignore[arg-type]
    for gate in protocol.gates:
        given = gate_answers(protocol, age_years=age, now=worlds.NOW)[gate.code]
        verdict = judge(gate, answer_read(gate, given, now=worlds.NOW), facts, None)
        assert verdict.outcome is GateOutcome.PASSED, gate.code


@pytest.mark.parametrize("code", sorted(INSTRUMENTS))
def test_every_scale_can_be_filled_in(code: str) -> None:
    assert item_reasons(INSTRUMENTS[code], items_with_total(code)) == ()


@pytest.mark.parametrize("total", [0, 1, 28, 59, 60])
def test_a_scale_adds_up_to_what_is_wanted(total: int) -> None:
    assert score("MADRS", items_with_total("MADRS", total)).total == total


def configuration() -> Configuration:
    protocol = worlds.shipped()
    return Configuration(
        study=worlds.STUDY,
        release="1",
        protocol=protocol,
        protocol_number=1,
        protocol_digest="0" * 64,
        sites=worlds.SITES,
        delegations=tuple(worlds.log()),
        lists=(worlds.committed(worlds.sealed_list()),),
        stock=(StockLine("DE01", "L1", date(2027, 1, 1), "AVAILABLE", 12),),
    )


CHANGES: dict[str, tuple[str, object]] = {
    "release": ("release of the software", "2"),
    "protocol_number": ("protocol", 2),
    "protocol_digest": ("protocol", "1" * 64),
    "sites": ("sites", (replace(worlds.SITES[0], opened_on=date(2026, 1, 1)), worlds.SITES[1])),
    "delegations": ("delegations", tuple(worlds.log()[1:])),
    "lists": ("randomization lists", ()),
    "stock": ("kits in stock", (StockLine("DE01", "L1", date(2027, 1, 1), "AVAILABLE", 11),)),
}


def test_every_field_that_was_rehearsed_changes_the_digest_of_its_part() -> None:
    names = {one.name for one in fields(Configuration)} - {"study", "protocol"}
    assert set(CHANGES) == names
    before = parts(configuration())
    for name, (part, value) in CHANGES.items():
        after = parts(replace(configuration(), **{name: value}))
        assert {key for key, digest in after if dict(before)[key] != digest} == {part}
        assert whole(after) != whole(before)


def test_the_digest_does_not_depend_on_the_order_of_rows() -> None:
    one = configuration()
    other = replace(one, sites=one.sites[::-1], delegations=one.delegations[::-1])
    assert whole(parts(one)) == whole(parts(other))
    ended = replace(one.delegations[0], ends_at=worlds.NOW + timedelta(days=1))
    assert parts(replace(one, delegations=(ended, *one.delegations[1:]))) != parts(one)


def test_findings_are_told_once_in_one_order_and_come_back_from_storage() -> None:
    one = Finding(Check.STOCK, "STOCK_OUT", "b", "DE01")
    two = Finding(Check.PEOPLE, "DELEGATION_MISSING", "a", "DE01")
    assert in_order([one, two, one]) == (two, one)
    assert finding_of(one.stored()) == one
    assert set(QUESTIONS) == set(Check)


def test_the_play_counts_as_asked_only_when_it_was_begun() -> None:
    found = {one.check: one.state for one in verdicts([Finding(Check.STOCK, "X", "x")], played=False)}
    assert found[Check.STOCK] == "not_met"
    assert found[Check.PLAY] == "unknown"
    assert {one.state for one in verdicts([], played=True)} == {"met"}
