"""From a file and what was asked to the rows of an analysis of covariance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.endpoints.domain.analyses.columns import (
    covariate,
    leveled,
    role_clashes,
    unknown_columns,
    visits_in_order,
)
from apps.endpoints.domain.analyses.csv_file import CsvFile, refuse
from apps.endpoints.domain.analyses.subjects import Gathered, Value, at_lines, gathered
from apps.endpoints.domain.ancova import AncovaResult, AncovaRow, fit_ancova
from apps.endpoints.domain.mmrm import Factor, Numeric
from apps.endpoints.domain.rank_ancova import fit_rank_ancova
from apps.endpoints.domain.results import MissingRule, Weights
from apps.endpoints.domain.values import NotAnalysable


@dataclass(frozen=True, slots=True)
class AncovaRequest:
    """What was asked, by the names of the file's columns.

    Without `visit` the file has one row for each subject. With it, the analysis is at the visit `at`, and
    `missing` says what becomes of a subject without an outcome there; baseline carried forward takes the outcome
    for a change and sets it to nought.
    """

    outcome: str
    subject: str
    arm: str
    reference: str
    covariates: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()
    visit: str | None = None
    at: str | None = None
    visit_order: tuple[str, ...] | None = None
    missing: MissingRule = MissingRule.OBSERVED_CASES
    ranks: bool = False
    level: float = 0.95
    weights: Weights = Weights.EQUAL
    rank_loss_allowed: bool = False


@dataclass(frozen=True, slots=True)
class AncovaAnswer:
    """The fit; how each covariate was taken; subjects whose outcome was carried and from which visit ("baseline" for
    the baseline); subjects left out and why."""

    result: AncovaResult
    columns: Mapping[str, Numeric | Factor]
    carried: tuple[tuple[str, str], ...]
    left_out: tuple[tuple[str, str], ...]


def analyse_ancova(file: CsvFile, request: AncovaRequest) -> AncovaAnswer:
    """Fit what was asked to the rows of a file.

    :raises NotAnalysable: if the file or the request will not do, each fault with its line; or if columns of the
        model were lost and that was not allowed.
    """
    _refuse_request(file, request)
    faults = file.lacking(request.subject)
    outcome, wrong = file.numbers(request.outcome)
    faults += wrong
    arms = leveled(file, request.arm, first=request.reference)
    if request.reference not in arms.levels:
        faults.append(f"{request.reference} is not a level of {request.arm}: {', '.join(arms.levels)}.")
    columns: dict[str, Numeric | Factor] = {}
    for name in request.covariates:
        columns[name], wrong = covariate(file, name, as_factor=name in request.factors)
        faults += wrong
    refuse(faults)
    of_subject: dict[str, Sequence[Value]] = {request.arm: arms.values}
    of_subject |= {name: list(column.values) for name, column in columns.items()}
    people, faults = gathered(file, subject=request.subject, columns=of_subject)
    faults += [
        f"{name} has no {request.arm}." for name, one in people.values.items() if one[request.arm] is None
    ]
    outcomes, more = _outcomes(file, request, people, outcome)
    refuse(faults + more)

    rows: list[AncovaRow] = []
    carried: list[tuple[str, str]] = []
    left_out: list[tuple[str, str]] = []
    numeric = [name for name, column in columns.items() if isinstance(column, Numeric)]
    factors = [name for name in columns if name not in numeric]
    for name, own in people.values.items():
        value, source, reason = outcomes[name]
        lacking = [column for column in columns if own[column] is None]
        if value is None or lacking:
            left_out.append((name, reason if value is None else f"no {' and no '.join(lacking)}"))
            continue
        if source is not None:
            carried.append((name, source))
        measured = {column: float(str(own[column])) for column in numeric}
        rows.append(
            AncovaRow(
                name,
                str(own[request.arm]),
                value,
                {column: str(own[column]) for column in factors},
                measured[numeric[0]] if numeric else 0.0,
                {column: measured[column] for column in numeric[1:]},
            )
        )
    fit = fit_rank_ancova if request.ranks else fit_ancova
    result = fit(
        rows,
        arms=arms.levels,
        reference=request.reference,
        factors=factors,
        covariate=numeric[0] if numeric else "",
        further=numeric[1:],
        weights=request.weights,
        level=request.level,
    )
    if result.lost_terms and not request.rank_loss_allowed:
        raise NotAnalysable(
            *(f"The data cannot tell the column {name} from those before it." for name in result.lost_terms),
            "What depends on them is not estimable; to fit without them, say --allow-rank-loss.",
        )
    return AncovaAnswer(result, columns, tuple(carried), tuple(left_out))


# (outcome or None, the visit it was carried from or None, why there is none)
Outcome = tuple[float | None, str | None, str]


def _outcomes(
    file: CsvFile, request: AncovaRequest, people: Gathered, outcome: Sequence[float | None]
) -> tuple[dict[str, Outcome], list[str]]:
    """Each subject's outcome by the rule for missing ones."""
    found: dict[str, Outcome] = {}
    if request.visit is None or request.at is None:
        faults = [
            f"{name} has {len(places)} rows ({at_lines(file, places)}); name the visit with --visit and --at."
            for name, places in people.rows.items()
            if len(places) > 1
        ]
        return {
            name: (outcome[places[0]], None, "no outcome") for name, places in people.rows.items()
        }, faults
    visits, faults = visits_in_order(file, request.visit, order=request.visit_order)
    faults += file.lacking(request.visit)
    if request.at not in visits:
        faults.append(f"{request.at} is not a level of {request.visit}: {', '.join(visits)}.")
        return {}, faults
    names = file.texts(request.visit)
    until = visits[: visits.index(request.at) + 1]
    for name, places in people.rows.items():
        by_visit: dict[str, list[int]] = {}
        for place in places:
            if outcome[place] is not None:
                by_visit.setdefault(str(names[place]), []).append(place)
        faults += [
            f"{name} has {len(some)} outcomes at {visit} ({at_lines(file, some)}); which one counts is decided "
            "before the analysis."
            for visit, some in by_visit.items()
            if len(some) > 1
        ]
        last = next((visit for visit in reversed(until) if visit in by_visit), None)
        if request.at in by_visit:
            found[name] = (outcome[by_visit[request.at][0]], None, "")
        elif request.missing is MissingRule.BOCF:
            found[name] = (0.0, "baseline", "")
        elif request.missing is MissingRule.LOCF and last is not None:
            found[name] = (outcome[by_visit[last][0]], last, "")
        else:
            where = f"up to {request.at}" if request.missing is MissingRule.LOCF else f"at {request.at}"
            found[name] = (None, None, f"no outcome {where}")
    return found, faults


def _refuse_request(file: CsvFile, request: AncovaRequest) -> None:
    roles = {"subject": request.subject, "arm": request.arm, "outcome": request.outcome}
    if request.visit is not None:
        roles["visit"] = request.visit
    faults = [f"{term} is an interaction; this model has none." for term in request.covariates if "*" in term]
    asked = [term for term in request.covariates if "*" not in term]
    faults += unknown_columns(file, list(dict.fromkeys([*roles.values(), *asked])))
    faults += role_clashes(roles, asked)
    faults += [f"{name} is a covariate twice." for name in dict.fromkeys(asked) if asked.count(name) > 1]
    faults += [
        f"{name} is named by --factors but is no covariate." for name in request.factors if name not in asked
    ]
    if (request.visit is None) != (request.at is None):
        faults.append("--visit and --at go together.")
    if request.visit is None and request.missing is not MissingRule.OBSERVED_CASES:
        faults.append("Carrying forward needs --visit and --at.")
    refuse(faults)
