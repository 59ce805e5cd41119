"""A fitted mixed model for repeated measures as lines of text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from apps.endpoints.domain.analyses.columns import described
from apps.endpoints.domain.analyses.estimates import estimate_cells, estimate_heads
from apps.endpoints.domain.analyses.mmrm_request import MmrmRequest
from apps.endpoints.domain.analyses.text_table import block, fixed, p_text
from apps.endpoints.domain.mmrm import FTest, MmrmFit, ModelFrame

_SOME = 20


def mmrm_text(request: MmrmRequest, frame: ModelFrame, fit: MmrmFit) -> Iterator[str]:
    """What was asked, what was found, and how the fit was come by."""
    yield "Mixed model for repeated measures"
    yield ""
    yield from _asked(request, frame, fit)
    yield from _found(request, fit)
    yield from _how(fit)


def _asked(request: MmrmRequest, frame: ModelFrame, fit: MmrmFit) -> Iterator[str]:
    s = fit.statistics
    yield f"Model        {request.outcome} = " + " + ".join("*".join(term) for term in fit.model.terms)
    for name, words in described(frame.columns).items():
        mean = (
            f", mean {fit.covariate_means[name]:.6g} over the analysed rows"
            if name in fit.covariate_means
            else ""
        )
        yield f"  {name}: {words}{mean}"
    yield f"Subjects     {request.subject}, covariance {fit.covariance.label} ({s.parameters} parameters)"
    yield f"Estimation   {request.estimation.value.upper()}, {request.degrees_of_freedom.label}"
    yield f"Means        {request.weights.label}"
    yield f"Reference    {request.arm} = {request.reference}"
    yield f"Analysed     {s.rows} rows of {s.subjects} subjects"
    if fit.subjects_without_data:
        yield f"             {len(fit.subjects_without_data)} without data: {_listed(fit.subjects_without_data)}"
    if fit.set_aside:
        yield f"             {len(fit.set_aside)} rows set aside for a missing covariate:"
        yield from (
            f"               {one.subject} at {one.visit}: {', '.join(one.missing)}" for one in fit.set_aside
        )


def _found(request: MmrmRequest, fit: MmrmFit) -> Iterator[str]:
    heads = estimate_heads(request.level)
    yield from block(
        "Least-squares means",
        ("arm", "visit", "n", *heads),
        [(one.arm, one.visit, str(one.n), *estimate_cells(one.estimate)) for one in fit.ls_means],
        texts=2,
    )
    yield from block(
        "Differences",
        ("arm", "visit", *heads),
        [
            (f"{one.arm} - {one.reference}", one.visit, *estimate_cells(one.estimate))
            for one in fit.differences
        ],
        texts=2,
    )
    test = fit.overall_test()
    yield ""
    yield (
        f"No difference at any visit: F({test.numerator_df}, {test.denominator_df:.2f}) = {test.f:.4f}, "
        f"p = {p_text(test.p_value)}"
        if isinstance(test, FTest)
        else f"No difference at any visit: not estimable ({test.reason})"
    )
    yield from block(
        "Coefficients",
        ("column", *heads),
        [(one.name, *estimate_cells(one.estimate)) for one in fit.coefficients],
    )
    if fit.lost:
        yield f"Lost: {', '.join(fit.lost)}"
    yield from block(
        "Covariance matrix of one subject's outcomes",
        ("", *fit.visits),
        [(visit, *map(fixed, row)) for visit, row in zip(fit.visits, fit.sigma, strict=True)],
    )
    sd = [fit.sigma[place][place] ** 0.5 for place in range(len(fit.visits))]
    yield from block(
        "Correlations",
        ("", *fit.visits),
        [
            (visit, *(f"{value / sd[a] / sd[b]:.4f}" for b, value in enumerate(fit.sigma[a])))
            for a, visit in enumerate(fit.visits)
        ],
    )


def _how(fit: MmrmFit) -> Iterator[str]:
    s = fit.statistics
    yield ""
    yield "Fit"
    yield f"  -2 log-likelihood {s.minus_two_log_likelihood:.4f}, AIC {s.aic:.4f}, AICc {s.aicc:.4f}, BIC {s.bic:.4f}"
    yield from block(
        "Attempts",
        ("structure", "parameters", "iterations", "gradient", "eigenvalue", "condition", "-2logL", "verdict"),
        [
            (
                one.covariance.value,
                str(one.parameters),
                str(one.iterations),
                *(f"{value:.1e}" for value in (one.gradient, one.eigenvalue, one.condition)),
                f"{one.minus_two_log_likelihood:.4f}",
                one.refused or "accepted",
            )
            for one in fit.attempts
        ],
    )
    yield from block(
        "Patterns of visits with an outcome",
        ("visits", "subjects"),
        [(", ".join(one.visits), str(one.subjects)) for one in fit.patterns],
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_SOME]) + (f" and {len(names) - _SOME} more" if len(names) > _SOME else "")
