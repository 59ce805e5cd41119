"""Fictional readings, chairs and figures for the style guide."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

NOW = datetime(2026, 11, 24, 13, 5, 49, tzinfo=UTC)
T0 = NOW - timedelta(minutes=43, seconds=12)
LEFT, RIGHT, WIDTH = 34, 410, 440


def _x(minute: float) -> float:
    return round(LEFT + (RIGHT - LEFT) * (minute + 10) / 140, 1)


def _panel(
    name: str,
    unit: str,
    low: float,
    high: float,
    ticks: list[int],
    readings: list[tuple[int, Any]],
    **more: Any,
) -> dict[str, Any]:
    top, bottom, last_panel = 30, 118, more.pop("axis", False)

    def y(value: float) -> float:
        return round(bottom - (bottom - top) * (value - low) / (high - low), 1)

    limit = more.pop("limit", None)
    pairs = [(minute, value) for minute, value in readings if isinstance(value, tuple)]
    single = [(minute, value) for minute, value in readings if not isinstance(value, tuple)]
    last = readings[-1][1]
    return {
        "id": name.lower().replace(" ", "-").replace("/", ""),
        "name": name,
        "unit": unit,
        "top": top,
        "bottom": bottom,
        "span": bottom - top,
        "height": 138 if last_panel else 124,
        "last": f"{last[0]}/{last[1]}" if isinstance(last, tuple) else last,
        "minutes": [
            {"x": _x(m), "bold": m % 60 == 0, "label": f"{m}" if last_panel else ""}
            for m in range(0, 121, 15)
        ],
        "slots": [{"x": _x(m - 3), "width": _x(m + 3) - _x(m - 3)} for m in more.pop("slots", (40, 90))],
        "ticks": [{"y": y(tick), "label": tick} for tick in ticks],
        "limits": [{"x": LEFT, "y": y(limit), "label": limit, "tone": "danger"}] if limit else [],
        "line": " ".join(f"{_x(m)},{y(v)}" for m, v in single),
        "points": [
            {"x": _x(m), "y": y(v), "value": v, "words": f"{m} min: {v} {unit}", "out": limit and v < limit}
            for m, v in single
        ],
        "bars": [
            {
                "x": _x(m),
                "high": y(v[0]),
                "low": y(v[1]),
                "value": f"{v[0]}/{v[1]}",
                "words": f"{m} min: {v[0]}/{v[1]} {unit}",
                "out": limit and v[0] >= limit,
            }
            for m, v in pairs
        ],
        "now": _x(43),
        "described": "; ".join(f"{m} min {v}" for m, v in single),
    }


def vitals() -> dict[str, Any]:
    """Return a session of 43 minutes, as the chart wants it."""
    return {
        "width": WIDTH,
        "left": LEFT,
        "right": RIGHT,
        "caption": "Readings of this session",
        "columns": [
            {"label": "Minute"},
            {"label": "BP, mmHg", "numeric": True},
            {"label": "SpO2, %", "numeric": True},
            {"label": "MOAA/S", "numeric": True},
        ],
        "rows": [
            {
                "cells": [
                    "Before",
                    {"text": "128/82", "numeric": True},
                    {"text": 98, "numeric": True},
                    {"text": 5, "numeric": True},
                ]
            },
            {"cells": ["15", None, {"text": 97, "numeric": True}, {"text": 4, "numeric": True}]},
            {
                "cells": [
                    "40",
                    {"text": "164/98", "numeric": True, "status": "out_of_range"},
                    {"text": 92, "numeric": True},
                    {"text": 4, "numeric": True},
                ],
                "state": "out_of_range",
            },
        ],
        "panels": [
            _panel(
                "Blood pressure",
                "mmHg",
                50,
                190,
                [60, 100, 140, 180],
                [(-5, (128, 82)), (40, (164, 98))],
                limit=160,
            ),
            _panel(
                "Oxygen saturation",
                "%",
                88,
                101,
                [90, 95, 100],
                [(-5, 98), (15, 97), (30, 95), (40, 92)],
                limit=93,
                slots=(15, 30, 40, 45, 60, 75, 90, 120),
            ),
            _panel(
                "MOAA/S",
                "5 to 0",
                0,
                5.5,
                [0, 3, 5],
                [(-5, 5), (15, 4), (30, 4), (40, 4)],
                slots=(15, 30, 40, 45, 60, 75, 90, 120),
                axis=True,
            ),
        ],
    }


def chairs() -> list[dict[str, Any]]:
    values = [
        {"label": "BP", "value": "142/88", "age": "3 min"},
        {"label": "Pulse", "value": "84", "age": "3 min"},
        {"label": "SpO2", "value": "97%", "age": "3 min"},
        {"label": "MOAA/S", "value": "4", "age": "13 min"},
    ]
    return [
        {
            "place": "Chair 1",
            "number": "1001-0042",
            "url": "#",
            "state": "observing",
            "t0": T0,
            "staff": "A. Roth",
            "next": {
                "label": "Blood pressure, MOAA/S",
                "due_at": NOW + timedelta(minutes=1, seconds=50),
                "tolerance_min": 5,
            },
            "last": values,
        },
        {
            "place": "Chair 2",
            "number": "1001-0047",
            "url": "#",
            "state": "escalated",
            "t0": NOW - timedelta(minutes=94),
            "staff": "M. Haas",
            "next": {
                "label": "Blood pressure, repeat",
                "due_at": NOW - timedelta(minutes=7),
                "tolerance_min": 2,
            },
            "last": [{"label": "BP", "value": "181/104", "age": "12 min", "out": True}, *values[1:]],
        },
        {"place": "Chair 3"},
        {
            "place": "Chair 4",
            "number": "1001-0051",
            "url": "#",
            "state": "ready",
            "t0": NOW - timedelta(minutes=126),
            "staff": "A. Roth",
            "next": None,
            "last": [
                {"label": "BP", "value": "124/80", "age": "5 min"},
                {"label": "Pulse", "value": "72", "age": "5 min"},
                {"label": "SpO2", "value": "98%", "age": "5 min"},
                {"label": "MOAA/S", "value": "5", "age": "5 min"},
            ],
        },
        {
            "place": "Chair 5",
            "number": "1001-0053",
            "url": "#",
            "state": "dosing",
            "t0": NOW - timedelta(minutes=4, seconds=40),
            "staff": "M. Haas",
            "next": {"label": "Device 2 of 3", "due_at": NOW + timedelta(seconds=20), "tolerance_min": 1},
            "last": [],
        },
        {"place": "Chair 6"},
    ]


def figures() -> dict[str, Any]:
    """Return what the charts of the guide draw."""
    return {
        "accrual": {
            "goal": 227,
            "actual": [
                [(NOW - timedelta(days=7 * (40 - week))).date().isoformat(), round(week * 4.3 + (week % 5))]
                for week in range(41)
            ],
            "target": [
                [(NOW - timedelta(days=280)).date().isoformat(), 0],
                [(NOW + timedelta(days=40)).date().isoformat(), 227],
            ],
            "forecast": [
                [
                    (NOW + timedelta(days=7 * week)).date().isoformat(),
                    round(176 + week * 3.2),
                    round(176 + week * 5.3),
                ]
                for week in range(16)
            ],
        },
        "funnel": {
            "steps": [
                {"label": "Screened", "n": 435},
                {"label": "Eligible", "n": 262},
                {"label": "Agreed", "n": 231},
                {"label": "Randomized", "n": 173},
            ]
        },
        "sites_figures": {
            "x_label": "Screened",
            "y_label": "Screen failures, %",
            "center": 41,
            "sites": [
                {"label": f"10{index:02d}", "n": n, "value": value}
                for index, (n, value) in enumerate(
                    [(62, 44), (55, 31), (71, 40), (38, 68), (44, 35), (90, 42), (21, 52), (54, 38)], 1
                )
            ],
            "limits": [
                [
                    n,
                    round(41 - 196 * (0.41 * 0.59 / n) ** 0.5, 1),
                    round(41 + 196 * (0.41 * 0.59 / n) ** 0.5, 1),
                ]
                for n in range(15, 100, 5)
            ],
        },
        "ages": {
            "groups": ["1001", "1002", "1003", "1004"],
            "bands": [
                {"label": "0 to 7 days", "values": [4, 2, 6, 1]},
                {"label": "8 to 14", "values": [2, 1, 3, 0]},
                {"label": "15 to 30", "values": [1, 0, 4, 0]},
                {"label": "over 30", "values": [0, 0, 3, 1]},
            ],
        },
    }
