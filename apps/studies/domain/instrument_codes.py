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
]

INSTRUMENT_CODES: frozenset[str] = frozenset(get_args(InstrumentCode))
