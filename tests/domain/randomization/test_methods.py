"""One door to every method, simple lists, and plans from a protocol for each method."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.randomization.domain import blocks
from apps.randomization.domain.commitment import list_commitment, plan_canonical, plan_document
from apps.randomization.domain.methods import build_list, plan_faults
from apps.randomization.domain.plan import list_plan
from apps.randomization.domain.shapes import ArmShare, ListPlan, MinimizationRule
from apps.randomization.domain.simple import simple_arm
from apps.randomization.domain.stream import Stream
from apps.studies.domain.loading import SHIPPED, load
from apps.studies.domain.protocol import Minimization, Protocol
from tests.domain.randomization.histories import BLOCKS, MINIMIZED, PLANS, SIMPLE, STRATA, UPLOADED

ROOT = Path(__file__).parents[3]
SEEDS = st.binary(min_size=32, max_size=32)


@pytest.fixture(scope="module")
def transform() -> Protocol:
    return load(SHIPPED / "transform_2.yaml")


def test_permuted_blocks_come_through_the_one_door_unchanged() -> None:
    given = {"plan": BLOCKS, "seed": bytes(32), "strata": STRATA, "places": 20}
    assert build_list(**given) == blocks.build_list(**given)  # type: ignore[arg-type]


@given(seed=SEEDS, places=st.integers(1, 40))
def test_a_simple_list_has_exactly_its_places_and_longer_ones_begin_alike(seed: bytes, places: int) -> None:
    slots = build_list(plan=SIMPLE, seed=seed, strata=STRATA, places=places)
    assert [(slot.stratum, slot.seq) for slot in slots] == [
        (stratum, seq) for stratum in sorted(STRATA) for seq in range(1, places + 1)
    ]
    assert all((slot.block, slot.size) == (slot.seq - 1, 1) for slot in slots)
    longer = build_list(plan=SIMPLE, seed=seed, strata=("z=9", *reversed(STRATA)), places=places + 3)
    assert set(slots) <= set(longer)


def test_a_simple_place_is_the_first_arm_whose_shares_pass_its_number() -> None:
    plan = replace(SIMPLE, arms=(ArmShare("A", 1), ArmShare("B", 1), ArmShare("C", 2)))
    for seq in range(1, 200):
        drawn = Stream(seed=bytes(32), label=f"sr/S.MAIN/all/{seq}").below(4)
        assert simple_arm(plan=plan, seed=bytes(32), stratum="all", seq=seq) == "ABCC"[drawn]


def test_minimization_has_no_places_before_its_draws() -> None:
    assert build_list(plan=MINIMIZED, seed=bytes(32), strata=STRATA, places=20) == ()


def test_an_uploaded_list_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="come from its file"):
        build_list(plan=UPLOADED, seed=bytes(32), strata=STRATA, places=20)


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_sound_plans_have_no_faults(plan: ListPlan) -> None:
    assert plan_faults(plan) == ()


@pytest.mark.parametrize(
    ("plan", "fault"),
    [
        (replace(BLOCKS, block_sizes=(4,)), "block of 4"),
        (replace(SIMPLE, block_sizes=(3,)), "Only permuted blocks"),
        (replace(MINIMIZED, block_sizes=(3,)), "Only permuted blocks"),
        (replace(SIMPLE, minimization=MINIMIZED.minimization), "Only minimization"),
        (replace(MINIMIZED, minimization=None), "needs its imbalance"),
        (replace(SIMPLE, arms=SIMPLE.arms[:1]), "two different arms"),
        (replace(UPLOADED, trial=""), "trial's name"),
        (replace(SIMPLE, arms=(ArmShare("A", 0), ArmShare("B", 1))), "share"),
    ],
)
def test_a_faulty_plan_is_refused_whatever_its_method(plan: ListPlan, fault: str) -> None:
    assert any(fault in sentence for sentence in plan_faults(plan))
    with pytest.raises(ValueError, match=fault):
        build_list(plan=plan, seed=bytes(32), strata=STRATA, places=4)


@pytest.mark.parametrize(
    ("strata", "places", "fault"), [((), 4, "Strata"), (("a/b",), 4, "slash"), (("a",), 0, "one place")]
)
def test_strata_that_cannot_be_built_are_refused(strata: tuple[str, ...], places: int, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        build_list(plan=SIMPLE, seed=bytes(32), strata=strata, places=places)


def test_each_method_commits_to_its_own_parameters_and_no_others() -> None:
    own = {"permuted_blocks": {"block_sizes"}, "minimization": {"minimization"}, "uploaded": {"uploaded"}}
    for method, plan in PLANS.items():
        document = plan_document(plan)
        assert set(document) - {"method", "trial", "arms", "factors"} == own.get(method, set())
        assert json.loads(plan_canonical(plan)) == document
    assert len({list_commitment(seed=bytes(32), plan=plan) for plan in PLANS.values()}) == 4
    assert plan_document(MINIMIZED)["minimization"] == {
        "imbalance": "range",
        "probability": [17, 20],
        "weights": {"age": 1, "country": 2},
    }


def test_any_parameter_of_minimization_is_committed_and_the_order_of_weights_is_not() -> None:
    rule = MINIMIZED.minimization
    assert rule is not None
    others = [
        replace(rule, imbalance="squared_difference"),
        replace(rule, probability=Fraction(4, 5)),
        replace(rule, weights=(("age", 1), ("country", 3))),
    ]
    plans = [MINIMIZED, *(replace(MINIMIZED, minimization=other) for other in others)]
    assert len({list_commitment(seed=bytes(32), plan=plan) for plan in plans}) == 4
    turned = replace(MINIMIZED, minimization=replace(rule, weights=rule.weights[::-1]))
    assert plan_canonical(turned) == plan_canonical(MINIMIZED)


def test_a_protocol_gives_the_plan_of_its_method(transform: Protocol) -> None:
    given = transform.randomization.model_copy(update={"method": "minimization", "block_sizes": ()})
    rule = Minimization(imbalance="range", probability="17/20", weights={"country": 3})
    for method, minimization in (("minimization", rule), ("simple", None), ("uploaded", None)):
        randomization = given.model_copy(update={"method": method, "minimization": minimization})
        protocol = transform.model_copy(update={"randomization": randomization})
        plan = list_plan(protocol=protocol, study_code="S", list_code="MAIN")
        assert (plan.method, plan.trial, plan_faults(plan)) == (method, "S.MAIN", ())
        weights = (("country", 3), ("oad_class", 1))
        expected = MinimizationRule("range", Fraction(17, 20), weights) if minimization else None
        assert plan.minimization == expected


def test_a_trial_without_randomization_has_no_plan(transform: Protocol) -> None:
    none = transform.randomization.model_copy(update={"method": "none"})
    with pytest.raises(ValueError, match="without randomization"):
        list_plan(
            protocol=transform.model_copy(update={"randomization": none}), study_code="S", list_code="M"
        )


def test_other_processes_with_other_hash_seeds_draw_the_same() -> None:
    program = (
        "from tests.domain.randomization.histories import PLANS, history_of\n"
        "print([history_of(plan) for plan in PLANS.values()])\n"
    )
    printed = {
        hashlib.sha256(
            subprocess.run(
                [sys.executable, "-c", program],
                cwd=ROOT,
                env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)},
                capture_output=True,
                check=True,
            ).stdout
        ).hexdigest()
        for hash_seed in ("0", "1", "4242")
    }
    assert len(printed) == 1
