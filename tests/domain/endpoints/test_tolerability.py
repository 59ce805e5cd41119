"""Rates over time, shifts, outliers, two-hour profiles and exposure."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.endpoints.domain.adverse import adverse_event_table
from apps.endpoints.domain.groups import group_participants
from apps.endpoints.domain.tolerability import (
    LABEL_OUTLIERS,
    DoseRecord,
    SessionCourse,
    SeverityClass,
    TieRule,
    TimeAtRisk,
    VitalSession,
    Worse,
    byar_interval,
    compare_rates,
    course_of,
    courses,
    events_per_time,
    exposure_columns,
    garwood_interval,
    incidence_differences,
    incidence_per_time,
    outlier_table,
    profile_by_slot,
    shift_table,
)
from apps.endpoints.domain.tolerability.exposure import modal_dose
from apps.endpoints.domain.values import AdverseEventRecord, NotAnalysable, Severity
from tests.domain.endpoints.cast import ARMS, treated

PEOPLE = [treated(str(i), "ESK" if i < 4 else "PBO") for i in range(1, 7)]  # 1-3 ESK, 4-6 PBO
ESK, PBO = group_participants(PEOPLE, arms=ARMS)


@pytest.mark.parametrize(
    ("count", "low", "high"),
    # exact limits of a Poisson count, as tabled since Garwood 1936
    [(0, 0.0, 3.689), (1, 0.0253, 5.572), (5, 1.623, 11.668), (10, 4.795, 18.390), (20, 12.217, 30.888)],
)
def test_garwoods_table(count: int, low: float, high: float) -> None:
    interval = garwood_interval(count, 1.0, per=1.0)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=6e-4)


@given(st.integers(0, 40), st.floats(0.1, 50))
def test_the_exact_limits_leave_exactly_their_tail(count: int, years: float) -> None:
    interval = garwood_interval(count, years, per=100, level=0.9)
    low, high = (limit * years / 100 for limit in (interval.low, interval.high))

    def at_most(mean: float, k: int) -> float:
        return sum(math.exp(-mean) * mean**i / math.factorial(i) for i in range(k + 1))

    assert at_most(high, count) == pytest.approx(0.05, rel=1e-7)
    assert count == 0 or 1 - at_most(low, count - 1) == pytest.approx(0.05, rel=1e-6)


@given(st.integers(0, 200))
def test_byar_comes_close_to_the_exact_limits(count: int) -> None:
    exact, close = garwood_interval(count, 1.0), byar_interval(count, 1.0)
    assert close.high == pytest.approx(exact.high, rel=0.012)
    assert close.low == pytest.approx(exact.low, rel=0.02 if count > 3 else 0.5, abs=1.6)


def test_incidence_stops_the_clock_at_the_first_event_and_the_event_rate_does_not() -> None:
    times = [TimeAtRisk("1", 28, 7, 3), TimeAtRisk("2", 28), TimeAtRisk("3", 14, 0, 1)]
    incidence, events = incidence_per_time(times), events_per_time(times)
    assert (incidence.count, events.count) == (2, 4)
    assert incidence.years * 365.25 == pytest.approx(7 + 28 + 0)
    assert events.years * 365.25 == pytest.approx(70)
    assert incidence.value == pytest.approx(200 * 365.25 / 35)
    assert incidence.interval is not None
    assert incidence.interval.method.startswith("exact")
    byar = incidence_per_time(times, exact=False).interval
    assert byar is not None
    assert byar.method == "Byar"


def test_differences_of_incidence_are_read_off_the_table() -> None:
    """TRANSFORM-2: dissociation in 30 of 115 against 4 of 109, and a term nobody had."""
    people = [treated(f"E{i:03}", "ESK") for i in range(115)] + [
        treated(f"P{i:03}", "PBO") for i in range(109)
    ]
    events = [AdverseEventRecord(f"E{i:03}", "dissociation", Severity.MILD) for i in range(30)]
    events += [AdverseEventRecord(f"P{i:03}", "dissociation", Severity.MILD) for i in range(4)]
    events += [AdverseEventRecord("E000", "dissociation", Severity.MILD)]  # counted once
    table = adverse_event_table(group_participants(people, arms=ARMS), events=events)
    (found,) = incidence_differences(table, rows=table.by_term, arm="ESK", reference="PBO")
    assert found.label == "dissociation"
    assert found.difference.value == pytest.approx(30 / 115 - 4 / 109)
    assert found.difference.interval.method == "Miettinen-Nurminen"
    assert found.difference.interval.excludes(0)
    overview = incidence_differences(table, rows=table.overview, arm="ESK", reference="PBO")
    assert [one.label for one in overview] == [row.label for row in table.overview]
    assert overview[3].difference.value == 0  # nobody had a serious one: the interval still exists
    assert overview[3].difference.interval.low < 0 < overview[3].difference.interval.high
    with pytest.raises(NotAnalysable, match="HIGH"):
        incidence_differences(table, rows=table.by_term, arm="HIGH", reference="PBO")


def test_contradictory_times_are_refused() -> None:
    for wrong in (("1", 0.0, None, 0), ("1", 5.0, None, 2), ("1", 5.0, 2.0, 0), ("1", 5.0, 6.0, 1)):
        with pytest.raises(NotAnalysable):
            TimeAtRisk(*wrong)
    with pytest.raises(NotAnalysable, match="at risk twice"):
        incidence_per_time([TimeAtRisk("1", 2), TimeAtRisk("1", 3)])
    with pytest.raises(NotAnalysable):
        garwood_interval(1, 0)
    assert incidence_per_time([]).value is None


def test_rates_are_compared_by_difference_and_ratio() -> None:
    first = events_per_time([TimeAtRisk("1", 365.25, 1, 20)])
    second = events_per_time([TimeAtRisk("2", 730.5, 1, 10)])
    found = compare_rates(first, second)
    assert found.difference == pytest.approx(1500)
    assert found.difference_interval.low < 1500 < found.difference_interval.high
    assert found.ratio == pytest.approx(4.0)
    assert found.ratio_interval is not None
    turned = compare_rates(second, first)
    assert turned.ratio_interval is not None
    assert turned.ratio_interval.low == pytest.approx(1 / found.ratio_interval.high)
    none = compare_rates(first, events_per_time([TimeAtRisk("3", 10)]))
    assert (none.ratio, none.ratio_interval) == (None, None)
    with pytest.raises(NotAnalysable):
        compare_rates(first, events_per_time([]))
    with pytest.raises(NotAnalysable):
        compare_rates(first, events_per_time([TimeAtRisk("3", 10)], per=1.0))


def test_a_shift_goes_from_baseline_to_the_worst_afterwards() -> None:
    baseline = {"1": 0, "2": 4, "3": None, "4": 0, "5": 0}
    later = {"1": [0, 3, 1], "2": [0, 0], "3": [2], "4": [0, 9, 0], "5": []}
    esk, pbo = shift_table([ESK, PBO], baseline=baseline, later=later)
    assert esk.cells == ((0, 1, 0), (1, 0, 0), (0, 0, 0))
    assert (esk.counted, esk.emergent, esk.without_baseline, esk.without_later) == (2, 1, 1, 0)
    assert pbo.cells == ((0, 0, 1), (0, 0, 0), (0, 0, 0))
    assert (pbo.counted, pbo.emergent, pbo.without_baseline, pbo.without_later) == (1, 1, 1, 2)
    assert esk.classes[1] == "Suicidal ideation"


def test_a_value_in_no_class_and_overlapping_classes_are_refused() -> None:
    with pytest.raises(NotAnalysable, match="in no class"):
        shift_table([ESK], baseline={"1": 11}, later={"1": [0]})
    with pytest.raises(NotAnalysable, match="overlap"):
        shift_table(
            [ESK], baseline={}, later={}, classes=[SeverityClass("a", 0, 3), SeverityClass("b", 3, 5)]
        )


def test_outliers_count_each_participant_once_and_a_rise_is_from_the_same_dose() -> None:
    sessions = [
        VitalSession("1", 1, "sbp", 120, (160, 180, 185)),  # 180 counts, and a rise of 65
        VitalSession("1", 4, "sbp", 120, (181,)),
        VitalSession("2", 1, "sbp", 150, (179, 189)),  # a rise of 39 only
        VitalSession("3", 1, "sbp", None, (170,)),  # no rise can be asked
        VitalSession("4", 1, "sbp", 120, ()),  # nothing after the dose
        VitalSession("1", 1, "dbp", 80, (105,)),
    ]
    rows = {row.rule.label: row for row in outlier_table([ESK, PBO], sessions=sessions, rules=LABEL_OUTLIERS)}
    assert [(r.count, r.denominator) for r in rows["Systolic 180 mmHg or more"].rates] == [(2, 3), (0, 0)]
    assert [(r.count, r.denominator) for r in rows["Systolic rise of 40 mmHg or more"].rates] == [
        (1, 2),
        (0, 0),
    ]
    assert rows["Diastolic 110 mmHg or more"].rates[0].count == 0
    assert rows["Diastolic rise of 25 mmHg or more"].rates[0].count == 1
    with pytest.raises(NotAnalysable, match="twice"):
        outlier_table([ESK], sessions=[sessions[0], sessions[0]], rules=LABEL_OUTLIERS)


def test_the_labels_own_table_is_reproduced_from_people_who_make_it() -> None:
    """US label, under 65: systolic 180 or more in 9 of 346 and 0 of 222; a rise of 40 or more in 29 and 1."""
    people = [treated(f"E{i:03}", "ESK") for i in range(346)] + [
        treated(f"P{i:03}", "PBO") for i in range(222)
    ]
    sessions = [
        VitalSession(one.number, 1, "sbp", 141 if i < 9 else 120, (182 if i < 9 else 160 if i < 29 else 130,))
        for i, one in enumerate(people[:346])
    ]
    sessions += [
        VitalSession(one.number, 1, "sbp", 120, (161 if i < 1 else 130,))
        for i, one in enumerate(people[346:])
    ]
    rows = outlier_table(group_participants(people, arms=ARMS), sessions=sessions, rules=LABEL_OUTLIERS[:2])
    assert [[f"{r.count}/{r.denominator}" for r in row.rates] for row in rows] == [
        ["9/346", "0/222"],
        ["29/346", "1/222"],
    ]


COURSE = SessionCourse("1", 1, 120, {40: 150, 60: 150, 90: 126, 120: 121})


def test_a_profile_describes_the_same_sessions_before_and_at_the_slot() -> None:
    sessions = [
        COURSE,
        SessionCourse("2", 1, 130, {40: 140}),
        SessionCourse("3", 1, None, {40: 200}),
        SessionCourse("4", 1, 110, {40: 110, 90: 112}),
    ]
    points = {(p.group, p.minutes): p for p in profile_by_slot([ESK, PBO], sessions=sessions, slots=[40, 90])}
    first = points[ESK.label, 40]
    assert (first.sessions, first.participants, first.change.mean, first.value.mean) == (2, 2, 20, 145)
    assert points[ESK.label, 90].change.mean == 6
    assert points[PBO.label, 40].change.mean == 0
    with pytest.raises(NotAnalysable, match="Day 1 twice"):
        profile_by_slot([ESK], sessions=[COURSE, COURSE], slots=[40])


@pytest.mark.parametrize(
    ("session", "worse", "tolerance", "expected"),
    [
        (COURSE, Worse.UP, 0.0, (30, 40, None)),
        (COURSE, Worse.UP, 5.0, (30, 40, 120)),
        (COURSE, Worse.UP, 10.0, (30, 40, 90)),
        (SessionCourse("1", 1, 120, {40: 118, 90: 119}), Worse.UP, 0.0, (0, None, None)),
        (SessionCourse("1", 1, 5, {15: 5, 30: 3, 45: 4, 60: 5, 75: 4, 90: 5}), Worse.DOWN, 0.0, (-2, 30, 90)),
    ],
)
def test_the_peak_and_the_way_back(
    session: SessionCourse, worse: Worse, tolerance: float, expected: tuple[float, int | None, int | None]
) -> None:
    found = course_of(session, worse=worse, tolerance=tolerance)
    assert found is not None
    assert (found.largest, found.peak_minutes, found.back_minutes) == expected


def test_a_session_without_before_or_after_has_no_course() -> None:
    sessions = [COURSE, SessionCourse("2", 1, None, {40: 1}), SessionCourse("3", 1, 120, {})]
    assert [one.number for one in courses(sessions, worse=Worse.UP)] == ["1"]


@given(
    st.dictionaries(st.sampled_from([15, 30, 40, 60, 90, 120]), st.integers(0, 60), min_size=1),
    st.integers(0, 60),
    st.integers(0, 5),
)
def test_worse_downward_is_worse_upward_in_a_mirror(
    slots: dict[int, int], before: int, tolerance: int
) -> None:
    up = course_of(SessionCourse("1", 1, before, slots), worse=Worse.UP, tolerance=tolerance)
    mirrored = SessionCourse("1", 1, -before, {m: -v for m, v in slots.items()})
    down = course_of(mirrored, worse=Worse.DOWN, tolerance=tolerance)
    assert up is not None
    assert down is not None
    assert (up.largest, up.peak_minutes, up.back_minutes) == (
        -down.largest,
        down.peak_minutes,
        down.back_minutes,
    )
    assert up.largest == max(0, *(v - before for v in slots.values()))
    if up.back_minutes is not None:
        assert all(v - before <= tolerance for m, v in slots.items() if m >= up.back_minutes)


def test_exposure_counts_doses_days_and_the_modal_strength() -> None:
    doses = [
        DoseRecord("1", 1, 56),
        DoseRecord("1", 4, 84),
        DoseRecord("1", 8, 84),
        DoseRecord("2", 1, 56),
        DoseRecord("2", 4, 84),
        DoseRecord("4", 1, 56),
    ]
    esk, pbo = exposure_columns([ESK, PBO], doses=doses)
    assert (esk.treated, esk.group.size, esk.doses) == (2, 3, 5)
    assert esk.doses_by_strength == ((56, 2), (84, 3))
    assert (esk.days.mean, esk.days.maximum, esk.total_mg.maximum) == (6, 8, 224)
    assert esk.modal == ((84, 2),)
    assert esk.last == ((84, 2),)
    assert esk.by_day == ((1, ((56, 2),)), (4, ((84, 2),)), (8, ((84, 1),)))
    assert (pbo.treated, pbo.doses_each.mean) == (1, 1)


def test_a_tie_of_strengths_is_settled_by_the_rule_that_was_set_beforehand() -> None:
    down = [DoseRecord("1", 1, 84), DoseRecord("1", 4, 56)]
    assert modal_dose(down) == 84
    assert modal_dose(down, tie=TieRule.LATER) == 56
    with pytest.raises(NotAnalysable, match="two doses"):
        exposure_columns([ESK], doses=[down[0], down[0]])
