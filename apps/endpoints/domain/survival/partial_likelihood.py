"""The log partial likelihood of Cox's model with its slope and curvature, by one pass backwards through time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apps.endpoints.domain.survival.times import Array

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Expansion:
    """Value, gradient (p,) and information (p, p), which is minus the Hessian, at one coefficient vector."""

    value: float
    gradient: Array
    information: Array


@dataclass(frozen=True, slots=True, eq=False)
class _Stratum:
    """Rows from the latest time to the earliest; `ends` are the places after each distinct time's last row."""

    columns: Array
    event: Mask
    ends: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class RiskSets:
    """All strata. `efron`: tied events leave the risk set by equal shares."""

    strata: tuple[_Stratum, ...]
    efron: bool

    @classmethod
    def of(cls, columns: Array, time: Array, event: Mask, stratum: Sequence[str], *, efron: bool) -> RiskSets:
        """Sort rows (n, p) into strata and times."""
        names = np.array(stratum)
        found = []
        for name in np.unique(names):
            mine = np.flatnonzero(names == name)
            order = mine[np.argsort(-time[mine], kind="stable")]
            later = time[order]
            ends = (*(int(i) + 1 for i in np.flatnonzero(np.diff(later) != 0)), len(order))
            found.append(_Stratum(columns[order], event[order], ends))
        return cls(tuple(found), efron)

    def expand(self, beta: Array) -> Expansion:
        """The log partial likelihood at `beta` (p,) with its derivatives; minus infinity where it underflows."""
        p = len(beta)
        value, gradient, information = 0.0, np.zeros(p), np.zeros((p, p))
        for stratum in self.strata:
            linear = stratum.columns @ beta
            top = float(linear.max())
            weight = np.exp(linear - top)
            total, first, second = 0.0, np.zeros(p), np.zeros((p, p))
            begin = 0
            for end in stratum.ends:
                x, w, happened = (part[begin:end] for part in (stratum.columns, weight, stratum.event))
                total += float(w.sum())
                first = first + w @ x
                second = second + (x * w[:, None]).T @ x
                begin = end
                d = int(happened.sum())
                if not d:
                    continue
                value += float(linear[end - len(w) : end][happened].sum())
                gradient = gradient + x[happened].sum(axis=0)
                tied_x, tied_w = x[happened], w[happened]
                tied = float(tied_w.sum()), tied_w @ tied_x, (tied_x * tied_w[:, None]).T @ tied_x
                for earlier in range(d):
                    share = earlier / d if self.efron else 0.0
                    s0 = total - share * tied[0]
                    if s0 <= 0:  # so far out that whole risk sets vanish beside the largest weight
                        return Expansion(-np.inf, gradient, information)
                    mean = (first - share * tied[1]) / s0
                    value -= float(np.log(s0)) + top
                    gradient = gradient - mean
                    information = information + (second - share * tied[2]) / s0 - np.outer(mean, mean)
        return Expansion(value, gradient, information)
