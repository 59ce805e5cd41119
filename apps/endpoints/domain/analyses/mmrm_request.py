"""From a file and what was asked to the rows and the model of a mixed model for repeated measures."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from apps.endpoints.domain.analyses.columns import (
    covariate,
    leveled,
    role_clashes,
    unknown_columns,
    visits_in_order,
)
from apps.endpoints.domain.analyses.csv_file import CsvFile, refuse
from apps.endpoints.domain.mmrm import (
    Covariance,
    DegreesOfFreedom,
    Estimation,
    Factor,
    MmrmFit,
    MmrmModel,
    ModelFrame,
    Numeric,
    fit_mmrm,
    usual_terms,
)
from apps.endpoints.domain.results import Weights
from apps.endpoints.domain.values import NotAnalysable


@dataclass(frozen=True, slots=True)
class MmrmRequest:
    """What was asked, by the names of the file's columns.

    `covariates` are terms as written (``BASE*AVISIT``); visit, arm and their interaction are always in the model.
    `factors` are covariates whose numbers are names of levels. `visit_order` is the schedule's.
    """

    outcome: str
    subject: str
    visit: str
    arm: str
    reference: str
    covariates: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()
    covariance: tuple[Covariance, ...] = (Covariance.UNSTRUCTURED,)
    estimation: Estimation = Estimation.REML
    degrees_of_freedom: DegreesOfFreedom = DegreesOfFreedom.KENWARD_ROGER
    level: float = 0.95
    weights: Weights = Weights.EQUAL
    visit_order: tuple[str, ...] | None = None
    row_weights: str | None = None
    reference_levels: Mapping[str, str] = field(default_factory=dict)
    rank_loss_allowed: bool = False

    @property
    def model(self) -> MmrmModel:
        """The model that is fitted."""
        return MmrmModel(
            arm=self.arm,
            reference=self.reference,
            terms=usual_terms(self.covariates, arm=self.arm, visit=self.visit),
            covariance=self.covariance,
            estimation=self.estimation,
            degrees_of_freedom=self.degrees_of_freedom,
            level=self.level,
            weights=self.weights,
            reference_levels=self.reference_levels,
        )


def analyse_mmrm(file: CsvFile, request: MmrmRequest) -> tuple[ModelFrame, MmrmFit]:
    """Fit what was asked to the rows of a file.

    :raises NotAnalysable: if the file or the request will not do, each fault with its line; or if columns of the
        model were lost and that was not allowed.
    """
    frame = frame_of(file, request)
    fit = fit_mmrm(frame, model=request.model)
    if fit.lost and not request.rank_loss_allowed:
        raise NotAnalysable(
            *(f"The data cannot tell the column {name} from those before it." for name in fit.lost),
            "What depends on them is not estimable; to fit without them, say --allow-rank-loss.",
        )
    return frame, fit


def frame_of(file: CsvFile, request: MmrmRequest) -> ModelFrame:
    """The rows of the file as the request reads them.

    :raises NotAnalysable: with every fault and its line.
    """
    roles = {
        "subject": request.subject,
        "visit": request.visit,
        "arm": request.arm,
        "outcome": request.outcome,
    }
    terms = usual_terms(request.covariates, arm=request.arm, visit=request.visit)
    asked = dict.fromkeys(name for term in terms for name in term if name not in (request.visit, request.arm))
    named = [*roles.values(), *asked, *([request.row_weights] if request.row_weights else [])]
    faults = unknown_columns(file, list(dict.fromkeys(named)))
    faults += _role_faults(request, roles, asked)
    refuse(faults)
    for name in (request.subject, request.visit, request.arm):
        faults += file.lacking(name)
    visits, wrong = visits_in_order(file, request.visit, order=request.visit_order)
    outcome, not_numbers = file.numbers(request.outcome)
    faults += wrong + not_numbers
    columns: dict[str, Numeric | Factor] = {
        request.visit: Factor(file.texts(request.visit), visits),
        request.arm: leveled(file, request.arm, first=request.reference),
    }
    for name in asked:
        as_factor = name in request.factors or name in request.reference_levels
        columns[name], wrong = covariate(file, name, as_factor=as_factor)
        faults += wrong
    weights = None
    if request.row_weights:
        given, wrong = file.numbers(request.row_weights)
        faults += wrong + file.lacking(request.row_weights)
        weights = [0.0 if value is None else value for value in given]
    refuse(faults)
    return ModelFrame(
        subject=[str(text) for text in file.texts(request.subject)],
        outcome=outcome,
        columns=columns,
        visit=request.visit,
        weights=weights,
        lines=file.lines,
    )


def _role_faults(request: MmrmRequest, roles: Mapping[str, str], asked: Collection[str]) -> list[str]:
    faults = role_clashes(roles, asked)
    for option, given in (("--factors", request.factors), ("--reference-level", request.reference_levels)):
        faults += [f"{name} is named by {option} but is no covariate." for name in given if name not in asked]
    return faults
