"""Fictional values for every shared piece of a page: what the style guide shows and its test renders."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms

from apps.core.exceptions import Reason, Refused
from tests.apps.core.guide_figures import NOW, T0, chairs, figures, vitals


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
        "fictional": True,
        "release": "0.1.0",
        "site_zone": "Europe/Berlin",
        "user_roles": ["Coordinator at Berlin", "Session nurse at Berlin"],
        "study": {"code": "DEMO-2", "pk": 1},
        "site": {"name": "Charlottenburg clinic", "pk": 1},
        "places": [],
        "now": NOW,
        "t0": T0,
        "nav": [
            {
                "label": label,
                "url": "#",
                "icon": icon,
                "active": label == "Today",
                "count": 3 if label == "Sessions" else None,
            }
            for label, icon in [
                ("Today", "home"),
                ("Participants", "people"),
                ("Sessions", "chair"),
                ("Ratings", "clipboard"),
                ("Adverse events", "alert"),
                ("Kits", "box"),
                ("Enrolment", "chart"),
                ("Reports", "report"),
                ("Reminders", "bell"),
                ("Audit trail", "history"),
                ("Study", "book"),
                ("People", "badge"),
            ]
        ],
        "kpis": [
            {"label": "Screened", "value": 435, "hint": "12 in the last 7 days"},
            {"label": "Randomized", "value": 173, "of": 227, "meter": 76, "hint": "76.2% of target"},
            {"label": "Forecast of the last", "value": "9 Mar 2027", "hint": "80% between 12 Feb and 14 Apr"},
            {"label": "Open queries", "value": 31, "hint": "9 older than 14 days", "state": "due"},
            {"label": "Overdue safety reports", "value": 1, "hint": "Site 1003, 2 hours", "state": "overdue"},
        ],
        "statuses": [
            "not_started",
            "in_progress",
            "due_soon",
            "overdue",
            "missing",
            "open_query",
            "awaiting_signature",
            "complete",
            "locked",
            "eligible",
            "ineligible",
            "randomized",
            "withdrawn",
            "observing",
            "ready_to_leave",
            "kept",
            "saved",
            "refused",
            "SOMETHING_NEW",
        ],
        "banner_items": [
            {"label": "Site", "value": "1001 Charlottenburg"},
            {"label": "Visit", "value": "Day 8"},
            {"label": "Kits", "value": "K48213, K77120"},
            {"label": "Consent", "value": "Version 3"},
            {"label": "Allergies", "value": None},
        ],
        "tasks": [
            {"title": "Identity check", "status": "complete", "url": "#"},
            {"title": "Consent", "status": "complete", "url": "#", "hint": "Version 3, 11 Nov 2026"},
            {"title": "Vital signs and ECG", "status": "in_progress", "url": "#", "hint": "ECG missing"},
            {"title": "Inclusion and exclusion", "status": "not_started", "url": "#"},
            {"title": "Investigator's signature", "status": "cannot_start"},
        ],
        "summary": [
            {"label": "Randomization number", "value": "R-2214"},
            {"label": "Kits", "value": "K48213, K77120"},
            {"label": "Region", "value": "Europe", "change_url": "#"},
            {"label": "Antidepressant", "value": None},
            {"label": "Status", "status": "randomized", "value": ""},
        ],
        "events": events,
        "columns": [
            {"label": "Participant", "sorted": "ascending", "sort_url": "#"},
            {"label": "Visit"},
            {"label": "Window"},
            {"label": "Days", "numeric": True},
            {"label": "Status"},
        ],
        "rows": [
            {
                "cells": [
                    {"text": "1001-0042", "url": "#"},
                    "Day 8",
                    "21 to 25 Nov 2026",
                    {"text": 8, "numeric": True},
                    {"status": "in_progress"},
                ]
            },
            {
                "cells": [
                    {"text": "1001-0044", "url": "#"},
                    "Day 4",
                    "18 to 20 Nov 2026",
                    {"text": 10, "numeric": True},
                    {"status": "overdue"},
                ],
                "state": "overdue",
            },
            {
                "cells": [
                    {"text": "1001-0047", "url": "#"},
                    "Day 11",
                    "24 to 26 Nov 2026",
                    {"text": 11, "numeric": True},
                    {"status": "due_soon"},
                ],
                "state": "due",
            },
            {
                "cells": [
                    {"text": "1001-0051", "url": "#"},
                    "Day 28",
                    "1 to 5 Dec 2026",
                    {"text": None, "numeric": True},
                    {"status": "upcoming"},
                ]
            },
        ],
        "checks": [
            {
                "label": "At least 120 minutes since the first spray",
                "state": "not_met",
                "value": "43 min",
                "limit": "120 min",
                "mark": "S",
            },
            {
                "label": "Alert as before the dose",
                "state": "not_met",
                "value": "MOAA/S 4",
                "limit": "5",
                "mark": "G",
            },
            {
                "label": "Blood pressure acceptable",
                "state": "not_met",
                "value": "164/98",
                "limit": "below 160/100",
                "mark": "U",
            },
            {"label": "Escort confirmed", "state": "met", "value": ""},
            {"label": "Dissociation has passed", "state": "unknown", "note": "No CADSS since 40 minutes"},
        ],
        "refusal": Refused(
            Reason("too_early", "43 of 120 minutes have passed since the first spray."),
            Reason("bp", "Blood pressure 164/98 is not below 160/100."),
            Reason("sedation", "MOAA/S is 4; it was 5 before the dose."),
        ),
        "form": SampleForm(),
        "wrong": wrong,
        "chairs": chairs(),
        "next": [
            {
                "place": "Chair 2",
                "label": "BP repeat",
                "due_at": NOW - timedelta(minutes=7),
                "tolerance_min": 2,
                "url": "#",
                "state": "overdue",
            },
            {
                "place": "Chair 5",
                "label": "Device 2",
                "due_at": NOW + timedelta(seconds=20),
                "tolerance_min": 1,
                "url": "#",
                "state": "due",
            },
            {
                "place": "Chair 1",
                "label": "BP, MOAA/S",
                "due_at": NOW + timedelta(minutes=1, seconds=50),
                "tolerance_min": 5,
                "url": "#",
                "state": "due",
            },
        ],
        "slots": [
            {"minute": None, "state": "done"},
            {"minute": 15, "state": "done"},
            {"minute": 30, "state": "late"},
            {"minute": 40, "state": "due", "current": True},
            {"minute": 60, "state": "upcoming"},
            {"minute": 75, "state": "upcoming"},
            {"minute": 90, "state": "upcoming"},
            {"minute": 120, "state": "upcoming"},
        ],
        "bp": [
            {"name": "sbp", "label": "Systolic", "min": 40, "max": 300, "soft_min": 90, "soft_max": 160},
            {"name": "dbp", "label": "Diastolic", "min": 20, "max": 200, "soft_max": 100},
        ],
        "moaas": [
            {"value": 5, "label": "5", "hint": "answers readily"},
            {"value": 4, "label": "4", "hint": "slow answer"},
            {"value": 3, "label": "3", "hint": "only when called loudly"},
            {"value": 2, "label": "2", "hint": "only when touched"},
            {"value": 1, "label": "1", "hint": "only to pain"},
            {"value": 0, "label": "0", "hint": "no response"},
        ],
        "cadss_items": [{"number": number, "label": f"Item {number}"} for number in range(1, 24)],
        "cadss_options": [{"value": value, "label": str(value)} for value in range(5)],
        "vitals": vitals(),
        **figures(),
    }
