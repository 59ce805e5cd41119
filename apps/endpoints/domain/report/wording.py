"""How numbers are written in the report: real minus signs, fixed decimals, nothing that looks more exact than
it is."""

from __future__ import annotations

from collections.abc import Sequence

from apps.endpoints.domain.report.document import Cell
from apps.endpoints.domain.results import (
    Interval,
    ModelEstimate,
    NotEstimable,
    NumberNeeded,
    Rate,
    Summary,
)

NONE = Cell("–")


def decimal(value: float, places: int = 1) -> str:
    """A number with a real minus sign, and never "minus zero"."""
    text = f"{value:.{places}f}"
    if not text.startswith("-"):
        return text
    return f"−{text[1:]}" if float(text) != 0 else text[1:]


def p_value(p: float) -> str:
    """Three decimals, or below a thousandth."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def limits(interval: Interval, places: int = 1, *, factor: float = 1.0) -> str:
    """Both ends of an interval."""
    return f"{decimal(interval.low * factor, places)} to {decimal(interval.high * factor, places)}"


def percent(rate: Rate) -> Cell:
    """ "66.7% (68/102)"; a rate without participants is a dash."""
    if rate.value is None:
        return NONE
    return Cell(f"{100 * rate.value:.1f}% ({rate.count}/{rate.denominator})", rate.value, _parts(rate))


def percent_interval(rate: Rate) -> Cell:
    """ "66.7% (68/102), 57.1 to 75.1": the rate with its interval in percent."""
    cell = percent(rate)
    if rate.interval is None:
        return cell
    return Cell(f"{cell.text}, {limits(rate.interval, factor=100)}", cell.value, cell.parts)


def _parts(rate: Rate) -> tuple[tuple[str, float], ...]:
    shown = (("count", rate.count), ("denominator", rate.denominator))
    if rate.interval is None:
        return shown
    return (*shown, ("low", rate.interval.low), ("high", rate.interval.high))


def count_share(rate: Rate) -> Cell:
    """ "68 (66.7%)", for tables whose heading gives the denominator."""
    if rate.value is None:
        return NONE
    return Cell(f"{rate.count} ({100 * rate.value:.1f}%)", rate.count, (("denominator", rate.denominator),))


def mean_sd(summary: Summary, places: int = 1) -> Cell:
    """ "37.1 (5.70)"; the spread gets one decimal more."""
    if summary.mean is None:
        return NONE
    spread = "–" if summary.sd is None else decimal(summary.sd, places + 1)
    parts = () if summary.sd is None else (("sd", summary.sd),)
    return Cell(f"{decimal(summary.mean, places)} ({spread})", summary.mean, (("n", summary.n), *parts))


def median_range(summary: Summary) -> Cell:
    """ "37 (33 to 41), 25 to 52": median, quartiles, smallest to largest."""
    shown = (summary.median, summary.q1, summary.q3, summary.minimum, summary.maximum)
    numbers = [value for value in shown if value is not None]
    if len(numbers) < len(shown):
        return NONE
    places = 0 if all(float(2 * value).is_integer() for value in numbers) else 1
    median, q1, q3, low, high = (_trim(value, places) for value in numbers)
    names = ("median", "q1", "q3", "minimum", "maximum")
    parts = tuple(zip(names, numbers, strict=True))[1:]
    return Cell(f"{median} ({q1} to {q3}), {low} to {high}", summary.median, parts)


def _trim(value: float, places: int) -> str:
    return decimal(value, 0 if float(value).is_integer() else max(places, 1))


def interval_cell(interval: Interval, places: int = 1, *, factor: float = 1.0) -> Cell:
    """Both ends of an interval, with the numbers behind them."""
    return Cell(
        limits(interval, places, factor=factor), None, (("low", interval.low), ("high", interval.high))
    )


def estimate_cells(estimate: ModelEstimate | NotEstimable) -> tuple[Cell, Cell, Cell, Cell]:
    """Estimate with standard error, interval, degrees of freedom, p value; or why it cannot be estimated."""
    if isinstance(estimate, NotEstimable):
        return Cell("not estimable"), Cell(estimate.reason), NONE, NONE
    return (
        Cell(
            f"{decimal(estimate.estimate)} ({decimal(estimate.standard_error, 2)})",
            estimate.estimate,
            (("se", estimate.standard_error), ("t", estimate.t)),
        ),
        interval_cell(estimate.interval, 2),
        Cell(decimal(estimate.df), estimate.df),
        Cell(p_value(estimate.p_value), estimate.p_value),
    )


def needed(number: NumberNeeded) -> str:
    """The number needed to treat with its limits, through infinity where the difference may be none."""
    if number.value is None:
        return "none"
    kind = "benefit" if number.value > 0 else "harm"
    value = f"{abs(number.value):.1f} ({kind})"
    if number.crosses_infinity:
        return f"{value}; {abs(number.low):.1f} (harm) to ∞ to {abs(number.high):.1f} (benefit)"
    low, high = sorted((abs(number.low), abs(number.high)))
    return f"{value}; {low:.1f} to {high:.1f}"


def listed(parts: Sequence[str]) -> str:
    """ "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""
