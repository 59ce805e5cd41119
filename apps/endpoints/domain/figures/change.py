"""Change from baseline by visit: one line per arm, with intervals, and under the axis how many were seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.endpoints.domain.figures.axes import Scale, plain, spaced, ticks
from apps.endpoints.domain.figures.canvas import (
    AXIS,
    GRID,
    INK,
    MUTED,
    Canvas,
    Pen,
    pen_for,
    text_width,
    wrap,
)
from apps.endpoints.domain.figures.labels import apart

WIDTH, LEFT, TOP, PLOT_HEIGHT = 720.0, 66.0, 26.0, 300.0
ROW = 19.0


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """The mean change of one arm on one day with its interval, and the number of participants behind it."""

    day: int
    mean: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One arm's points in order of day. The baseline, where change is zero, is added by the figure."""

    label: str
    points: tuple[ChangePoint, ...]
    baseline_n: int


def change_figure(
    lines: Sequence[ChangeLine],
    *,
    key: str,
    title: str,
    scale_name: str,
    counted: str,
    baseline_day: int = 1,
    higher_is_better: bool = False,
) -> str:
    """Draw the lines; down is better unless said otherwise.

    `counted` names the rule for missing data ("observed cases").

    :returns: SVG text.
    """
    names = [wrap(line.label, width=150, size=12.5, bold=True) for line in lines]
    right = max((text_width(part, 12.5, bold=True) for name in names for part in name), default=60) + 26
    days = sorted({baseline_day, *(point.day for line in lines for point in line.points)})
    values = [v for line in lines for p in line.points for v in (p.mean, p.low, p.high) if v is not None]
    grid = ticks(min([*values, -1.0]), max([*values, 0.0]), wanted=6)
    bottom = TOP + PLOT_HEIGHT
    height = bottom + 62 + ROW * (len(lines) + 1)
    x = spaced(days, start=LEFT + 26, end=WIDTH - right - 10, least=40)
    y = Scale(grid[-1], grid[0], TOP, bottom)
    better = "positive is better" if higher_is_better else "negative is better"
    canvas = Canvas(
        key=key,
        width=WIDTH,
        height=height,
        title=title,
        description=_describe(lines, scale_name, f"{counted}; {better}"),
    )

    for value in grid:
        strong = value == 0
        canvas.line(LEFT, y(value), WIDTH - right, y(value), stroke=AXIS if strong else GRID)
        canvas.text(LEFT - 9, y(value) + 4, plain(value), size=11.5, anchor="end", fill=MUTED)
    canvas.text(
        17,
        TOP + PLOT_HEIGHT / 2,
        f"Change of {scale_name} from baseline",
        size=12,
        anchor="middle",
        rotate=True,
    )
    for day in days:
        canvas.line(x[day], bottom, x[day], bottom + 5)
        canvas.text(x[day], bottom + 19, f"{day}", size=11.5, anchor="middle", fill=MUTED)
    canvas.line(LEFT, bottom, WIDTH - right, bottom)
    canvas.text((x[days[0]] + x[days[-1]]) / 2, bottom + 38, "Day", size=12, anchor="middle")

    ends: list[float] = []
    for place, line in enumerate(lines):
        pen = pen_for(place, of=len(lines))
        ends.append(_draw(canvas, line, pen, x, y, baseline_day, shift=(place - (len(lines) - 1) / 2) * 5))
    for place, (at, name) in enumerate(
        zip(apart(ends, 17.0 * max(map(len, names), default=1)), names, strict=True)
    ):
        pen = pen_for(place, of=len(lines))
        for row, part in enumerate(name):
            first = at + 4.5 - (len(name) - 1) * 7.5
            canvas.text(WIDTH - right + 12, first + 15 * row, part, size=12.5, fill=pen.colour, bold=True)

    top = bottom + 62
    canvas.text(LEFT - 9, top, "n", size=11.5, anchor="end", fill=MUTED)
    for place, line in enumerate(lines):
        pen = pen_for(place, of=len(lines))
        at = top + ROW * (place + 1)
        canvas.marker(LEFT - 13, at - 4, pen, size=4)
        canvas.text(x[baseline_day], at, f"{line.baseline_n}", size=11.5, anchor="middle", fill=INK)
        for point in line.points:
            canvas.text(x[point.day], at, f"{point.n}", size=11.5, anchor="middle", fill=INK)
    return canvas.svg()


def _draw(
    canvas: Canvas,
    line: ChangeLine,
    pen: Pen,
    x: Mapping[float, float],
    y: Scale,
    baseline_day: int,
    *,
    shift: float,
) -> float:
    """Draw one line and return the height at which it ends. Arms stand a little apart so that intervals
    show."""
    path = [(x[baseline_day], y(0.0)), *((x[point.day] + shift, y(point.mean)) for point in line.points)]
    for point in line.points:
        if point.low is None or point.high is None:
            continue
        at = x[point.day] + shift
        canvas.line(at, y(point.low), at, y(point.high), stroke=pen.colour, width=1.4)
        for end in (point.low, point.high):
            canvas.line(at - 3.5, y(end), at + 3.5, y(end), stroke=pen.colour, width=1.4)
    canvas.polyline(path, stroke=pen.colour, width=2.2, dash=pen.dash)
    tips = [f"{line.label}, baseline: n = {line.baseline_n}", *(_tip(line.label, one) for one in line.points)]
    for (px, py), tip in zip(path, tips, strict=True):
        canvas.marker(px, py, pen, tip=tip)
    return path[-1][1]


def _tip(label: str, point: ChangePoint) -> str:
    words = f"{label}, Day {point.day}: {plain(point.mean, decimals=1)}"
    if point.low is not None and point.high is not None:
        words += f" ({plain(point.low, decimals=1)} to {plain(point.high, decimals=1)})"
    return f"{words}, n = {point.n}"


def _describe(lines: Sequence[ChangeLine], scale_name: str, counted: str) -> str:
    parts = [f"Mean change of {scale_name} from baseline by visit, {counted}."]
    for line in lines:
        values = ", ".join(f"Day {p.day}: {plain(p.mean, decimals=1)} (n = {p.n})" for p in line.points)
        parts.append(f"{line.label}: {values}.")
    return "\n".join(parts)
