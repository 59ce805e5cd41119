"""An uploaded list is read as it is, or refused with every fault named by its line."""

# ruff: noqa: E501 - a table is read by its rows

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.randomization.domain.blocks import build_list
from apps.randomization.domain.commitment import list_commitment
from apps.randomization.domain.shapes import ArmShare, ListPlan, Slot
from apps.randomization.domain.upload import UploadInvalid, list_read, plan_with_upload

PLAN = ListPlan("S.MAIN", (ArmShare("ESK", 1), ArmShare("PBO", 1)), method="uploaded")
SOUND = """stratum,seq,arm,block
age=old,1,ESK,1
age=old,2,PBO,1
age=old,3,PBO,2
age=old,4,ESK,2
age=young,1,PBO,1
age=young,2,ESK,1
"""
STRATA = ("age=old", "age=young")


def read(text: str | bytes, *, strata: tuple[str, ...] = STRATA, sha256: str = "") -> tuple[Slot, ...]:
    content = text.encode() if isinstance(text, str) else text
    return list_read(content, plan=PLAN, strata=strata, sha256=sha256 or hashlib.sha256(content).hexdigest())


def faults_of(text: str | bytes, **given: object) -> dict[str, str]:
    with pytest.raises(UploadInvalid) as refused:
        read(text, **given)  # type: ignore[arg-type]
    found: dict[str, str] = {}
    for reason in refused.value.reasons:
        found[reason.field] = f"{found.get(reason.field, '')} {reason.message}".strip()
    return found


def test_a_sound_list_is_read_with_its_blocks() -> None:
    assert read(SOUND) == (
        Slot("age=old", 1, 0, 2, "ESK"),
        Slot("age=old", 2, 0, 2, "PBO"),
        Slot("age=old", 3, 1, 2, "PBO"),
        Slot("age=old", 4, 1, 2, "ESK"),
        Slot("age=young", 1, 0, 2, "PBO"),
        Slot("age=young", 2, 0, 2, "ESK"),
    )


def test_without_blocks_every_place_is_its_own() -> None:
    slots = read("stratum,seq,arm\nall,1,ESK\nall,2,ESK\nall,3,PBO\n", strata=("all",))
    assert [(slot.block, slot.size) for slot in slots] == [(0, 1), (1, 1), (2, 1)]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + SOUND,
        SOUND.replace("\n", "\r\n"),
        SOUND.replace(",", " , ").replace("\n", "\n\n"),
        SOUND.replace("stratum,seq,arm,block", "Stratum,SEQ,Arm,Block"),
        SOUND.replace("ESK", '"ESK"').rstrip(),
        "\n".join([SOUND.splitlines()[0], *SOUND.splitlines()[5:], *SOUND.splitlines()[1:5]]),
    ],
    ids=[
        "byte order mark",
        "CRLF",
        "spaces and empty lines",
        "capitals",
        "quotes",
        "strata in another order",
    ],
)
def test_what_spreadsheets_do_to_a_file_changes_nothing(text: str) -> None:
    assert read(text) == read(SOUND)


PLANTED: list[tuple[str, str, str, str, str]] = [
    ("wrong arm", "old,2,PBO", "old,2,PLACEBO", "line 3", "The arm is none of the protocol's (ESK, PBO)."),
    ("arm in small letters", "old,2,PBO", "old,2,pbo", "line 3", "none of the protocol's"),
    ("unknown stratum", "age=young,2", "age=middle,2", "line 7", "no stratum age=middle"),
    ("no stratum", "age=young,2", ",2", "line 7", "no stratum without a name"),
    ("missing stratum", "age=young,1,PBO,1\nage=young,2,ESK,1\n", "", "", "The stratum age=young is missing."),
    ("duplicate place", "old,3,PBO", "old,2,PBO", "line 4", "Place 2 of age=old already stands in line 3."),
    ("gap", "old,3,PBO,2\nage=old,4", "old,5,PBO,2\nage=old,6", "line 4", "Gap: place 3 to 4 of age=old is missing."),
    ("place zero", "age=young,1", "age=young,0", "line 6", "count from 1"),
    ("mis-sorted places", "old,1,ESK,1\nage=old,2,PBO,1", "old,2,PBO,1\nage=old,1,ESK,1", "line 3", "Mis-sorted: place 1 of age=old stands after place 2."),
    ("block without its ratio", "old,4,ESK", "old,4,PBO", "line 4", "Block 2 of age=old does not hold"),
    ("block taken up again", "old,4,ESK,2", "old,4,ESK,1", "line 5", "block 1 of age=old was already closed"),
    ("half a block", "age=young,2,ESK,1\n", "", "line 6", "Block 1 of age=young does not hold"),
    ("a place in words", "old,3", "old,three", "line 4", "must be whole numbers"),
    ("a negative place", "old,3", "old,-3", "line 4", "must be whole numbers"),
    ("a place beyond all", "old,3", "old,1000000000", "line 4", "at most nine digits"),
    ("too few values", "old,3,PBO,2", "old,3,PBO", "line 4", "3 values instead of 4"),
    ("a stray quote", "old,3,PBO,2", 'old,3,"PBO,2', "line 4", "3 values instead of 4"),
    ("another header", "stratum,seq,arm,block", "stratum;seq;arm;block", "line 1", "The first line must be stratum,seq,arm"),
    ("header in another order", "stratum,seq,arm,block", "seq,stratum,arm,block", "line 1", "first line"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "line", "said"), [row[1:] for row in PLANTED], ids=[row[0] for row in PLANTED]
)
def test_the_planted_fault_is_named_by_its_line(before: str, after: str, line: str, said: str) -> None:
    assert before in SOUND
    found = faults_of(SOUND.replace(before, after))
    assert line in found, found
    assert said in found[line]


@pytest.mark.parametrize(("text", "said"), [("", "first line"), ("stratum,seq,arm\n", "no places")])
def test_an_empty_list_is_refused(text: str, said: str) -> None:
    assert said in faults_of(text)["line 1"]


def test_all_faults_are_named_at_once() -> None:
    spoilt = SOUND.replace("old,2,PBO", "old,2,X").replace("old,4,ESK", "old,6,ESK")
    assert set(faults_of(spoilt, sha256="0" * 64)) == {"", "line 2", "line 3", "line 5"}


def test_another_hash_is_refused_and_says_what_it_is() -> None:
    actual = hashlib.sha256(SOUND.encode()).hexdigest()
    assert actual in faults_of(SOUND, sha256="ab" * 32)[""]
    assert read(SOUND, sha256=f" {actual.upper()}\n") == read(SOUND)


def test_what_is_no_text_or_too_long_is_refused() -> None:
    assert "not UTF-8" in faults_of(SOUND.encode("utf-16"))[""]
    assert "longer than" in faults_of(b"x" * 10_000_001)[""]


def test_a_flood_of_faults_is_summed_up() -> None:
    with pytest.raises(UploadInvalid) as refused:
        read("stratum,seq,arm\n" + "all,1,X\n" * 1000, strata=("all",))
    assert len(refused.value.reasons) == 201
    assert "faults more" in refused.value.reasons[-1].message


@pytest.mark.parametrize(
    "arms", ["ESK " * 9 + "PBO " * 9, "ESK " * 30], ids=["sorted by arm", "one arm only"]
)
def test_a_list_that_chance_never_gives_is_refused(arms: str) -> None:
    rows = "".join(f"all,{place},{arm}\n" for place, arm in enumerate(arms.split(), start=1))
    found = faults_of("stratum,seq,arm\n" + rows, strata=("all",))
    assert "Mis-sorted" in found["line 2"] or "leave out an arm" in found["line 2"]


def test_no_message_repeats_an_arm_that_stands_in_the_list() -> None:
    found = faults_of("stratum,seq,arm\nall,1,esketamine 56 mg\nall,3,ESK\n", strata=("all",))
    assert "56" not in str(found)
    assert set(found) == {"line 2", "line 3"}


@given(seed=st.binary(min_size=32, max_size=32), places=st.integers(1, 30))
def test_a_list_written_out_is_read_back_as_it_was(seed: bytes, places: int) -> None:
    source = ListPlan("S.MAIN", PLAN.arms, (4, 6))
    slots = build_list(plan=source, seed=seed, strata=STRATA, places=places)
    rows = "".join(f"{slot.stratum},{slot.seq},{slot.arm},{slot.block}\n" for slot in slots)
    assert read("stratum,seq,arm,block\n" + rows) == slots


@given(st.binary(max_size=200))
def test_no_bytes_bring_the_reader_down(content: bytes) -> None:
    for given_bytes in (content, b"stratum,seq,arm\n" + content):
        with pytest.raises(UploadInvalid):
            read(given_bytes)


def test_the_commitment_holds_the_uploaded_places() -> None:
    # The two places of the last block, exchanged.
    other = SOUND.replace("young,1,PBO", "young,1,ESK").replace("young,2,ESK", "young,2,PBO")
    plans = [plan_with_upload(PLAN, read(text)) for text in (SOUND, other)]
    assert len({list_commitment(seed=bytes(32), plan=plan) for plan in plans}) == 2
