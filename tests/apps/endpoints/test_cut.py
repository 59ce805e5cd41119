"""A report states its data cut: what is added, corrected or taken back later changes nothing of it."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core import grants
from apps.dosing.services import spray_first
from apps.endpoints.domain.values import TrialRecords
from apps.endpoints.selectors import records_read
from apps.instruments.models import Rating
from apps.monitoring.models import Observation
from apps.participants.models import NumberSequence, Participant
from apps.participants.services import identity_change, participant_discontinue
from apps.randomization.services import participant_randomize
from apps.safety.models import AdverseEvent
from apps.safety.services import (
    adverse_event_record,
    adverse_event_resolve,
    adverse_event_update,
    medication_record,
)
from apps.screening.domain.decision import Signed
from apps.screening.models import Screening
from apps.screening.services import AnswerGiven, answers_record, screening_reopen
from apps.studies.selectors import protocol_of
from tests.apps.randomization import worlds
from tests.factories import screening, treatment
from tests.factories.cast import Cast
from tests.factories.participants import PERSON

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def read(cast: Cast, *, cut_at: datetime) -> TrialRecords:
    """Read the records with an arm for everybody there is by now."""
    everybody = dict.fromkeys(Participant.objects.values_list("pk", flat=True), "ESK")
    lists = dict.fromkeys(everybody, "MAIN")
    return records_read(
        study=cast.study, protocol=protocol_of(cast.version), cut_at=cut_at, arms=everybody, lists=lists
    )


def rated(
    cast: Cast, one: Participant, *, total: int, at: datetime, corrects: Rating | None = None
) -> Rating:
    return Rating.objects.create(
        participant=one, instrument="MADRS", visit_code="D1", items={}, total=total, observed_at=at - HOUR,
        entered_at=at, supersedes=corrects, change_reason="Misread" if corrects else "",
        recorded_at=at, recorded_by=cast.rater,
    )  # fmt: skip


class Story:
    """A morning in Berlin up to a data cut at one o'clock, and what comes in during the afternoon."""

    def __init__(self, cast: Cast, *, at: datetime) -> None:
        self.cast, self.at, self.cut_at = cast, at, at + 4 * HOUR
        # Numbers given out by the service begin behind those that the factories make up.
        NumberSequence.objects.create(site=cast.site, next_value=5000)
        treatment.stock_make(cast, at=at)
        self.treated = treatment.in_treatment(cast, at=at)
        self.session = treatment.observing(cast, self.treated, at=at + 10 * MINUTE)
        self.rating = rated(cast, self.treated, total=38, at=at + HOUR)
        self.event, self.other = (
            adverse_event_record(
                participant_id=self.treated.pk, term=term, severity="MILD", causality="POSSIBLE",
                onset_at=at + HOUR, by=cast.nurse, at=at + HOUR + MINUTE,
            )
            for term in ("Dizziness", "Nausea")
        )  # fmt: skip
        # Corrected in the morning already: the report knows of that.
        self.event = adverse_event_update(
            adverse_event_id=self.event.pk, changes={"severity": "MODERATE"}, change_reason="Asked again",
            version=1, by=cast.investigator, at=at + 2 * HOUR,
        )  # fmt: skip
        self.waiting = treatment.in_treatment(cast, at=at)
        self.cleared = treatment.cleared(cast, self.waiting, at=self.cut_at - 30 * MINUTE, chair=2)
        self.eligible = worlds.participant_make(cast, at=at)
        self.failed, attempt = screening.opened(cast, at=at)
        screening.answered(cast, attempt, at=at, judgements={"X11": True})
        screening.signed(cast, self.failed, at=at + MINUTE, as_=Signed.FAILED)

    def afternoon(self) -> datetime:
        """Add, correct or take back one of every kind of fact, and return when it was over."""
        cast, now = self.cast, self.cut_at + HOUR
        adverse_event_update(
            adverse_event_id=self.event.pk, version=self.event.version, by=cast.investigator, at=now,
            changes={"severity": "SEVERE", "causality": "NOT_RELATED", "term": "Vertigo"}, change_reason="Seen",
        )  # fmt: skip
        adverse_event_resolve(
            adverse_event_id=self.other.pk, resolved_at=self.cut_at - HOUR, version=1, by=cast.nurse, at=now
        )
        adverse_event_record(
            participant_id=self.treated.pk, term="Headache", severity="MILD", causality="POSSIBLE",
            onset_at=self.cut_at - HOUR, by=cast.nurse, at=now,
        )  # fmt: skip
        medication_record(
            participant_id=self.treated.pk, kind="STUDY_ORAL", name="sertraline", started_on=self.at.date(),
            by=cast.coordinator, at=now,
        )  # fmt: skip
        rated(cast, self.treated, total=12, at=now, corrects=self.rating)
        Observation.objects.create(
            session=self.session, slot_minute=40, sbp=160, dbp=90, observed_at=self.at + HOUR,
            entered_at=self.at + HOUR, body_digest="", recorded_at=now, recorded_by=cast.nurse,
        )  # fmt: skip
        spray_first(
            session_id=self.cleared.pk, kit_number=treatment.kit_number(self.cleared, 1), nostril="LEFT",
            sprayed_at=self.cut_at - 10 * MINUTE, version=self.cleared.version, by=cast.nurse, at=now,
        )  # fmt: skip
        with pytest.MonkeyPatch.context() as patch:
            worlds.verdicts_install(patch)
            participant_randomize(participant_id=self.eligible.pk, key=uuid4(), by=cast.investigator, at=now)
        participant_discontinue(
            participant_id=self.treated.pk, reason_code="LACK_OF_EFFICACY", by=cast.investigator, at=now
        )
        identity_change(
            participant_id=self.failed.pk, reason="Misspelt", version=1, by=cast.coordinator, at=now,
            **{key: value for key, value in PERSON.items() if key not in {"sex", "form_version", "birth_date"}},
            birth_date=date(1950, 1, 1),
        )  # fmt: skip
        attempt = Screening.objects.get(participant=self.failed)
        screening_reopen(
            screening_id=attempt.pk,
            reason="Wrong form",
            version=attempt.version,
            by=cast.investigator,
            at=now,
        )
        answers_record(
            screening_id=attempt.pk, by=cast.coordinator, at=now,
            answers=[AnswerGiven("FACT", "height_cm", 191, self.at, change_reason="Measured again")],
        )  # fmt: skip
        screening.enrolled(cast, at=now, full_name="Somebody Else")
        return now


@pytest.fixture
def story(cast: Cast, at: datetime) -> Story:
    return Story(cast, at=at)


def test_what_comes_after_the_cut_changes_nothing_of_it(cast: Cast, story: Story) -> None:
    before = read(cast, cut_at=story.cut_at)
    ended = story.afternoon()
    assert read(cast, cut_at=story.cut_at) == before

    # Every one of those acts is in the records of a later cut, so that the equality above means something.
    after = read(cast, cut_at=ended)
    known = {one.number: one for one in before.participants}
    people = {one.number: (one, known[one.number]) for one in after.participants if one.number in known}
    now, then = people[story.treated.number]
    assert (then.first_oral_dose_on, then.discontinued_on) == (None, None)
    assert None not in (now.first_oral_dose_on, now.discontinued_on)
    now, then = people[story.waiting.number]
    assert (then.first_dose_at, now.first_dose_at) == (None, story.cut_at - 10 * MINUTE)
    now, then = people[story.eligible.number]
    assert (now.randomized, now.arm) == (True, "ESK")
    assert (then.randomized, then.arm) == (False, None)
    now, then = people[story.failed.number]
    assert (then.screen_failed, then.screen_failure_reasons) == (True, ("X11",))
    assert (now.screen_failed, now.screen_failure_reasons) == (False, ())
    assert (then.age_years, now.age_years) == (41, 76)
    assert now.characteristics["Body mass index, kg/m²"] != then.characteristics["Body mass index, kg/m²"]
    assert len(after.participants) == len(before.participants) + 1
    assert [series.baseline for series in before.scores] == [38]
    assert [series.baseline for series in after.scores] == [12]
    assert [(one.term, one.severity.value, one.resolved_same_day) for one in before.adverse_events] == [
        ("Dizziness", "MODERATE", None),
        ("Nausea", "MILD", None),
    ]
    assert {(one.term, one.severity.value, one.related) for one in after.adverse_events} == {
        ("Vertigo", "SEVERE", False),
        ("Nausea", "MILD", True),
        ("Headache", "MILD", True),
    }
    assert next(one for one in after.adverse_events if one.term == "Nausea").resolved_same_day
    assert (len(before.sessions), len(after.sessions)) == (1, 2)
    assert len(after.sessions[0].readings) == len(before.sessions[0].readings) + 1


def test_an_earlier_cut_knows_an_event_as_it_was_first_told(cast: Cast, story: Story) -> None:
    records = read(cast, cut_at=story.at + HOUR + 30 * MINUTE)
    assert [one.severity.value for one in records.adverse_events] == ["MILD", "MILD"]
    assert read(cast, cut_at=story.at + HOUR).adverse_events == ()


def test_a_change_from_before_its_time_was_kept_has_the_time_of_the_history(cast: Cast, story: Story) -> None:
    story.event.severity, story.event.changed_at, story.event.version = "SEVERE", None, 9
    story.event.save()
    long_ago = read(cast, cut_at=story.cut_at)
    assert "SEVERE" not in {one.severity.value for one in long_ago.adverse_events}
    written = AdverseEvent.pgh_event_model.objects.latest("pgh_id").pgh_created_at
    assert "SEVERE" in {one.severity.value for one in read(cast, cut_at=written).adverse_events}


#: Columns of tables that may change, each one that is read never does once its row counts. A correction of anything
#: else is read from the history (`apps.endpoints.selectors.cut`). Extending this list is a claim about every service.
NEVER_CHANGED = {
    "participants_participant": {
        "id", "study_id", "site_id", "number", "sex", "recorded_at",
        # Loaded with the row and not looked at; the age and the status come from the history and the steps.
        "protocol_version_id", "recorded_by_id", "status", "age_years", "age_changed_at", "version",
    },
    "studies_site": {
        "id", "study_id", "code", "name", "country", "time_zone", "opened_on", "enrolment_target", "chairs",
    },
    "dosing_dosingsession": {"id", "participant_id", "visit_id", "dosed_at", "dose_mg"},
    # A visit is missed once, at the time of the act, which is held against the cut.
    "schedule_visit": {"id", "label", "day", "is_dose", "missed_at", "participant_id"},
    "screening_screening": {"id", "participant_id", "attempt"},
    "safety_medication": {"participant_id", "id", "kind", "started_on", "recorded_at", "concomitant_rule"},
}  # fmt: skip


def test_nothing_that_may_change_is_read_but_as_of_the_cut(cast: Cast, story: Story) -> None:
    with CaptureQueriesContext(connection) as captured:
        read(cast, cut_at=story.cut_at)
    tables = {model._meta.db_table: model for model in apps.get_models()}
    pattern = re.compile(r'(\w+)"\."(\w+)"')
    seen: dict[str, set[str]] = {}
    for query in captured:
        aliases = dict(re.findall(r'"(\w+)" ([A-Z]\d+)\b', query["sql"]))
        names = {alias: table for table, alias in aliases.items()}
        for table, column in pattern.findall(query["sql"]):
            seen.setdefault(names.get(table, table), set()).add(column)
    changeable = {
        table: columns for table, columns in seen.items() if not grants.is_append_only(tables[table])
    }
    assert changeable
    assert {
        table: sorted(columns - NEVER_CHANGED.get(table, set()))
        for table, columns in changeable.items()
        if columns - NEVER_CHANGED.get(table, set())
    } == {}


def test_the_records_take_as_many_queries_for_many_people_as_for_few(cast: Cast, story: Story) -> None:
    with CaptureQueriesContext(connection) as few:
        read(cast, cut_at=story.cut_at)
    for number in range(5):
        adverse_event_record(
            participant_id=story.treated.pk, term=f"Event {number}", severity="MILD", causality="POSSIBLE",
            onset_at=story.at + HOUR, by=cast.nurse, at=story.at + 3 * HOUR,
        )  # fmt: skip
        screening.enrolled(cast, at=story.at, full_name=f"Number {number}")
    with CaptureQueriesContext(connection) as many:
        read(cast, cut_at=story.cut_at)
    assert len(many) == len(few)
