"""The rows of a repeated-measures analysis, as given, and which of them can be analysed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apps.endpoints.domain.least_squares import Vector

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Numeric:
    """A covariate that is measured; None where it was not."""

    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Factor:
    """A covariate with levels in their order; None where it is not known.

    The order of visits is the schedule's, never that of their names.
    """

    values: Sequence[str | None]
    levels: tuple[str, ...]

    @classmethod
    def of(cls, values: Sequence[str | None]) -> Factor:
        """The levels that occur, in the order of their names."""
        return cls(values, tuple(sorted({value for value in values if value is not None})))


Column = Numeric | Factor


@dataclass(frozen=True, slots=True)
class ModelFrame:
    """One row for each subject and visit; all sequences have the same length.

    `outcome` is None where the visit was not held or not rated. `visit` names the factor among `columns` whose
    levels are the planned visits. `weights` are known precisions of the rows (variance = covariance / weight).
    `lines` say where a row stands in its file, for messages; else rows count from 1.
    """

    subject: Sequence[str]
    outcome: Sequence[float | None]
    columns: Mapping[str, Column]
    visit: str
    weights: Sequence[float] | None = None
    lines: Sequence[int] | None = None

    def place(self, row: int) -> str:
        """How a message names a row."""
        return f"row {row + 1}" if self.lines is None else f"line {self.lines[row]}"


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row with an outcome that could not be analysed because covariates are missing."""

    subject: str
    visit: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class AnalysedRows:
    """The rows that enter the model, by subject and visit. `order` are their places in the frame.

    `subject_of` numbers the subjects as they stand in `subjects`; `visit_of` numbers the planned visits.
    """

    order: Integers
    subjects: tuple[str, ...]
    subject_of: Integers
    visit_of: Integers
    outcome: Vector
    numerics: Mapping[str, Vector]
    codes: Mapping[str, Integers]
    weights: Vector | None
    set_aside: tuple[SetAside, ...]
    subjects_without_data: tuple[str, ...]


def analysed_rows(frame: ModelFrame, *, used: Sequence[str]) -> AnalysedRows:
    """Take the rows with an outcome, a subject's rows together and in the order of visits.

    `used` are the columns of the model. The frame must have passed `refuse_bad_frame`.
    """
    known = np.array([value is not None for value in frame.outcome], dtype=bool)
    incomplete = np.zeros(len(known), dtype=bool)
    for name in used:
        incomplete |= np.array([value is None for value in frame.columns[name].values], dtype=bool)
    numbered = {name: place for place, name in enumerate(sorted(set(frame.subject)))}
    subject = np.array([numbered[name] for name in frame.subject], dtype=np.int64)
    codes = {name: _coded(c) for name in used if isinstance(c := frame.columns[name], Factor)}
    chosen = np.flatnonzero(known & ~incomplete)
    order = chosen[np.lexsort((codes[frame.visit][chosen], subject[chosen]))]
    present, subject_of = np.unique(subject[order], return_inverse=True)
    names = tuple(numbered)
    return AnalysedRows(
        order=order,
        subjects=tuple(names[place] for place in present),
        subject_of=np.asarray(subject_of, dtype=np.int64),
        visit_of=codes[frame.visit][order],
        outcome=np.array([frame.outcome[row] for row in order], dtype=np.float64),
        numerics={
            name: np.array(c.values, dtype=np.float64)[order]
            for name in used
            if isinstance(c := frame.columns[name], Numeric)
        },
        codes={name: code[order] for name, code in codes.items()},
        weights=None if frame.weights is None else np.array(frame.weights, dtype=np.float64)[order],
        set_aside=tuple(
            SetAside(
                frame.subject[row],
                str(frame.columns[frame.visit].values[row]),
                tuple(name for name in used if frame.columns[name].values[row] is None),
            )
            for row in np.flatnonzero(known & incomplete).tolist()
        ),
        subjects_without_data=tuple(sorted(set(names) - {names[place] for place in present})),
    )


def distinct_rows(codes: Integers) -> tuple[Integers, Integers, Integers]:
    """The distinct rows of a table of small numbers in their order, each row's place among them, and how often."""
    place = np.zeros(len(codes), dtype=np.int64)
    first = np.zeros(min(len(codes), 1), dtype=np.int64)
    for column in codes.T:
        # Renumbered after every column, so that the key stays small whatever the number of columns.
        _, first, place = np.unique(
            place * (column.max(initial=0) + 1) + column, return_index=True, return_inverse=True
        )
    return codes[first], place, np.bincount(place)


def _coded(factor: Factor) -> Integers:
    place = {level: number for number, level in enumerate(factor.levels)}
    return np.array([-1 if value is None else place[value] for value in factor.values], dtype=np.int64)


def not_finite(values: Sequence[float | None]) -> list[int]:
    """Places of NaN and infinities; None is not one of them."""
    return [place for place, value in enumerate(values) if value is not None and not math.isfinite(value)]
