"""What of an instrument is analyzed: its total, or one of its items where it has none or the protocol says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from apps.instruments.domain.catalogue import INSTRUMENTS
from apps.studies.domain.protocol import Protocol
from apps.studies.domain.protocol.endpoints import Analysis


@dataclass(frozen=True, slots=True, order=True)
class Measure:
    """A number of each completed rating: the total of `instrument`, or the answer to its `item`."""

    instrument: str
    item: str = ""

    @property
    def code(self) -> str:
        """The name of its series: "MADRS", "EQ5D5L.vas"."""
        return f"{self.instrument}.{self.item}" if self.item else self.instrument

    @property
    def label(self) -> str:
        """The name people use: "PHQ-9", "EQ-5D-5L visual analogue scale"."""
        known = INSTRUMENTS.get(self.instrument)
        if known is None:
            return self.code
        if not self.item:
            return known.name
        label = known.item(self.item).label
        return f"{known.name} {label[0].lower()}{label[1:]}"

    @property
    def higher_is_better(self) -> bool:
        """Whether more of it is good; of a total less is."""
        return bool(self.item) and INSTRUMENTS[self.instrument].item(self.item).higher_is_better

    def of(self, *, total: int | None, items: Mapping[str, int | None]) -> float | None:
        """The number of one rating, None where it is missing. Nothing is prorated."""
        value = items.get(self.item) if self.item else total
        return None if value is None else float(value)


def measure_of(analysis: Analysis) -> Measure:
    """What an analysis analyzes."""
    return Measure(analysis.instrument, analysis.item or "")


def measures_of(protocol: Protocol) -> tuple[Measure, ...]:
    """What the analyses of a protocol analyze, each once; a time to an event is measured by no instrument."""
    found = {measure_of(analysis) for analysis in protocol.endpoints.analyses if analysis.instrument}
    return tuple(sorted(found))


def instrument_of(code: str) -> str:
    """The instrument that a series comes from."""
    return code.partition(".")[0]
