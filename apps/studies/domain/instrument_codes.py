"""The rating instruments a protocol may name. The instruments app holds their items and scoring."""

from __future__ import annotations

from typing import Literal, get_args

InstrumentCode = Literal[
    "MADRS",
    "PHQ9",
    "SDS",
    "GAD7",
    "CGIS",
    "EQ5D5L",
    "CADSS",
    "BPRS4",
    "MOAAS",
    "CGADR",
    "CSSRS",
    "IDSC30",
    "PWC20",
    "MINI",
    "MGHATRQ",
    "BPIC",
    "GUESS",
]

INSTRUMENT_CODES: frozenset[str] = frozenset(get_args(InstrumentCode))

TOTAL_RANGES: dict[str, tuple[int, int]] = {
    "MADRS": (0, 60),
    "PHQ9": (0, 27),
    "SDS": (0, 30),
    "GAD7": (0, 21),
    "CGIS": (1, 7),
    "CADSS": (0, 92),
    "BPRS4": (0, 24),
    "MOAAS": (0, 5),
    "IDSC30": (0, 84),
}
"""Lowest and highest total of the instruments that have one (their published scoring)."""

GUESSES: frozenset[str] = frozenset({"GUESS"})
"""What somebody believes was given: asked once, before any unblinding (Bang 2004)."""
