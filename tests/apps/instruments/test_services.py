"""Interviews and scales: who may enter what, once, in time, with a trace that holds no score."""

from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, transaction

from apps.audit.models import AuditEvent
from apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from apps.instruments import selectors, services
from apps.instruments.domain.catalogue import INSTRUMENTS
from apps.instruments.domain.slots import screening_plans
from apps.instruments.models import Rating, RatingSlot
from apps.participants import services as participants
from apps.studies.domain.permissions import Role
from apps.studies.selectors import protocol_of
from tests.factories.cast import delegate, person_make
from tests.factories.participants import enrolled
from tests.factories.ratings import items_with_total

EVERYBODY = sorted({role.value for role in Role} | {"OUTSIDER"})


@pytest.fixture
def participant(cast, at):
    return enrolled(cast, at=at)


@pytest.fixture
def slots(cast, at, participant):
    plans = screening_plans(
        protocol_of(cast.version), anchor=at.date(), zone=ZoneInfo(participant.site.time_zone)
    )
    made = services.slots_make(participant=participant, plans=plans, by=cast.coordinator, at=at)
    return {slot.visit_code: slot for slot in made}


def rate(slot, *, by, at, total=34, **changes):
    given = {
        "slot_id": slot.pk,
        "items": items_with_total("MADRS", total),
        "observed_at": at,
        "entered_at": at,
        "by": by,
        "at": at,
        **changes,
    }
    return services.rating_record(**given)


def fields(refusal):
    return {reason.field for reason in refusal.value.reasons}


class TestSlots:
    def test_planning_twice_keeps_aliases_and_takes_new_windows_until_held(
        self, cast, at, participant, slots
    ):
        later = [
            type(plan)(
                plan.instrument,
                plan.visit_code,
                plan.recall,
                plan.opens_at + timedelta(days=1),
                plan.closes_at + timedelta(days=1),
            )
            for plan in screening_plans(
                protocol_of(cast.version), anchor=at.date(), zone=ZoneInfo("Europe/Berlin")
            )
        ]
        rate(slots["SW1"], by=cast.rater, at=at)
        again = services.slots_make(participant=participant, plans=later, by=cast.coordinator, at=at)
        assert [slot.alias for slot in again] == [slot.alias for slot in slots.values()]
        held, moved = RatingSlot.objects.get(visit_code="SW1"), RatingSlot.objects.get(visit_code="SW2")
        assert held.opens_at == slots["SW1"].opens_at
        assert moved.opens_at == slots["SW2"].opens_at + timedelta(days=1)
        assert RatingSlot.objects.count() == 3

    def test_aliases_tell_nothing_of_the_participant(self, participant, slots):
        assert len({slot.alias for slot in slots.values()}) == 3
        assert not any(participant.number in slot.alias for slot in slots.values())

    def test_a_rater_sees_their_interviews_and_others_see_none(self, cast, at, slots):
        assert set(selectors.slots_for(viewer=cast.rater, now=at)) == set(slots.values())
        for role in EVERYBODY:
            if role != Role.EFFICACY_RATER.value:
                assert not selectors.slots_for(viewer=cast.by_role[role], now=at).exists(), role

    def test_a_rater_of_another_site_sees_none(self, cast, at, slots):
        stranger = person_make("Rolf Stone")
        delegate(stranger, Role.EFFICACY_RATER, study=cast.study, site=cast.other_site, at=at)
        assert not selectors.slots_for(viewer=stranger, now=at).exists()

    def test_an_assigned_interview_is_nobody_elses(self, cast, at, slots):
        colleague = person_make("Rita Moll")
        delegate(colleague, Role.EFFICACY_RATER, study=cast.study, site=cast.site, at=at)
        slot = slots["SW1"]
        slot.rater = cast.rater
        slot.save()
        with pytest.raises(NotFound):
            selectors.slot_get(viewer=colleague, slot_id=slot.pk, now=at)
        with pytest.raises(NotFound):
            rate(slot, by=colleague, at=at)

    def test_interviews_with_people_who_took_their_consent_back_are_gone(self, cast, at, participant, slots):
        participants.participant_discontinue(
            participant_id=participant.pk, reason_code="WITHDREW_CONSENT", by=cast.coordinator, at=at
        )
        with pytest.raises(NotFound):
            rate(slots["SW1"], by=cast.rater, at=at)

    def test_looking_at_an_interview_is_recorded(self, cast, at, slots):
        services.slot_open(slot_id=slots["SW1"].pk, by=cast.rater, at=at)
        event = AuditEvent.objects.get(kind="rating_slot.opened")
        assert (event.actor_label, event.subject_id) == (cast.rater.email, str(slots["SW1"].pk))


class TestRecording:
    def test_a_rating_is_kept_with_its_total_and_taken_by_its_rater(self, cast, at, participant, slots):
        rating, created = rate(slots["SW1"], by=cast.rater, at=at, total=41)
        assert created
        assert (rating.total, rating.visit_code, rating.recall) == (41, "SW1", "7d")
        slots["SW1"].refresh_from_db()
        assert slots["SW1"].rater == cast.rater
        assert selectors.totals_of(participant_id=participant.pk, instrument="MADRS") == {"SW1": 41}

    def test_no_score_enters_the_trace(self, cast, at, slots):
        rate(slots["SW1"], by=cast.rater, at=at, total=41)
        event = AuditEvent.objects.get(kind="rating.recorded")
        assert event.detail == {"instrument": "MADRS", "visit": "SW1", "done": True}

    def test_the_same_request_twice_is_one_rating(self, cast, at, slots):
        key = uuid4()
        first, _ = rate(slots["SW1"], by=cast.rater, at=at, rating_id=key)
        again, created = rate(
            slots["SW1"], by=cast.rater, at=at + timedelta(seconds=9), observed_at=at, rating_id=key
        )
        assert (again.pk, created) == (first.pk, False)
        assert Rating.objects.count() == 1

    def test_other_answers_for_the_same_interview_are_a_conflict(self, cast, at, slots):
        rate(slots["SW1"], by=cast.rater, at=at)
        with pytest.raises(Conflict):
            rate(slots["SW1"], by=cast.rater, at=at, total=12)

    def test_an_identifier_used_elsewhere_is_a_conflict(self, cast, at, slots):
        key = uuid4()
        rate(slots["SW1"], by=cast.rater, at=at, rating_id=key)
        later = at + timedelta(days=8)
        with pytest.raises(Conflict):
            rate(slots["SW2"], by=cast.rater, at=later, rating_id=key)

    def test_an_interview_cannot_be_held_before_its_window(self, cast, at, slots):
        with pytest.raises(services.TooEarly):
            rate(slots["SW2"], by=cast.rater, at=at)

    def test_a_late_interview_is_kept_because_it_was_held(self, cast, at, slots):
        rating, _ = rate(slots["SW1"], by=cast.rater, at=at + timedelta(days=3))
        assert rating.observed_at > slots["SW1"].closes_at

    def test_every_item_is_spoken_of_and_in_range(self, cast, at, slots):
        items = {**items_with_total("MADRS", 20), "2": 9}
        del items["5"]
        with pytest.raises(Invalid) as refusal:
            rate(slots["SW1"], by=cast.rater, at=at, items=items, observed_at=at + timedelta(hours=1))
        assert fields(refusal) == {"items.2", "items.5", "observed_at"}

    def test_an_item_that_could_not_be_rated_leaves_no_total(self, cast, at, slots):
        rating, _ = rate(
            slots["SW1"], by=cast.rater, at=at, items={**items_with_total("MADRS", 20), "4": None}
        )
        assert rating.total is None

    def test_an_interview_not_held_says_why_and_has_no_answers(self, cast, at, slots):
        with pytest.raises(Invalid):
            rate(slots["SW1"], by=cast.rater, at=at, not_done_reason="No answer")
        rating, _ = rate(slots["SW1"], by=cast.rater, at=at, items={}, not_done_reason="No answer")
        assert (rating.total, set(rating.items.values())) == (None, {None})

    @pytest.mark.parametrize("role", [role for role in EVERYBODY if role != "EFFICACY_RATER"])
    def test_nobody_else_records(self, cast, at, slots, role):
        with pytest.raises(NotFound):
            rate(slots["SW1"], by=cast.by_role[role], at=at)
        assert not Rating.objects.exists()


class TestCorrecting:
    def correct(self, rating, *, by, at, **changes):
        given = {
            "items": items_with_total("MADRS", 30),
            "reason": "Item 3 misread",
            "by": by,
            "at": at,
            **changes,
        }
        return services.rating_correct(rating_id=rating.pk, **given)

    def test_a_correction_is_a_new_row_and_the_one_that_counts(self, cast, at, participant, slots):
        old, _ = rate(slots["SW1"], by=cast.rater, at=at)
        new = self.correct(old, by=cast.rater, at=at)
        assert new.supersedes == old
        assert Rating.objects.get(pk=old.pk).total == 34
        assert selectors.totals_of(participant_id=participant.pk, instrument="MADRS") == {"SW1": 30}
        assert AuditEvent.objects.get(kind="rating.corrected").reason == "Item 3 misread"

    def test_a_correction_needs_a_reason_and_a_difference(self, cast, at, slots):
        old, _ = rate(slots["SW1"], by=cast.rater, at=at)
        for changes in ({"reason": " "}, {"items": items_with_total("MADRS", 34)}):
            with pytest.raises(Invalid):
                self.correct(old, by=cast.rater, at=at, **changes)

    def test_what_was_corrected_meanwhile_is_a_conflict(self, cast, at, slots):
        old, _ = rate(slots["SW1"], by=cast.rater, at=at)
        self.correct(old, by=cast.rater, at=at)
        with pytest.raises(Conflict):
            self.correct(old, by=cast.rater, at=at, items=items_with_total("MADRS", 8))

    def test_nobody_corrects_anothers_rating(self, cast, at, slots):
        old, _ = rate(slots["SW1"], by=cast.rater, at=at)
        for person in (cast.investigator, cast.coordinator, cast.outsider):
            with pytest.raises(NotFound):
                self.correct(old, by=person, at=at)

    def test_the_database_refuses_to_edit_a_rating(self, cast, at, slots):
        old, _ = rate(slots["SW1"], by=cast.rater, at=at)
        with pytest.raises(DatabaseError), transaction.atomic():
            Rating.objects.filter(pk=old.pk).update(total=1)


class TestEntering:
    def enter(self, participant, *, by, at, instrument="PHQ9", visit_code="D1", **changes):
        given = {
            "items": items_with_total(instrument, 1 if instrument == "CGIS" else 0)
            if instrument in INSTRUMENTS
            else {},
            "observed_at": at,
            "entered_at": at,
            "by": by,
            "at": at,
            **changes,
        }
        return services.rating_enter(
            participant_id=participant.pk, instrument=instrument, visit_code=visit_code, **given
        )

    def test_a_participants_scale_is_entered_once(self, cast, at, participant):
        first, created = self.enter(participant, by=cast.coordinator, at=at)
        again, repeated = self.enter(participant, by=cast.coordinator, at=at)
        assert (created, repeated, again.pk) == (True, False, first.pk)
        with pytest.raises(Conflict):
            self.enter(participant, by=cast.coordinator, at=at, items=items_with_total("PHQ9", 20))

    @pytest.mark.parametrize("role", EVERYBODY)
    def test_session_staff_and_raters_enter_no_efficacy_scale(self, cast, at, participant, role):
        person = cast.by_role[role]
        if role in ("COORDINATOR", "INVESTIGATOR"):
            assert self.enter(participant, by=person, at=at)[1]
            return
        with pytest.raises((NotAllowed, NotFound)):
            self.enter(participant, by=person, at=at)

    def test_nobody_enters_in_the_blinded_raters_place(self, cast, at, participant):
        for person in (cast.investigator, cast.coordinator, cast.nurse):
            with pytest.raises(NotAllowed):
                self.enter(participant, by=person, at=at, instrument="MADRS")

    def test_severity_of_illness_is_the_investigators(self, cast, at, participant):
        with pytest.raises(NotAllowed):
            self.enter(participant, by=cast.coordinator, at=at, instrument="CGIS")
        assert self.enter(participant, by=cast.investigator, at=at, instrument="CGIS")[1]

    def test_a_nurse_enters_a_safety_scale(self, cast, at, participant):
        assert self.enter(participant, by=cast.nurse, at=at, instrument="CSSRS", visit_code="D4")[1]

    @pytest.mark.parametrize(("instrument", "visit"), [("PHQ9", "D4"), ("PHQ9", "D99"), ("HAMD", "D1")])
    def test_what_the_protocol_does_not_plan_is_not_there(self, cast, at, participant, instrument, visit):
        with pytest.raises(NotFound):
            self.enter(
                participant, by=cast.investigator, at=at, instrument=instrument, visit_code=visit, items={}
            )

    def test_nothing_is_entered_for_another_site_after_consent_ends_or_from_before_it(
        self, cast, at, participant
    ):
        with pytest.raises(NotFound):
            self.enter(participant, by=cast.other_coordinator, at=at)
        with pytest.raises(Invalid):
            self.enter(participant, by=cast.coordinator, at=at, observed_at=at - timedelta(minutes=1))
        participants.participant_discontinue(
            participant_id=participant.pk, reason_code="WITHDREW_CONSENT", by=cast.coordinator, at=at
        )
        with pytest.raises(services.ConsentMissing):
            self.enter(participant, by=cast.coordinator, at=at)

    def test_an_amendment_names_what_it_replaces(self, cast, at, participant):
        old, _ = self.enter(participant, by=cast.coordinator, at=at)
        given = {
            "participant_id": participant.pk,
            "instrument": "PHQ9",
            "visit_code": "D1",
            "items": items_with_total("PHQ9", 12),
            "observed_at": at,
            "reason": "Page stuck",
            "by": cast.investigator,
            "at": at,
        }
        new = services.rating_amend(**given, seen=old.pk)
        assert (new.supersedes, new.total) == (old, 12)
        with pytest.raises(Conflict):
            services.rating_amend(**given, seen=old.pk)

    def test_ratings_entered_says_that_not_what(self, cast, at, participant):
        self.enter(participant, by=cast.coordinator, at=at)
        entered = selectors.ratings_entered(participant_id=participant.pk)
        assert list(entered) == [("D1", "PHQ9")]
        assert not hasattr(entered["D1", "PHQ9"], "total")
