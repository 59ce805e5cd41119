"""The arguments of `analyze ancova`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping

from apps.endpoints.domain.analyses.ancova_json import ancova_json, ancova_refusal_json
from apps.endpoints.domain.analyses.ancova_request import AncovaRequest, analyse_ancova
from apps.endpoints.domain.analyses.ancova_text import ancova_text
from apps.endpoints.domain.analyses.csv_file import CsvFile
from apps.endpoints.domain.results import MissingRule, Weights
from apps.endpoints.domain.values import NotAnalysable
from apps.endpoints.management.analyses.answer import Answer
from apps.endpoints.management.analyses.words import listed, share

HELP = "Analysis of covariance at one visit: least-squares means and differences."

_MISSING = {
    "observed": MissingRule.OBSERVED_CASES,
    "locf": MissingRule.LOCF,
    "bocf": MissingRule.BOCF,
}


def arguments(parser: ArgumentParser) -> None:
    """Add what the model needs."""
    column = {"required": True, "metavar": "COLUMN"}
    parser.add_argument("--outcome", help="the value that is analysed, as the change from baseline", **column)  # type: ignore[arg-type]
    parser.add_argument("--subject", help="who it was measured in", **column)  # type: ignore[arg-type]
    parser.add_argument("--arm", help="what the subject was allotted", **column)  # type: ignore[arg-type]
    parser.add_argument(
        "--reference", required=True, metavar="LEVEL", help="the arm that others are compared with"
    )
    parser.add_argument(
        "--covariates", type=listed, default=(), metavar="COLUMNS", help="terms beside the arm: BASE,REGION"
    )
    parser.add_argument(
        "--factors", type=listed, default=(), metavar="COLUMNS",
        help="covariates whose numbers are names of levels",
    )  # fmt: skip
    parser.add_argument(
        "--visit", metavar="COLUMN", help="when, in a file with more than one row for a subject"
    )
    parser.add_argument("--at", metavar="LEVEL", help="the visit that is analysed")
    parser.add_argument(
        "--visit-order",
        type=listed,
        metavar="VISITS",
        help="the visits as they are planned; else by their number",
    )
    parser.add_argument(
        "--missing", choices=list(_MISSING), default="observed",
        help="a subject without an outcome at the visit: left out (observed, the default), the last outcome before "
        "it (locf), or a change of nought from baseline (bocf)",
    )  # fmt: skip
    parser.add_argument("--ranks", action="store_true", help="analyse the ranks of the outcome")
    parser.add_argument(
        "--weights", choices=[one.value.lower() for one in Weights], default="equal",
        help="of factor levels in least-squares means: equal (the default), or as observed in the analysed subjects",
    )  # fmt: skip
    parser.add_argument("--level", type=share, default=0.95, help="of confidence intervals (0.95)")
    parser.add_argument(
        "--allow-rank-loss",
        action="store_true",
        help="leave out columns that the data cannot tell from others",
    )


def run(file: CsvFile, options: Namespace, software: Mapping[str, str]) -> Answer:
    """Fit, and answer; or say why the file or the request will not do."""
    request = AncovaRequest(
        outcome=options.outcome,
        subject=options.subject,
        arm=options.arm,
        reference=options.reference,
        covariates=options.covariates,
        factors=options.factors,
        visit=options.visit,
        at=options.at,
        visit_order=options.visit_order,
        missing=_MISSING[options.missing],
        ranks=options.ranks,
        level=options.level,
        weights=Weights(options.weights.upper()),
        rank_loss_allowed=options.allow_rank_loss,
    )
    try:
        answer = analyse_ancova(file, request)
    except NotAnalysable as refusal:
        return Answer(ancova_refusal_json(file, request, refusal, software=software), refusal=refusal)
    return Answer(ancova_json(file, request, answer, software=software), list(ancova_text(request, answer)))
