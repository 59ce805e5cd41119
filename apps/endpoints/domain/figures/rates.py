"""Rates as bars with intervals: the rate, its count and its denominator stand beside each bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apps.endpoints.domain.figures.axes import Scale
from apps.endpoints.domain.figures.canvas import AXIS, GRID, MUTED, Canvas, pen_for, text_width, wrap
from apps.endpoints.domain.results import Rate

WIDTH, BAR, GAP, GROUP_GAP, TOP = 720.0, 20.0, 9.0, 20.0, 14.0


@dataclass(frozen=True, slots=True)
class RateBar:
    """One arm's rate."""

    label: str
    rate: Rate


@dataclass(frozen=True, slots=True)
class RateGroup:
    """The bars that belong together, such as "Response, observed cases"."""

    label: str
    bars: tuple[RateBar, ...]


def rates_figure(groups: Sequence[RateGroup], *, key: str, title: str) -> str:
    """Draw the groups below each other.

    :returns: SVG text.
    """
    arms = list(dict.fromkeys(bar.label for group in groups for bar in group.bars))
    left = 18 + max((min(text_width(arm, 12), 190) for arm in arms), default=60) + 24
    right = 126.0
    heights = [24 + len(group.bars) * (BAR + GAP) + GROUP_GAP for group in groups]
    bottom = TOP + sum(heights)
    canvas = Canvas(key=key, width=WIDTH, height=bottom + 44, title=title, description=_describe(groups))
    x = Scale(0, 1, left, WIDTH - right)
    for percent in range(0, 101, 20):
        at = x(percent / 100)
        canvas.line(at, TOP, at, bottom, stroke=AXIS if percent == 0 else GRID)
        canvas.text(at, bottom + 17, f"{percent}", size=11.5, anchor="middle", fill=MUTED)
    canvas.text(
        (x(0) + x(1)) / 2,
        bottom + 36,
        "Percent of participants, with 95% interval",
        size=12,
        anchor="middle",
    )
    y = TOP
    for group, height in zip(groups, heights, strict=True):
        top = y + 14
        canvas.rect(left + 1, y, text_width(group.label, 12.5, bold=True) + 12, 20, fill="#ffffff")
        canvas.text(left + 8, top, group.label, size=12.5, bold=True)
        for place, bar in enumerate(group.bars):
            _bar(canvas, bar, arms.index(bar.label), len(arms), x, y + 24 + place * (BAR + GAP), left)
        y += height
    return canvas.svg()


def _bar(canvas: Canvas, bar: RateBar, place: int, arms: int, x: Scale, top: float, left: float) -> None:
    pen = pen_for(place, of=arms)
    middle = top + BAR / 2
    label = wrap(bar.label, width=190, size=12)
    canvas.text(
        left - 12, middle + 4, label[0] if len(label) == 1 else f"{label[0]} …", size=12, anchor="end"
    )
    share = bar.rate.value
    if share is None:
        canvas.text(left + 8, middle + 4, "nobody could be counted", size=11.5, fill=MUTED)
        return
    canvas.rect(x(0), top, x(share) - x(0), BAR, fill=pen.colour, opacity=0.28)
    canvas.rect(x(share) - 3, top, 3, BAR, fill=pen.colour)
    interval = bar.rate.interval
    if interval is not None:
        canvas.line(x(interval.low), middle, x(interval.high), middle, stroke=pen.colour, width=1.6)
        for end in (interval.low, interval.high):
            canvas.line(x(end), middle - 4, x(end), middle + 4, stroke=pen.colour, width=1.6)
    tip = f"{bar.label}: {100 * share:.1f}% ({bar.rate.count} of {bar.rate.denominator})"
    canvas.marker(x(share), middle, pen, size=4, tip=tip)
    edge = canvas.width - 8
    canvas.text(
        edge, middle + 4, f"{bar.rate.count}/{bar.rate.denominator}", size=11.5, anchor="end", fill=MUTED
    )
    canvas.text(edge - 58, middle + 4, f"{100 * share:.1f}%", size=12, anchor="end", bold=True)


def _describe(groups: Sequence[RateGroup]) -> str:
    parts = []
    for group in groups:
        bars = "; ".join(
            f"{bar.label} {bar.rate.count} of {bar.rate.denominator}"
            + ("" if bar.rate.value is None else f" ({100 * bar.rate.value:.1f} percent)")
            for bar in group.bars
        )
        parts.append(f"{group.label}: {bars}.")
    return "\n".join(parts)
