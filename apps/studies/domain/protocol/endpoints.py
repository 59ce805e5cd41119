"""What the trial asks of its data: estimand, analysis sets, models, cut-offs, and the order of testing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    field_validator,
    model_serializer,
    model_validator,
)

from apps.studies.domain.blocks import Block, Code, Mark, Marked, Text
from apps.studies.domain.protocol.estimands import Estimand, IntercurrentEvent, Strategy
from apps.studies.domain.protocol.time_to_event import TimeToEvent
from apps.studies.domain.protocol.windowing import AS_PLANNED, Windowing

Method = Literal[
    "mmrm",
    "ancova",
    "ancova_ranks",
    "proportion",
    "onset",
    "descriptive",
    "multiple_imputation",
    "time_to_event",
]
MissingRule = Literal[
    "observed_case", "locf", "bocf", "nonresponder", "delta_adjusted_imputation", "censored"
]
Outcome = Literal["change", "response", "remission", "onset"]
Requirement = Literal[
    "entered", "randomized", "dosed", "oral_antidepressant", "dosed_or_oral_antidepressant", "severity_list"
]
MissingAssumption = Literal["mar", "j2r", "cr", "cir"]

Covariance = Literal[
    "unstructured",
    "toeplitz_heterogeneous",
    "toeplitz",
    "ante_dependence_heterogeneous",
    "ante_dependence",
    "ar1_heterogeneous",
    "ar1",
    "compound_symmetry_heterogeneous",
    "compound_symmetry",
]
DegreesOfFreedom = Literal["kenward_roger", "satterthwaite"]

#: What files said before the ladder was a list, in the order in which a longer name hides a shorter one.
_SENTENCES: tuple[tuple[str, Covariance], ...] = (
    ("heterogeneous toeplitz", "toeplitz_heterogeneous"),
    ("heterogeneous ante-dependence", "ante_dependence_heterogeneous"),
    ("heterogeneous ar(1)", "ar1_heterogeneous"),
    ("heterogeneous compound symmetry", "compound_symmetry_heterogeneous"),
    ("unstructured", "unstructured"),
    ("toeplitz", "toeplitz"),
    ("ante-dependence", "ante_dependence"),
    ("ar(1)", "ar1"),
    ("compound symmetry", "compound_symmetry"),
)


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


class Imputation(Marked):
    """How an analysis imputes: by which assumption, how many completed sets, and from which seed they are drawn.

    `mar` is missing at random, `j2r` jump to reference, `cr` copy reference, `cir` copy increments in reference.
    `arm_deltas` and `reference_deltas` span the grid of the tipping point: what is added to the imputed changes of
    the treated arms and of the reference arm, in points of the instrument (positive is worse).
    """

    assumption: MissingAssumption = "mar"
    sets: int = Field(ge=2, le=5000)
    seed: int = Field(ge=0)
    arm_deltas: tuple[float, ...] = (0.0,)
    reference_deltas: tuple[float, ...] = (0.0,)


class Analysis(Marked):
    """One analysis with its own missing-data rule and set, so every figure can carry its denominator.

    What is analyzed is the total of the instrument, or its one `item`. `covariance` is a ladder: the first structure
    whose model can be fitted is taken, and the report keeps every attempt. A mixed model without `terms` has those of
    the primary one. `instrument` and `visits` are left out where a time to an event is counted. `estimand` names
    another than the primary one, whose values then enter; an analysis of role `supplementary` must.
    """

    code: Code
    label: Text
    role: Literal["primary", "secondary", "sensitivity", "supplementary", "exploratory"]
    method: Method
    outcome: Outcome = "change"
    instrument: str = ""
    item: str | None = None
    visits: tuple[Code, ...] = ()
    analysis_set: Code
    missing: MissingRule
    terms: tuple[ModelTerm, ...] = ()
    covariance: tuple[Covariance, ...] = ()
    degrees_of_freedom: DegreesOfFreedom | None = None
    imputation: Imputation | None = None
    time_to_event: TimeToEvent | None = None
    estimand: Code | None = None

    @field_validator("covariance", mode="before")
    @classmethod
    def _ladder_of_words(cls, value: Any, info: ValidationInfo) -> Any:
        # A stored version is immutable: what it said in a sentence is read for as long as it is kept.
        if isinstance(value, str) and _stored(info):
            return _ladder_in(value)
        return tuple(value) if isinstance(value, list) else value

    @field_validator("degrees_of_freedom", mode="before")
    @classmethod
    def _method_of_words(cls, value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, str) and _stored(info):
            return {"kenward-roger": "kenward_roger", "satterthwaite": "satterthwaite", "": None}.get(
                value.lower(), value
            )
        return value

    @model_serializer(mode="wrap")
    def _nothing_said_as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # Stored versions are named by the digest of their content: what says nothing goes on being written as it was.
        written: dict[str, Any] = handler(self)
        for name in ("imputation", "time_to_event", "item", "estimand"):
            if written[name] is None:
                written.pop(name)
        return written | {name: written[name] or "" for name in ("covariance", "degrees_of_freedom")}

    @model_validator(mode="after")
    def _ladder_belongs_to_a_mixed_model(self) -> Analysis:
        if len(set(self.covariance)) != len(self.covariance):
            raise ValueError("covariance names a structure twice")
        if (self.covariance or self.degrees_of_freedom) and self.method != "mmrm":
            raise ValueError("covariance and degrees_of_freedom belong to the method mmrm")
        if self.imputation is not None and self.method != "multiple_imputation":
            raise ValueError("imputation belongs to the method multiple_imputation")
        return self

    @model_validator(mode="after")
    def _times_are_told_by_their_own_block(self) -> Analysis:
        if self.method != "time_to_event":
            if self.time_to_event is not None or self.missing == "censored":
                raise ValueError("time_to_event and missing: censored belong to the method time_to_event")
            if not self.instrument or not self.visits:
                raise ValueError("instrument and visits are required by every method but time_to_event")
            return self
        if self.time_to_event is None or self.missing != "censored":
            raise ValueError("the method time_to_event needs its block time_to_event and missing: censored")
        if self.instrument or self.visits or self.terms or self.estimand or self.outcome != "change":
            raise ValueError(
                "instrument, visits, outcome, terms and estimand say nothing of a time to an event"
            )
        return self


def _stored(info: ValidationInfo) -> bool:
    return bool(info.context and info.context.get("stored"))


def _ladder_in(sentence: str) -> Sequence[Covariance]:
    """The structures that a sentence names, in its order."""
    rest, found = sentence.lower(), list[tuple[int, Covariance]]()
    for words, structure in _SENTENCES:
        place = rest.find(words)
        if place >= 0:
            found.append((place, structure))
            rest = rest.replace(words, " " * len(words))
    return tuple(structure for _, structure in sorted(found))


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
    """How the error rate is kept over several hypotheses. `order` names analyses, first tested first.

    `truncation` is for `truncated_hochberg` alone: how far each analysis but the last goes from Bonferroni's limits
    (0) to Hochberg's (1); the less, the more is passed on when some of its comparisons are not rejected.
    """

    method: Literal["none", "serial", "hochberg", "truncated_hochberg"]
    order: tuple[Code, ...] = ()
    truncation: float | None = Field(default=None, ge=0, lt=1)

    @model_serializer(mode="wrap")
    def _nothing_said_as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = handler(self)
        if self.truncation is None:
            written.pop("truncation", None)
        return written

    @model_validator(mode="after")
    def _truncation_belongs_to_its_method(self) -> Gatekeeping:
        if (self.truncation is not None) != (self.method == "truncated_hochberg"):
            raise ValueError("truncation belongs to the method truncated_hochberg, which needs it")
        return self


class Comparison(Block):
    """An arm against the reference arm."""

    arm: Code
    reference: Code


class EndpointPlan(Marked):
    """Everything the report needs to know.

    `response_fraction` is the least improvement from baseline, as a fraction of it; `remission_cutoff` the
    highest total that counts as remission. `estimands` begin with the primary one, which decides which values enter
    every analysis that names no other; where there are none, all measured values do, and `estimand` and `strategy` are
    words.
    """

    primary: PrimaryEndpoint
    baseline_visit: Code
    estimand: Text
    strategy: Strategy = "hypothetical"
    intercurrent_events: tuple[IntercurrentEvent, ...] = ()
    estimands: tuple[Estimand, ...] = ()
    visits: tuple[Code, ...] = Field(min_length=1)
    windowing: Windowing = AS_PLANNED
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

    @model_serializer(mode="wrap")
    def _nothing_said_as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # As with an analysis: documents stored before a block existed keep their digest.
        written: dict[str, Any] = handler(self)
        for name in _LATER:
            if getattr(self, name) == type(self).model_fields[name].default:
                written.pop(name, None)
        return written


#: Blocks of the plan that came after studies were stored.
_LATER = ("windowing", "intercurrent_events", "estimands")
