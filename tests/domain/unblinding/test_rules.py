"""Codes that can be read out, drills that are summed up, assessments that name no treatment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from apps.unblinding.domain.assessment import Assessment, assessment_reasons, due_at, names_a_treatment
from apps.unblinding.domain.codes import ALPHABET, code_from, code_hash, code_normal
from apps.unblinding.domain.drills import drill_times, nearest_rank
from apps.unblinding.domain.modes import ASSESSED, MODE_LABELS, UNBLINDS, Category, Mode, category_label
from apps.unblinding.domain.proofs import SuspectedReaction

ARMS = (
    "Esketamine nasal spray with a new oral antidepressant",
    "Placebo nasal spray with a new oral antidepressant",
)
GIVEN = Assessment("Nobody beside me", "None of the ratings", "The staff were told to ask nothing", "STOPS")


def test_a_code_has_ten_signs_that_nobody_mishears() -> None:
    assert len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)
    assert code_from(bytes(range(10))) == "01234-56789"
    assert code_from(bytes([31] * 16)) == "ZZZZZ-ZZZZZ"
    with pytest.raises(ValueError, match="ten random bytes"):
        code_from(bytes(9))


@pytest.mark.parametrize("typed", ["7qk2m0xh41", "7QK2M-0XH41", " 7qk2m oxh4l ", "7QK2M–OXH4I"])
def test_a_code_is_known_however_it_is_typed(typed: str) -> None:
    assert code_normal(typed) == "7QK2M0XH41"


def test_the_hash_of_a_code_belongs_to_one_envelope() -> None:
    one, other = UUID(int=1), UUID(int=2)
    assert code_hash(one, "7QK2M-0XH41") == code_hash(one, "7qk2m0xh4l")
    assert code_hash(one, "7QK2M-0XH41") != code_hash(other, "7QK2M-0XH41")


def test_times_are_those_of_drills_that_took_place() -> None:
    assert drill_times([]).p95 is None
    assert drill_times([40.0]).median == drill_times([40.0]).p95 == 40.0
    times = drill_times(float(n) for n in range(1, 21))
    assert (times.count, times.median, times.p95) == (20, 10.0, 19.0)
    with pytest.raises(ValueError, match="share"):
        nearest_rank([1.0], 0.0)


def test_an_assessment_answers_every_question() -> None:
    assert assessment_reasons(GIVEN, treatments=ARMS) == []
    found = assessment_reasons(Assessment(" ", "x" * 2001, "none", "MAYBE"), treatments=ARMS)
    assert {(reason.field, reason.code) for reason in found} == {
        ("who_learned", "required"), ("effect", "too_long"), ("treatment", "unknown_choice"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("It was esketamine", True),
        ("She had the PLACEBO.", True),
        ("placebos were given", True),
        ("It was verum", True),
        ("The nasal spray with the oral antidepressant was stopped", False),
        ("The treatment is known to me alone", False),
    ],
)
def test_no_text_names_any_treatment_whichever_it_names(text: str, named: bool) -> None:
    assert names_a_treatment(text, treatments=ARMS) is named


def test_an_assessment_is_due_three_days_after_the_opening() -> None:
    opened = datetime(2026, 3, 10, 2, 30, tzinfo=UTC)
    assert due_at(opened) - opened == timedelta(days=3)


def test_every_way_is_named_and_all_but_a_drill_unblind() -> None:
    assert set(MODE_LABELS) == set(Mode)
    assert set(UNBLINDS) == set(Mode) - {Mode.DRILL}
    assert {Mode.EMERGENCY, Mode.MEDIATED} == ASSESSED
    assert all(category_label(one.value) for one in Category)
    assert category_label("") == ""


@pytest.mark.parametrize("lacking", ["is_serious", "is_related", "is_unexpected"])
def test_a_reaction_needs_all_three(lacking: str) -> None:
    facts = {"is_serious": True, "is_related": True, "is_unexpected": True}
    assert SuspectedReaction(UUID(int=1), UUID(int=2), **facts).qualifies
    assert not SuspectedReaction(UUID(int=1), UUID(int=2), **{**facts, lacking: False}).qualifies
