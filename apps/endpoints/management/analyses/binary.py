"""The arguments of `analyze binary`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping

from apps.endpoints.domain.analyses.binary_json import binary_json, binary_refusal_json
from apps.endpoints.domain.analyses.binary_request import BinaryRequest, analyse_binary
from apps.endpoints.domain.analyses.binary_text import binary_text
from apps.endpoints.domain.analyses.csv_file import CsvFile
from apps.endpoints.domain.rates import StratumWeights
from apps.endpoints.domain.results import MissingRule
from apps.endpoints.domain.values import NotAnalysable
from apps.endpoints.management.analyses.answer import Answer
from apps.endpoints.management.analyses.words import listed, share

HELP = "Yes-or-no endpoint: rates, differences, number needed to treat, and the comparison over strata."

_MISSING = {"failure": MissingRule.NON_RESPONDER, "observed": MissingRule.OBSERVED_CASES}
_WEIGHTS = {"mantel-haenszel": StratumWeights.MANTEL_HAENSZEL, "wilson": StratumWeights.WILSON}


def arguments(parser: ArgumentParser) -> None:
    """Add what is counted and compared."""
    column = {"required": True, "metavar": "COLUMN"}
    parser.add_argument("--outcome", help="whether the endpoint was reached", **column)  # type: ignore[arg-type]
    parser.add_argument("--subject", help="who; one row for each", **column)  # type: ignore[arg-type]
    parser.add_argument("--arm", help="what the subject was allotted", **column)  # type: ignore[arg-type]
    parser.add_argument(
        "--reference", required=True, metavar="LEVEL", help="the arm that others are compared with"
    )
    parser.add_argument(
        "--reached", type=listed, default=(), metavar="WORDS",
        help="the words of the outcome that mean it was reached; else it must be 0 and 1",
    )  # fmt: skip
    parser.add_argument(
        "--strata",
        type=listed,
        default=(),
        metavar="COLUMNS",
        help="compare over the strata of these columns too",
    )
    parser.add_argument(
        "--missing", choices=list(_MISSING), default="failure",
        help="a subject without an outcome: did not reach it (failure, the default), or is left out (observed)",
    )  # fmt: skip
    parser.add_argument(
        "--stratum-weights", choices=list(_WEIGHTS), default="mantel-haenszel",
        help="of the stratified Newcombe interval (mantel-haenszel)",
    )  # fmt: skip
    parser.add_argument(
        "--continuity", action="store_true", help="correct the Cochran-Mantel-Haenszel test for continuity"
    )
    parser.add_argument("--level", type=share, default=0.95, help="of confidence intervals (0.95)")


def run(file: CsvFile, options: Namespace, software: Mapping[str, str]) -> Answer:
    """Count, compare, and answer; or say why the file or the request will not do."""
    request = BinaryRequest(
        outcome=options.outcome,
        subject=options.subject,
        arm=options.arm,
        reference=options.reference,
        reached=options.reached,
        strata=options.strata,
        missing=_MISSING[options.missing],
        stratum_weights=_WEIGHTS[options.stratum_weights],
        continuity=options.continuity,
        level=options.level,
    )
    try:
        answer = analyse_binary(file, request)
    except NotAnalysable as refusal:
        return Answer(binary_refusal_json(file, request, refusal, software=software), refusal=refusal)
    return Answer(binary_json(file, request, answer, software=software), list(binary_text(request, answer)))
