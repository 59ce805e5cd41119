"""Tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def block(
    title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int = 1
) -> Iterator[str]:
    """A titled table; the first `texts` columns stand left, numbers right."""
    widths = [max(len(row[place]) for row in (heads, *rows)) for place in range(len(heads))]
    yield ""
    yield title
    for row in (heads, *rows):
        cells = (
            cell.ljust(width) if place < texts else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield ("  " + "  ".join(cells)).rstrip()


def fixed(value: float) -> str:
    """Four places after the point where the size allows, else six significant digits."""
    return f"{value:.4f}" if 1e-2 <= abs(value) < 1e6 or value == 0 else f"{value:.6g}"


def p_text(value: float) -> str:
    """A p value with four places, or below the smallest of them."""
    return "<0.0001" if value < 1e-4 else f"{value:.4f}"
