"""Testing families in order: each family gets what the ones before it did not use up.

The multistage gatekeeping procedure of Dmitrienko, Tamhane and Wiens (Biom J 2008;50:667). A family of m hypotheses
at local level a, truncated by g, rejects with Hochberg's step-up against the limits

    [g / (m - i + 1) + (1 - g) / m] a        for the i-th smallest p value.

If k of them stand, it has used [g + (1 - g) k / m] a of its level, or nothing if k is 0; the rest goes to the next
family. With g = 1 the next family is tested only when all of this one are rejected, at the full level: serial
gatekeeping, and NCT04599855's rule (both doses if the larger p is below 0.05, else the smaller against 0.025, Day 2
only if both). A p value is below a limit or it is not: one that equals it does not reject.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from apps.endpoints.domain.multiplicity.families import Family, Hypothesis
from apps.endpoints.domain.values import NotAnalysable


class Decision(StrEnum):
    """What became of one hypothesis."""

    REJECTED = "rejected"
    NOT_REJECTED = "not_rejected"
    NOMINAL_ONLY = "nominal_only"

    @property
    def label(self) -> str:
        """The decision in the words of a table."""
        return {
            Decision.REJECTED: "significant",
            Decision.NOT_REJECTED: "not significant",
            Decision.NOMINAL_ONLY: "nominal only",
        }[self]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One hypothesis with its decision. `family` counts from 1; `alpha` is the family's level.

    `limit` is what its p value was held against, None for a hypothesis that was not tested. `p_value` is None
    where the analysis gave none, which counts as not rejected.
    """

    hypothesis: Hypothesis
    family: int
    p_value: float | None
    decision: Decision
    alpha: float
    limit: float | None
    reason: str

    @property
    def tested(self) -> bool:
        """Whether the hypothesis was formally tested."""
        return self.decision is not Decision.NOMINAL_ONLY


def decide_in_order(
    families: Sequence[Family], *, p_values: Mapping[Hypothesis, float | None], alpha: float
) -> tuple[Verdict, ...]:
    """Decide every hypothesis of every family, in order.

    `p_values` are on the same side as `alpha` (two-sided with two-sided). A hypothesis without a p value is
    not rejected, and its gate closes.

    :raises NotAnalysable: if a p value is not between 0 and 1, alpha not between 0 and 1, or a hypothesis
        occurs twice or has no entry.
    """
    _refuse_faults(families, p_values, alpha)
    verdicts: list[Verdict] = []
    level, closed_by = alpha, ""
    for number, family in enumerate(families, start=1):
        if closed_by:
            verdicts += [
                Verdict(
                    one, number, p_values[one], Decision.NOMINAL_ONLY, 0.0, None, f"Not tested: {closed_by}"
                )
                for one in family.hypotheses
            ]
            continue
        decided = _step_up(family, p_values, level, number=number)
        verdicts += decided
        level = _left_over(family, decided, level)
        if level <= 0:
            standing = [v.hypothesis.label for v in decided if v.decision is not Decision.REJECTED]
            closed_by = f"the gate closed at {' and '.join(standing)}."
    return tuple(verdicts)


def step_up_limits(size: int, *, share: float, alpha: float) -> list[float]:
    """What the smallest, second smallest, ... of `size` p values is held against."""
    return [alpha * (share / (size - place) + (1 - share) / size) for place in range(size)]


def _step_up(
    family: Family, p_values: Mapping[Hypothesis, float | None], level: float, *, number: int
) -> list[Verdict]:
    """From the largest p value down: the first below its limit rejects its hypothesis and all with smaller
    ones."""
    known = {one: p_values[one] for one in family.hypotheses}
    order = sorted(family.hypotheses, key=lambda one: 1.0 if (p := known[one]) is None else p)
    limits = step_up_limits(len(order), share=family.share, alpha=level)
    passing = [
        place for place, one in enumerate(order) if (p := known[one]) is not None and p < limits[place]
    ]
    last = max(passing, default=-1)
    verdicts = {}
    for place, one in enumerate(order):
        p = known[one]
        rejected = place <= last and p is not None
        limit = limits[last] if rejected else limits[place]
        verdicts[one] = Verdict(
            one,
            number,
            p,
            Decision.REJECTED if rejected else Decision.NOT_REJECTED,
            level,
            limit,
            _reason(p, limit, rejected=rejected, by_larger=rejected and place < last),
        )
    return [verdicts[one] for one in family.hypotheses]


def _reason(p: float | None, limit: float, *, rejected: bool, by_larger: bool) -> str:
    if p is None:
        return "The analysis gave no p value; the hypothesis stands."
    if by_larger:
        return f"Rejected: a larger p value of its family is below {limit:.4g}, and this one with it."
    return f"Rejected: p is below {limit:.4g}." if rejected else f"Not rejected: p is not below {limit:.4g}."


def _left_over(family: Family, decided: Sequence[Verdict], level: float) -> float:
    standing = sum(one.decision is not Decision.REJECTED for one in decided)
    if standing == 0:
        return level
    if standing == len(decided):
        return 0.0
    used = family.share + (1 - family.share) * standing / len(decided)
    return max(0.0, level * (1 - used))


def _refuse_faults(
    families: Sequence[Family], p_values: Mapping[Hypothesis, float | None], alpha: float
) -> None:
    everything = [one for family in families for one in family.hypotheses]
    faults = ["The error rate must lie between 0 and 1."] * (not 0 < alpha < 1)
    faults += [f"{one.label} is tested twice." for one in set(everything) if everything.count(one) > 1]
    faults += [f"{one.label} has no p value." for one in everything if one not in p_values]
    faults += [
        f"{one.label}: {p} is not a p value."
        for one in everything
        if (p := p_values.get(one)) is not None and not 0 <= p <= 1
    ]
    if faults:
        raise NotAnalysable(*sorted(set(faults)))
