"""The tipping-point surface: a cell for each pair of shifts, with its p value, and whether the result stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apps.endpoints.domain.figures.axes import plain
from apps.endpoints.domain.figures.canvas import INK, MUTED, PAPER, Canvas

WIDTH, LEFT, TOP, CELL_HEIGHT = 720.0, 76.0, 30.0, 38.0
STANDS, TIPPED = "#cfe3f2", "#f6dcc8"


@dataclass(frozen=True, slots=True)
class SurfaceCell:
    """One cell: the shift across, the shift upwards, the p value, and whether the result stands."""

    across: float
    up: float
    p_value: float
    stands: bool


def surface_figure(
    cells: Sequence[SurfaceCell], *, key: str, title: str, across: str, up: str, stands: str, tipped: str
) -> str:
    """Draw the grid. A tipped cell has another colour, a bold p value and a mark, so that no colour is needed.

    :returns: SVG text.
    """
    columns = sorted({cell.across for cell in cells})
    rows = sorted({cell.up for cell in cells}, reverse=True)
    width = (WIDTH - LEFT - 12) / max(len(columns), 1)
    bottom = TOP + CELL_HEIGHT * len(rows)
    canvas = Canvas(
        key=key,
        width=WIDTH,
        height=bottom + 88,
        title=title,
        description=_describe(cells, across, up, stands, tipped),
    )
    canvas.text(17, (TOP + bottom) / 2, up, size=12, anchor="middle", rotate=True)
    for place, value in enumerate(rows):
        middle = TOP + CELL_HEIGHT * (place + 0.5) + 4
        canvas.text(LEFT - 9, middle, _signed(value), size=11.5, anchor="end", fill=MUTED)
    for place, value in enumerate(columns):
        middle = LEFT + width * (place + 0.5)
        canvas.text(middle, bottom + 17, _signed(value), size=11.5, anchor="middle", fill=MUTED)
    for cell in cells:
        x, y = LEFT + width * columns.index(cell.across), TOP + CELL_HEIGHT * rows.index(cell.up)
        fill = STANDS if cell.stands else TIPPED
        tip = f"{across} {_signed(cell.across)}, {up.lower()} {_signed(cell.up)}: p {cell.p_value:.4f}"
        canvas.rect(x, y, width, CELL_HEIGHT, fill=fill, stroke=PAPER, tip=tip)
        text = "<.001" if cell.p_value < 0.001 else f"{cell.p_value:.3f}".lstrip("0")
        canvas.text(
            x + width / 2,
            y + CELL_HEIGHT / 2 + 4,
            text if cell.stands else f"{text} ×",
            size=11.5,
            anchor="middle",
            fill=INK,
            bold=not cell.stands,
        )
    canvas.text((LEFT + WIDTH - 12) / 2, bottom + 38, across, size=12, anchor="middle")
    at = LEFT
    for fill, words in ((STANDS, stands), (TIPPED, f"× {tipped}")):
        canvas.rect(at, bottom + 56, 16, 16, fill=fill)
        canvas.text(at + 23, bottom + 69, words, size=12)
        at += 250
    return canvas.svg()


def _signed(value: float) -> str:
    return f"+{value:g}" if value > 0 else plain(value, decimals=0 if value == int(value) else 1)


def _describe(cells: Sequence[SurfaceCell], across: str, up: str, stands: str, tipped: str) -> str:
    lost = [cell for cell in cells if not cell.stands]
    parts = [
        f"P values by {across.lower()} and {up.lower()}: {len(cells) - len(lost)} cells {stands.lower()}, "
        f"{len(lost)} {tipped.lower()}."
    ]
    parts += [f"{_signed(cell.across)}, {_signed(cell.up)}: p {cell.p_value:.3f}." for cell in lost]
    return "\n".join(parts)
