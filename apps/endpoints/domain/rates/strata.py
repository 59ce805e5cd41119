"""Two rates in each of several strata, and what comparisons over strata give back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from apps.endpoints.domain.results import Interval
from apps.endpoints.domain.values import NotAnalysable


@dataclass(frozen=True, slots=True)
class FourFold:
    """One stratum: `x1` of `n1` in the first arm and `x2` of `n2` in the second reached the endpoint."""

    stratum: str
    x1: int
    n1: int
    x2: int
    n2: int

    def __post_init__(self) -> None:
        if not (0 <= self.x1 <= self.n1 and 0 <= self.x2 <= self.n2):
            raise NotAnalysable(
                f"Stratum {self.stratum}: {self.x1} of {self.n1} and {self.x2} of {self.n2} cannot be rates."
            )

    @property
    def n(self) -> int:
        """Participants of the stratum."""
        return self.n1 + self.n2

    @property
    def reached(self) -> int:
        """Participants of the stratum who reached the endpoint."""
        return self.x1 + self.x2


class StratumWeights(StrEnum):
    """How strata are averaged. The weights add up to one."""

    MANTEL_HAENSZEL = "mantel_haenszel"
    WILSON = "wilson"

    @property
    def label(self) -> str:
        """The weights in the words of a table note."""
        return (
            "strata weighted by n1 x n2 / (n1 + n2) (Mantel-Haenszel)"
            if self is StratumWeights.MANTEL_HAENSZEL
            else "strata weighted by the inverse squared width of their pooled Wilson intervals"
        )


@dataclass(frozen=True, slots=True)
class StratifiedEstimate:
    """A difference or a ratio over strata.

    `standard_error` is on the scale on which the interval is symmetric (of the logarithm for a ratio), None
    for intervals that do not come from one. `notes` name every stratum that was left out, and why.
    """

    value: float
    standard_error: float | None
    interval: Interval
    method: str
    strata: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChiSquareTest:
    """A chi-square statistic with its degrees of freedom and p value; `strata` counts those that entered."""

    statistic: float
    df: int
    p_value: float
    method: str
    strata: int
    notes: tuple[str, ...]


def four_folds(rows: Iterable[tuple[str, str, bool]], *, arm: str, reference: str) -> tuple[FourFold, ...]:
    """Count (stratum, arm, reached) rows into one table for each stratum, in the order of their names.

    :raises NotAnalysable: if a row's arm is neither of the two.
    """
    counts: dict[str, dict[str, list[int]]] = {}
    for stratum, given, reached in rows:
        if given not in (arm, reference):
            raise NotAnalysable(f"The arm {given} is neither {arm} nor {reference}.")
        cell = counts.setdefault(stratum, {arm: [0, 0], reference: [0, 0]})[given]
        cell[0] += reached
        cell[1] += 1
    return tuple(_fourfold(name, counts[name], arm=arm, reference=reference) for name in sorted(counts))


def _fourfold(name: str, cells: Mapping[str, list[int]], *, arm: str, reference: str) -> FourFold:
    (x1, n1), (x2, n2) = cells[arm], cells[reference]
    return FourFold(name, x1, n1, x2, n2)


def usable(tables: Iterable[FourFold]) -> tuple[tuple[FourFold, ...], tuple[str, ...]]:
    """The strata with participants in both arms, and a note for each that was left out.

    :raises NotAnalysable: if a stratum occurs twice, or none has participants in both arms.
    """
    kept: list[FourFold] = []
    notes: list[str] = []
    seen: set[str] = set()
    for table in tables:
        if table.stratum in seen:
            raise NotAnalysable(f"Stratum {table.stratum} occurs twice.")
        seen.add(table.stratum)
        if min(table.n1, table.n2) > 0:
            kept.append(table)
        else:
            empty = [name for name, n in (("first", table.n1), ("second", table.n2)) if n == 0]
            notes.append(
                f"Stratum {table.stratum} was left out: nobody in the {' and the '.join(empty)} arm."
            )
    if not kept:
        raise NotAnalysable("No stratum has participants in both arms.", *notes)
    return tuple(kept), tuple(notes)
