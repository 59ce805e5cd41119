"""Which column of a file is what: covariates that are measured, factors with levels, and the order of visits."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from apps.endpoints.domain.analyses.csv_file import CsvFile, number_of
from apps.endpoints.domain.mmrm import Factor, Numeric

_SOME = 3


def unknown_columns(file: CsvFile, names: Collection[str]) -> list[str]:
    """A sentence for each name that is no column."""
    there = ", ".join(file.columns)
    return [f"There is no column {name}; the file has {there}." for name in names if name not in file.columns]


def role_clashes(
    roles: Mapping[str, str], others: Collection[str], *, kind: str = "a covariate"
) -> list[str]:
    """A sentence for each column that has two roles, or a role and is one of the `others` too."""
    names = list(roles.values())
    faults = [
        f"{name} is named as {' and as '.join(role for role in roles if roles[role] == name)}."
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    return faults + [
        f"{name} is the {role} and cannot be {kind}." for role, name in roles.items() if name in others
    ]


def covariate(file: CsvFile, name: str, *, as_factor: bool) -> tuple[Numeric | Factor, list[str]]:
    """A covariate as numbers if every cell is one, as levels if none is; half of each is a fault of every odd cell."""
    texts = file.texts(name)
    known = [text for text in texts if text is not None]
    are_numbers = [text for text in known if number_of(text) is not None]
    if as_factor or not are_numbers:
        return Factor.of(texts), []
    values, faults = file.numbers(name)
    if faults and len(are_numbers) < len(known) / 2:
        faults = [f"{name} holds numbers and words: {_some(texts)}. If it is a factor, say --factors {name}."]
    elif faults:
        faults = [f"{fault} If {name} is a factor, say --factors {name}." for fault in faults]
    return Numeric(values), faults


def visits_in_order(
    file: CsvFile, name: str, *, order: Sequence[str] | None
) -> tuple[tuple[str, ...], list[str]]:
    """The visits in the order that was given, else by the one number in which their names differ.

    Names that differ in more ("Screening", "Day 8") have no order of their own: it must be given.
    """
    found = list(dict.fromkeys(text for text in file.texts(name) if text is not None))
    if order is not None:
        faults = [
            f"The visit {one} is named twice in the order."
            for one in dict.fromkeys(order)
            if order.count(one) > 1
        ]
        unplanned = dict.fromkeys(text for text in found if text not in order)
        return tuple(dict.fromkeys(order)), faults + [
            f"Line {_line_of(file, name, one)}: {name} is {one!r}, which is not in the order of visits."
            for one in unplanned
        ]
    parts = [re.fullmatch(r"(\D*)(\d+(?:\.\d+)?)(\D*)", one) for one in found]
    if all(parts) and len({(part[1], part[3]) for part in parts if part}) <= 1:
        return tuple(sorted(found, key=lambda one: float(re.sub(r"[^\d.]", "", one)))), []
    if len(found) == 1:
        return tuple(found), []
    return tuple(found), [
        f"The order of the visits {_some(found)} cannot be told from their names; give it with --visit-order."
    ]


def leveled(file: CsvFile, name: str, *, first: str | None = None) -> Factor:
    """A factor, its reference level first."""
    factor = Factor.of(file.texts(name))
    return Factor(factor.values, tuple(sorted(factor.levels, key=lambda level: level != first)))


def described(columns: Mapping[str, Numeric | Factor]) -> dict[str, str]:
    """How each column was taken, in words."""
    return {
        name: "number" if isinstance(column, Numeric) else "factor: " + ", ".join(column.levels)
        for name, column in columns.items()
    }


def _line_of(file: CsvFile, name: str, value: str) -> int:
    return file.lines[file.texts(name).index(value)]


def _some(texts: Sequence[str | None]) -> str:
    distinct = [repr(text) for text in dict.fromkeys(texts) if text is not None]
    return ", ".join(distinct[:_SOME]) + (", ..." if len(distinct) > _SOME else "")
