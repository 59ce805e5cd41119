"""Fictional values for every shared piece of a page: what the style guide shows and its test renders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms

from apps.core.exceptions import Reason, Refused

NOW = datetime(2026, 11, 24, 13, 5, 49, tzinfo=UTC)
T0 = NOW - timedelta(minutes=43, seconds=12)
LEFT, RIGHT, WIDTH = 34, 410, 440


class SampleForm(forms.Form):
    """One field of each kind."""

    weight = forms.DecimalField(label="Body weight", help_text="In kilograms, one decimal place.")
    visit_on = forms.DateField(label="Date of the visit", widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.ChoiceField(
        label="Reason", choices=[("", "Choose"), ("consent", "Withdrew consent"), ("moved", "Moved away")]
    )
    assessed = forms.ChoiceField(
        label="Able to give consent",
        choices=[("yes", "Yes"), ("no", "No"), ("none", "Not assessed")],
        widget=forms.RadioSelect(attrs={"data-look": "segmented"}),
    )
    route = forms.ChoiceField(
        label="How the participant came to the study",
        choices=[
            ("clinic", "Own clinic"),
            ("referral", "Referred by another clinic"),
            ("notice", "Saw a notice"),
        ],
        widget=forms.RadioSelect,
    )
    agreed = forms.BooleanField(label="The participant has received a copy of the signed form")
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 3}), required=False)


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
        "name": name, "unit": unit, "top": top, "bottom": bottom, "span": bottom - top, "height": 138 if last_panel else 124,
        "last": f"{last[0]}/{last[1]}" if isinstance(last, tuple) else last,
        "minutes": [{"x": _x(m), "bold": m % 60 == 0, "label": f"{m}" if last_panel else ""} for m in range(0, 121, 15)],
        "slots": [{"x": _x(m - 3), "width": _x(m + 3) - _x(m - 3)} for m in more.pop("slots", (40, 90))],
        "ticks": [{"y": y(tick), "label": tick} for tick in ticks],
        "limits": [{"y": y(limit), "label": limit}] if limit else [],
        "line": " ".join(f"{_x(m)},{y(v)}" for m, v in single),
        "points": [{"x": _x(m), "y": y(v), "value": v, "words": f"{m} min: {v} {unit}", "out": limit and v < limit} for m, v in single],
        "bars": [
            {"x": _x(m), "high": y(v[0]), "low": y(v[1]), "value": f"{v[0]}/{v[1]}", "words": f"{m} min: {v[0]}/{v[1]} {unit}", "out": limit and v[0] >= limit}
            for m, v in pairs
        ],
        "now": _x(43),
    }  # fmt: skip


def vitals() -> dict[str, Any]:
    """Return a session of 43 minutes, as the chart wants it."""
    return {
        "width": WIDTH, "left": LEFT, "right": RIGHT, "caption": "Readings of this session",
        "columns": [{"label": "Minute"}, {"label": "BP, mmHg", "numeric": True}, {"label": "SpO2, %", "numeric": True}, {"label": "MOAA/S", "numeric": True}],
        "rows": [
            {"cells": ["Before", {"text": "128/82", "numeric": True}, {"text": 98, "numeric": True}, {"text": 5, "numeric": True}]},
            {"cells": ["15", None, {"text": 97, "numeric": True}, {"text": 4, "numeric": True}]},
            {"cells": ["40", {"text": "164/98", "numeric": True, "status": "out_of_range"}, {"text": 92, "numeric": True}, {"text": 4, "numeric": True}], "state": "out_of_range"},
        ],
        "panels": [
            _panel("Blood pressure", "mmHg", 50, 190, [60, 100, 140, 180], [(-5, (128, 82)), (40, (164, 98))], limit=160),
            _panel("Oxygen saturation", "%", 88, 101, [90, 95, 100], [(-5, 98), (15, 97), (30, 95), (40, 92)], limit=93, slots=(15, 30, 40, 45, 60, 75, 90, 120)),
            _panel("MOAA/S", "5 to 0", 0, 5.5, [0, 3, 5], [(-5, 5), (15, 4), (30, 4), (40, 4)], slots=(15, 30, 40, 45, 60, 75, 90, 120), axis=True),
        ],
    }  # fmt: skip


def _chairs() -> list[dict[str, Any]]:
    values = [
        {"label": "BP", "value": "142/88", "age": "3 min"},
        {"label": "Pulse", "value": "84", "age": "3 min"},
        {"label": "SpO2", "value": "97%", "age": "3 min"},
        {"label": "MOAA/S", "value": "4", "age": "13 min"},
    ]
    return [
        {"place": "Chair 1", "number": "1001-0042", "url": "#", "state": "observing", "t0": T0, "staff": "A. Roth",
         "next": {"label": "Blood pressure, MOAA/S", "due_at": NOW + timedelta(minutes=1, seconds=50), "tolerance_min": 5}, "last": values},
        {"place": "Chair 2", "number": "1001-0047", "url": "#", "state": "escalated", "t0": NOW - timedelta(minutes=94), "staff": "M. Haas",
         "next": {"label": "Blood pressure, repeat", "due_at": NOW - timedelta(minutes=7), "tolerance_min": 2},
         "last": [{"label": "BP", "value": "181/104", "age": "12 min", "out": True}, *values[1:]]},
        {"place": "Chair 3"},
        {"place": "Chair 4", "number": "1001-0051", "url": "#", "state": "ready", "t0": NOW - timedelta(minutes=126), "staff": "A. Roth",
         "next": None, "last": [{"label": "BP", "value": "124/80", "age": "5 min"}, {"label": "Pulse", "value": "72", "age": "5 min"},
                                {"label": "SpO2", "value": "98%", "age": "5 min"}, {"label": "MOAA/S", "value": "5", "age": "5 min"}]},
        {"place": "Chair 5", "number": "1001-0053", "url": "#", "state": "dosing", "t0": NOW - timedelta(minutes=4, seconds=40), "staff": "M. Haas",
         "next": {"label": "Device 2 of 3", "due_at": NOW + timedelta(seconds=20), "tolerance_min": 1}, "last": []},
        {"place": "Chair 6"},
    ]  # fmt: skip


def guide_context() -> dict[str, Any]:
    """Return what templates/components/guide.html shows."""
    wrong = SampleForm({"weight": "abc", "route": "clinic", "assessed": "yes"})
    events = [
        {
            "at": NOW - timedelta(minutes=3),
            "title": "Reading at 40 minutes",
            "by": "A. Roth",
            "status": "out_of_range",
            "icon": "pulse",
            "body": "Blood pressure 164/98: physician notified.",
        },
        {
            "at": NOW - timedelta(minutes=43),
            "title": "First spray",
            "by": "A. Roth",
            "status": "dosing",
            "icon": "spray",
        },
        {
            "at": NOW - timedelta(days=6),
            "title": "Randomized",
            "by": "L. Brandt",
            "status": "randomized",
            "icon": "shuffle",
            "body": "Randomization number R-2214",
        },
        {
            "at": NOW - timedelta(days=13),
            "title": "Consent given, version 3",
            "by": "L. Brandt",
            "status": "signed",
            "icon": "pen",
        },
    ]
    return {
        "fictional": True, "release": "0.1.0", "site_zone": "Europe/Berlin", "user_roles": ["Coordinator at Berlin", "Session nurse at Berlin"],
        "study": {"code": "DEMO-2", "pk": 1}, "site": {"name": "Charlottenburg clinic", "pk": 1}, "places": [],
        "now": NOW, "t0": T0,
        "nav": [
            {"label": label, "url": "#", "icon": icon, "active": label == "Today", "count": 3 if label == "Sessions" else None}
            for label, icon in [("Today", "home"), ("Participants", "people"), ("Sessions", "chair"), ("Ratings", "clipboard"), ("Adverse events", "alert"),
                                ("Kits", "box"), ("Enrolment", "chart"), ("Reports", "report"), ("Reminders", "bell"), ("Audit trail", "history"), ("Study", "book"), ("People", "badge")]
        ],
        "kpis": [
            {"label": "Screened", "value": 435, "hint": "12 in the last 7 days"},
            {"label": "Randomized", "value": 173, "of": 227, "meter": 76, "hint": "76.2% of target"},
            {"label": "Forecast of the last", "value": "9 Mar 2027", "hint": "80% between 12 Feb and 14 Apr"},
            {"label": "Open queries", "value": 31, "hint": "9 older than 14 days", "state": "due"},
            {"label": "Overdue safety reports", "value": 1, "hint": "Site 1003, 2 hours", "state": "overdue"},
        ],
        "statuses": ["not_started", "in_progress", "due_soon", "overdue", "missing", "open_query", "awaiting_signature", "complete", "locked",
                     "eligible", "ineligible", "randomized", "withdrawn", "observing", "ready_to_leave", "kept", "saved", "refused", "SOMETHING_NEW"],
        "banner_items": [{"label": "Site", "value": "1001 Charlottenburg"}, {"label": "Visit", "value": "Day 8"}, {"label": "Kits", "value": "K48213, K77120"},
                         {"label": "Consent", "value": "Version 3"}, {"label": "Allergies", "value": None}],
        "tasks": [
            {"title": "Identity check", "status": "complete", "url": "#"},
            {"title": "Consent", "status": "complete", "url": "#", "hint": "Version 3, 11 Nov 2026"},
            {"title": "Vital signs and ECG", "status": "in_progress", "url": "#", "hint": "ECG missing"},
            {"title": "Inclusion and exclusion", "status": "not_started", "url": "#"},
            {"title": "Investigator's signature", "status": "cannot_start"},
        ],
        "summary": [{"label": "Randomization number", "value": "R-2214"}, {"label": "Kits", "value": "K48213, K77120"}, {"label": "Region", "value": "Europe", "change_url": "#"},
                    {"label": "Antidepressant", "value": None}, {"label": "Status", "status": "randomized", "value": ""}],
        "events": events,
        "columns": [{"label": "Participant", "sorted": "ascending", "sort_url": "#"}, {"label": "Visit"}, {"label": "Window"}, {"label": "Days", "numeric": True}, {"label": "Status"}],
        "rows": [
            {"cells": [{"text": "1001-0042", "url": "#"}, "Day 8", "21 to 25 Nov 2026", {"text": 8, "numeric": True}, {"status": "in_progress"}]},
            {"cells": [{"text": "1001-0044", "url": "#"}, "Day 4", "18 to 20 Nov 2026", {"text": 10, "numeric": True}, {"status": "overdue"}], "state": "overdue"},
            {"cells": [{"text": "1001-0047", "url": "#"}, "Day 11", "24 to 26 Nov 2026", {"text": 11, "numeric": True}, {"status": "due_soon"}], "state": "due"},
            {"cells": [{"text": "1001-0051", "url": "#"}, "Day 28", "1 to 5 Dec 2026", {"text": None, "numeric": True}, {"status": "upcoming"}]},
        ],
        "checks": [
            {"label": "At least 120 minutes since the first spray", "state": "not_met", "value": "43 min", "limit": "120 min", "mark": "S"},
            {"label": "Alert as before the dose", "state": "not_met", "value": "MOAA/S 4", "limit": "5", "mark": "G"},
            {"label": "Blood pressure acceptable", "state": "not_met", "value": "164/98", "limit": "below 160/100", "mark": "U"},
            {"label": "Escort confirmed", "state": "met", "value": ""},
            {"label": "Dissociation has passed", "state": "unknown", "note": "No CADSS since 40 minutes"},
        ],
        "refusal": Refused(Reason("too_early", "43 of 120 minutes have passed since the first spray."), Reason("bp", "Blood pressure 164/98 is not below 160/100."), Reason("sedation", "MOAA/S is 4; it was 5 before the dose.")),
        "form": SampleForm(), "wrong": wrong,
        "chairs": _chairs(),
        "next": [
            {"place": "Chair 2", "label": "BP repeat", "due_at": NOW - timedelta(minutes=7), "tolerance_min": 2, "url": "#", "state": "overdue"},
            {"place": "Chair 5", "label": "Device 2", "due_at": NOW + timedelta(seconds=20), "tolerance_min": 1, "url": "#", "state": "due"},
            {"place": "Chair 1", "label": "BP, MOAA/S", "due_at": NOW + timedelta(minutes=1, seconds=50), "tolerance_min": 5, "url": "#", "state": "due"},
        ],
        "slots": [{"minute": None, "state": "done"}, {"minute": 15, "state": "done"}, {"minute": 30, "state": "late"}, {"minute": 40, "state": "due", "current": True},
                  {"minute": 60, "state": "upcoming"}, {"minute": 75, "state": "upcoming"}, {"minute": 90, "state": "upcoming"}, {"minute": 120, "state": "upcoming"}],
        "bp": [{"name": "sbp", "label": "Systolic", "min": 40, "max": 300, "soft_min": 90, "soft_max": 160}, {"name": "dbp", "label": "Diastolic", "min": 20, "max": 200, "soft_max": 100}],
        "moaas": [{"value": 5, "label": "5", "hint": "answers readily"}, {"value": 4, "label": "4", "hint": "slow answer"}, {"value": 3, "label": "3", "hint": "only when called loudly"},
                  {"value": 2, "label": "2", "hint": "only when touched"}, {"value": 1, "label": "1", "hint": "only to pain"}, {"value": 0, "label": "0", "hint": "no response"}],
        "cadss_items": [{"number": number, "label": f"Item {number}"} for number in range(1, 24)],
        "cadss_options": [{"value": value, "label": str(value)} for value in range(5)],
        "vitals": vitals(),
        "accrual": {
            "goal": 227,
            "actual": [[(NOW - timedelta(days=7 * (40 - week))).date().isoformat(), round(week * 4.3 + (week % 5))] for week in range(41)],
            "target": [[(NOW - timedelta(days=280)).date().isoformat(), 0], [(NOW + timedelta(days=40)).date().isoformat(), 227]],
            "forecast": [[(NOW + timedelta(days=7 * week)).date().isoformat(), round(176 + week * 3.2), round(176 + week * 5.3)] for week in range(16)],
        },
        "funnel": {"steps": [{"label": "Screened", "n": 435}, {"label": "Eligible", "n": 262}, {"label": "Agreed", "n": 231}, {"label": "Randomized", "n": 173}]},
        "sites_figures": {
            "x_label": "Screened", "y_label": "Screen failures, %", "center": 41,
            "sites": [{"label": f"10{index:02d}", "n": n, "value": value} for index, (n, value) in enumerate([(62, 44), (55, 31), (71, 40), (38, 68), (44, 35), (90, 42), (21, 52), (54, 38)], 1)],
            "limits": [[n, round(41 - 196 * (0.41 * 0.59 / n) ** 0.5, 1), round(41 + 196 * (0.41 * 0.59 / n) ** 0.5, 1)] for n in range(15, 100, 5)],
        },
        "ages": {"groups": ["1001", "1002", "1003", "1004"], "bands": [{"label": "0 to 7 days", "values": [4, 2, 6, 1]}, {"label": "8 to 14", "values": [2, 1, 3, 0]},
                 {"label": "15 to 30", "values": [1, 0, 4, 0]}, {"label": "over 30", "values": [0, 0, 3, 1]}]},
    }  # fmt: skip
