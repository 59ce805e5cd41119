from datetime import date, timedelta

from apps.safety.domain.medication import Taken, faults

TODAY = date(2026, 3, 10)
ORAL = ("duloxetine", "sertraline")


def codes(taken: Taken, *, under_way: bool = False, oral: tuple[str, ...] = ORAL) -> list[str]:
    return [fault.code for fault in faults(taken, oral_allowed=oral, oral_under_way=under_way, today=TODAY)]


def test_a_study_antidepressant_of_the_protocol_is_right() -> None:
    assert codes(Taken("STUDY_ORAL", "sertraline", TODAY)) == []


def test_another_antidepressant_is_not_the_study_s() -> None:
    assert codes(Taken("STUDY_ORAL", "fluoxetine", TODAY)) == ["not_in_protocol"]


def test_a_monotherapy_trial_has_no_study_antidepressant() -> None:
    assert codes(Taken("STUDY_ORAL", "sertraline", TODAY), oral=()) == ["not_in_protocol"]


def test_one_study_antidepressant_at_a_time() -> None:
    assert codes(Taken("STUDY_ORAL", "sertraline", TODAY), under_way=True) == ["under_way"]
    assert codes(Taken("CONCOMITANT", "ibuprofen", TODAY), under_way=True) == []


def test_days_lie_in_order_and_not_ahead() -> None:
    tomorrow, yesterday = TODAY + timedelta(days=1), TODAY - timedelta(days=1)
    assert codes(Taken("CONCOMITANT", "ibuprofen", tomorrow)) == ["future"]
    assert codes(Taken("CONCOMITANT", "ibuprofen", TODAY, yesterday)) == ["stopped_on"]
    assert codes(Taken("CONCOMITANT", "ibuprofen", yesterday, tomorrow)) == ["stopped_on"]
    assert codes(Taken("CONCOMITANT", "ibuprofen", yesterday, TODAY)) == []


def test_every_fault_is_named_at_once() -> None:
    assert codes(Taken("?", "", TODAY + timedelta(days=1))) == ["unknown_kind", "no_name", "future"]
