"""The sponsor's figures in the shapes the charts and tables take."""

from __future__ import annotations

from typing import Any

from apps.board.domain.cells import words
from apps.board.selectors import ChainOfActs, Enrolment


def enrolment_body(found: Enrolment) -> dict[str, Any]:
    """Return the dashboard as data: the API's answer, and what the charts draw."""
    accrued = found.accrual
    forecast = accrued.forecast
    today = accrued.actual[-1][0].isoformat()
    return {
        "study": found.study.code,
        "is_fictional": found.study.is_fictional,
        "as_of": found.as_of.isoformat(),
        "screened": found.screened,
        "in_screening": found.in_screening,
        "eligible": found.eligible,
        "screen_failed": found.screen_failed,
        "randomized": found.randomized,
        "completed": found.completed,
        "discontinued": found.discontinued,
        "target": found.target,
        "planned_by_now": found.planned_by_now,
        "accrual": {
            "actual": [[day.isoformat(), count] for day, count in accrued.actual],
            "target": [[day.isoformat(), count] for day, count in accrued.target],
            "goal": accrued.goal,
            "forecast": [
                [today, found.randomized, found.randomized],
                [forecast.expected.isoformat(), accrued.goal, accrued.goal],
            ]
            if forecast
            else [],
            "expected_on": forecast.expected.isoformat() if forecast else None,
            "expected_from": forecast.early.isoformat() if forecast else None,
            "expected_to": forecast.late.isoformat() if forecast else None,
        },
        "funnel": {
            "steps": [
                {"label": "Screened", "n": found.screened},
                {"label": "Screen failed", "n": found.screen_failed},
                {"label": "Randomized", "n": found.randomized},
                {"label": "Completed", "n": found.completed},
            ]
        },
        "reasons": [{"code": code, "text": text, "n": count} for code, text, count in found.reasons],
        "sites": [
            {
                "code": site.code,
                "name": site.name,
                "country": site.country,
                "target": site.target,
                "screened": site.screened,
                "randomized": site.randomized,
                "screen_fail_share": site.screen_fail_share,
            }
            for site in found.sites
        ],
    }


def enrolment_page(found: Enrolment) -> dict[str, Any]:
    """Return figures, charts and tables of the sponsor's page."""
    body = enrolment_body(found)
    behind = found.planned_by_now - found.randomized
    expected = found.accrual.forecast
    return {
        "body": body,
        "accrual_columns": [{"label": "Day"}, {"label": "Randomized so far", "numeric": True}],
        "funnel_columns": [{"label": "Step"}, {"label": "Participants", "numeric": True}],
        "reason_columns": [
            {"label": "Code"},
            {"label": "Criterion"},
            {"label": "Screenings", "numeric": True},
        ],
        "site_columns": [
            {"label": "Site"},
            {"label": "Name"},
            {"label": "Country"},
            {"label": "Target", "numeric": True},
            {"label": "Screened", "numeric": True},
            {"label": "Randomized", "numeric": True},
            {"label": "Screen failures", "numeric": True},
        ],
        "kpis": [
            {"label": "Screened", "value": found.screened},
            {
                "label": "Randomized",
                "value": found.randomized,
                "of": found.target,
                "meter": min(100, round(100 * found.randomized / found.target)),
            },
            {
                "label": "Planned by now",
                "value": found.planned_by_now,
                "hint": f"{behind} behind the plan" if behind > 0 else "on or ahead of the plan",
                "state": "overdue" if behind > 0 else "complete",
            },
            {"label": "Completed", "value": words(found.completed)},
            {
                "label": "Target expected",
                "value": expected.expected.strftime("%b %Y")
                if expected
                else ("reached" if found.randomized >= found.target else "no rate yet"),
                "hint": f"{expected.early:%b %Y} to {expected.late:%b %Y} (80 %)" if expected else "",
            },
        ],
        "accrual_rows": [
            {"cells": [str(day), {"text": str(count), "numeric": True}]}
            for day, count in found.accrual.actual
        ],
        "funnel_rows": [
            {"cells": [step["label"], {"text": words(step["n"]), "numeric": True}]}
            for step in body["funnel"]["steps"]
        ],
        "reason_rows": [
            {"cells": [code, text, {"text": words(count), "numeric": True}]}
            for code, text, count in found.reasons
        ],
        "site_rows": [
            {
                "cells": [
                    site.code,
                    site.name,
                    site.country,
                    {"text": str(site.target), "numeric": True},
                    {"text": words(site.screened), "numeric": True},
                    {"text": words(site.randomized), "numeric": True},
                    {
                        "text": "hidden"
                        if site.screen_fail_share is None
                        else f"{100 * site.screen_fail_share:.0f} %",
                        "numeric": True,
                    },
                ]
            }
            for site in found.sites
        ],
    }


def chain_page(found: ChainOfActs) -> dict[str, Any]:
    """Return the page of the chains: what was found last, every verification, and the latest anchors."""
    return {
        "last": found.last,
        "under_way": found.under_way,
        "runs": found.verifications,
        "anchors": [
            {
                "at": anchor.at,
                "chains": len(anchor.heads),
                "acts": sum(head.place for head in anchor.heads.values()),
                "seal": anchor.seal,
            }
            for anchor in found.anchors
        ],
    }
