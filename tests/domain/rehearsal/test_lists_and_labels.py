"""Lists against their seed, strata against the sites, treatments and kits against the protocol."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from apps.randomization.domain.commitment import list_digest
from apps.rehearsal.domain import labels, lists
from apps.rehearsal.domain.findings import Finding
from apps.rehearsal.domain.remaking import commitment_maker, list_maker
from apps.rehearsal.domain.sealed import KitsGiven, SealedList
from apps.studies.domain.protocol import Minimization, Protocol
from tests.domain.rehearsal import worlds


def codes(found: Iterable[Finding]) -> set[str]:
    return {one.code for one in found}


def against(one: SealedList, protocol: Protocol | None = None, *, public: str | None = None) -> set[str]:
    protocol = protocol or worlds.shipped()
    listed = worlds.committed(one if public is None else replace(one, commitment=public))
    return codes(
        lists.list_findings(
            wanted=("MAIN",),
            committed=[listed],
            lists=[one],
            commitment_of=commitment_maker(protocol, worlds.STUDY),
            digest_of=list_digest,
            again=list_maker(protocol, worlds.STUDY),
        )
    )


def test_the_list_as_committed_has_nothing_wrong() -> None:
    assert against(worlds.sealed_list()) == set()


def test_a_list_that_grew_is_held_against_its_seed() -> None:
    short, long = worlds.sealed_list(places=8), worlds.sealed_list(places=16)
    grown = replace(long, digest=short.digest)
    assert against(grown) == {"LIST_DIGEST_DIFFERS"}
    assert against(replace(grown, was_extended=True)) == set()


def test_every_way_to_alter_a_list_is_found() -> None:
    one = worlds.sealed_list()
    first, second, *rest = one.slots
    other = "PBO" if first.arm == "ESK" else "ESK"
    altered = replace(one, slots=(replace(first, arm=other), second, *rest))
    assert against(altered) == {"LIST_ALTERED", "LIST_DIGEST_DIFFERS"}
    # Whoever alters the list and its digest together is still found by the seed.
    assert against(replace(altered, digest=list_digest(altered.slots))) == {"LIST_ALTERED"}
    missing = replace(one, slots=(first, *rest))
    assert {"LIST_MISSORTED", "LIST_ALTERED"} <= against(missing)
    swapped = replace(one, slots=(second, first, *rest))
    assert {"LIST_MISSORTED", "LIST_ALTERED"} <= against(swapped)
    assert "COMMITMENT_DIFFERS" in against(replace(one, seed=bytes(32)))
    assert against(one, public="0" * 64) == {"COMMITMENT_DIFFERS"}


def test_parameters_changed_after_the_commitment_are_found() -> None:
    one = worlds.sealed_list()
    assert "COMMITMENT_DIFFERS" in against(one, worlds.changed("randomization", block_sizes=(2,)))


@pytest.mark.parametrize(
    ("method", "changes"),
    [
        ("simple", {"block_sizes": ()}),
        ("minimization", {"block_sizes": ()}),
    ],
)
def test_other_methods_have_nothing_wrong(method: str, changes: dict[str, object]) -> None:
    rule = None
    if method == "minimization":
        rule = Minimization(imbalance="range", probability="17/20")
    protocol = worlds.changed("randomization", method=method, minimization=rule, **changes)
    one = worlds.sealed_list(protocol)
    assert against(one, protocol) == set()
    assert bool(one.slots) is (method == "simple")
    nowhere = lists.strata_findings(spanned={"DE01": ["nowhere"]}, lists=[one])
    assert len(nowhere) == (method == "simple")


def test_lists_that_are_missing_unknown_or_closed_are_named() -> None:
    one = worlds.sealed_list()
    found = lists.list_findings(
        wanted=("MAIN", "SECOND"),
        committed=[
            replace(worlds.committed(one), state="CLOSED"),
            worlds.committed(replace(one, code="OLD")),
        ],
        lists=[one],
        commitment_of=commitment_maker(worlds.shipped(), worlds.STUDY),
        digest_of=list_digest,
        again=list_maker(worlds.shipped(), worlds.STUDY),
    )
    assert {(one.code, one.where) for one in found} == {
        ("LIST_CLOSED", "MAIN"),
        ("LIST_MISSING", "SECOND"),
        ("LIST_UNKNOWN", "OLD"),
    }


def test_a_stratum_is_empty_when_it_has_no_place_or_none_left() -> None:
    one = worlds.sealed_list()
    stratum = one.slots[0].stratum
    spanned = {"DE01": [stratum], "FR01": ["country=FR|oad_class=SNRI"]}
    found = lists.strata_findings(spanned=spanned, lists=[one])
    assert [(one.code, one.where) for one in found] == [("STRATUM_EMPTY", "country=FR|oad_class=SNRI")]
    assert "FR01" in found[0].text
    used = replace(one, drawn=((stratum, sum(slot.stratum == stratum for slot in one.slots)),))
    assert len(lists.strata_findings(spanned=spanned, lists=[used])) == 2


@pytest.mark.parametrize("design", ["transform_2", "sustain_3", "nct04599855"])
def test_the_shipped_labels_say_what_they_are(design: str) -> None:
    assert labels.label_findings(worlds.shipped(design)) == ()


def test_labels_that_contradict_or_repeat_are_found() -> None:
    protocol = worlds.shipped()
    one, other = protocol.arms

    def said(first: str, second: str) -> set[str]:
        arms = (one.model_copy(update={"label": first}), other.model_copy(update={"label": second}))
        return codes(labels.label_findings(protocol.model_copy(update={"arms": arms})))

    assert said(other.label, one.label) == {"LABEL_CONTRADICTS_TREATMENT"}
    assert said("Esketamine", "Esketamine-matched placebo") == set()
    assert said("Group A", "Group B") == set()
    assert said("Group A", "group a") == {"LABELS_ALIKE"}


@pytest.mark.parametrize(
    "change", [{"active": False}, {"label": "Another"}, {"fixed_mg": 56}, {"first_mg": 28}, {"code": "X"}]
)
def test_every_field_of_a_sealed_treatment_counts(change: dict[str, object]) -> None:
    one = worlds.sealed_list()
    assert labels.sealed_arm_findings(worlds.shipped(), [one]) == ()
    arms = tuple(replace(arm, **change) if arm.code == "ESK" else arm for arm in one.arms)
    found = labels.sealed_arm_findings(worlds.shipped(), [replace(one, arms=arms)])
    assert [(one.code, one.where) for one in found] == [("SEALED_TREATMENTS_DIFFER", "MAIN")]


def given(arm: str, active: int, dose: int | None = 56, *, first: bool = False) -> KitsGiven:
    return KitsGiven("D8", arm, dose, first, active, 3)


@pytest.mark.parametrize(
    ("design", "kits", "right"),
    [
        ("transform_2", given("ESK", 2), True),
        ("transform_2", given("ESK", 3, 84), True),
        ("transform_2", given("ESK", 2, 84), False),
        ("transform_2", given("ESK", 0), False),
        ("transform_2", given("PBO", 0, 84), True),
        ("transform_2", given("PBO", 1), False),
        ("transform_2", given("GONE", 0), False),
        ("nct04599855", given("ESK84", 3, None), True),
        ("nct04599855", given("ESK56", 3, None), False),
    ],
)
def test_kits_hold_what_the_treatment_calls_for(design: str, kits: KitsGiven, right: bool) -> None:
    found = labels.kit_findings(worlds.shipped(design), [kits])
    assert codes(found) == (set() if right else {"KIT_CONTENT_WRONG"})
