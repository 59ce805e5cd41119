"""The two hours as small multiples: one panel for each sign on one time axis, the protocol's limits drawn in.

Only figures are worked out here; templates/components/vitals_chart.html draws them. Nothing is joined across a missing
reading of a slot's measure and nothing is carried forward.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.monitoring.domain.limits import Limit
from apps.monitoring.domain.plan import SlotStatus
from apps.monitoring.domain.readings import PREDOSE, Reading, in_order
from apps.monitoring.domain.words import UNITS, Last, last_of, minute_word, short_age, value_text

WIDTH, LEFT, RIGHT = 400, 32, 354
TOP, SPAN, FOOT = 22, 62, 18
#: Which of two figures in one panel a limit is of.
LIMIT_WORDS = {"sbp": "sys ", "dbp": "dia "}
#: Room a written value takes; of two closer than this only the later one is written (both can be read out).
VALUE_ROOM = {1: 19, 2: 46}
LABEL_ROOM = 11
#: The stretch before the spray in which predose readings stand, in minutes.
BEFORE = 30
AFTER = 130


@dataclass(frozen=True, slots=True)
class Sign:
    """One panel: the measure, its values by name, and the least span of its axis."""

    measure: str
    name: str
    keys: tuple[str, ...]
    low: float
    high: float
    ticks: tuple[int, ...]
    pad: float = 4
    height: int = SPAN


#: The least span is only a frame for the eye; it grows with the values and the limits of the protocol.
SIGNS = (
    Sign("bp", "Blood pressure", ("sbp", "dbp"), 50, 200, (60, 100, 140, 180), pad=18, height=96),
    Sign("hr", "Heart rate", ("hr",), 40, 130, (50, 80, 110)),
    Sign("spo2", "Oxygen saturation", ("spo2",), 86, 101, (88, 92, 96, 100)),
    Sign("rr", "Respiratory rate", ("rr",), 4, 28, (8, 16, 24)),
    Sign("moaas", "MOAA/S", ("moaas",), -0.5, 6.2, (1, 3, 5), pad=0),
    Sign("cadss", "CADSS total", ("cadss_total",), -2, 24, (0, 10, 20)),
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is drawn of one session. `passed`: by reading, the measures in which a rule found something; `late`: the
    readings entered late. On paper the last values have no age, and every panel its own minutes."""

    readings: tuple[Reading, ...]
    limits: tuple[Limit, ...]
    statuses: tuple[SlotStatus, ...]
    passed: Mapping[UUID, frozenset[str]]
    late: frozenset[UUID]
    dosed_at: datetime | None
    ended_at: datetime | None
    now: datetime
    on_paper: bool = False


def vitals_chart(drawn: Drawn) -> dict[str, Any] | None:
    """Return the chart of a session; None while nothing was measured."""
    readings = in_order(drawn.readings)
    panels = [sign for sign in SIGNS if any(sign.measure in reading.values.measures for reading in readings)]
    if not panels:
        return None
    end = max([AFTER, *(_minute(drawn, reading) + 10 for reading in readings), _now_minute(drawn) + 5])
    frame = Frame(drawn=drawn, end=end)
    return {
        "width": WIDTH,
        "left": LEFT,
        "right": RIGHT,
        "panels": [
            frame.panel(sign, readings, is_last=drawn.on_paper or sign is panels[-1]) for sign in panels
        ],
    }


@dataclass(frozen=True, slots=True)
class Frame:
    """The shared time axis, from half an hour before the spray."""

    drawn: Drawn
    end: float

    def x(self, minute: float) -> str:
        """Return where a minute stands."""
        place = LEFT + (min(max(minute, -BEFORE), self.end) + BEFORE) * (RIGHT - LEFT) / (self.end + BEFORE)
        return f"{place:.1f}"

    def panel(self, sign: Sign, readings: Sequence[Reading], *, is_last: bool) -> dict[str, Any]:
        """Return the figures of one panel."""
        seen = [reading for reading in readings if sign.measure in reading.values.measures]
        limits = [limit for limit in self.drawn.limits if limit.key in sign.keys]
        figures = [float(getattr(reading.values, key)) for reading in seen for key in sign.keys]
        low = min([sign.low, *(figure - sign.pad for figure in figures)])
        high = max([sign.high, *(figure + sign.pad for figure in figures)])
        bottom = TOP + sign.height

        def y(figure: float) -> str:
            return f"{bottom - (figure - low) * sign.height / (high - low):.1f}"

        points = self._thinned(
            [self._point(sign, reading, y) for reading in seen], room=VALUE_ROOM[len(sign.keys)]
        )
        last = last_of(self.drawn.readings, sign.measure, passed=self.drawn.passed, now=self.drawn.now)
        unit = UNITS.get(sign.measure, "")
        now = _now_minute(self.drawn)
        return {
            "name": sign.name,
            "unit": unit,
            "last": self._last_words(last),
            "is_out": bool(last and last.is_out),
            "described": "; ".join(point["words"] for point in points),
            "top": TOP,
            "bottom": bottom,
            "span": sign.height,
            "height": bottom + (FOOT if is_last else 6),
            "minutes": self._minutes(is_last),
            "slots": self._slots(sign.measure),
            "ticks": [{"y": y(tick), "label": tick} for tick in sign.ticks if low <= tick <= high],
            "limits": self._labelled(
                [self._limit(limit, y) for limit in limits if low <= float(limit.value) <= high]
            ),
            # Where two figures share a panel only the first has a band: beyond the other's limit it is at home.
            "bands": [
                self._band(limit, y, low, high)
                for limit in limits
                if limit.key == sign.keys[0] and low < float(limit.value) < high
            ],
            "line": " ".join(f"{point['x']},{point['y']}" for point in points) if len(sign.keys) == 1 else "",
            "points": points if len(sign.keys) == 1 else [],
            "bars": points if len(sign.keys) == 2 else [],
            "now": self.x(now) if now > 0 and self.drawn.ended_at is None else "",
        }

    @staticmethod
    def _thinned(points: list[dict[str, Any]], *, room: int) -> list[dict[str, Any]]:
        """Leave out written values that would stand on each other; the latest stays."""
        following = float("inf")
        for point in reversed(points):
            if following - float(point["x"]) < room:
                point["value"] = ""
            else:
                following = float(point["x"])
        return points

    def _point(self, sign: Sign, reading: Reading, y: Any) -> dict[str, Any]:
        is_out = reading.id is not None and sign.measure in self.drawn.passed.get(reading.id, ())
        text = value_text(sign.measure, reading.values)
        unit = UNITS.get(sign.measure, "")
        words = f"{minute_word(self.drawn.dosed_at, reading)}: {text} {unit}".rstrip()
        figures = [y(float(getattr(reading.values, key))) for key in sign.keys]
        return {
            "x": self.x(_minute(self.drawn, reading)),
            "y": figures[0],
            "high": figures[0],
            "low": figures[-1],
            "value": text,
            "words": f"{words}, a limit was passed" if is_out else words,
            "out": is_out,
            "late": self._is_late(reading),
        }

    def _is_late(self, reading: Reading) -> bool:
        return reading.id is not None and reading.id in self.drawn.late

    def _last_words(self, last: Last | None) -> str:
        if last is None:
            return ""
        return f"{last.text}, {short_age(last.age)}" if not self.drawn.on_paper else last.text

    @staticmethod
    def _labelled(limits: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Move the words of limits apart that lie too near to each other; their lines stay where they are."""
        below = float("-inf")
        for limit in sorted(limits, key=lambda entry: float(entry["y"])):
            below = max(float(limit["y"]), below + LABEL_ROOM)
            limit["label_y"] = f"{below:.1f}"
        return limits

    def _limit(self, limit: Limit, y: Any) -> dict[str, Any]:
        return {
            "y": y(float(limit.value)),
            "x": self.x(-BEFORE if limit.from_minute is None else limit.from_minute),
            "label": f"{LIMIT_WORDS.get(limit.key, '')}{limit.value}",
            "tone": "danger" if limit.severity in ("urgent", "emergency") else "caution",
        }

    def _band(self, limit: Limit, y: Any, low: float, high: float) -> dict[str, Any]:
        """Return the area beyond a limit, up to the edge of the panel."""
        edge, start = (
            y(float(limit.value)),
            self.x(-BEFORE if limit.from_minute is None else limit.from_minute),
        )
        top = y(high) if limit.above else edge
        bottom = edge if limit.above else y(low)
        return {
            "x": start,
            "width": f"{RIGHT - float(start):.1f}",
            "y": top,
            "height": f"{float(bottom) - float(top):.1f}",
            "tone": "danger" if limit.severity in ("urgent", "emergency") else "caution",
        }

    def _minutes(self, labelled: bool) -> list[dict[str, Any]]:
        return [
            {
                "x": self.x(minute),
                "label": f"{minute}" if labelled and minute % 30 == 0 else "",
                "bold": minute == 0,
            }
            for minute in range(-BEFORE, int(self.end) + 1, 15)
        ]

    def _slots(self, measure: str) -> list[dict[str, Any]]:
        """Return the light columns at which the plan wants this measure, as wide as the tolerance."""
        columns = []
        dosed_at = self.drawn.dosed_at
        for status in self.drawn.statuses:
            slot = status.slot
            if slot.minute == PREDOSE or measure not in status.wanted or dosed_at is None:
                continue
            if slot.opens_at is None or slot.closes_at is None:
                continue
            start = float(self.x((slot.opens_at - dosed_at).total_seconds() / 60))
            end = float(self.x((slot.closes_at - dosed_at).total_seconds() / 60))
            columns.append({"x": f"{start:.1f}", "width": f"{max(end - start, 1):.1f}"})
        return columns


def _minute(drawn: Drawn, reading: Reading) -> float:
    """Return when a reading was taken; before any spray all readings stand in the predose stretch."""
    dosed_at = drawn.dosed_at
    if dosed_at is None:
        return -BEFORE / 2
    return (reading.observed_at - dosed_at).total_seconds() / 60


def _now_minute(drawn: Drawn) -> float:
    dosed_at = drawn.dosed_at
    if dosed_at is None:
        return 0
    return ((drawn.ended_at or drawn.now) - dosed_at).total_seconds() / 60
