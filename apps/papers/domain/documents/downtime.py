"""The downtime sheet as blocks."""

from __future__ import annotations

from apps.monitoring.domain.words import SHORT
from apps.papers.domain.documents import words
from apps.papers.domain.documents.blocks import (
    Boxes,
    Check,
    Checks,
    Document,
    Grid,
    Printed,
    Signatures,
    Table,
)
from apps.papers.domain.documents.compose import foot_words
from apps.papers.domain.downtime import Downtime, SlotLine


def downtime_document(sheet: Downtime, *, printed: Printed) -> Document:
    """Return the sheet to write on."""
    where = sheet.where
    zone = where.zone
    known = sheet.dosed_at is not None
    measures = tuple(SHORT)
    rows = [
        (
            slot.label,
            _due(slot, zone),
            "",
            *(_cell(slot, name) for name in measures),
            "",
        )
        for slot in sheet.slots
    ]
    rows += [("Extra", "", "", *("" for _ in measures), "")] * sheet.extra_lines
    scales = [slot for slot in sheet.slots if "cadss" in (*slot.measures, *slot.if_unresolved)]
    return Document(
        title="Downtime sheet",
        subtitle=f"{where.number} · {where.visit} · {where.site_code} {where.site_name}",
        marks=(
            *(("Fictional demonstration data. Nobody on this paper exists.",) if where.is_fictional else ()),
            "To write on while Vigil cannot be reached. Write the time of each measurement, then enter every line in "
            "Vigil with that time. Nothing measured before stands here.",
        ),
        facts=(
            *words.of_where(where),
            ("Chair", str(sheet.chair) if sheet.chair is not None else "________"),
            (
                "First spray (T0)",
                words.stamp(sheet.dosed_at, zone) if known else "____ : ____   (site's clock)",
            ),
            ("Earliest to leave", f"{sheet.least_minutes} minutes after T0"),
        ),
        blocks=(
            Grid(
                "Readings",
                ("Slot", "Due", "Taken at", *(SHORT[name] for name in measures), "Initials"),
                tuple(rows),
                widths=(2.3, 1.9, 1.5, 1.8, 1.1, 1.1, 1.2, 1.2, 1.3, 1.3, 1.2, 1.2, 1.4),
                note="An empty box is due; ( ) is due only while the value is not back to normal; a dash is not due. "
                "Not done: write n.d. and why.",
            ),
            Table(
                "What calls for what, by the protocol",
                ("Finding", "Figures", "How grave", "Do"),
                tuple((one.label, one.figures, one.severity, one.action) for one in sheet.calls),
                widths=(3, 3.4, 1.3, 6),
            ),
            Checks(
                f"Before leaving, not before {sheet.least_minutes} minutes after T0",
                tuple(Check(label, None) for label in sheet.leaving),
            ),
            *(
                Boxes(
                    f"CADSS items at {slot.label}, each 0 to 4",
                    _numbered(sheet.cadss_items),
                    note="Taken at ______  Initials ______",
                )
                for slot in scales
            ),
            Boxes(
                f"BPRS items, each 0 to 6: one line for each time ({sheet.bprs_items} items)", _bprs(sheet)
            ),
            Signatures(("Signs seen, medicines given, remarks",)),
            Signatures(("Watched by", "Signature", "From, to")),
            Signatures(("Entered in Vigil by", "Signature", "Date, time")),
        ),
        foot=foot_words(zone, printed),
        printed=printed,
        landscape=True,
    )


def _due(slot: SlotLine, zone: str) -> str:
    if slot.minute is None:
        return "before T0"
    if slot.due_at is None:
        return f"T0 + {slot.minute} min"
    return f"{words.clock(slot.due_at, zone)} ({words.clock(slot.opens_at, zone)}–{words.clock(slot.closes_at, zone)})"


def _cell(slot: SlotLine, measure: str) -> str:
    if measure in slot.measures:
        return ""
    return "( )" if measure in slot.if_unresolved else "-"


def _numbered(count: int) -> tuple[tuple[str, ...], ...]:
    return (tuple(str(number) for number in range(1, count + 1)),)


def _bprs(sheet: Downtime) -> tuple[tuple[str, ...], ...]:
    times = [slot for slot in sheet.slots if "bprs" in slot.measures]
    return tuple((slot.label, *(str(number) for number in range(1, sheet.bprs_items + 1))) for slot in times)
