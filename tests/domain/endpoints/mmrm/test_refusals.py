"""What cannot be analysed is refused aloud, with every fault and where it stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from apps.endpoints.domain.mmrm import (
    Covariance,
    DegreesOfFreedom,
    Estimation,
    Factor,
    MmrmModel,
    ModelFrame,
    NoFit,
    Numeric,
    fit_mmrm,
)
from apps.endpoints.domain.results import NotEstimable
from apps.endpoints.domain.values import NotAnalysable
from tests.domain.endpoints.mmrm.cast import fev_frame, fev_model, real, trial, trial_model


def refused(frame: ModelFrame, model: MmrmModel) -> list[str]:
    with pytest.raises(NotAnalysable) as fault:
        fit_mmrm(frame, model=model)
    return [reason.message for reason in fault.value.reasons]


def with_row(frame: ModelFrame, row: int, *, outcome: float | None = 1.0, **changed: object) -> ModelFrame:
    """The frame with one more row like `row`, some columns changed."""
    columns = {}
    for name, column in frame.columns.items():
        values = [*column.values, changed.get(name, column.values[row])]
        columns[name] = replace(column, values=values)
    return replace(
        frame,
        subject=[*frame.subject, frame.subject[row]],
        outcome=[*frame.outcome, outcome],
        columns=columns,
    )


def test_two_outcomes_at_one_visit_are_named_with_their_rows() -> None:
    frame = trial(subjects=20, visits=3, seed=1)
    (message,) = refused(with_row(frame, 4), trial_model())
    assert message == (
        "S00001 has 2 outcomes at Day 14 (row 5, row 61); which one counts is decided before the analysis."
    )
    numbered = replace(with_row(frame, 4), lines=range(2, 63))
    assert "(line 6, line 62)" in refused(numbered, trial_model())[0]


def test_a_second_row_without_outcome_is_no_contradiction() -> None:
    frame = trial(subjects=40, visits=3, seed=1)
    assert fit_mmrm(with_row(frame, 4, outcome=None), model=trial_model()).statistics.rows == 120


def test_every_fault_of_the_rows_is_told_at_once() -> None:
    frame = with_row(trial(subjects=20, visits=3, seed=1), 4, AVISIT="Day 28", ARM="PBO")
    outcome = [float("nan"), float("inf"), *frame.outcome[2:]]
    base = frame.columns["BASE"]
    columns = {**frame.columns, "BASE": Numeric([float("-inf"), *list(base.values)[1:]])}  # type: ignore[list-item]
    columns["ARM"] = replace(
        columns["ARM"], values=["ESK", *["PBO", "ESK"], *list(columns["ARM"].values)[3:]]
    )
    messages = refused(replace(frame, outcome=outcome, columns=columns), trial_model())
    assert messages == [
        "The outcome of row 1 is not a finite number.",
        "The outcome of row 2 is not a finite number.",
        "AVISIT of row 61 is 'Day 28', which is none of its levels.",
        "BASE of row 1 is not a finite number.",
        "S00000 is in more than one arm: ESK, PBO.",
    ]


def test_every_fault_of_the_model_is_told_at_once() -> None:
    model = trial_model(
        reference="NOBODY",
        terms=(("AGE",), ("ARM", "ARM")),
        estimation=Estimation.ML,
        level=1.5,
        reference_levels={"REGION": "MOON"},
    )
    messages = refused(trial(subjects=20, visits=3, seed=1), replace(model, covariance=()))
    assert messages == [
        "There is no column AGE.",
        "NOBODY is not a level of ARM: PBO, ESK.",
        "MOON is not a level of REGION: EU, NA, ROW.",
        "The term ARM*ARM names a column twice.",
        "No covariance structure is named.",
        "Kenward-Roger is defined for REML only; with ML ask for Satterthwaite.",
        "The level of intervals, 1.5, must lie between 0 and 1.",
    ]


def test_a_visit_or_an_arm_must_have_levels() -> None:
    frame = trial(subjects=20, visits=3, seed=1)
    columns = {**frame.columns, "ARM": Numeric([1.0] * 60)}
    assert "The arm ARM must be a factor with levels, not a number." in refused(
        replace(frame, columns=columns), trial_model()
    )


def test_columns_of_other_lengths_are_refused() -> None:
    frame = trial(subjects=20, visits=3, seed=1)
    columns = {**frame.columns, "BASE": Numeric([1.0])}
    messages = refused(replace(frame, columns=columns, outcome=[1.0], weights=[1.0]), trial_model())
    assert messages == [
        "the outcome has 1 values for 60 rows.",
        "BASE has 1 values for 60 rows.",
        "the weights has 1 values for 60 rows.",
    ]


@pytest.mark.parametrize("weight", [0.0, -1.0, float("nan"), float("inf")])
def test_a_weight_is_a_positive_number(weight: float) -> None:
    frame = trial(subjects=20, visits=3, seed=1)
    (message,) = refused(replace(frame, weights=[weight] + [1.0] * 59), trial_model())
    assert message.startswith("The weight of row 1 is")


def test_a_visit_nobody_came_to_and_a_constant_outcome_are_refused() -> None:
    frame = trial(subjects=20, visits=3, seed=1)
    visit = frame.columns["AVISIT"]
    assert isinstance(visit, Factor)
    planned = replace(visit, levels=(*visit.levels, "Day 28", "Day 35"))
    constant = replace(frame, columns={**frame.columns, "AVISIT": planned}, outcome=[4.0] * 60)
    assert refused(constant, trial_model()) == [
        "Nobody has an outcome at Day 28.",
        "Nobody has an outcome at Day 35.",
        "The outcome is the same number, 4, in every row.",
    ]


def test_no_outcome_at_all_is_refused() -> None:
    frame = trial(subjects=20, visits=3, seed=1)
    assert refused(replace(frame, outcome=[None] * 60), trial_model()) == [
        "No row has an outcome and every covariate."
    ]
    assert refused(
        ModelFrame([], [], {k: replace(v, values=[]) for k, v in frame.columns.items()}, "AVISIT"),
        trial_model(),
    ) == ["No row has an outcome and every covariate."]


def test_fewer_rows_than_columns_are_refused_with_the_columns() -> None:
    (message,) = refused(trial(subjects=3, visits=3, seed=1), trial_model())
    assert message.startswith("9 rows cannot carry a model of 9 columns: intercept, BASE, ")


def test_an_outcome_the_columns_explain_entirely_is_refused() -> None:
    frame = trial(subjects=20, visits=3, seed=1)
    base = [2.0 * value for value in frame.columns["BASE"].values]  # type: ignore[operator]
    assert refused(replace(frame, outcome=base), trial_model()) == [
        "The model fits every outcome exactly; there is no residual to learn from."
    ]


def test_rows_with_a_missing_covariate_are_set_aside_and_told() -> None:
    frame = trial(subjects=40, visits=3, seed=1)
    base = list(frame.columns["BASE"].values)
    base[3:6] = [None, None, None]
    fit = fit_mmrm(replace(frame, columns={**frame.columns, "BASE": Numeric(base)}), model=trial_model())  # type: ignore[arg-type]
    assert [(row.subject, row.visit, row.missing) for row in fit.set_aside] == [
        ("S00001", "Day 7", ("BASE",)),
        ("S00001", "Day 14", ("BASE",)),
        ("S00001", "Day 21", ("BASE",)),
    ]
    assert fit.subjects_without_data == ("S00001",)
    assert fit.statistics.rows == 117


def test_an_arm_that_was_not_seen_at_a_visit_is_not_estimable_there_and_nowhere_zero() -> None:
    frame = trial(subjects=60, visits=3, seed=2)
    outcome = [
        None if (visit, arm) == ("Day 21", "ESK") else value
        for value, visit, arm in zip(
            frame.outcome, frame.columns["AVISIT"].values, frame.columns["ARM"].values, strict=True
        )
    ]
    fit = fit_mmrm(replace(frame, outcome=outcome), model=trial_model())
    assert fit.lost == ("AVISIT=Day 21:ARM=ESK",)
    by = {(one.arm, one.visit): one for one in fit.ls_means}
    assert by["ESK", "Day 21"].n == 0
    assert by["ESK", "Day 21"].estimate == NotEstimable(
        "the data do not separate this from AVISIT=Day 21:ARM=ESK"
    )
    real(by["PBO", "Day 21"].estimate)
    assert isinstance(fit.differences[2].estimate, NotEstimable)
    real(fit.differences[1].estimate)
    assert isinstance(fit.overall_test(), NotEstimable)


def test_an_arm_nobody_was_in_is_not_estimable() -> None:
    frame = trial(subjects=60, visits=3, seed=2)
    arm = frame.columns["ARM"]
    assert isinstance(arm, Factor)
    frame = replace(frame, columns={**frame.columns, "ARM": replace(arm, levels=("PBO", "LOW", "ESK"))})
    fit = fit_mmrm(frame, model=trial_model())
    assert {d.arm for d in fit.differences if isinstance(d.estimate, NotEstimable)} == {"LOW"}
    assert fit.differences[0].estimate == NotEstimable("no subject of this arm")


def test_a_column_that_repeats_another_is_lost_by_name() -> None:
    frame = trial(subjects=60, visits=3, seed=2)
    twice = {**frame.columns, "AGAIN": frame.columns["BASE"]}
    model = trial_model()
    fit = fit_mmrm(replace(frame, columns=twice), model=replace(model, terms=(*model.terms, ("AGAIN",))))
    assert fit.lost == ("AGAIN",)
    plain = fit_mmrm(frame, model=model)
    assert real(fit.differences[-1].estimate).estimate == pytest.approx(
        real(plain.differences[-1].estimate).estimate, rel=1e-10
    )
    assert isinstance(fit.contrast({"AGAIN": 1}), NotEstimable)
    assert isinstance(fit.contrast({"BASE": 1}), NotEstimable)


def test_when_no_structure_fits_every_attempt_is_told() -> None:
    ladder = (Covariance.UNSTRUCTURED, Covariance.TOEPLITZ_HETEROGENEOUS)
    frame = trial(subjects=5, visits=5, seed=3, drop_out=0.3)
    with pytest.raises(NoFit) as fault:
        fit_mmrm(frame, model=trial_model(*ladder, terms=(("AVISIT",),)))
    assert [attempt.covariance for attempt in fault.value.attempts] == list(ladder)
    assert all(attempt.refused for attempt in fault.value.attempts)
    assert [reason.message.split(":")[0] for reason in fault.value.reasons] == [
        "unstructured",
        "heterogeneous Toeplitz",
    ]


def test_the_ladder_goes_on_to_the_first_structure_that_fits_and_keeps_why() -> None:
    ladder = (Covariance.UNSTRUCTURED, Covariance.AUTOREGRESSIVE)
    frame = trial(subjects=12, visits=5, seed=1003, drop_out=0.25)
    fit = fit_mmrm(frame, model=trial_model(*ladder))
    assert fit.covariance is Covariance.AUTOREGRESSIVE
    first, second = fit.attempts
    assert first.refused
    assert not first.accepted
    assert second.accepted
    assert second.eigenvalue > 0


def test_visits_that_nobody_has_both_of_are_named() -> None:
    frame = trial(subjects=60, visits=3, seed=2)
    outcome = [None if row % 3 == 1 + (row // 3) % 2 else value for row, value in enumerate(frame.outcome)]
    with pytest.raises(NoFit) as fault:
        fit_mmrm(replace(frame, outcome=outcome), model=trial_model())
    assert str(fault.value).endswith("; nobody has both Day 14 and Day 21.")
    ladder = trial_model(Covariance.UNSTRUCTURED, Covariance.AUTOREGRESSIVE)
    assert fit_mmrm(replace(frame, outcome=outcome), model=ladder).covariance is Covariance.AUTOREGRESSIVE


def test_a_joint_test_without_a_matching_distribution_is_told_as_such() -> None:
    """Six subjects at two visits: the moments of Kenward and Roger's F do not exist; each contrast's t does."""
    model = trial_model(terms=(("BASE",), ("AVISIT",), ("ARM",), ("AVISIT", "ARM")))
    told = [fit_mmrm(trial(subjects=6, visits=2, seed=seed), model=model) for seed in range(12)]
    tests = [fit.overall_test() for fit in told]
    refused = [test for test in tests if isinstance(test, NotEstimable)]
    assert refused
    assert all(test.reason.startswith("too few subjects") for test in refused)
    assert all(real(one.estimate).df > 0 for fit in told for one in fit.differences)


def test_maximum_likelihood_goes_with_satterthwaite() -> None:
    fit = fit_mmrm(
        fev_frame(),
        model=fev_model(estimation=Estimation.ML, degrees_of_freedom=DegreesOfFreedom.SATTERTHWAITE),
    )
    assert fit.vcov == fit.vcov_unadjusted
