"""Which hypotheses are tested together, by which procedure, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from apps.endpoints.domain.values import NotAnalysable
from apps.studies.domain.protocol.endpoints import EndpointPlan


class Procedure(StrEnum):
    """How the hypotheses of one family are tested against their part of the error rate.

    Hochberg (Biometrika 1988;75:800) keeps the error rate for independent and for positively dependent
    p values, as those of several doses against one placebo are. The truncated Hochberg procedure lies
    between Hochberg's and Bonferroni's (Dmitrienko, Tamhane and Wiens, Biom J 2008;50:667); what it does not
    use is passed on even if some hypothesis of the family stands.
    """

    SINGLE = "single"
    HOCHBERG = "hochberg"
    TRUNCATED_HOCHBERG = "truncated_hochberg"
    BONFERRONI = "bonferroni"


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One null hypothesis: an analysis, and the arm compared with the reference in it."""

    analysis: str
    arm: str = ""

    @property
    def label(self) -> str:
        """The hypothesis in a sentence."""
        return f"{self.analysis} ({self.arm})" if self.arm else self.analysis


@dataclass(frozen=True, slots=True)
class Family:
    """Hypotheses that are tested together. `truncation` (0 to 1) is for the truncated procedure only.

    A truncation of 1 is Hochberg's procedure, of 0 Bonferroni's.
    """

    hypotheses: tuple[Hypothesis, ...]
    procedure: Procedure = Procedure.SINGLE
    truncation: float = 1.0

    def __post_init__(self) -> None:
        faults = []
        if not self.hypotheses:
            faults.append("A family needs at least one hypothesis.")
        if self.procedure is Procedure.SINGLE and len(self.hypotheses) > 1:
            faults.append("Several hypotheses at once need a procedure.")
        if not 0 <= self.truncation <= 1:
            faults.append("A truncation lies between 0 and 1.")
        if faults:
            raise NotAnalysable(*faults)

    @property
    def share(self) -> float:
        """How much of the way from Bonferroni's limits to Hochberg's this family goes."""
        return {Procedure.BONFERRONI: 0.0, Procedure.TRUNCATED_HOCHBERG: self.truncation}.get(
            self.procedure, 1.0
        )


def families_from_plan(plan: EndpointPlan) -> tuple[Family, ...]:
    """The families of a protocol's gatekeeping, first tested first; empty where the protocol has none.

    Serial: every hypothesis is a family of its own, in the order of the analyses and, within one analysis, of
    the plan's comparisons. Hochberg: the comparisons of one analysis are a family, and the next analysis is
    reached only when all of them are rejected. Truncated Hochberg: the same, but every family except the last is
    truncated and passes on what it did not use; the last has nobody to pass on to and is Hochberg's.
    """
    gate = plan.gatekeeping
    if gate.method == "none":
        return ()
    arms = [comparison.arm for comparison in plan.comparisons] or [""]
    if gate.method == "serial":
        return tuple(Family((Hypothesis(analysis, arm),)) for analysis in gate.order for arm in arms)
    families = [tuple(Hypothesis(analysis, arm) for arm in arms) for analysis in gate.order]
    if gate.truncation is None:
        return tuple(Family(family, Procedure.HOCHBERG) for family in families)
    return (
        *(Family(family, Procedure.TRUNCATED_HOCHBERG, gate.truncation) for family in families[:-1]),
        *(Family(family, Procedure.HOCHBERG) for family in families[-1:]),
    )
