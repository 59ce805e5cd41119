"""Times to an event from records: each vector one participant, the day, how it ended, and why."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from apps.endpoints.domain.event_times import (
    CensorAt,
    EventDefinition,
    Followed,
    Origin,
    Standing,
    event_times,
)
from apps.endpoints.domain.relapse import first_relapse
from apps.endpoints.domain.values import (
    AdverseEventRecord,
    Assessment,
    NotAnalysable,
    ParticipantRecord,
    Severity,
    TrialRecords,
)
from apps.safety.domain.events import Seriousness
from apps.studies.domain.protocol import Relapse
from apps.studies.domain.protocol.time_to_event import SeriousnessCriterion

START = date(2024, 3, 5)
RELAPSE = Relapse.model_validate(
    {
        "rule": {"all": [{"fact": name, "op": ">=", "value": 22} for name in ("score", "previous_score")]},
        "text": "MADRS of at least 22 twice, 5 to 15 days apart.",
        "instrument": "MADRS",
        "minimum_days_apart": 5,
        "maximum_days_apart": 15,
        "other_events": [
            {
                "code": "hospitalization",
                "label": "Hospitalization for worsening depression",
                "seriousness": "HOSPITALIZATION",
                "terms": ["depress"],
            },
            {"code": "suicide_attempt", "label": "Suicide attempt", "terms": ["suicide attempt"]},
        ],
    }
)
LEAVING = EventDefinition(Origin.FIRST_DOSE, CensorAt.LAST_ASSESSMENT)
RELAPSING = EventDefinition(Origin.RANDOMIZATION, CensorAt.LAST_ASSESSMENT, RELAPSE)


def on(day: int) -> date:
    return START + timedelta(days=day - 1)


def person(**more: Any) -> ParticipantRecord:
    facts: dict[str, Any] = {
        "site": "DE01",
        "country": "DE",
        "randomized_on": START,
        "arm": "ESK",
        "first_dose_at": datetime(2024, 3, 5, 9, tzinfo=UTC),
        "first_dose_on": START,
        "last_seen_on": on(22),
    }
    return ParticipantRecord(number="p1", **(facts | more))


def rated(*pairs: tuple[int, float], instrument: str = "MADRS") -> tuple[Assessment, ...]:
    return tuple(Assessment("p1", instrument, on(day), total) for day, total in pairs)


def adverse(term: str, day: int, *seriousness: str) -> AdverseEventRecord:
    return AdverseEventRecord(
        "p1",
        term,
        Severity.SEVERE,
        serious=bool(seriousness),
        began_on=on(day),
        seriousness=seriousness,
    )


def one(
    rule: EventDefinition,
    who: ParticipantRecord,
    *,
    assessments: tuple[Assessment, ...] = (),
    events: tuple[AdverseEventRecord, ...] = (),
) -> Followed:
    records = TrialRecords((who,), (), events, assessments=assessments, cut_on=on(90))
    (found,) = event_times(records, members=(who,), rule=rule).followed
    return found


def told(found: Followed) -> tuple[int, Standing, str]:
    return found.day, found.standing, found.why


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (
            {"discontinued_on": on(12), "discontinuation_reason": "ADVERSE_EVENT"},
            (12, Standing.EVENT, "ADVERSE_EVENT"),
        ),
        ({"discontinued_on": START, "discontinuation_reason": "OTHER"}, (1, Standing.EVENT, "OTHER")),
        ({"completed": True, "completed_on": on(29)}, (29, Standing.COMPLETED, "completed")),
        (
            {"completed": True, "completed_on": on(29), "last_seen_on": on(30)},
            (30, Standing.COMPLETED, "completed"),
        ),
        ({}, (22, Standing.GOING_ON, "in treatment at the data cut")),
        ({"last_seen_on": None}, (1, Standing.GOING_ON, "in treatment at the data cut")),
    ],
)
def test_leaving_treatment_is_the_event_and_everything_else_censors(
    who: dict[str, Any], expected: tuple[int, Standing, str]
) -> None:
    assert told(one(LEAVING, person(**who))) == expected


def test_with_the_rule_of_the_cut_whoever_goes_on_is_followed_until_it() -> None:
    rule = EventDefinition(Origin.FIRST_DOSE, CensorAt.DATA_CUT)
    assert one(rule, person()).day == 90
    assert one(rule, person(completed=True, completed_on=on(29))).day == 29


def test_the_origin_is_day_one_and_may_be_another_day_than_the_first_dose() -> None:
    late = person(first_dose_on=on(3), discontinued_on=on(12), discontinuation_reason="OTHER")
    assert one(LEAVING, late).day == 10
    assert one(EventDefinition(Origin.RANDOMIZATION, CensorAt.LAST_ASSESSMENT), late).day == 12


def test_whose_clock_never_started_is_left_out_and_told() -> None:
    nobody = person(first_dose_at=None, first_dose_on=None)
    early = ParticipantRecord(
        "p2", "DE01", "DE", first_dose_on=on(4), discontinued_on=on(2), discontinuation_reason="OTHER"
    )
    times = event_times(TrialRecords((nobody, early), ()), members=(nobody, early), rule=LEAVING)
    assert times.followed == ()
    assert times.left_out == (("p1", "no day of the first dose"), ("p2", "left before the first dose"))


def test_days_that_are_not_known_are_refused_all_at_once() -> None:
    left = person(discontinuation_reason="OTHER")
    done = ParticipantRecord("p2", "DE01", "DE", first_dose_on=START, completed=True)
    with pytest.raises(NotAnalysable) as refused:
        event_times(TrialRecords((left, done), ()), members=(left, done), rule=LEAVING)
    assert [reason.message for reason in refused.value.reasons] == [
        "p1 left treatment on a day that is not known.",
        "p2 completed on a day that is not known.",
    ]


@pytest.mark.parametrize(
    ("scores", "day"),
    [
        (((8, 10), (15, 22), (22, 22)), 22),  # seven days apart, exactly at the limit: the second one's day
        (((15, 22), (20, 25)), 20),  # five days apart
        (((15, 22), (19, 25)), None),  # four days apart
        (((15, 22), (30, 25)), 30),  # fifteen
        (((15, 22), (31, 25)), None),  # sixteen
        (((15, 21), (22, 30)), None),  # the first one below
        (((15, 30), (22, 21)), None),  # the second one below
        (((15, 30), (22, 12), (29, 30)), None),  # not consecutive
        (((15, 30), (18, 30), (23, 30)), 23),  # too near to the first, far enough from the second
        (((15, 30), (22, 30), (29, 30)), 22),  # the first pair counts
        (((-2, 30), (5, 30)), None),  # one before the origin
    ],
)
def test_two_scores_tell_a_relapse(scores: tuple[tuple[int, float], ...], day: int | None) -> None:
    found = first_relapse(RELAPSE, assessments=rated(*scores), events=(), since=START)
    assert (found.on if found else None) == (on(day) if day else None)


def test_a_score_of_another_scale_neither_tells_nor_parts() -> None:
    assessments = (*rated((15, 30), (22, 30)), *rated((18, 0), instrument="PHQ9"))
    found = first_relapse(RELAPSE, assessments=assessments, events=(), since=START)
    assert found is not None
    assert found.why == "MADRS 30 and, 7 days later, 30"


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            adverse("Worsening of depression", 18, "HOSPITALIZATION"),
            "Hospitalization for worsening depression",
        ),
        (adverse("Worsening of depression", 18), None),
        (adverse("Appendicitis", 18, "HOSPITALIZATION"), None),
        (adverse("Suicide attempt", 18, "LIFE_THREATENING"), "Suicide attempt"),
        (adverse("Suicide attempt", -3), None),
    ],
)
def test_an_event_can_be_a_relapse_by_itself(event: AdverseEventRecord, expected: str | None) -> None:
    found = first_relapse(RELAPSE, assessments=(), events=(event,), since=START)
    assert (found.kind if found else None) == expected
    assert found is None or found.on == on(18)


def test_of_scores_and_events_the_earlier_day_counts_and_on_one_day_the_event() -> None:
    scores = rated((15, 25), (22, 25))
    for day, expected in ((20, "Suicide attempt"), (22, "Suicide attempt"), (25, "by MADRS")):
        found = one(RELAPSING, person(), assessments=scores, events=(adverse("Suicide attempt", day),))
        assert (found.day, found.kind) == (min(day, 22), expected)


def test_without_a_relapse_the_last_assessment_of_its_scale_censors() -> None:
    scores = (*rated((8, 10), (15, 12)), *rated((20, 3), instrument="PHQ9"))
    left = person(discontinued_on=on(18), discontinuation_reason="WITHDREW_CONSENT")
    assert told(one(RELAPSING, left, assessments=scores)) == (15, Standing.LEFT, "WITHDREW_CONSENT")
    done = person(completed=True, completed_on=on(29))
    assert told(one(RELAPSING, done, assessments=scores)) == (15, Standing.COMPLETED, "completed")
    day, standing, why = told(one(RELAPSING, person()))
    assert (day, standing) == (1, Standing.GOING_ON)
    assert why.endswith("never assessed after randomization")


def test_a_relapse_after_leaving_counts_unless_leaving_censors() -> None:
    scores = rated((8, 10), (22, 30), (29, 30))
    left = person(discontinued_on=on(18), discontinuation_reason="OTHER")
    assert told(one(RELAPSING, left, assessments=scores))[:2] == (29, Standing.EVENT)
    censored = EventDefinition(Origin.RANDOMIZATION, CensorAt.LAST_ASSESSMENT, RELAPSE, leaving_censors=True)
    assert told(one(censored, left, assessments=scores)) == (8, Standing.LEFT, "OTHER")


def test_the_protocol_names_criteria_of_seriousness_as_safety_does() -> None:
    assert set(SeriousnessCriterion.__args__) == set(Seriousness)


def test_a_name_alone_is_kept_as_it_was_stored() -> None:
    old = RELAPSE.model_dump() | {"other_events": ["hospitalization"]}
    block = Relapse.model_validate(old)
    assert block.other_events[0].label == "Hospitalization"
    assert block.model_dump()["other_events"] == ("hospitalization",)
    event = adverse("Worsening of depression", 18, "HOSPITALIZATION")
    assert first_relapse(block, assessments=(), events=(event,), since=START) is None
