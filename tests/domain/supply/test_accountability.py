"""The accountability log tells a kit's life in one row, and no cell of it runs in a spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.supply.domain.accountability import COLUMNS, LogKit, LogLine, guarded, log_csv, log_row
from apps.supply.domain.kits import Movement

AT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def kit(*lines: LogLine, number: str = "K10") -> LogKit:
    return LogKit(number, "S-1", "L1", date(2027, 6, 30), "DESTROYED", "D4", 2, lines)


def test_a_whole_life_is_one_row() -> None:
    def line(movement: Movement, hours: int, **more: str) -> LogLine:
        return LogLine(movement, AT + timedelta(hours=hours), "Paul Vogt", **more)

    row = log_row(
        kit(
            line(Movement.RECEIVE, 0),
            line(Movement.DISPENSE, 1, participant="DE01-0001"),
            line(Movement.CONFIRM, 2, participant="DE01-0001"),
            line(Movement.ADMINISTER_IN_ERROR, 3, participant="DE01-0002"),
            line(Movement.RETURN, 4, reason="empty"),
            line(Movement.DESTROY, 5, witness="Mona Lind", reason="by the book"),
        ),
        zone=BERLIN,
    )
    assert tuple(row) == COLUMNS
    assert row["received_at"] == "2026-03-10T10:00+01:00"
    assert (row["dispensed_to"], row["administered_to"], row["in_error"]) == ("DE01-0001", "DE01-0002", "yes")
    assert (row["return_reason"], row["destruction_witness"]) == ("empty", "Mona Lind")
    assert all(row[name] for name in COLUMNS)


@pytest.mark.parametrize("text", ["=1+1", "+49", "-2", "@SUM(A1)", "\t=1", "\r=1", "  =cmd()", "\n1"])
def test_what_begins_like_a_formula_is_guarded(text: str) -> None:
    assert guarded(text) == f"'{text}"


@given(st.text(max_size=30), st.text(max_size=30))
def test_whatever_was_typed_comes_back_from_the_file_and_runs_nowhere(reason: str, number: str) -> None:
    text = log_csv([kit(LogLine(Movement.RETURN, AT, "A", reason=reason), number=number)], zone=BERLIN)
    header, row = list(csv.reader(io.StringIO(text, newline="")))
    assert tuple(header) == COLUMNS
    cells = dict(zip(header, row, strict=True))
    assert cells["return_reason"].removeprefix("'") == reason.removeprefix("'")
    assert all(cell.lstrip(" \t\r\n")[:1] not in {"=", "+", "-", "@"} for cell in row)
