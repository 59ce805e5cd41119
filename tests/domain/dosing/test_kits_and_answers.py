"""The kit in the hand, and answers as they are read, written and read again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from apps.dosing.domain.answers import (
    Answer,
    Confirmation,
    LastTaken,
    Measured,
    Pressure,
    Scored,
    answer_read,
    answer_stored,
    answer_write,
)
from apps.dosing.domain.gates import Facts, judge
from apps.dosing.domain.kits import KitOfVisit, kit_reasons
from apps.dosing.domain.measures import ANYTHING, possible
from apps.studies.domain.loading import SHIPPED, load

NOW = datetime(2026, 3, 10, 11, 2, tzinfo=UTC)
EARLIER = NOW - timedelta(minutes=40)
GATES = {gate.code: gate for gate in load(SHIPPED / "transform_2.yaml").gates}
KITS = [KitOfVisit(f"K{place}", place, date(2026, 6, 30)) for place in (1, 2, 3)]


def kit(number: str, *, ordinal: int = 1, requested: bool = True, on: date = date(2026, 3, 10)) -> list[str]:
    found = kit_reasons(kits=KITS, is_requested=requested, ordinal=ordinal, number=number, on=on)
    return [reason.code for reason in found]


def test_the_kit_of_the_device_is_right_to_its_last_day() -> None:
    assert kit("K1") == []
    assert kit("K1", on=date(2026, 6, 30)) == []
    assert kit("K1", on=date(2026, 7, 1)) == ["kit_expired"]


def test_a_wrong_kit_says_whose_it_is_and_which_is_right() -> None:
    assert kit("K2") == ["wrong_kit"]
    (other,) = kit_reasons(kits=KITS, is_requested=True, ordinal=1, number="K3", on=date(2026, 3, 10))
    assert other.message == "Kit K3 is for device 3; device 1 is kit K1."
    (unknown,) = kit_reasons(kits=KITS, is_requested=True, ordinal=2, number="X", on=date(2026, 3, 10))
    assert unknown.message == "This kit does not belong to this visit; device 2 is kit K2."


def test_there_is_no_kit_before_the_dose_is_asked_for_nor_beyond_the_last_device() -> None:
    assert kit("K1", requested=False) == ["no_kits_yet"]
    assert kit("K1", ordinal=4) == ["no_kit"]


@pytest.mark.parametrize(
    ("gate", "sent", "read"),
    [
        ("FOOD", {"last_at": EARLIER.isoformat()}, LastTaken(EARLIER)),
        ("FOOD", {"last_at": EARLIER}, LastTaken(EARLIER)),
        ("FOOD", {"none": True}, LastTaken(None)),
        ("BP", {"sbp": 126, "dbp": 80}, Pressure(126, 80, NOW)),
        ("BP", {"sbp": 126.0, "dbp": 80, "measured_at": EARLIER.isoformat()}, Pressure(126, 80, EARLIER)),
        ("SPO2", {"value": 97.5}, Measured(97.5, NOW)),
        ("CSSRS_IDEATION", {"value": 2}, Scored(2)),
        ("ESCORT", {"confirmed": False}, Confirmation(False)),
    ],
)
def test_an_answer_is_the_same_once_it_was_kept(gate: str, sent: dict[str, Any], read: Answer) -> None:
    found = answer_read(GATES[gate], sent, now=NOW)
    assert found == read
    assert answer_stored(GATES[gate], answer_write(found)) == read


def test_a_correction_keeps_the_moment_of_what_it_corrects() -> None:
    earlier = Measured(79.0, EARLIER)
    found = answer_read(GATES["SPO2"], {"value": 97, "corrects": True}, now=NOW, earlier=earlier)
    assert found == Measured(97, EARLIER)


def test_a_gate_does_not_judge_the_answer_to_another() -> None:
    facts = Facts(age_years=44, now=NOW, tz=UTC)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        judge(GATES["BP"], Confirmation(True), facts)


def test_every_measure_has_hard_limits_and_an_unknown_one_wide_ones() -> None:
    assert possible("spo2") == (30, 100)
    assert possible("grip_strength") == ANYTHING
