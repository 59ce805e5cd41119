"""The two hours for people and programs: words, figures and coordinates, worked out before any template."""

from apps.monitoring.presenters.chairs import board_page
from apps.monitoring.presenters.chart import vitals_chart
from apps.monitoring.presenters.form import facts, observation_form
from apps.monitoring.presenters.session import (
    banner,
    conditions,
    discharge_page,
    due_items,
    early_page,
    findings,
    is_ready,
    reading_columns,
    reading_rows,
    release_facts,
    slots,
    url_or_none,
)

__all__ = [
    "banner",
    "board_page",
    "conditions",
    "discharge_page",
    "due_items",
    "early_page",
    "facts",
    "findings",
    "is_ready",
    "observation_form",
    "reading_columns",
    "reading_rows",
    "release_facts",
    "slots",
    "url_or_none",
    "vitals_chart",
]
