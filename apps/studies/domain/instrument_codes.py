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
    "CSSRS": (0, 10),
    "IDSC30": (0, 84),
    "PWC20": (0, 60),
    "MGHATRQ": (0, 20),
    "BPIC": (0, 38),
}
"""Lowest and highest total of the instruments that have one (their published scoring)."""


def _numbered(count: int) -> tuple[str, ...]:
    return tuple(str(number) for number in range(1, count + 1))


ITEMS: dict[str, tuple[str, ...]] = {
    "MADRS": _numbered(10),
    "PHQ9": _numbered(9),
    "SDS": ("work", "social", "family", "days_lost", "days_underproductive"),
    "GAD7": _numbered(7),
    "CGIS": ("severity",),
    "EQ5D5L": ("mobility", "self_care", "usual_activities", "pain", "anxiety", "vas"),
    "CADSS": _numbered(23),
    "BPRS4": _numbered(4),
    "MOAAS": ("level",),
    "CGADR": ("ready",),
    "CSSRS": ("ideation", "preparatory", "aborted", "interrupted", "attempt", "completed", "nssi"),
    "IDSC30": ("total",),
    "PWC20": _numbered(20),
    "MINI": ("confirmed",),
    "MGHATRQ": ("failed",),
    "BPIC": ("total",),
    "GUESS": ("belief",),
}
"""The items of each instrument, by which a protocol may name the one that it analyzes."""

GUESSES: frozenset[str] = frozenset({"GUESS"})
"""What somebody believes was given: asked once, before any unblinding (Bang 2004)."""
