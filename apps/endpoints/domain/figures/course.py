"""Means along time with intervals, one line per arm: minutes after the dose, or days of the trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apps.endpoints.domain.figures.axes import Scale, plain, spaced, ticks
from apps.endpoints.domain.figures.canvas import AXIS, GRID, INK, MUTED, Canvas, pen_for, text_width, wrap
from apps.endpoints.domain.figures.labels import apart

WIDTH, LEFT, TOP, ROW = 720.0, 66.0, 22.0, 19.0


@dataclass(frozen=True, slots=True)
class CoursePoint:
    """One mean with its interval and the number behind it."""

    at: float
    mean: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class CourseLine:
    """One arm's points in order of time."""

    label: str
    points: tuple[CoursePoint, ...]


def course_figure(
    lines: Sequence[CourseLine],
    *,
    key: str,
    title: str,
    across: str,
    up: str,
    counted: str = "n",
    tick_labels: dict[float, str] | None = None,
    height: float = 220.0,
    decimals: int = 1,
) -> str:
    """Draw the lines. `across` and `up` name the axes; `tick_labels` writes a time differently ("before").

    :returns: SVG text.
    """
    times = sorted({point.at for line in lines for point in line.points})
    names = [wrap(line.label, width=150, size=12.5, bold=True) for line in lines]
    right = max((text_width(part, 12.5, bold=True) for name in names for part in name), default=60) + 26
    values = [v for line in lines for p in line.points for v in (p.mean, p.low, p.high) if v is not None]
    grid = ticks(min(values, default=0.0), max(values, default=1.0) + 1e-9, wanted=5)
    if len(grid) < 2:
        grid = [grid[0], grid[0] + 1.0]
    bottom = TOP + height
    canvas = Canvas(
        key=key,
        width=WIDTH,
        height=bottom + 62 + ROW * (len(lines) + 1),
        title=title,
        description=_describe(lines, across, up, decimals),
    )
    x = spaced(times, start=LEFT + 26, end=WIDTH - right - 10, least=30) if times else {}
    y = Scale(grid[0], grid[-1], bottom, TOP)
    places = 0 if all(abs(value - round(value)) < 1e-9 for value in grid) else decimals
    for value in grid:
        canvas.line(LEFT, y(value), WIDTH - right, y(value), stroke=AXIS if value == 0 else GRID)
        canvas.text(
            LEFT - 9, y(value) + 4, plain(value, decimals=places), size=11.5, anchor="end", fill=MUTED
        )
    canvas.text(17, TOP + height / 2, up, size=12, anchor="middle", rotate=True)
    canvas.line(LEFT, bottom, WIDTH - right, bottom)
    for at in times:
        label = (tick_labels or {}).get(at, f"{at:g}")
        canvas.line(x[at], bottom, x[at], bottom + 5)
        canvas.text(x[at], bottom + 19, label, size=11.5, anchor="middle", fill=MUTED)
    canvas.text((LEFT + WIDTH - right) / 2, bottom + 38, across, size=12, anchor="middle")
    ends: list[float] = []
    for place, line in enumerate(lines):
        pen, shift = pen_for(place, of=len(lines)), (place - (len(lines) - 1) / 2) * 5
        path = [(x[point.at] + shift, y(point.mean)) for point in line.points]
        for point in line.points:
            if point.low is not None and point.high is not None:
                mid = x[point.at] + shift
                canvas.line(mid, y(point.low), mid, y(point.high), stroke=pen.colour, width=1.4)
                for end in (point.low, point.high):
                    canvas.line(mid - 3.5, y(end), mid + 3.5, y(end), stroke=pen.colour, width=1.4)
        if len(path) > 1:
            canvas.polyline(path, stroke=pen.colour, width=2.2, dash=pen.dash)
        for (px, py), point in zip(path, line.points, strict=True):
            when = (tick_labels or {}).get(point.at, f"{point.at:g}")
            mean = plain(point.mean, decimals=decimals)
            canvas.marker(px, py, pen, tip=f"{line.label}, {when}: {mean}, n = {point.n}")
        ends.append(path[-1][1] if path else bottom)
    room = 17.0 * max(map(len, names), default=1)
    for place, (at, name) in enumerate(zip(apart(ends, room), names, strict=True)):
        for row, part in enumerate(name):
            first = at + 4.5 - (len(name) - 1) * 7.5
            colour = pen_for(place, of=len(lines)).colour
            canvas.text(WIDTH - right + 12, first + 15 * row, part, size=12.5, fill=colour, bold=True)
    top = bottom + 62
    canvas.text(LEFT - 9, top, counted, size=11.5, anchor="end", fill=MUTED)
    for place, line in enumerate(lines):
        at = top + ROW * (place + 1)
        canvas.marker(LEFT - 13, at - 4, pen_for(place, of=len(lines)), size=4)
        for point in line.points:
            canvas.text(x[point.at], at, f"{point.n}", size=11.5, anchor="middle", fill=INK)
    return canvas.svg()


def _describe(lines: Sequence[CourseLine], across: str, up: str, decimals: int) -> str:
    parts = [f"{up} along {across.lower()}."]
    for line in lines:
        values = ", ".join(f"{p.at:g}: {plain(p.mean, decimals=decimals)} (n = {p.n})" for p in line.points)
        parts.append(f"{line.label}: {values}.")
    return "\n".join(parts)
