"""What the trial asks of its data: estimand, analysis sets, models, cut-offs, and the order of testing."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from apps.studies.domain.blocks import Block, Code, Mark, Marked, Text

Method = Literal[
    "mmrm", "ancova", "ancova_ranks", "proportion", "onset", "descriptive", "multiple_imputation"
]
MissingRule = Literal["observed_case", "locf", "bocf", "nonresponder", "delta_adjusted_imputation"]
Outcome = Literal["change", "response", "remission", "onset"]
Requirement = Literal[
    "entered", "randomized", "dosed", "oral_antidepressant", "dosed_or_oral_antidepressant", "severity_list"
]
Strategy = Literal["treatment_policy", "hypothetical", "composite", "while_on_treatment"]


class AnalysisSet(Marked):
    """Who is counted: everybody who fulfils every requirement.

    `severity_list` means randomized from one of the randomization lists named in `lists`.
    """

    code: Code
    label: Text
    definition: Text
    requires: tuple[Requirement, ...] = Field(min_length=1)
    lists: tuple[Code, ...] = ()


class ModelTerm(Block):
    """One term of a model. `name` is `treatment`, `day`, `treatment:day`, `baseline`, or a stratum factor."""

    name: Text
    kind: Literal["factor", "covariate", "interaction"]
    label: Text


class Analysis(Marked):
    """One analysis with its own missing-data rule and set, so every figure can carry its denominator."""

    code: Code
    label: Text
    role: Literal["primary", "secondary", "sensitivity", "exploratory"]
    method: Method
    outcome: Outcome = "change"
    instrument: str
    visits: tuple[Code, ...] = Field(min_length=1)
    analysis_set: Code
    missing: MissingRule
    terms: tuple[ModelTerm, ...] = ()
    covariance: str = ""
    degrees_of_freedom: str = ""


class PrimaryEndpoint(Block):
    """Change from baseline of an instrument at a visit; negative is better."""

    instrument: str
    visit: Code
    label: Text


class Onset(Marked):
    """Early response that lasts: response at `by_visit`, kept to the last visit of `visits`.

    `excursions_allowed` visits among `excursion_visits` may fall below response while improvement stays at
    or above `excursion_fraction`. Missing at `by_visit` or the last visit is no onset.
    """

    by_visit: Code
    visits: tuple[Code, ...] = Field(min_length=1)
    excursion_visits: tuple[Code, ...] = ()
    excursions_allowed: int = Field(default=1, ge=0)
    excursion_fraction: float = Field(gt=0, lt=1)


class Gatekeeping(Marked):
    """How the error rate is kept over several hypotheses. `order` names analyses, first tested first."""

    method: Literal["none", "serial", "hochberg"]
    order: tuple[Code, ...] = ()


class Comparison(Block):
    """An arm against the reference arm."""

    arm: Code
    reference: Code


class EndpointPlan(Marked):
    """Everything the report needs to know.

    `response_fraction` is the least improvement from baseline, as a fraction of it; `remission_cutoff` the
    highest total that counts as remission.
    """

    primary: PrimaryEndpoint
    baseline_visit: Code
    estimand: Text
    strategy: Strategy = "hypothetical"
    visits: tuple[Code, ...] = Field(min_length=1)
    analysis_sets: tuple[AnalysisSet, ...] = Field(min_length=1)
    response_fraction: float
    remission_cutoff: int = Field(ge=0, le=60)
    remission_mark: Mark | None = None
    remission_note: str = ""
    comparisons: tuple[Comparison, ...] = ()
    analyses: tuple[Analysis, ...] = Field(min_length=1)
    onset: Onset | None = None
    gatekeeping: Gatekeeping = Gatekeeping(method="none")
    alpha: float = Field(gt=0, lt=0.5)
    sidedness: Literal["one_sided", "two_sided"] = "two_sided"
