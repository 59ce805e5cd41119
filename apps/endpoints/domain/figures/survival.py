"""Kaplan-Meier curves: steps, a tick where somebody was censored, and under the axis how many were at risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apps.endpoints.domain.figures.axes import Scale, ticks
from apps.endpoints.domain.figures.canvas import AXIS, GRID, INK, MUTED, Canvas, pen_for, text_width, wrap
from apps.endpoints.domain.figures.labels import apart

WIDTH, LEFT, TOP, HEIGHT, ROW = 720.0, 74.0, 22.0, 280.0, 19.0
_TICK, _LEAST = 5.0, 34.0


@dataclass(frozen=True, slots=True)
class SurvivalLine:
    """One arm. `steps` are (day, share from that day on), `censored` the days of the ticks; the line ends at `until`.

    `at_risk` are (day, text) for the table beneath, in the same order in every line.
    """

    label: str
    steps: tuple[tuple[float, float], ...]
    censored: tuple[float, ...]
    until: float
    at_risk: tuple[tuple[int, str], ...]

    def share(self, day: float) -> float:
        """The share without the event on a day."""
        return next((share for since, share in reversed(self.steps) if since <= day), 1.0)


def survival_figure(
    lines: Sequence[SurvivalLine], *, key: str, title: str, across: str, up: str, lowest: float = 0.0
) -> str:
    """Draw the curves from Day 1 on. The axis of shares begins at `lowest` (nought where it is not given).

    :returns: SVG text.
    """
    names = [wrap(line.label, width=150, size=12.5, bold=True) for line in lines]
    right = max((text_width(part, 12.5, bold=True) for name in names for part in name), default=60) + 26
    days = sorted({day for line in lines for day, _ in line.at_risk})
    last = max([*days, *(line.until for line in lines)], default=1.0)
    bottom = TOP + HEIGHT
    canvas = Canvas(
        key=key,
        width=WIDTH,
        height=bottom + 64 + ROW * (len(lines) + 1),
        title=title,
        description=_describe(lines, up),
    )
    x, y = Scale(1, max(last, 2.0), LEFT, WIDTH - right - 8), Scale(lowest, 1, bottom, TOP)
    for value in ticks(100 * lowest, 100, wanted=5):
        at = y(value / 100)
        canvas.line(LEFT, at, WIDTH - right, at, stroke=AXIS if value == 0 else GRID)
        canvas.text(LEFT - 9, at + 4, f"{value:g}", size=11.5, anchor="end", fill=MUTED)
    canvas.text(17, TOP + HEIGHT / 2, f"{up}, percent", size=12, anchor="middle", rotate=True)
    canvas.line(LEFT, bottom, WIDTH - right, bottom)
    shown = _spread(days, x)
    for day in shown:
        canvas.line(x(day), bottom, x(day), bottom + 5)
        canvas.text(x(day), bottom + 19, f"{day}", size=11.5, anchor="middle", fill=MUTED)
    canvas.text((LEFT + WIDTH - right) / 2, bottom + 38, across, size=12, anchor="middle")
    ends = []
    for place, line in enumerate(lines):
        pen = pen_for(place, of=len(lines))
        canvas.polyline(_path(line, x, y), stroke=pen.colour, width=2.0, dash=pen.dash)
        for when in sorted(set(line.censored)):
            at = y(line.share(when))
            canvas.line(x(when), at - _TICK, x(when), at + _TICK, stroke=pen.colour, width=1.2)
        ends.append(y(line.share(line.until)))
        tip = f"{line.label}, Day {line.until:g}: {100 * line.share(line.until):.1f}%"
        canvas.marker(x(line.until), ends[-1], pen, size=4, tip=tip)
    room = 17.0 * max(map(len, names), default=1)
    for place, (at, name) in enumerate(zip(apart(ends, room), names, strict=True)):
        for row, part in enumerate(name):
            first = at + 4.5 - (len(name) - 1) * 7.5
            colour = pen_for(place, of=len(lines)).colour
            canvas.text(WIDTH - right + 12, first + 15 * row, part, size=12.5, fill=colour, bold=True)
    top = bottom + 64
    canvas.text(8, top, "At risk", size=11.5, fill=MUTED)
    for place, line in enumerate(lines):
        at = top + ROW * (place + 1)
        canvas.marker(LEFT - 30, at - 4, pen_for(place, of=len(lines)), size=4)
        for day, count in line.at_risk:
            if day in shown:
                canvas.text(x(day), at, count, size=11.5, anchor="middle", fill=INK)
    return canvas.svg()


def _path(line: SurvivalLine, x: Scale, y: Scale) -> list[tuple[float, float]]:
    """Along each level until its step, then down."""
    path, level = [(x(1), y(1.0))], 1.0
    for day, share in line.steps:
        path += [(x(day), y(level)), (x(day), y(share))]
        level = share
    return [*path, (x(max(line.until, 1.0)), y(level))]


def _spread(days: Sequence[int], x: Scale) -> list[int]:
    """The days whose labels find room; the last one always does."""
    kept: list[int] = []
    for day in reversed(days):
        if not kept or x(kept[-1]) - x(day) >= _LEAST:
            kept.append(day)
    return kept[::-1]


def _describe(lines: Sequence[SurvivalLine], up: str) -> str:
    parts = []
    for line in lines:
        days = [day for day, _ in line.at_risk if day <= line.until]
        told = ", ".join(f"Day {day}: {100 * line.share(day):.1f} percent" for day in days)
        counts = ", ".join(f"Day {day}: {count}" for day, count in line.at_risk)
        parts.append(f"{line.label}, {up.lower()}: {told}. At risk: {counts}.")
    return "\n".join(parts)
