"""Bang's blinding index, held against counts whose index can be had by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from apps.endpoints.domain.bang import Belief, GuessCounts, bang_five, bang_three, guess_counts
from apps.endpoints.domain.report import Table, compose_report, report_to_json
from apps.endpoints.domain.values import Arm, GuessRecord, NotAnalysable, TrialRecords
from tests.domain.endpoints.cast import PBO, treated
from tests.domain.endpoints.test_report import BY_ARM, PROVENANCE

#: The cholesterol trial of Bang 2004: 277 on the drug, 139 on placebo; drug and placebo guesses by certainty.
DRUG = GuessCounts((38, 44, 170, 21, 4))
PLACEBO = GuessCounts((11, 16, 83, 21, 8))


def test_three_grades_of_the_published_trial() -> None:
    # Drug: (82 - 25) / 277. Placebo: (29 - 27) / 139. Variance: ((82 + 25)/277 - index²) / 277, likewise for placebo.
    drug, placebo = bang_three(DRUG, active=True), bang_three(PLACEBO, active=False)
    assert drug is not None
    assert placebo is not None
    assert drug.value == pytest.approx(57 / 277)
    assert placebo.value == pytest.approx(2 / 139)
    assert drug.variance == pytest.approx((107 / 277 - (57 / 277) ** 2) / 277)
    assert placebo.variance == pytest.approx((56 / 139 - (2 / 139) ** 2) / 139)
    for found, value, two_sided, one_sided in (
        (drug, 0.21, (0.14, 0.27), (0.15, 0.26)),
        (placebo, 0.01, (-0.09, 0.12), (-0.07, 0.10)),
    ):
        assert round(found.value, 2) == value
        assert (round(found.interval.low, 2), round(found.interval.high, 2)) == two_sided
        # The limits that go with a one-sided level of 95 percent are those of a two-sided interval of 90.
        arm, active = (DRUG, True) if found is drug else (PLACEBO, False)
        ninety = bang_three(arm, active=active, level=0.90).interval
        assert (round(ninety.low, 2), round(ninety.high, 2)) == one_sided


def test_five_grades_of_the_published_trial() -> None:
    # Drug: (38 + 44/2 - 21/2 - 4) / 277 = 45.5/277. Placebo: (8 + 21/2 - 16/2 - 11) / 139 = -0.5/139.
    drug, placebo = bang_five(DRUG, active=True), bang_five(PLACEBO, active=False)
    assert drug is not None
    assert placebo is not None
    assert drug.value == pytest.approx(45.5 / 277)
    assert placebo.value == pytest.approx(-0.5 / 139)
    square = (38 + 44 / 4 + 21 / 4 + 4) / 277
    assert drug.variance == pytest.approx((square - (45.5 / 277) ** 2) / 277)


def test_the_variance_is_bangs_formula_for_three_grades() -> None:
    # Bang 2004, formula for 2x3: (p1(1 - p1) + p2(1 - p2) + 2 p1 p2) / n.
    p1, p2, n = 82 / 277, 25 / 277, 277
    found = bang_three(DRUG, active=True)
    assert found is not None
    assert found.variance == pytest.approx((p1 * (1 - p1) + p2 * (1 - p2) + 2 * p1 * p2) / n)


@pytest.mark.parametrize(
    ("counts", "active", "value"),
    [
        ((10, 0, 0, 0, 0), True, 1.0),
        ((10, 0, 0, 0, 0), False, -1.0),
        ((0, 0, 10, 0, 0), True, 0.0),
        ((5, 0, 0, 0, 5), True, 0.0),
        ((0, 0, 0, 0, 7), False, 1.0),
    ],
)
def test_the_ends_and_the_middle(counts: tuple[int, int, int, int, int], active: bool, value: float) -> None:
    found = bang_three(GuessCounts(counts), active=active)
    assert found is not None
    assert found.value == pytest.approx(value)
    assert (found.interval is None) == (found.variance == 0)


def test_of_nobody_there_is_no_index_and_no_answer_is_invented() -> None:
    assert bang_three(guess_counts([]), active=True) is None
    assert guess_counts([1, 1, 3, 5]).counts == (2, 0, 1, 0, 1)
    for wrong in (0, 6):
        with pytest.raises(NotAnalysable):
            guess_counts([wrong])
    with pytest.raises(NotAnalysable):
        GuessCounts((1, 0, 0, 0, -1))


def guessed(*, arms: bool) -> TrialRecords:
    people = [treated(f"p{n:02d}", ("ESK" if n < 10 else "PBO") if arms else None) for n in range(20)]
    beliefs = [Belief.CERTAINLY_DRUG] * 6 + [Belief.UNKNOWN] * 6 + [Belief.RATHER_PLACEBO] * 6
    guesses = tuple(GuessRecord(one.number, belief) for one, belief in zip(people, beliefs, strict=False))
    return TrialRecords(tuple(people), (), guesses=guesses)


def test_the_report_by_arm_shows_the_index_and_the_pooled_one_only_how_many_answered() -> None:
    plan = replace(BY_ARM, arms=(Arm("ESK", "Esketamine"), replace(PBO, active=False)), guess_asked=True)
    report = compose_report(guessed(arms=True), plan=plan, provenance=PROVENANCE)
    section = next(one for one in report.sections if one.key == "blinding")
    table = next(block for block in section.blocks if isinstance(block, Table))
    assert [row.cells[1].value for row in table.rows] == [10, 8]
    assert table.rows[0].cells[5].value == pytest.approx(0.6)
    assert table.rows[1].cells[6].value == pytest.approx(6 * 0.5 / 8)

    pooled = replace(plan, arms=None, reference=None)
    with_arms = report_to_json(compose_report(guessed(arms=True), plan=pooled, provenance=PROVENANCE))
    assert with_arms == report_to_json(
        compose_report(guessed(arms=False), plan=pooled, provenance=PROVENANCE)
    )
    assert "18 of 20 treated participants answered" in with_arms
    assert "Index" not in with_arms


def test_a_protocol_that_asks_for_no_guess_has_no_such_section() -> None:
    report = compose_report(guessed(arms=True), plan=BY_ARM, provenance=PROVENANCE)
    assert "blinding" not in [section.key for section in report.sections]
