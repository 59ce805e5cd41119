"""The randomization block of a protocol: every method, its parameters, and the mistakes an author can make."""

# ruff: noqa: E501 - a table is read by its rows

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from apps.studies.domain.checking import check
from apps.studies.domain.loading import digest, document, from_document, load
from apps.studies.domain.protocol import Caps, Protocol
from apps.studies.domain.protocol.endpoints import EndpointPlan

RULE = {"imbalance": "range", "probability": "17/20", "weights": {"country": 2}}

#: Digests of the shipped designs as made before minimization, caps and later blocks existed; stored studies refer to
#: such. Two have since gained the treatment guess on Day 28 and name the covariances of their models one by one, and all
#: three tell open emergencies from urgent findings at leaving; the first analyzes an item of the EQ-5D-5L, which has no
#: total. Their content changed, not its writing.
DIGESTS = {
    "transform_2": "1746bea656e590389c1e5f415293e404ca1368cdd651b907b3dbdb67e6e2a70b",
    "monotherapy": "955f4392669a754cc8ba2337c2b0b6f10f483f2b1e08695272855dff4d1c8875",
    "sustain_3": "2399ea0356a077f6a188a14999e4e7bafdf6b8d8cdb38017c6b7af34f3eb86ce",
}


#: Blocks of the whole that came later, and are left out where they say nothing.
LATER = ("telling", "chairside", "deviations", "monitoring", "sheet")
#: The same of the plan of analyses.
LATER_IN_THE_PLAN = ("windowing", "intercurrent_events", "estimands")


def minimized(tree: Any, **changes: Any) -> Any:
    del tree["randomization"]["block_sizes"]
    tree["randomization"].update(method="minimization", minimization={**RULE, **changes})
    return tree


def other(tree: Any, method: str) -> Any:
    del tree["randomization"]["block_sizes"]
    tree["randomization"]["method"] = method
    return tree


def faults_in(tree: Any) -> dict[str, str]:
    return {fault.path: fault.message for fault in check(json.dumps(tree))}


@pytest.mark.parametrize("key", DIGESTS)
def test_a_design_without_the_new_blocks_keeps_its_digest_and_document(
    request: pytest.FixtureRequest, key: str
) -> None:
    shipped: Protocol = request.getfixturevalue(key)
    leaving = shipped.discharge.model_copy(update={"early": None, "checklist": None})
    bare = {name: Protocol.model_fields[name].default for name in LATER}
    # Sheets are told of since later as well: rules of a trigger that is new, in a list that is old.
    reminders = tuple(rule for rule in shipped.reminders if rule.trigger != "sheet_due")
    analyses = tuple(
        one.model_copy(update={"imputation": None, "item": None})
        for one in shipped.endpoints.analyses
        if one.time_to_event is None and one.role != "supplementary"
    )
    silent = {name: EndpointPlan.model_fields[name].default for name in LATER_IN_THE_PLAN}
    endpoints = shipped.endpoints.model_copy(update={"analyses": analyses, **silent})
    of_interest = tuple(one.model_copy(update={"terms": ()}) for one in shipped.safety.events_of_interest)
    safety = shipped.safety.model_copy(update={"events_of_interest": of_interest, "note": ""})
    protocol = shipped.model_copy(
        update={
            **bare,
            "discharge": leaving,
            "reminders": reminders,
            "endpoints": endpoints,
            "safety": safety,
        }
    )
    assert digest(protocol) == DIGESTS[key]
    assert not {"minimization", "caps"} & set(document(protocol)["randomization"])
    assert not set(LATER) & set(document(protocol))
    assert not set(LATER_IN_THE_PLAN) & set(document(protocol)["endpoints"])
    assert not {"early", "checklist"} & set(document(protocol)["discharge"])
    assert from_document(document(protocol)) == protocol


@pytest.mark.parametrize("method", ["simple", "uploaded"])
def test_methods_without_parameters_are_sound(tree: Any, method: str) -> None:
    assert load(json.dumps(other(tree, method))).randomization.method == method


def test_minimization_is_read_stored_and_named_by_its_meaning(tree: Any) -> None:
    protocol = load(json.dumps(minimized(tree)))
    rule = protocol.randomization.minimization
    assert rule is not None
    assert rule.coin == Fraction(17, 20)
    assert dict(rule.weights) == {"country": 2}
    assert from_document(document(protocol)) == protocol
    tree["randomization"]["minimization"]["probability"] = " 34/40 "
    assert digest(load(json.dumps(tree))) == digest(protocol)
    tree["randomization"]["minimization"]["probability"] = "4/5"
    assert digest(load(json.dumps(tree))) != digest(protocol)


def test_caps_are_read_and_stored(tree: Any) -> None:
    tree["randomization"]["caps"] = {"study": 240, "site": 30}
    protocol = load(json.dumps(tree))
    assert protocol.randomization.caps == Caps(study=240, site=30)
    assert document(protocol)["randomization"]["caps"]["stratum"] is None
    assert from_document(document(protocol)) == protocol


def _drop(*names: str) -> Callable[[Any], Any]:
    def spoil(tree: Any) -> Any:
        minimized(tree)
        for name in names:
            del tree["randomization"][name]
        return tree

    return spoil


def _coin(value: Any) -> Callable[[Any], Any]:
    return lambda tree: minimized(tree, probability=value)


def _caps(**caps: Any) -> Callable[[Any], Any]:
    def spoil(tree: Any) -> Any:
        tree["randomization"]["caps"] = caps
        return tree

    return spoil


RULE_PATH = "randomization.minimization"
PLANTED: list[tuple[str, Callable[[Any], Any], str, str]] = [
    ("a method nobody knows", lambda t: other(t, "coin"), "randomization.method", "permuted_blocks"),
    ("simple with blocks", lambda t: t["randomization"].update(method="simple"), "randomization.block_sizes", "simple"),
    ("an upload with blocks", lambda t: t["randomization"].update(method="uploaded"), "randomization.block_sizes", "uploaded"),
    ("blocks that minimize", lambda t: t["randomization"].update(minimization=RULE), RULE_PATH, "permuted blocks"),
    ("minimization without parameters", _drop("minimization"), RULE_PATH, "imbalance and its probability"),
    ("minimization of nothing", _drop("strata"), "randomization.strata", "at least one factor"),
    ("a weight for nothing", lambda t: minimized(t, weights={"mood": 1}), f"{RULE_PATH}.weights.mood", "no factor mood"),
    ("a weight of zero", lambda t: minimized(t, weights={"country": 0}), f"{RULE_PATH}.weights.country", "greater than"),
    ("an unknown imbalance", lambda t: minimized(t, imbalance="variance"), f"{RULE_PATH}.imbalance", "range"),
    ("a certain coin", _coin("1/1"), f"{RULE_PATH}.probability", "predictable"),
    ("a certain coin, as a number", _coin(1), f"{RULE_PATH}.probability", "predictable"),
    ("more than certain", _coin("21/20"), f"{RULE_PATH}.probability", "below 1"),
    ("a coin that never prefers", _coin("0/5"), f"{RULE_PATH}.probability", "above 0"),
    ("a coin by floating point", _coin(0.85), f"{RULE_PATH}.probability", "such as 17/20"),
    ("a coin over nothing", _coin("1/0"), f"{RULE_PATH}.probability", "such as 17/20"),
    ("a coin that prefers nobody", _coin("1/2"), f"{RULE_PATH}.probability", "more than 1/2"),
    ("a cap below the target", _caps(study=10), "randomization.caps.study", "before its target"),
    ("a cap of nobody", _caps(site=0), "randomization.caps.site", "greater than"),
    ("a cap on an unknown unit", _caps(country=5), "randomization.caps.country", "unknown field"),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "path", "words"), [row[1:] for row in PLANTED], ids=[row[0] for row in PLANTED])  # fmt: skip
def test_the_planted_fault_is_found(tree: Any, spoil: Callable[[Any], Any], path: str, words: str) -> None:
    spoil(tree)
    found = faults_in(tree)
    assert path in found, found
    assert words in found[path]


def test_a_trial_without_randomization_has_nothing_to_set(sustain_tree: Any) -> None:
    sustain_tree["randomization"].update(minimization=RULE, caps={"study": 5000, "site": 3})
    found = faults_in(sustain_tree)
    assert set(found) == {RULE_PATH, "randomization.caps.study", "randomization.caps.site"}
