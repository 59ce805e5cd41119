"""Adjusted p values: the error rate of the whole gate at which a hypothesis would just be rejected.

Found by halving: whatever the gate rejects at one level it rejects at every larger one, so there is one level for each
hypothesis at which it changes sides (Westfall and Young, Resampling-Based Multiple Testing, Wiley 1993, p. 11, for the
definition). A hypothesis is rejected at a level exactly if its adjusted p value is below it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from apps.endpoints.domain.multiplicity.families import Family, Hypothesis
from apps.endpoints.domain.multiplicity.gates import Decision, decide_in_order

_HALVINGS = 52


def adjusted_p_values(
    families: Sequence[Family], *, p_values: Mapping[Hypothesis, float | None]
) -> dict[Hypothesis, float | None]:
    """The adjusted p value of every hypothesis, 1 where no level below 1 rejects it, None where it has no p value.

    :raises NotAnalysable: as `decide_in_order`.
    """

    def rejected(level: float) -> frozenset[Hypothesis]:
        verdicts = decide_in_order(families, p_values=p_values, alpha=level)
        return frozenset(one.hypothesis for one in verdicts if one.decision is Decision.REJECTED)

    almost_one = 1 - 2.0**-53
    at_most = rejected(almost_one)
    found: dict[Hypothesis, float | None] = {}
    for family in families:
        for one in family.hypotheses:
            if p_values[one] is None:
                found[one] = None
                continue
            if one not in at_most:
                found[one] = 1.0
                continue
            low, high = 0.0, almost_one
            for _ in range(_HALVINGS):
                middle = (low + high) / 2
                low, high = (low, middle) if middle > 0 and one in rejected(middle) else (middle, high)
            found[one] = high
    return found
