"""What is asked of a mixed model for repeated measures: terms, covariance, estimation, inference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from apps.endpoints.domain.results import Weights

Term = tuple[str, ...]
"""The columns whose product a term is: ``("BASE",)`` a main effect, ``("BASE", "AVISIT")`` an interaction."""


class Covariance(StrEnum):
    """How the outcomes of one subject vary together, by the names statisticians use at a command line."""

    UNSTRUCTURED = "us"
    TOEPLITZ = "toep"
    TOEPLITZ_HETEROGENEOUS = "toeph"
    AUTOREGRESSIVE = "ar1"
    AUTOREGRESSIVE_HETEROGENEOUS = "ar1h"
    COMPOUND_SYMMETRY = "cs"
    COMPOUND_SYMMETRY_HETEROGENEOUS = "csh"
    ANTE_DEPENDENCE = "ad"
    ANTE_DEPENDENCE_HETEROGENEOUS = "adh"

    @property
    def label(self) -> str:
        """The structure in the words of a table note."""
        return _COVARIANCE_LABELS[self]


_COVARIANCE_LABELS = {
    Covariance.UNSTRUCTURED: "unstructured",
    Covariance.TOEPLITZ: "Toeplitz",
    Covariance.TOEPLITZ_HETEROGENEOUS: "heterogeneous Toeplitz",
    Covariance.AUTOREGRESSIVE: "first-order autoregressive",
    Covariance.AUTOREGRESSIVE_HETEROGENEOUS: "heterogeneous first-order autoregressive",
    Covariance.COMPOUND_SYMMETRY: "compound symmetry",
    Covariance.COMPOUND_SYMMETRY_HETEROGENEOUS: "heterogeneous compound symmetry",
    Covariance.ANTE_DEPENDENCE: "first-order ante-dependence, one variance",
    Covariance.ANTE_DEPENDENCE_HETEROGENEOUS: "first-order ante-dependence",
}


class Estimation(StrEnum):
    """Restricted or full maximum likelihood."""

    REML = "reml"
    ML = "ml"


class DegreesOfFreedom(StrEnum):
    """Where the degrees of freedom, and with Kenward-Roger the standard errors, come from."""

    KENWARD_ROGER = "kenward-roger"
    SATTERTHWAITE = "satterthwaite"

    @property
    def label(self) -> str:
        """The method in the words of a table note."""
        return "Kenward-Roger (linear)" if self is DegreesOfFreedom.KENWARD_ROGER else "Satterthwaite"


@dataclass(frozen=True, slots=True)
class MmrmModel:
    """The model of one analysis.

    `terms` beside the intercept, in order; `usual_terms` writes those of a primary analysis. `covariance` is the
    declared ladder: the first structure that can be fitted is taken, and every attempt is told. `weights` are
    those of factor levels in least-squares means. `reference_levels` names the level a factor is coded against
    where that is not its first; for `arm` it is always `reference`.
    """

    arm: str
    reference: str
    terms: tuple[Term, ...]
    covariance: tuple[Covariance, ...] = (Covariance.UNSTRUCTURED,)
    estimation: Estimation = Estimation.REML
    degrees_of_freedom: DegreesOfFreedom = DegreesOfFreedom.KENWARD_ROGER
    level: float = 0.95
    weights: Weights = Weights.EQUAL
    reference_levels: Mapping[str, str] = field(default_factory=dict)


def usual_terms(covariates: Iterable[str], *, arm: str, visit: str) -> tuple[Term, ...]:
    """The terms of a primary analysis: the covariates as written, then visit, arm, and their interaction.

    A covariate is written ``BASE`` or, for an interaction, ``BASE*AVISIT``.

    >>> usual_terms(["BASE", "BASE*AVISIT"], arm="ARM", visit="AVISIT")
    (('BASE',), ('BASE', 'AVISIT'), ('AVISIT',), ('ARM',), ('AVISIT', 'ARM'))
    """
    terms: list[Term] = []
    asked = [tuple(part.strip() for part in written.split("*")) for written in covariates]
    for term in [*asked, (visit,), (arm,), (visit, arm)]:
        if frozenset(term) not in {frozenset(known) for known in terms}:
            terms.append(term)
    return tuple(terms)
