"""A commitment binds the seed and every parameter; a stratum has one name."""

import hashlib

import pytest

from apps.randomization.domain.blocks import ArmShare, ListPlan, build_list
from apps.randomization.domain.commitment import list_commitment, list_digest, plan_canonical
from apps.randomization.domain.strata import UNSTRATIFIED, strata_missing, stratum_key, stratum_keys

SEED = bytes(range(32))
ARMS = (ArmShare("A", 1), ArmShare("B", 1))
FACTORS = (("a", ("1", "2")), ("country", ()))
PLAN = ListPlan(trial="T.main", arms=ARMS, block_sizes=(4, 6), factors=FACTORS)


def test_the_commitment_is_the_hash_of_the_seed_and_the_published_parameters() -> None:
    parameters = (
        b'{"arms":[["A",1],["B",1]],"block_sizes":[4,6],"factors":{"a":["1","2"],"country":[]},'
        b'"method":"permuted-blocks/hmac-sha256-ctr/1","trial":"T.main"}'
    )
    assert plan_canonical(PLAN) == parameters
    assert list_commitment(seed=SEED, plan=PLAN) == hashlib.sha256(SEED + parameters).hexdigest()


@pytest.mark.parametrize(
    "other",
    [
        ListPlan("T.other", ARMS, (4, 6), FACTORS),
        ListPlan("T.main", (ArmShare("A", 1), ArmShare("B", 2)), (4, 6), FACTORS),
        ListPlan("T.main", tuple(reversed(ARMS)), (4, 6), FACTORS),
        ListPlan("T.main", ARMS, (6, 4), FACTORS),
        ListPlan("T.main", ARMS, (4, 6), (("a", ("1",)), ("country", ()))),
        ListPlan("T.main", ARMS, (4, 6)),
    ],
)
def test_any_other_parameter_breaks_the_commitment(other: ListPlan) -> None:
    assert list_commitment(seed=SEED, plan=other) != list_commitment(seed=SEED, plan=PLAN)


def test_the_order_in_which_factors_are_written_changes_nothing() -> None:
    other = ListPlan("T.main", ARMS, (4, 6), tuple(reversed(FACTORS)))
    assert list_commitment(seed=SEED, plan=other) == list_commitment(seed=SEED, plan=PLAN)


def test_another_seed_breaks_the_commitment() -> None:
    assert list_commitment(seed=bytes(32), plan=PLAN) != list_commitment(seed=SEED, plan=PLAN)


def test_the_digest_notices_two_places_exchanged() -> None:
    slots = list(build_list(plan=PLAN, seed=SEED, strata=("a=1", "a=2"), places=8))
    first = next(index for index, slot in enumerate(slots) if slot.arm != slots[0].arm)
    exchanged = [slots[first], *slots[1:first], slots[0], *slots[first + 1 :]]
    assert list_digest(exchanged) != list_digest(slots)


def test_a_stratum_is_named_by_factor_and_level_in_one_order() -> None:
    assert stratum_key({"region": "EU", "ad_class": "SSRI"}) == "ad_class=SSRI|region=EU"
    assert stratum_key({"ad_class": "SSRI", "region": "EU"}) == "ad_class=SSRI|region=EU"
    assert stratum_key({}) == UNSTRATIFIED


def test_all_strata_are_the_product_of_the_levels() -> None:
    factors = {"region": ["EU", "NAM", "OTHER"], "ad_class": ["SNRI", "SSRI"]}
    keys = stratum_keys(factors)
    assert len(keys) == len(set(keys)) == 6
    assert list(keys) == sorted(keys)
    assert stratum_keys({}) == (UNSTRATIFIED,)


@pytest.mark.parametrize("level", ["", "E|U", "E=U", "a/b", "Île", "a b", "a\n"])
def test_a_level_that_could_be_read_two_ways_is_refused(level: str) -> None:
    with pytest.raises(ValueError, match="cannot name"):
        stratum_key({"region": level})


def test_missing_and_unknown_levels_are_all_named() -> None:
    factors = {"region": ["EU", "NAM"], "ad_class": ["SNRI", "SSRI"], "age": ["18-64"]}
    assert strata_missing(factors, {"region": "MARS", "age": "18-64"}) == ("ad_class", "region")
    assert strata_missing(factors, {"region": "EU", "ad_class": "SSRI", "age": "18-64"}) == ()
