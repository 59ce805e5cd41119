from datetime import timedelta

import pytest

from apps.monitoring.domain.plan import (
    PREDOSE,
    DueSlot,
    SlotState,
    SlotStatus,
    due_slot,
    due_times,
    next_due,
    overdue,
    rule_minute,
    slot_at,
    statuses,
)
from apps.monitoring.domain.readings import Reading
from apps.studies.domain.protocol import ObservationPlan

from .story import BASELINE, CALM, CHECKED_IN, DISCHARGE, LAST_SPRAY, PLAN, T0, calm, minute, predose, reading


def slots(until: float | None = None) -> tuple[DueSlot, ...]:
    return due_times(
        dosed_at=T0,
        last_spray_at=LAST_SPRAY,
        plan=PLAN,
        checked_in_at=CHECKED_IN,
        until=None if until is None else minute(until),
    )


def seen(
    *readings: Reading, now: float, ended: float | None = None, until: float | None = None
) -> dict[int, SlotStatus]:
    found = statuses(
        slots(until),
        readings,
        rule=DISCHARGE,
        baseline=BASELINE,
        now=minute(now),
        ended_at=None if ended is None else minute(ended),
    )
    return {status.slot.minute: status for status in found}


@pytest.mark.parametrize("named", [None, PREDOSE, 7, 15, 40, 120, 135, 150, 9999])
def test_one_slot_alone_is_the_one_of_the_whole_plan(named: int | None) -> None:
    alone = due_slot(
        named, dosed_at=T0, last_spray_at=LAST_SPRAY, plan=PLAN, checked_in_at=CHECKED_IN, until=minute(140)
    )
    assert alone == slot_at(slots(until=140), named)


def test_due_times_count_from_the_first_spray() -> None:
    assert [(slot.minute, slot.due_at) for slot in slots()[1:]] == [
        (count, minute(count)) for count in (15, 30, 40, 45, 60, 75, 90, 120)
    ]


def test_a_slot_of_the_last_spray_counts_from_there() -> None:
    shifted = PLAN.model_copy(
        update={"slots": (PLAN.slots[0], PLAN.slots[1].model_copy(update={"from_": "last_spray"}))}
    )
    placed = due_times(dosed_at=T0, last_spray_at=LAST_SPRAY, plan=shifted, checked_in_at=CHECKED_IN)
    assert placed[1].due_at == LAST_SPRAY + timedelta(minutes=15)
    waiting = due_times(dosed_at=T0, last_spray_at=None, plan=shifted, checked_in_at=CHECKED_IN)
    assert waiting[1].due_at is None


def test_the_predose_slot_is_open_from_check_in_to_the_first_spray() -> None:
    before = slots()[0]
    assert (before.minute, before.opens_at, before.closes_at) == (PREDOSE, CHECKED_IN, T0)


def test_without_a_spray_nothing_after_it_is_due() -> None:
    placed = due_times(
        dosed_at=None, last_spray_at=None, plan=PLAN, checked_in_at=CHECKED_IN, until=minute(500)
    )
    assert {slot.due_at for slot in placed[1:]} == {None}


def test_the_tolerance_is_the_protocols() -> None:
    forty = slot_at(slots(), 40)
    assert forty is not None
    assert (forty.opens_at, forty.closes_at) == (minute(38), minute(42))


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (9.99, SlotState.UPCOMING),
        (10, SlotState.DUE),
        (15, SlotState.DUE),
        (20, SlotState.DUE),
        (20.02, SlotState.OVERDUE),
        (90, SlotState.OVERDUE),
    ],
)
def test_a_slot_nobody_recorded_moves_with_the_clock(now: float, state: SlotState) -> None:
    assert seen(now=now)[15].state is state


def test_a_slot_is_done_when_all_its_measures_are_there() -> None:
    status = seen(reading(15, slot=15, spo2=98, moaas=5), now=16)[15]
    assert (status.state, status.missing, status.minutes_late) == (SlotState.DONE, (), 0)


def test_a_slot_with_one_measure_missing_stays_due_and_names_it() -> None:
    status = seen(reading(15, slot=15, spo2=98), now=16)[15]
    assert (status.state, status.missing) == (SlotState.DUE, ("moaas",))


def test_two_readings_together_complete_a_slot() -> None:
    status = seen(reading(14, slot=15, spo2=98), reading(16, slot=15, moaas=5), now=17)[15]
    assert status.state is SlotState.DONE
    assert not status.is_doubled


def test_two_readings_for_one_slot_are_both_kept() -> None:
    status = seen(reading(14, slot=15, spo2=98, moaas=5), reading(16, slot=15, spo2=97, moaas=5), now=17)[15]
    assert len(status.readings) == 2
    assert status.is_doubled


def test_a_reading_past_the_tolerance_is_late_by_the_minutes_from_the_due_moment() -> None:
    status = seen(reading(26.5, slot=15, spo2=98, moaas=5), now=30)[15]
    assert (status.state, status.minutes_late) == (SlotState.DONE_LATE, 11)


def test_a_reading_at_the_edge_of_the_tolerance_is_not_late() -> None:
    assert seen(reading(20, slot=15, spo2=98, moaas=5), now=30)[15].state is SlotState.DONE


def test_a_second_reading_does_not_make_a_slot_late_that_was_done_in_time() -> None:
    status = seen(reading(15, slot=15, spo2=98, moaas=5), reading(28, slot=15, spo2=98, moaas=5), now=30)[15]
    assert status.state is SlotState.DONE


def test_not_done_settles_a_measure() -> None:
    partly = seen(reading(15, slot=15, spo2=98, not_done={"moaas": "Asleep"}), now=16)[15]
    assert partly.state is SlotState.DONE
    wholly = seen(reading(15, slot=15, not_done={"moaas": "Refused", "spo2": "Refused"}), now=16)[15]
    assert wholly.state is SlotState.NOT_DONE


def test_an_extra_reading_fills_no_slot() -> None:
    assert seen(reading(15, spo2=98, moaas=5), now=16)[15].state is SlotState.DUE


def test_an_unresolved_measure_is_due_only_while_it_has_not_returned() -> None:
    resolved = seen(predose(), calm(90, slot=90, cadss_total=3), now=118)[120]
    assert "cadss" not in resolved.wanted
    standing = seen(predose(), calm(90, slot=90, cadss_total=9), now=118)[120]
    assert "cadss" in standing.wanted


def test_a_measure_never_taken_has_not_returned() -> None:
    assert "cadss" in seen(now=118)[120].wanted


def test_the_predose_slot_is_missed_once_the_spray_is_given() -> None:
    assert seen(now=1)[PREDOSE].state is SlotState.MISSED
    assert seen(predose(), now=1)[PREDOSE].state is SlotState.DONE


def test_after_the_plan_readings_repeat_until_now() -> None:
    found = [slot.minute for slot in slots(until=150) if slot.repeat]
    assert found == [135, 150, 165]
    assert seen(now=141, until=141)[135].state is SlotState.OVERDUE


def test_nothing_repeats_when_the_protocol_repeats_nothing() -> None:
    plain = PLAN.model_copy(update={"after_plan_measures": ()})
    assert not [
        slot
        for slot in due_times(dosed_at=T0, last_spray_at=T0, plan=plain, until=minute(900))
        if slot.repeat
    ]


def test_a_session_left_open_for_a_month_does_not_grow_a_plan_without_end() -> None:
    assert len(slots(until=60 * 24 * 30)) < 250


def test_the_end_turns_what_is_open_into_missed_and_drops_repeats_it_overtook() -> None:
    ended = seen(now=500, ended=131, until=131)
    assert ended[15].state is SlotState.MISSED
    assert ended[120].state is SlotState.MISSED
    assert 135 not in ended


def test_a_slot_that_may_be_skipped_is_skipped() -> None:
    loose = (PLAN.slots[0], *(slot.model_copy(update={"mandatory": False}) for slot in PLAN.slots[1:]))
    placed = due_times(dosed_at=T0, last_spray_at=T0, plan=PLAN.model_copy(update={"slots": loose}))
    found = statuses(placed, (), rule=DISCHARGE, baseline=BASELINE, now=minute(30))
    assert found[1].state is SlotState.SKIPPED
    assert overdue(found) == ()


def test_next_due_is_what_can_still_be_kept_before_what_is_already_late() -> None:
    found = tuple(seen(now=30).values())
    assert [status.slot.minute for status in overdue(found)] == [15]
    upcoming = next_due(found)
    assert upcoming is not None
    assert upcoming.slot.minute == 30


def test_next_due_is_the_latest_overdue_when_nothing_can_be_kept() -> None:
    upcoming = next_due(tuple(seen(now=52).values()))
    assert upcoming is not None
    assert upcoming.slot.minute == 45


def test_next_due_looks_ahead_when_all_is_done() -> None:
    done = [calm(count, slot=count, ready=False) for count in (15, 30, 40, 45)]
    upcoming = next_due(tuple(seen(predose(), *done, now=47).values()))
    assert upcoming is not None
    assert (upcoming.slot.minute, upcoming.state) == (60, SlotState.UPCOMING)


def test_the_pressure_taken_within_tolerance_is_the_pressure_of_its_slot() -> None:
    ninety = slot_at(slots(), 90)
    assert rule_minute(minute(87), ninety, T0) == 90
    assert rule_minute(minute(84), ninety, T0) == 84
    assert rule_minute(minute(93), ninety, T0) == 93
    assert rule_minute(minute(87), None, T0) == 87
    assert rule_minute(minute(-5), None, T0) is None


def test_values_of_an_earlier_slot_are_never_carried_forward() -> None:
    found = seen(predose(), reading(15, slot=15, **{key: CALM[key] for key in CALM}), now=31)
    assert found[30].missing == ("spo2", "moaas")


def test_a_plan_of_one_slot_works() -> None:
    assert (
        len(
            due_times(
                dosed_at=T0,
                last_spray_at=T0,
                plan=ObservationPlan(slots=PLAN.slots[:1], after_plan_every_minutes=5),
            )
        )
        == 1
    )
