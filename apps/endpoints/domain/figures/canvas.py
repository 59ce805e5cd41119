"""A small SVG writer: shapes in, text out, with nothing but presentation attributes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

FONT = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'Liberation Sans', Arial, "
    "sans-serif"
)
INK = "#1f2933"
MUTED = "#52606d"
GRID = "#e4e7eb"
AXIS = "#9aa5b1"
PAPER = "#ffffff"

Anchor = Literal["start", "middle", "end"]
Marker = Literal["circle", "square", "triangle", "diamond"]

# Widths in thousandths of the size, those of a wide sans-serif (DejaVu Sans): a narrower font only leaves
# air.
_NARROW = dict.fromkeys("fijlrtI.,:;'|!()[] -–/", 375)
_WIDE = dict.fromkeys("mwMW%@—+=<>", 870)
_WIDTHS = _NARROW | _WIDE
_AVERAGE, _CAPITAL = 612, 700


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """About how wide a text will be, erring on the wide side."""
    units = sum(_WIDTHS.get(char, _CAPITAL if char.isupper() else _AVERAGE) for char in text)
    return units / 1000 * size * (1.12 if bold else 1.0)


def wrap(text: str, *, width: float, size: float, bold: bool = False) -> list[str]:
    """Break a text into lines that fit."""
    lines: list[str] = []
    for word in text.split():
        if lines and text_width(f"{lines[-1]} {word}", size, bold=bold) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def number(value: float) -> str:
    """A coordinate: two decimals at most, and never a negative zero."""
    return (
        f"{value:.2f}".rstrip("0").rstrip(".").replace("-0", "0")
        if abs(value) < 0.005
        else (f"{value:.2f}".rstrip("0").rstrip("."))
    )


@dataclass(frozen=True, slots=True)
class Pen:
    """How an arm is drawn: colour, marker and dash belong together."""

    colour: str
    marker: Marker
    dash: str = ""


# Okabe and Ito's colours, which stay apart for every common kind of colour vision; blue first.
PENS: tuple[Pen, ...] = (
    Pen("#0072b2", "circle"),
    Pen("#d55e00", "square", "7 4"),
    Pen("#007a5a", "triangle", "2 3"),
    Pen("#8e4585", "diamond", "10 3 2 3"),
)
POOLED = Pen("#3e4c59", "circle")


def pen_for(place: int, *, of: int) -> Pen:
    """The pen of the arm at this place; a single line that stands for everybody is drawn in slate."""
    return POOLED if of == 1 else PENS[place % len(PENS)]


class Canvas:
    """One picture being drawn. `key` makes the ids unique on a page that shows several.

    `description` gives its numbers, one statement a line; a `tip` is what a mark says when it is pointed at.
    """

    def __init__(self, *, key: str, width: float, height: float, title: str, description: str) -> None:
        self.width, self.height = width, height
        self._parts: list[str] = []
        self._head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {number(width)} {number(height)}" '
            f'width="{number(width)}" height="{number(height)}" role="img" '
            f'aria-labelledby="{key}-title {key}-desc" font-family="{FONT}">'
            f'<title id="{key}-title">{escape(title)}</title><desc id="{key}-desc">{escape(description)}</desc>'
        )
        self.rect(0, 0, width, height, fill=PAPER)

    def svg(self) -> str:
        """The finished picture."""
        return f"{self._head}{''.join(self._parts)}</svg>"

    def _add(self, tag: str, *, tip: str = "", **attributes: str | float | None) -> None:
        shown = "".join(
            f" {name.replace('_', '-')}={quoteattr(number(value) if isinstance(value, (int, float)) else value)}"
            for name, value in attributes.items()
            if value is not None and value != ""
        )
        self._parts.append(
            f"<{tag}{shown}><title>{escape(tip)}</title></{tag}>" if tip else f"<{tag}{shown}/>"
        )

    def line(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        *,
        stroke: str = AXIS,
        width: float = 1,
        dash: str = "",
    ) -> None:
        """A straight line."""
        self._add(
            "line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, stroke_width=width, stroke_dasharray=dash
        )

    def polyline(
        self, points: Sequence[tuple[float, float]], *, stroke: str, width: float, dash: str = ""
    ) -> None:
        """A line through several points."""
        path = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        self._add(
            "polyline",
            points=path,
            fill="none",
            stroke=stroke,
            stroke_width=width,
            stroke_dasharray=dash,
            stroke_linejoin="round",
            stroke_linecap="butt" if dash else "round",
        )

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str,
        stroke: str | None = None,
        radius: float | None = None,
        opacity: float | None = None,
        tip: str = "",
    ) -> None:
        """A rectangle, with rounded corners if `radius` is given."""
        self._add(
            "rect",
            tip=tip,
            x=x,
            y=y,
            width=max(width, 0.0),
            height=max(height, 0.0),
            rx=radius,
            fill=fill,
            stroke=stroke,
            fill_opacity=opacity,
        )

    def arrow(self, x1: float, y1: float, x2: float, y2: float, *, stroke: str = MUTED) -> None:
        """A line with a head at its end, along one axis."""
        self.line(x1, y1, x2, y2, stroke=stroke, width=1.3)
        step = 5.0
        if x1 == x2:
            away = -step if y2 > y1 else step
            self._polygon([(x2, y2), (x2 - 3.6, y2 + away), (x2 + 3.6, y2 + away)], fill=stroke)
        else:
            away = -step if x2 > x1 else step
            self._polygon([(x2, y2), (x2 + away, y2 - 3.6), (x2 + away, y2 + 3.6)], fill=stroke)

    def marker(self, x: float, y: float, pen: Pen, *, size: float = 4.5, tip: str = "") -> None:
        """An arm's marker, with a thin paper edge so that it stands out from lines beneath it."""
        if pen.marker == "circle":
            self._add("circle", tip=tip, cx=x, cy=y, r=size, fill=pen.colour, stroke=PAPER, stroke_width=1.2)
            return
        shapes: dict[str, list[tuple[float, float]]] = {
            "square": [(-1, -1), (1, -1), (1, 1), (-1, 1)],
            "triangle": [(0, -1.25), (1.15, 0.9), (-1.15, 0.9)],
            "diamond": [(0, -1.35), (1.35, 0), (0, 1.35), (-1.35, 0)],
        }
        scale = size * 0.92
        points = [(x + dx * scale, y + dy * scale) for dx, dy in shapes[pen.marker]]
        self._polygon(points, fill=pen.colour, stroke=PAPER, tip=tip)

    def _polygon(
        self,
        points: Sequence[tuple[float, float]],
        *,
        fill: str,
        stroke: str | None = None,
        tip: str = "",
    ) -> None:
        path = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        self._add(
            "polygon", tip=tip, points=path, fill=fill, stroke=stroke, stroke_width=1.2 if stroke else None
        )

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 12,
        anchor: Anchor = "start",
        fill: str = INK,
        bold: bool = False,
        rotate: bool = False,
    ) -> None:
        """One line of text with its baseline at `y`; `rotate` turns it to read upwards."""
        attributes = f' x="{number(x)}" y="{number(y)}" font-size="{number(size)}" fill="{fill}"'
        attributes += f' text-anchor="{anchor}"' if anchor != "start" else ""
        attributes += ' font-weight="600"' if bold else ""
        attributes += f' transform="rotate(-90 {number(x)} {number(y)})"' if rotate else ""
        self._parts.append(f"<text{attributes}>{escape(text)}</text>")
