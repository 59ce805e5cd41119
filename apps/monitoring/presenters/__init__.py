"""The two hours for people and programs: words, figures and coordinates, worked out before any template."""

from apps.monitoring.presenters.attendance import attendance_csv, attendance_page
from apps.monitoring.presenters.chairs import board_page, chairs_due
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
from apps.monitoring.presenters.watchers import (
    NOBODY,
    handover_rows,
    on_site,
    shifts,
    watcher,
)

__all__ = [
    "NOBODY",
    "attendance_csv",
    "attendance_page",
    "banner",
    "board_page",
    "chairs_due",
    "conditions",
    "discharge_page",
    "due_items",
    "early_page",
    "facts",
    "findings",
    "handover_rows",
    "is_ready",
    "observation_form",
    "on_site",
    "reading_columns",
    "reading_rows",
    "release_facts",
    "shifts",
    "slots",
    "url_or_none",
    "vitals_chart",
    "watcher",
]
