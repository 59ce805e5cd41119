"""The arguments of `analyze mmrm`."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Mapping

from apps.endpoints.domain.analyses.csv_file import CsvFile
from apps.endpoints.domain.analyses.mmrm_json import mmrm_json, mmrm_refusal_json
from apps.endpoints.domain.analyses.mmrm_request import MmrmRequest, analyse_mmrm
from apps.endpoints.domain.analyses.mmrm_text import mmrm_text
from apps.endpoints.domain.mmrm import Covariance, DegreesOfFreedom, Estimation
from apps.endpoints.domain.results import Weights
from apps.endpoints.domain.values import NotAnalysable
from apps.endpoints.management.analyses.answer import Answer
from apps.endpoints.management.analyses.words import listed, share

HELP = "Mixed model for repeated measures: least-squares means and differences by visit."


def arguments(parser: ArgumentParser) -> None:
    """Add what the model needs."""
    column = {"required": True, "metavar": "COLUMN"}
    parser.add_argument("--outcome", help="the value that is analysed, as the change from baseline", **column)  # type: ignore[arg-type]
    parser.add_argument("--subject", help="who it was measured in", **column)  # type: ignore[arg-type]
    parser.add_argument("--visit", help="when", **column)  # type: ignore[arg-type]
    parser.add_argument("--arm", help="what the subject was allotted", **column)  # type: ignore[arg-type]
    parser.add_argument(
        "--reference", required=True, metavar="LEVEL", help="the arm that others are compared with"
    )
    parser.add_argument(
        "--covariates", type=listed, default=(), metavar="TERMS",
        help="terms beside visit, arm and their interaction: BASE,BASE*AVISIT,REGION",
    )  # fmt: skip
    parser.add_argument(
        "--factors",
        type=listed,
        default=(),
        metavar="COLUMNS",
        help="covariates whose numbers are names of levels",
    )
    parser.add_argument(
        "--reference-level", action="append", type=_level, default=[], metavar="COLUMN=LEVEL",
        help="the level a factor is coded against; else the first by name",
    )  # fmt: skip
    parser.add_argument(
        "--visit-order",
        type=listed,
        metavar="VISITS",
        help="the visits as they are planned; else by their number",
    )
    ladder = parser.add_mutually_exclusive_group()
    names = ", ".join(f"{one.value} ({one.label})" for one in Covariance)
    ladder.add_argument(
        "--covariance", type=_covariance, metavar="NAME", help=f"one of {names}; us unless named"
    )
    ladder.add_argument(
        "--ladder",
        type=_ladder,
        metavar="NAMES",
        help="structures in the order in which they are tried: us,toeph,ar1h",
    )
    parser.add_argument(
        "--df", type=DegreesOfFreedom, choices=list(DegreesOfFreedom), default=DegreesOfFreedom.KENWARD_ROGER,
        metavar="METHOD", help="kenward-roger (linear; the default) or satterthwaite",
    )  # fmt: skip
    estimation = parser.add_mutually_exclusive_group()
    for one in Estimation:
        estimation.add_argument(
            f"--{one.value}", dest="estimation", action="store_const", const=one, default=Estimation.REML,
            help={"reml": "restricted likelihood (the default)", "ml": "full likelihood; with --df satterthwaite"}[one],
        )  # fmt: skip
    parser.add_argument(
        "--weights", choices=[one.value.lower() for one in Weights], default="equal",
        help="of factor levels in least-squares means: equal (the default), or as observed in the analysed rows",
    )  # fmt: skip
    parser.add_argument("--row-weights", metavar="COLUMN", help="known precisions of the rows")
    parser.add_argument("--level", type=share, default=0.95, help="of confidence intervals (0.95)")
    parser.add_argument(
        "--allow-rank-loss",
        action="store_true",
        help="leave out columns that the data cannot tell from others",
    )


def run(file: CsvFile, options: Namespace, software: Mapping[str, str]) -> Answer:
    """Fit, and answer; or say why the file or the request will not do."""
    request = MmrmRequest(
        outcome=options.outcome,
        subject=options.subject,
        visit=options.visit,
        arm=options.arm,
        reference=options.reference,
        covariates=options.covariates,
        factors=options.factors,
        covariance=options.ladder
        or ((options.covariance,) if options.covariance else (Covariance.UNSTRUCTURED,)),
        estimation=options.estimation,
        degrees_of_freedom=options.df,
        level=options.level,
        weights=Weights(options.weights.upper()),
        visit_order=options.visit_order,
        row_weights=options.row_weights,
        reference_levels=dict(options.reference_level),
        rank_loss_allowed=options.allow_rank_loss,
    )
    try:
        frame, fit = analyse_mmrm(file, request)
    except NotAnalysable as refusal:
        return Answer(mmrm_refusal_json(file, request, refusal, software=software), refusal=refusal)
    return Answer(
        mmrm_json(file, request, frame, fit, software=software), list(mmrm_text(request, frame, fit))
    )


def _covariance(text: str) -> Covariance:
    try:
        return Covariance(text)
    except ValueError:
        known = ", ".join(one.value for one in Covariance)
        raise ArgumentTypeError(f"{text!r} is no structure; there are {known}") from None


def _ladder(text: str) -> tuple[Covariance, ...]:
    return tuple(_covariance(name) for name in listed(text))


def _level(text: str) -> tuple[str, str]:
    name, sign, level = text.partition("=")
    if not (name and sign and level):
        raise ArgumentTypeError(f"{text!r} is not COLUMN=LEVEL")
    return name, level
