"""Fit a mixed model for repeated measures, and read means, differences and tests off it.

The model: the outcome of a subject at the planned visits is normal with mean ``X beta`` and a covariance matrix
Sigma shared by all subjects (of which a subject with fewer visits has the part); subjects are independent, and
what is missing is missing at random. Sources: Mallinckrodt et al., Drug Inf J 2008;42:303; Kenward and Roger,
Biometrics 1997;53:983.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from apps.endpoints.domain.least_squares import Matrix
from apps.endpoints.domain.mmrm.coordinates import Coordinates
from apps.endpoints.domain.mmrm.design import Design
from apps.endpoints.domain.mmrm.faults import (
    columns_used,
    refuse_bad_frame,
    refuse_bad_model,
    refuse_bad_rows,
)
from apps.endpoints.domain.mmrm.fitted import (
    ArmMean,
    Coefficient,
    FitStatistics,
    MmrmFit,
    PatternCount,
    VisitDifference,
    table_of,
)
from apps.endpoints.domain.mmrm.frame import AnalysedRows, Factor, ModelFrame, analysed_rows
from apps.endpoints.domain.mmrm.inference import Inference
from apps.endpoints.domain.mmrm.likelihood import Likelihood
from apps.endpoints.domain.mmrm.model import Covariance, Estimation, MmrmModel
from apps.endpoints.domain.mmrm.patterns import Patterns
from apps.endpoints.domain.mmrm.reading import Reader
from apps.endpoints.domain.mmrm.search import Attempt, Stop, attempt_fit
from apps.endpoints.domain.results import NotEstimable
from apps.endpoints.domain.values import NotAnalysable


class NoFit(NotAnalysable):
    """No structure of the ladder could be fitted; `attempts` say why, one by one."""

    code = "no_fit"
    title = "The model could not be fitted"

    def __init__(self, attempts: tuple[Attempt, ...]) -> None:
        super().__init__(*(f"{attempt.covariance.label}: {attempt.refused}." for attempt in attempts))
        self.attempts = attempts


def fit_mmrm(data: ModelFrame, *, model: MmrmModel) -> MmrmFit:
    """Fit the first structure of the model's ladder that can be fitted.

    Row order does not matter. Rows without an outcome do not enter; rows with an outcome and a missing covariate
    are set aside and told.

    :raises NotAnalysable: if the rows contradict each other, hold what is no number, or are too few; every fault
        is named.
    :raises NoFit: if no structure of the ladder is accepted.
    """
    refuse_bad_model(model, data)
    refuse_bad_frame(model, data)
    visits = _levels(data, data.visit)
    rows = analysed_rows(data, used=columns_used(model, data))
    refuse_bad_rows(rows, visits=visits)
    design = Design.of(rows, data, model)
    coordinates = Coordinates.of(design.matrix, rows.outcome, names=design.names, weights=rows.weights)
    patterns = Patterns.of(
        coordinates.columns,
        coordinates.residual,
        subject_of=rows.subject_of,
        visit_of=rows.visit_of,
        visits=len(visits),
    )
    likelihood = Likelihood(patterns, restricted=model.estimation is Estimation.REML)
    attempts, stop = _climb_down(likelihood, coordinates, model, visits)
    assert stop.expansion is not None
    inference = Inference.of(
        likelihood,
        stop.expansion,
        offset=coordinates.offset / coordinates.scale,
        method=model.degrees_of_freedom,
    )
    reader = Reader(design, coordinates, inference, model.level)
    seen = _seen(rows, arms=_levels(data, model.arm), arm=model.arm, visits=visits)
    means = _means(reader, model, seen)
    back = coordinates.inverse * coordinates.scale
    names = design.names
    return MmrmFit(
        model=model,
        covariance=attempts[-1].covariance,
        coefficients=tuple(
            Coefficient(names[place], reader.estimate(np.eye(len(names))[place]))
            for place in coordinates.kept
        ),
        lost=tuple(name for place, name in enumerate(names) if place not in coordinates.kept),
        vcov=table_of(back @ inference.used @ back.T),
        vcov_unadjusted=table_of(back @ inference.phi @ back.T),
        visits=visits,
        sigma=table_of(stop.sigma * coordinates.scale**2),
        statistics=FitStatistics(
            rows=len(rows.order),
            subjects=len(rows.subjects),
            columns=len(coordinates.kept),
            parameters=attempts[-1].parameters,
            minus_two_log_likelihood=attempts[-1].minus_two_log_likelihood,
        ),
        ls_means=means,
        differences=_differences(reader, model, seen),
        covariate_means=design.means,
        patterns=_patterns(patterns, visits),
        attempts=attempts,
        set_aside=rows.set_aside,
        subjects_without_data=rows.subjects_without_data,
        _reader=reader,
    )


def _climb_down(
    likelihood: Likelihood, coordinates: Coordinates, model: MmrmModel, visits: tuple[str, ...]
) -> tuple[tuple[Attempt, ...], Stop]:
    moments = likelihood.patterns.moments()
    constant = coordinates.constant(restricted=likelihood.restricted)
    attempts: list[Attempt] = []
    for covariance in model.covariance:
        attempt, stop = attempt_fit(likelihood, covariance, moments=moments, constant=constant)
        if covariance is Covariance.UNSTRUCTURED and attempt.refused:
            reasons = [attempt.refused, *_never_together(likelihood.patterns, visits)]
            attempt = replace(attempt, refused="; ".join(reasons))
        attempts.append(attempt)
        if attempt.accepted:
            return tuple(attempts), stop
    raise NoFit(tuple(attempts))


def _never_together(patterns: Patterns, visits: tuple[str, ...]) -> list[str]:
    """Pairs of visits whose covariance nothing can be learned about."""
    return [
        f"nobody has both {visits[a]} and {visits[b]}"
        for a, b in np.argwhere(np.triu(patterns.together == 0)).tolist()
    ]


def _levels(data: ModelFrame, name: str) -> tuple[str, ...]:
    column = data.columns[name]
    return column.levels if isinstance(column, Factor) else ()


def _seen(
    rows: AnalysedRows, *, arms: tuple[str, ...], arm: str, visits: tuple[str, ...]
) -> dict[tuple[str, str], int]:
    """How many subjects of each arm have an outcome at each visit, in the order of arms and visits."""
    counts: Matrix = np.zeros((len(arms), len(visits)))
    np.add.at(counts, (rows.codes[arm], rows.visit_of), 1)
    return {(a, v): int(counts[i, j]) for i, a in enumerate(arms) for j, v in enumerate(visits)}


def _means(reader: Reader, model: MmrmModel, seen: dict[tuple[str, str], int]) -> tuple[ArmMean, ...]:
    return tuple(
        ArmMean(
            arm,
            visit,
            n,
            reader.estimate(reader.design.average_row(arm=arm, visit=visit, weights=model.weights))
            if arm in reader.design.levels[model.arm]
            else NotEstimable("no subject of this arm"),
        )
        for (arm, visit), n in seen.items()
    )


def _differences(
    reader: Reader, model: MmrmModel, seen: dict[tuple[str, str], int]
) -> tuple[VisitDifference, ...]:
    present = reader.design.levels[model.arm]

    def difference(arm: str, visit: str) -> VisitDifference:
        if arm not in present or model.reference not in present:
            return VisitDifference(arm, model.reference, visit, NotEstimable("no subject of this arm"))
        first, second = (
            reader.design.average_row(arm=one, visit=visit, weights=model.weights)
            for one in (arm, model.reference)
        )
        return VisitDifference(arm, model.reference, visit, reader.estimate(first - second))

    return tuple(difference(arm, visit) for arm, visit in seen if arm != model.reference)


def _patterns(patterns: Patterns, visits: tuple[str, ...]) -> tuple[PatternCount, ...]:
    found = (
        PatternCount(tuple(visit for visit, there in zip(visits, seen, strict=True) if there), int(count))
        for seen, count in zip(patterns.seen, patterns.counts, strict=True)
    )
    return tuple(sorted(found, key=lambda one: (-one.subjects, one.visits)))
