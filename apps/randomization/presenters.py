"""Values for the pages of randomization. None of them knows a participant's arm."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from apps.randomization.domain.kinds import REMARK_LABELS, Purpose, Remark
from apps.randomization.models import Allocation, RandomizationList, TestDraw
from apps.randomization.selectors import DrawPreview


def checks(preview: DrawPreview) -> list[dict[str, str]]:
    """Return every condition of a draw with its verdict. The same lines in every arm, list and stratum."""
    facts = preview.facts
    lines: tuple[tuple[str, bool | None], ...] = (
        ("Consent in force", facts.is_consented),
        ("Eligible by the protocol's criteria", facts.is_eligible),
        ("Eligibility signed by an investigator", facts.is_signed),
        ("Every stratification factor has a value", not facts.strata_missing),
        ("The randomization list is ready", None if facts.strata_missing else facts.list_answer == "YES"),
        ("Kits at the site cover a first session", facts.stock_covers),
    )
    words = {True: "met", False: "not_met", None: "unknown"}
    return [{"label": label, "state": words[met]} for label, met in lines]


def strata(preview: DrawPreview) -> list[dict[str, str]]:
    """Return the stratification factors with the participant's levels."""
    return [{"label": factor, "value": level} for factor, level in preview.levels]


ALLOCATION_COLUMNS = (
    {"label": "Number"},
    {"label": "Participant"},
    {"label": "Site"},
    {"label": "Randomized"},
    {"label": "By"},
    {"label": "Remarks"},
)


def allocation_rows(allocations: Iterable[Allocation]) -> list[dict[str, Any]]:
    """Return one table row per allocation, in the order given."""
    return [
        {
            "cells": [
                {
                    "text": one.randomization_number,
                    "url": reverse("randomization:allocation", args=[one.participant_id]),
                },
                one.participant.number,
                one.participant.site.code,
                {"time": one.allocated_at, "zone": one.participant.site.time_zone},
                one.recorded_by.get_full_name(),
                "; ".join(sorted(REMARK_LABELS[Remark(remark.kind)] for remark in one.remarks.all())),
            ]
        }
        for one in allocations
    ]


STRATA_COLUMNS = ({"label": "Factor"}, {"label": "At the draw"}, {"label": "By the facts of today"})


def strata_rows(compared: Iterable[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """Return one row per factor, marked where the two levels differ."""
    return [
        {"state": "overdue" if then != today else "", "cells": [factor, then, today or "Not known"]}
        for factor, then, today in compared
    ]


def remarks(allocation: Allocation) -> list[dict[str, Any]]:
    """Return the remarks, first one first."""
    return [
        {
            "label": REMARK_LABELS[Remark(one.kind)],
            "at": one.recorded_at,
            "by": one.recorded_by,
            "reason": one.reason,
        }
        for one in sorted(allocation.remarks.all(), key=lambda one: one.recorded_at)
    ]


LIST_COLUMNS = (
    {"label": "List"},
    {"label": "For"},
    {"label": "State"},
    {"label": "Committed"},
    {"label": "Commitment"},
)


def list_rows(lists: Iterable[RandomizationList]) -> list[dict[str, Any]]:
    """Return one row per list."""
    return [
        {
            "cells": [
                {"text": one.code, "url": reverse("randomization:list_detail", args=[one.pk])},
                "Tests and drills" if one.purpose == Purpose.TEST.value else "The trial",
                {"text": "", "status": one.state},
                {"time": one.committed_at, "zone": "UTC"},
                f"{one.commitment[:16]} …",
            ]
        }
        for one in lists
    ]


TEST_COLUMNS = (
    {"label": "Subject"},
    {"label": "Number"},
    {"label": "Stratum"},
    {"label": "Result"},
    {"label": "Drawn"},
    {"label": "By"},
)


def test_rows(draws: Iterable[tuple[TestDraw, str]]) -> list[dict[str, Any]]:
    """Return one row per draw of a test list. Its results mean nothing, so they are shown."""
    return [
        {
            "cells": [
                draw.label,
                draw.randomization_number,
                draw.stratum.replace("|", ", "),
                arm,
                {"time": draw.drawn_at, "zone": "UTC"},
                draw.recorded_by.get_full_name(),
            ]
        }
        for draw, arm in draws
    ]
