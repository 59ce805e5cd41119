"""The columns of the model, and the row of an average participant.

A factor enters by the indicators of its levels. It leaves out its reference level where the term without it is
in the model too, and keeps all of them where it is not (the rule of R's model.matrix): so that BASE*AVISIT
without BASE gives one slope for each visit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from apps.endpoints.domain.least_squares import Matrix, Vector
from apps.endpoints.domain.mmrm.frame import AnalysedRows, Factor, Integers, ModelFrame, distinct_rows
from apps.endpoints.domain.mmrm.model import MmrmModel, Term
from apps.endpoints.domain.results import Weights


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """The model's columns by name, in the order of its terms, and how to write further rows.

    `levels` are those that occur in the analysed rows, each factor's reference first; `means` are the numeric
    covariates' means over the analysed rows; `combinations` the combinations of the factors beside arm and
    visit that occur, as level numbers, with how often.
    """

    terms: tuple[Term, ...]
    names: tuple[str, ...]
    matrix: Matrix
    arm: str
    visit: str
    levels: Mapping[str, tuple[str, ...]]
    means: Mapping[str, float]
    averaged: tuple[str, ...]
    combinations: Integers
    frequencies: Vector

    @classmethod
    def of(cls, rows: AnalysedRows, frame: ModelFrame, model: MmrmModel) -> Design:
        """The design matrix of the analysed rows, one column for each name."""
        references = {**model.reference_levels, model.arm: model.reference}
        levels: dict[str, tuple[str, ...]] = {}
        codes: dict[str, Integers] = {}
        for name, given in rows.codes.items():
            levels[name], codes[name] = _reference_first(frame, name, given, references.get(name))
        values: dict[str, Matrix] = {name: np.eye(len(levels[name]))[code] for name, code in codes.items()}
        values |= {name: value[:, None] for name, value in rows.numerics.items()}
        coding = _Coding.of(model.terms, levels)
        averaged = tuple(
            name
            for name in dict.fromkeys(n for t in model.terms for n in t)
            if name in levels and name not in (model.arm, frame.visit)
        )
        codes_of = (
            np.column_stack([codes[n] for n in averaged])
            if averaged
            else np.zeros((len(rows.order), 0), dtype=np.int64)
        )
        combinations, _, counts = distinct_rows(codes_of)
        return cls(
            terms=model.terms,
            names=coding.names,
            matrix=coding.columns(values, len(rows.order)),
            arm=model.arm,
            visit=frame.visit,
            levels=levels,
            means={name: float(np.mean(value)) for name, value in rows.numerics.items()},
            averaged=averaged,
            combinations=combinations,
            frequencies=counts / len(rows.order),
        )

    def average_row(
        self, *, arm: str, visit: str, weights: Weights, at: Mapping[str, str] | None = None
    ) -> Vector:
        """The row of an average participant of an arm at a visit.

        Covariates stand at their mean over the analysed rows. Factors are averaged with equal weight for every
        combination of their levels, or with the combinations' frequencies among the analysed rows; those named in `at`
        stand at the level it gives.
        """
        size = len(self.frequencies) if weights is Weights.OBSERVED else 1
        values = {name: np.full((size, 1), mean) for name, mean in self.means.items()}
        for name, level in ((self.arm, arm), (self.visit, visit)):
            values[name] = np.tile(np.eye(len(self.levels[name]))[self.levels[name].index(level)], (size, 1))
        for place, name in enumerate(self.averaged):
            count = len(self.levels[name])
            # With equal weights the factors vary independently: the mean of a product is the product of means.
            values[name] = (
                np.eye(count)[self.combinations[:, place]]
                if weights is Weights.OBSERVED
                else np.full((1, count), 1 / count)
            )
        for name, level in (at or {}).items():
            values[name] = np.tile(np.eye(len(self.levels[name]))[self.levels[name].index(level)], (size, 1))
        shares = self.frequencies if weights is Weights.OBSERVED else np.ones(1)
        return np.asarray(shares @ _Coding.of(self.terms, self.levels).columns(values, size))


def _reference_first(
    frame: ModelFrame, name: str, codes: Integers, reference: str | None
) -> tuple[tuple[str, ...], Integers]:
    """The levels that occur, the reference before the others, and each row's place among them."""
    column = frame.columns[name]
    assert isinstance(column, Factor)
    seen = np.bincount(codes, minlength=len(column.levels)) > 0
    levels = [level for level, there in zip(column.levels, seen, strict=True) if there]
    levels.sort(key=lambda level: level != reference)
    place = np.array([levels.index(level) if level in levels else -1 for level in column.levels])
    return tuple(levels), place[codes]


@dataclass(frozen=True, slots=True)
class _Coding:
    """Which level indicators each column multiplies; a numeric covariate stands for itself."""

    names: tuple[str, ...]
    parts: tuple[tuple[tuple[str, int], ...], ...]

    @classmethod
    def of(cls, terms: tuple[Term, ...], levels: Mapping[str, tuple[str, ...]]) -> _Coding:
        present = {frozenset[str]()} | {frozenset(term) for term in terms}
        parts: list[tuple[tuple[str, int], ...]] = [()]
        for term in terms:
            columns: list[tuple[tuple[str, int], ...]] = [()]
            for name in term:
                first = 1 if frozenset(term) - {name} in present else 0
                choices = range(first, len(levels[name])) if name in levels else range(1)
                columns = [(*column, (name, choice)) for choice in choices for column in columns]
            parts += columns

        def named(name: str, choice: int) -> str:
            return f"{name}={levels[name][choice]}" if name in levels else name

        return cls(
            names=tuple(":".join(named(*part) for part in column) or "intercept" for column in parts),
            parts=tuple(parts),
        )

    def columns(self, values: Mapping[str, Matrix], size: int) -> Matrix:
        """The columns of `size` rows, given each factor's level indicators or shares and each covariate."""
        matrix = np.ones((size, len(self.parts)), order="F")
        for place, column in enumerate(self.parts):
            for name, choice in column:
                matrix[:, place] *= values[name][:, choice]
        return matrix
