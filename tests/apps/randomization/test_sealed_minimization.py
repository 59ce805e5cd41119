"""Minimization in the database takes the very steps of the law in Python: counts, scores, coin, number, arm."""

from __future__ import annotations

import json
import random
import uuid
from fractions import Fraction

import psycopg
import pytest
from psycopg.types.json import Jsonb

from apps.randomization.domain.commitment import list_commitment, plan_document
from apps.randomization.domain.minimization import Earlier, allocate
from apps.randomization.domain.shapes import ArmShare, ListPlan, MinimizationRule
from apps.randomization.domain.strata import stratum_key
from tests.apps.randomization import logins

pytestmark = pytest.mark.django_db

SEED = bytes(range(32))
FACTORS = {"region": ("NA", "EU", "AP"), "oad": ("SSRI", "SNRI"), "site": ("1", "2", "3", "4")}
PLANS = {
    "1:1 range": ((1, 1), "range", "17/20", (1, 1, 1)),
    "1:1 squared, weighted": ((1, 1), "squared_difference", "4/5", (3, 2, 1)),
    "1:1:1 range": ((1, 1, 1), "range", "2/3", (2, 1, 1)),
    "1:1:2 Han": ((1, 1, 2), "range", "9/10", (1, 2, 1)),
    "1:2:3 Han squared": ((1, 2, 3), "squared_difference", "3/4", (1, 1, 5)),
}


def plan_of(name: str) -> ListPlan:
    shares, imbalance, coin, weights = PLANS[name]
    return ListPlan(
        trial="T.MAIN",
        arms=tuple(ArmShare(f"A{index}", share) for index, share in enumerate(shares)),
        factors=tuple(FACTORS.items()),
        method="minimization",
        minimization=MinimizationRule(imbalance, Fraction(coin), tuple(zip(FACTORS, weights, strict=True))),  # type: ignore[arg-type]
    )


def list_store(plan: ListPlan) -> uuid.UUID:
    list_id = uuid.uuid4()
    arms = [
        {"code": arm.arm, "label": arm.arm, "active": place == 0, "place": place, "share": arm.share}
        for place, arm in enumerate(plan.arms)
    ]
    parameters = {"minimization": {**plan_document(plan)["minimization"], "trial": plan.trial}}
    with logins.connect("vigil_owner") as owner:
        owner.execute(
            "SELECT sealed.list_store(%s, %s, %s, %s, %s, 28, %s, %s, 'minimization')",
            [
                list_id,
                uuid.uuid4(),
                SEED,
                Jsonb(parameters),
                "0" * 64,
                Jsonb(arms),
                list_commitment(seed=SEED, plan=plan),
            ],
        )
    return list_id


@pytest.mark.parametrize("name", PLANS)
def test_each_step_is_the_step_of_the_law(
    app_login: psycopg.Connection, owner_login: psycopg.Connection, name: str
) -> None:
    plan, chance = plan_of(name), random.Random(name)
    list_id = list_store(plan)
    earlier: list[Earlier] = []
    for _ in range(60):
        levels = {factor: chance.choice(known) for factor, known in FACTORS.items()}
        participant = uuid.uuid4()
        answer = app_login.execute(
            "SELECT outcome, record_hash FROM sealed.draw_slot(%s, %s, %s, %s, 10000, 99999, %s, now(), NULL, %s)",
            [list_id, stratum_key(levels), participant, uuid.uuid4(), uuid.uuid4(), Jsonb(levels)],
        ).fetchone()
        assert answer is not None
        assert answer[0] == "DRAWN"
        row = owner_login.execute(
            "SELECT record FROM sealed.draw WHERE participant_id = %s", [participant]
        ).fetchone()
        assert row is not None
        record = json.loads(row[0])
        step = allocate(plan=plan, seed=SEED, levels=levels, earlier=earlier)
        assert {factor: tuple(counts) for factor, counts in record["counts"].items()} == dict(step.counts)
        assert tuple(record["scores"]) == step.scores
        assert tuple(record["numerators"]) == step.numerators
        assert record["denominator"] == step.denominator
        assert (record["label"], record["drawn"], record["arm"]) == (step.label, step.drawn, step.arm)
        earlier.append(Earlier(step.arm, levels))
