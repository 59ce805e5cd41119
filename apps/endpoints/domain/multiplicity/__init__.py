"""How the error rate is kept over several hypotheses: families, tested in order, each opening the next.

`families_from_plan` reads the structure off a protocol, `decide_in_order` decides, and every verdict says in words
why it is what it is. What comes after a closed gate is nominal only, however small its p value.
"""

from apps.endpoints.domain.multiplicity.adjusted import adjusted_p_values
from apps.endpoints.domain.multiplicity.families import Family, Hypothesis, Procedure, families_from_plan
from apps.endpoints.domain.multiplicity.gates import Decision, Verdict, decide_in_order

__all__ = [
    "Decision",
    "Family",
    "Hypothesis",
    "Procedure",
    "Verdict",
    "adjusted_p_values",
    "decide_in_order",
    "families_from_plan",
]
