"""What makes a repeated-measures analysis impossible, with every fault named at once."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from apps.endpoints.domain.mmrm.frame import AnalysedRows, Factor, ModelFrame, Numeric, not_finite
from apps.endpoints.domain.mmrm.model import DegreesOfFreedom, Estimation, MmrmModel
from apps.endpoints.domain.values import NotAnalysable


def columns_used(model: MmrmModel, frame: ModelFrame) -> tuple[str, ...]:
    """The columns that a row must have: those of the terms, the arm and the visit."""
    return tuple(dict.fromkeys([frame.visit, model.arm, *(name for term in model.terms for name in term)]))


def refuse_bad_model(model: MmrmModel, frame: ModelFrame) -> None:
    """Refuse a model that cannot be, or that asks for what the frame has not.

    :raises NotAnalysable: with every fault.
    """
    faults = [
        f"There is no column {name}." for name in columns_used(model, frame) if name not in frame.columns
    ]
    for name, role in ((frame.visit, "visit"), (model.arm, "arm")):
        if isinstance(frame.columns.get(name), Numeric):
            faults.append(f"The {role} {name} must be a factor with levels, not a number.")
    named = {model.arm: model.reference, **model.reference_levels}
    for name, level in named.items():
        column = frame.columns.get(name)
        if isinstance(column, Factor) and level not in column.levels:
            faults.append(f"{level} is not a level of {name}: {', '.join(column.levels) or 'it has none'}.")
    faults += [
        f"The term {'*'.join(term)} names a column twice."
        for term in model.terms
        if len(set(term)) < len(term)
    ]
    if not model.covariance:
        faults.append("No covariance structure is named.")
    if model.estimation is Estimation.ML and model.degrees_of_freedom is DegreesOfFreedom.KENWARD_ROGER:
        faults.append("Kenward-Roger is defined for REML only; with ML ask for Satterthwaite.")
    if not 0 < model.level < 1:
        faults.append(f"The level of intervals, {model.level}, must lie between 0 and 1.")
    if faults:
        raise NotAnalysable(*faults)


def refuse_bad_frame(model: MmrmModel, frame: ModelFrame) -> None:
    """Refuse rows that contradict each other or hold what is no value.

    :raises NotAnalysable: with every fault, each naming its row.
    """
    size = len(frame.subject)
    lengths = {"the outcome": len(frame.outcome)}
    lengths |= {name: len(column.values) for name, column in frame.columns.items()}
    if frame.weights is not None:
        lengths["the weights"] = len(frame.weights)
    wrong = [
        f"{name} has {length} values for {size} rows." for name, length in lengths.items() if length != size
    ]
    if wrong:
        raise NotAnalysable(*wrong)
    faults = [
        f"The outcome of {frame.place(row)} is not a finite number." for row in not_finite(frame.outcome)
    ]
    for name in columns_used(model, frame):
        column = frame.columns[name]
        if isinstance(column, Numeric):
            faults += [
                f"{name} of {frame.place(row)} is not a finite number." for row in not_finite(column.values)
            ]
        else:
            known = {None, *column.levels}
            faults += [
                f"{name} of {frame.place(row)} is {value!r}, which is none of its levels."
                for row, value in enumerate(column.values)
                if value not in known
            ]
    faults += [
        f"The weight of {frame.place(row)} is {weight}, not a positive number."
        for row, weight in enumerate(frame.weights or ())
        if not 0 < weight < float("inf")
    ]
    faults += _repeated(frame) + _in_two_arms(frame, model.arm)
    if faults:
        raise NotAnalysable(*faults)


def _repeated(frame: ModelFrame) -> list[str]:
    keys = list(zip(frame.subject, frame.columns[frame.visit].values, strict=True))
    held = [key for key, value in zip(keys, frame.outcome, strict=True) if value is not None]
    if len(set(held)) == len(held):
        return []
    rows: dict[tuple[str, str | float | None], list[int]] = defaultdict(list)
    for row, key in enumerate(keys):
        if frame.outcome[row] is not None:
            rows[key].append(row)
    return [
        f"{subject} has {len(found)} outcomes at {visit} ({', '.join(map(frame.place, found))}); "
        "which one counts is decided before the analysis."
        for (subject, visit), found in rows.items()
        if len(found) > 1
    ]


def _in_two_arms(frame: ModelFrame, arm: str) -> list[str]:
    arms: dict[str, set[str]] = defaultdict(set)
    for subject, value in set(zip(frame.subject, frame.columns[arm].values, strict=True)):
        if value is not None:
            arms[subject].add(str(value))
    return [
        f"{subject} is in more than one arm: {', '.join(sorted(found))}."
        for subject, found in sorted(arms.items())
        if len(found) > 1
    ]


def refuse_bad_rows(rows: AnalysedRows, *, visits: tuple[str, ...]) -> None:
    """Refuse analysed rows from which no model can be fitted.

    :raises NotAnalysable: with every fault.
    """
    if not rows.order.size:
        raise NotAnalysable("No row has an outcome and every covariate.")
    seen = np.bincount(rows.visit_of, minlength=len(visits))
    faults = [f"Nobody has an outcome at {visit}." for visit, n in zip(visits, seen, strict=True) if not n]
    if np.ptp(rows.outcome) == 0:
        faults.append(f"The outcome is the same number, {rows.outcome[0]:g}, in every row.")
    if faults:
        raise NotAnalysable(*faults)
