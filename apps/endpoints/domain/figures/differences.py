"""Differences between arms with their intervals, one row each, against the line of no difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apps.endpoints.domain.figures.axes import Scale, plain, ticks
from apps.endpoints.domain.figures.canvas import AXIS, GRID, MUTED, PENS, Canvas, Pen, wrap

WIDTH, TOP, ROW, DENSE = 720.0, 34.0, 44.0, 34.0


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One difference. `value` is None where it could not be estimated, and `note` then says why.

    A `heading` names the rows below it, which are indented, and has a note in place of a difference.
    """

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    note: str = ""
    indent: int = 0
    heading: bool = False


def differences_figure(
    rows: Sequence[DifferenceRow],
    *,
    key: str,
    title: str,
    unit: str,
    favours_low: str,
    favours_high: str,
    decimals: int = 1,
) -> str:
    """Draw the rows. `favours_low` and `favours_high` say whom a value left and right of zero speaks for.

    :returns: SVG text.
    """
    names = [wrap(row.label, width=196, size=12) for row in rows]
    step = ROW if len(rows) < 6 and any(len(name) > 1 for name in names) else DENSE
    left, right = 218.0, 150.0
    values = [v for row in rows for v in (row.value, row.low, row.high) if v is not None]
    grid = ticks(min([*values, -1.0]), max([*values, 1.0]), wanted=6)
    bottom = TOP + step * len(rows)
    canvas = Canvas(
        key=key, width=WIDTH, height=bottom + 62, title=title, description=_describe(rows, unit, decimals)
    )
    x = Scale(grid[0], grid[-1], left, WIDTH - right)
    step_decimals = 0 if all(abs(value - round(value)) < 1e-9 for value in grid) else decimals
    for value in grid:
        zero = abs(value) < 1e-12
        canvas.line(
            x(value), TOP - 6, x(value), bottom, stroke=MUTED if zero else GRID, width=1.2 if zero else 1
        )
        canvas.text(
            x(value),
            bottom + 17,
            plain(value, decimals=step_decimals),
            size=11.5,
            anchor="middle",
            fill=MUTED,
        )
    canvas.line(left, bottom, WIDTH - right, bottom, stroke=AXIS)
    canvas.text(WIDTH - 8, TOP - 14, "Difference (95% interval)", size=11.5, anchor="end", fill=MUTED)
    _direction(canvas, x, favours_low, favours_high, bottom + 40)
    canvas.text(WIDTH - 8, bottom + 17, unit, size=11.5, anchor="end", fill=MUTED)
    for place, (row, name) in enumerate(zip(rows, names, strict=True)):
        middle = TOP + step * place + step / 2
        for line, part in enumerate(name[:3]):
            canvas.text(
                10 + 14 * row.indent,
                middle + 4 + 14 * line - 7 * (min(len(name), 3) - 1),
                part,
                size=12,
                bold=row.heading,
            )
        _row(canvas, row, x, middle, decimals)
    return canvas.svg()


def _row(canvas: Canvas, row: DifferenceRow, x: Scale, middle: float, decimals: int) -> None:
    if row.value is None:
        words = row.note if row.heading else "not estimable"
        canvas.text(WIDTH - 8, middle + 4, words, size=11.5, anchor="end", fill=MUTED)
        return
    pen = PENS[0]
    text = plain(row.value, decimals=decimals)
    if row.low is not None and row.high is not None:
        canvas.line(x(row.low), middle, x(row.high), middle, stroke=pen.colour, width=2)
        for end in (row.low, row.high):
            canvas.line(x(end), middle - 5, x(end), middle + 5, stroke=pen.colour, width=2)
        text += f" ({plain(row.low, decimals=decimals)} to {plain(row.high, decimals=decimals)})"
    canvas.marker(x(row.value), middle, Pen(pen.colour, "square"), size=6, tip=f"{row.label}: {text}")
    canvas.text(WIDTH - 8, middle + 4, text, size=12, anchor="end")


def _direction(canvas: Canvas, x: Scale, low: str, high: str, at: float) -> None:
    """Two arrows under the axis that say which side speaks for whom, where there is room for them."""
    zero = x(0.0)
    for text, end, sign in ((low, x(x.low), -1), (high, x(x.high), 1)):
        if not text or abs(end - zero) < 24:
            continue
        canvas.arrow(zero + sign * 8, at - 4, zero + sign * 30, at - 4)
        canvas.text(zero + sign * 36, at, text, size=11.5, anchor="end" if sign < 0 else "start", fill=MUTED)


def _describe(rows: Sequence[DifferenceRow], unit: str, decimals: int) -> str:
    parts = [f"Differences with 95 percent intervals, {unit}."]
    for row in rows:
        if row.heading:
            parts.append(f"{row.label}, {row.note}:")
        elif row.value is None:
            parts.append(f"{row.label}: not estimable{f', {row.note}' if row.note else ''}.")
        else:
            limits = (
                f", from {plain(row.low, decimals=decimals)} to {plain(row.high, decimals=decimals)}"
                if row.low is not None and row.high is not None
                else ""
            )
            parts.append(f"{row.label}: {plain(row.value, decimals=decimals)}{limits}.")
    return "\n".join(parts)
