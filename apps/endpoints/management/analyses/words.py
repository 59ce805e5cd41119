"""What a word of the command line means, the same in every analysis."""

from __future__ import annotations

import csv
from argparse import ArgumentTypeError


def listed(text: str) -> tuple[str, ...]:
    """A list between commas; a name with a comma in it stands in double quotes."""
    (cells,) = csv.reader([text], skipinitialspace=True)
    names = tuple(cell.strip() for cell in cells)
    if not all(names):
        raise ArgumentTypeError(f"{text!r} names nothing between two commas")
    return names


def share(text: str) -> float:
    """A number between 0 and 1."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1:
        raise ArgumentTypeError(f"{text!r} does not lie between 0 and 1")
    return value
