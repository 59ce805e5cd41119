"""A fitted analysis of covariance as lines of text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from apps.endpoints.domain.analyses.ancova_request import AncovaAnswer, AncovaRequest
from apps.endpoints.domain.analyses.columns import described
from apps.endpoints.domain.analyses.estimates import estimate_cells, estimate_heads
from apps.endpoints.domain.analyses.text_table import block


def ancova_text(request: AncovaRequest, answer: AncovaAnswer) -> Iterator[str]:
    """What was asked, what was found, and who was left out."""
    result = answer.result
    yield "Analysis of covariance" + (" on ranks" if request.ranks else "")
    yield ""
    where = f" at {request.visit} {request.at}, {request.missing.label}" if request.visit else ""
    yield f"Model        {request.outcome} = {' + '.join([*request.covariates, request.arm])}{where}"
    means = {result.covariate.removeprefix("rank of "): result.covariate_mean, **result.further}
    for name, words in described(answer.columns).items():
        mean = f", mean {means[name]:.6g} over the analysed subjects" if name in means else ""
        yield f"  {name}: {words}{mean}"
    if request.ranks:
        yield "  Means and differences are in ranks, not in points of the scale."
    yield f"Means        {request.weights.label}"
    yield f"Reference    {request.arm} = {request.reference}"
    yield f"Analysed     {result.n} subjects, residual SD {result.residual_sd:.6g} on {result.df} df"
    if answer.carried:
        yield f"             {len(answer.carried)} of them with an outcome that was carried forward"
    if answer.left_out:
        yield f"             {len(answer.left_out)} left out:"
        yield from (f"               {name}: {reason}" for name, reason in answer.left_out)
    heads = estimate_heads(request.level)
    yield from block(
        "Least-squares means",
        ("arm", "n", *heads),
        [(one.arm, str(one.n), *estimate_cells(one.estimate)) for one in result.means],
    )
    yield from block(
        "Differences",
        ("arm", *heads),
        [(f"{one.arm} - {one.reference}", *estimate_cells(one.estimate)) for one in result.differences],
    )
    if result.lost_terms:
        yield f"Lost: {', '.join(result.lost_terms)}"
