"""A manifest is refused with every fault, and whenever something visible would tell the content."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.supply.domain.manifest import KitReceived, manifest_faults, manifest_read, runs_deviation

HEADER = "number,serial,site,lot,expires_on,content\n"


def kits(contents: Sequence[str], *, first: int = 1000) -> list[KitReceived]:
    return [
        KitReceived(f"K{first + index}", "DE01", "L1", date(2027, 6, 30), content)
        for index, content in enumerate(contents)
    ]


MIXED = kits(["ACTIVE", "PLACEBO", "PLACEBO", "ACTIVE", "PLACEBO", "ACTIVE", "ACTIVE", "PLACEBO"])


def faults(
    rows: Sequence[KitReceived], *, known: Sequence[str] = (), blinded: bool = True
) -> tuple[str, ...]:
    return manifest_faults(rows, sites={"DE01", "US01"}, known_numbers=set(known), blinded=blinded)


def test_a_mixed_manifest_is_accepted() -> None:
    assert faults(MIXED) == ()


def test_every_fault_is_named() -> None:
    rows = [
        *MIXED,
        MIXED[0],
        replace(MIXED[1], number="K9", site="FR01"),
        replace(MIXED[2], number="K8", content="?"),
    ]
    assert faults(rows, known=["K1004"]) == (
        "Kit K1000 is listed twice.",
        "Kit K1004 is already registered.",
        "There is no site FR01.",
        "Kit K8: content must be ACTIVE or PLACEBO.",
    )
    assert faults([]) == ("The manifest holds no kit.",)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"lot": "L2"}, "lot L2"),
        ({"expires_on": date(2027, 1, 31)}, "expiry 2027-01-31"),
        ({"site": "US01"}, "site US01"),
    ],
)
def test_what_everybody_sees_must_not_tell_the_content(change: dict[str, object], fault: str) -> None:
    rows = [replace(kit, **change) if kit.content == "ACTIVE" else kit for kit in MIXED]  # type: ignore[arg-type]
    assert any(fault in sentence for sentence in faults(rows))
    assert faults(rows, blinded=False) == ()


def test_letters_of_the_number_must_not_tell_the_content() -> None:
    rows = [replace(kit, number=kit.number.replace("K", kit.content[0])) for kit in MIXED]
    assert any("beginning with 'A'" in sentence for sentence in faults(rows))


def test_serials_must_not_tell_the_content_and_are_unique() -> None:
    numbered = [replace(kit, serial=f"S{index * 37 % 101}") for index, kit in enumerate(MIXED)]
    assert faults(numbered) == ()
    assert faults([*numbered[:-1], replace(numbered[-1], serial="S0")]) == ("Serial S0 is listed twice.",)
    lettered = [replace(kit, serial=f"{kit.content[0]}{kit.number}") for kit in MIXED]
    assert any("serials beginning with 'AK'" in sentence for sentence in faults(lettered))
    some = [replace(kit, serial=kit.serial if kit.content == "ACTIVE" else "") for kit in numbered]
    assert any("with and without a serial" in sentence for sentence in faults(some))
    many = kits([("ACTIVE", "PLACEBO")[(index * index * 7 + index * 13) % 101 % 2] for index in range(80)])
    ordered = [
        replace(kit, serial=f"S{1000 + index}")
        for index, kit in enumerate(sorted(many, key=lambda kit: kit.content))
    ]
    assert any("order of the serials" in sentence for sentence in faults(ordered))


@pytest.mark.parametrize(
    "contents",
    [
        ["ACTIVE"] * 30 + ["PLACEBO"] * 30,
        ["ACTIVE", "PLACEBO"] * 30,
        (["ACTIVE"] * 6 + ["PLACEBO"] * 6) * 6,
    ],
)
def test_numbers_in_the_order_of_the_content_are_refused(contents: list[str]) -> None:
    assert any("must be shuffled" in sentence for sentence in faults(kits(contents)))


def test_shuffled_numbers_are_accepted() -> None:
    contents = [("ACTIVE", "PLACEBO")[(index * index * 7 + index * 13) % 101 % 2] for index in range(200)]
    assert abs(runs_deviation(contents)) < 4
    assert faults(kits(contents)) == ()


def test_the_runs_deviation_has_mean_zero_and_variance_one_over_all_orders() -> None:
    """Over every order of 10 and 10 chosen at even spacing, the standardized runs behave as the theory says."""
    values = []
    for chosen in itertools.islice(itertools.combinations(range(20), 10), 0, None, 17):
        values.append(runs_deviation(["ACTIVE" if index in chosen else "PLACEBO" for index in range(20)]))
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / len(values)
    assert abs(mean) < 0.05
    assert abs(variance - 1) < 0.05


def test_a_readable_file_is_read() -> None:
    rows, found = manifest_read(
        HEADER + "K100,S.1,DE01,L1,2027-06-30,ACTIVE\nK101,S.2,DE01,L1,2027-06-30,PLACEBO\n"
    )
    assert found == ()
    assert rows[1] == KitReceived("K101", "DE01", "L1", date(2027, 6, 30), "PLACEBO", "S.2")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "line 1"),
        ("number,site\nK1,DE01\n", "line 1"),
        (HEADER + "K 1,S.1,DE01,L1,2027-06-30,ACTIVE\n", "line 2: number"),
        (HEADER + "k100,S.1,DE01,L1,2027-06-30,ACTIVE\n", "line 2: number"),
        (HEADER + "K100,,DE01,L1,2027-06-30,ACTIVE\n", "line 2: serial"),
        (HEADER + "K100,S.1,,L1,2027-06-30,ACTIVE\n", "line 2: site"),
        (HEADER + "K100,S.1,DE01,L1,30.06.2027,ACTIVE\n", "line 2: expires_on"),
        (HEADER + "K100,S.1,DE01,L1,2027-06-30,ESK\n", "line 2: content"),
        (HEADER + "K100,S.1,DE01,L1,2027-06-30,ACTIVE,more\n", "line 2: too many"),
        (HEADER + "K100,S.1,DE01\n", "line 2"),
    ],
)
def test_an_unreadable_line_is_named(text: str, fault: str) -> None:
    rows, found = manifest_read(text)
    assert rows == ()
    assert any(sentence.startswith(fault) for sentence in found)


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    rows, found = manifest_read(text)
    assert not rows or not found


@given(st.text())
def test_no_line_breaks_the_reader(text: str) -> None:
    manifest_read(HEADER + text)
