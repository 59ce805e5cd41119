"""Screening from the first answer to the signature: permission, place, time, repetition, trace."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from apps.audit.models import AuditEvent
from apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from apps.instruments.models import RatingSlot
from apps.participants import services as participants
from apps.participants.models import StatusChange
from apps.screening import selectors, services
from apps.screening.domain.decision import NotEligible, ScreeningClosed, Signed
from apps.screening.models import Answer, Screening
from apps.screening.services import AnswerGiven
from apps.screening.services.attempts import ScreeningNotPossible
from apps.studies.domain.permissions import Permission as P
from apps.studies.domain.permissions import Role, roles_with
from tests.factories.cast import cast_make
from tests.factories.participants import enrolled
from tests.factories.screening import answered, eligible, opened, rated, signed

EVERYBODY = sorted({role.value for role in Role} | {"OUTSIDER"})


def codes(permission):
    return {role.value for role in roles_with(permission)}


def fields(refusal):
    return {reason.field for reason in refusal.value.reasons}


def answer(screening, *, by, at, kind="FACT", key="weight_kg", value=70, **more):
    return services.answers_record(
        screening_id=screening.pk,
        answers=[AnswerGiven(kind, key, value, more.pop("observed_at", at), **more)],
        by=by,
        at=at,
    )


class TestOpening:
    def test_opening_plans_the_interviews_of_screening(self, cast, at):
        participant, screening = opened(cast, at=at)
        assert (screening.attempt, screening.state) == (1, "OPEN")
        slots = RatingSlot.objects.filter(participant=participant).order_by("opens_at")
        assert [slot.visit_code for slot in slots] == ["SW1", "SW2", "SW4"]
        assert AuditEvent.objects.filter(kind="screening.opened").count() == 1

    def test_day_one_of_screening_is_the_day_of_consent(self, cast, at):
        participant, _ = opened(cast, at=at, consented_at=at - timedelta(days=10))
        first = RatingSlot.objects.filter(participant=participant).order_by("opens_at").first()
        assert first.opens_at < at - timedelta(days=10) < first.closes_at

    def test_opening_twice_is_one_attempt(self, cast, at):
        participant, first = opened(cast, at=at)
        again = services.screening_open(participant_id=participant.pk, by=cast.investigator, at=at)
        assert again == first
        assert Screening.objects.count() == 1

    @pytest.mark.parametrize("role", EVERYBODY)
    def test_only_those_who_record_screening_open_it(self, cast, at, role):
        participant = enrolled(cast, at=at)
        if role in codes(P.SCREENING_RECORD):
            assert services.screening_open(participant_id=participant.pk, by=cast.by_role[role], at=at)
            return
        with pytest.raises((NotAllowed, NotFound)):
            services.screening_open(participant_id=participant.pk, by=cast.by_role[role], at=at)

    def test_another_site_finds_nobody(self, cast, at):
        participant = enrolled(cast, at=at)
        with pytest.raises(NotFound):
            services.screening_open(participant_id=participant.pk, by=cast.other_investigator, at=at)

    def test_without_consent_nothing_begins(self, cast, at):
        participant = enrolled(cast, at=at)
        participants.participant_discontinue(
            participant_id=participant.pk, reason_code="WITHDREW_CONSENT", by=cast.coordinator, at=at
        )
        with pytest.raises(ScreeningNotPossible) as refusal:
            services.screening_open(participant_id=participant.pk, by=cast.coordinator, at=at)
        assert {reason.code for reason in refusal.value.reasons} == {"no_consent", "wrong_status"}

    @pytest.mark.parametrize("protocol", ["transform_2", "nct04599855", "sustain_3"])
    def test_every_shipped_design_can_be_screened_to_eligible(self, at, db, protocol):
        cast = cast_make(at=at, protocol=protocol)
        participant = eligible(cast, at=at)
        snapshot = selectors.eligibility_for_randomization(participant_id=participant.pk)
        assert (snapshot.eligible, snapshot.signed, snapshot.reasons) == (True, True, ())


class TestAnswering:
    def test_an_answer_is_kept_and_traced_without_its_value(self, cast, at):
        _, screening = opened(cast, at=at)
        (kept,) = answer(screening, by=cast.coordinator, at=at, value=71.5, evidence="Scale 2")
        assert (kept.value, kept.evidence, kept.recorded_by) == (71.5, "Scale 2", cast.coordinator)
        event = AuditEvent.objects.get(kind="screening.answered")
        assert event.detail == {"answered": ["weight_kg"], "changed": []}
        screening.refresh_from_db()
        assert screening.version == 2

    def test_the_same_answer_again_writes_nothing(self, cast, at):
        _, screening = opened(cast, at=at)
        answer(screening, by=cast.coordinator, at=at)
        assert answer(screening, by=cast.investigator, at=at) == ()
        assert Answer.objects.count() == 1
        assert AuditEvent.objects.filter(kind="screening.answered").count() == 1

    def test_a_change_is_a_new_row_with_a_reason(self, cast, at):
        _, screening = opened(cast, at=at)
        (old,) = answer(screening, by=cast.coordinator, at=at)
        with pytest.raises(Invalid) as refusal:
            answer(screening, by=cast.coordinator, at=at, value=72)
        assert fields(refusal) == {"answers.0.change_reason"}
        (new,) = answer(screening, by=cast.coordinator, at=at, value=72, change_reason="Misread")
        assert (new.supersedes, new.change_reason) == (old, "Misread")
        assert selectors.values_current(screening=screening)["FACT", "weight_kg"] == 72
        assert Answer.objects.get(pk=old.pk).value == 70

    def test_what_was_not_assessed_may_be_assessed_later_without_a_reason(self, cast, at):
        _, screening = opened(cast, at=at)
        answer(screening, by=cast.coordinator, at=at, kind="CRITERION", key="X11", value=None)
        (new,) = answer(screening, by=cast.coordinator, at=at, kind="CRITERION", key="X11", value=False)
        assert new.change_reason == "Assessed later"

    def test_a_no_is_not_a_zero(self, cast, at):
        _, screening = opened(cast, at=at)
        answer(screening, by=cast.coordinator, at=at, key="episode_months", value=0)
        with pytest.raises(Invalid):
            answer(screening, by=cast.coordinator, at=at, key="episode_months", value=False)

    def test_an_answer_upon_an_outdated_one_is_a_conflict(self, cast, at):
        _, screening = opened(cast, at=at)
        (old,) = answer(screening, by=cast.coordinator, at=at, seen="none")
        with pytest.raises(Conflict):
            answer(screening, by=cast.investigator, at=at, value=80, change_reason="x", seen="none")
        answer(screening, by=cast.investigator, at=at, value=80, change_reason="x", seen=old.pk)
        with pytest.raises(Conflict):
            answer(screening, by=cast.coordinator, at=at, value=81, change_reason="x", seen=old.pk)

    def test_every_bad_answer_is_named_and_none_is_kept(self, cast, at):
        _, screening = opened(cast, at=at)
        given = [
            AnswerGiven("FACT", "weight_kg", 70, at),
            AnswerGiven("FACT", "weight_kg", 71, at),
            AnswerGiven("FACT", "height_cm", "tall", at),
            AnswerGiven("FACT", "bmi", 20, at),
            AnswerGiven("FACT", "madrs_week_1", 30, at),
            AnswerGiven("CRITERION", "I02", True, at),
            AnswerGiven("CRITERION", "X11", "no", at),
            AnswerGiven("FACT", "spo2_rest", 98, at + timedelta(seconds=1)),
            AnswerGiven("FACT", "qtcf_ms", 400, at - timedelta(seconds=1)),
            AnswerGiven("OTHER", "weight_kg", 70, at),
        ]
        with pytest.raises(Invalid) as refusal:
            services.answers_record(screening_id=screening.pk, answers=given, by=cast.coordinator, at=at)
        assert fields(refusal) == {
            "answers.1.key",
            "answers.2.value",
            "answers.3.key",
            "answers.4.key",
            "answers.5.key",
            "answers.6.value",
            "answers.7.observed_at",
            "answers.8.observed_at",
            "answers.9.key",
        }
        assert not Answer.objects.exists()

    @pytest.mark.parametrize("role", EVERYBODY)
    def test_only_those_who_record_screening_answer(self, cast, at, role):
        _, screening = opened(cast, at=at)
        if role in codes(P.SCREENING_RECORD):
            assert answer(screening, by=cast.by_role[role], at=at)
            return
        with pytest.raises((NotAllowed, NotFound)):
            answer(screening, by=cast.by_role[role], at=at)
        assert not Answer.objects.exists()

    def test_another_site_finds_no_screening(self, cast, at):
        _, screening = opened(cast, at=at)
        with pytest.raises(NotFound):
            answer(screening, by=cast.other_coordinator, at=at)

    def test_the_database_refuses_to_edit_an_answer_or_to_change_one_without_a_reason(self, cast, at):
        _, screening = opened(cast, at=at)
        (old,) = answer(screening, by=cast.coordinator, at=at)
        with pytest.raises(DatabaseError), transaction.atomic():
            Answer.objects.filter(pk=old.pk).update(value=1)
        with pytest.raises(IntegrityError), transaction.atomic():
            Answer.objects.create(
                screening=screening,
                kind="FACT",
                key="weight_kg",
                value=1,
                observed_at=at,
                supersedes=old,
                recorded_at=at,
                recorded_by=cast.coordinator,
            )


class TestSigning:
    def test_eligible_moves_the_participant_on(self, cast, at):
        participant, screening = opened(cast, at=at)
        answered(cast, screening, at=at)
        done = signed(cast, participant, at=at)
        assert (done.state, done.decided_by, done.decided_at) == ("ELIGIBLE", cast.investigator, at)
        participant.refresh_from_db()
        assert participant.status == "ELIGIBLE"
        event = AuditEvent.objects.get(kind="screening.signed")
        assert (event.detail["signed"], event.detail["randomization_gate"]) == ("ELIGIBLE", "INCOMPLETE")

    def test_a_failure_carries_its_criteria(self, cast, at):
        participant, screening = opened(cast, at=at)
        answered(cast, screening, at=at, facts={"idsc30_total": 30}, judgements={"X11": True})
        done = signed(cast, participant, at=at, as_=Signed.FAILED)
        assert (done.state, done.fail_reasons) == ("FAILED", ["I04", "X11"])
        change = StatusChange.objects.get(participant=participant, to_status="SCREEN_FAILED")
        assert (change.reason_code, change.reason) == ("SCREEN_FAILURE", "I04, X11")

    def test_nobody_signs_what_the_facts_do_not_carry(self, cast, at):
        participant, screening = opened(cast, at=at)
        with pytest.raises(NotEligible) as refusal:
            signed(cast, participant, at=at)
        assert len(refusal.value.reasons) > 20
        with pytest.raises(NotEligible):
            signed(cast, participant, at=at, as_=Signed.FAILED)
        answered(cast, screening, at=at, facts={"idsc30_total": 30})
        with pytest.raises(NotEligible) as refusal:
            signed(cast, participant, at=at)
        assert fields(refusal) == {"I04"}

    def test_a_verdict_on_older_answers_is_a_conflict(self, cast, at):
        _, screening = opened(cast, at=at)
        answered(cast, screening, at=at)
        with pytest.raises(Conflict):
            services.screening_decide(
                screening_id=screening.pk, signed=Signed.ELIGIBLE, version=1, by=cast.investigator, at=at
            )

    def test_signing_twice_is_refused(self, cast, at):
        participant, screening = opened(cast, at=at)
        answered(cast, screening, at=at)
        signed(cast, participant, at=at)
        with pytest.raises(ScreeningClosed):
            signed(cast, participant, at=at)

    @pytest.mark.parametrize("role", EVERYBODY)
    def test_only_an_investigator_signs(self, cast, at, role):
        _, screening = opened(cast, at=at)
        answered(cast, screening, at=at)
        screening.refresh_from_db()

        def sign():
            return services.screening_decide(
                screening_id=screening.pk,
                signed=Signed.ELIGIBLE,
                version=screening.version,
                by=cast.by_role[role],
                at=at,
            )

        if role == "INVESTIGATOR":
            assert sign().state == "ELIGIBLE"
        else:
            with pytest.raises((NotAllowed, NotFound)):
                sign()

    def test_after_consent_is_withdrawn_nothing_is_signed_or_recorded(self, cast, at):
        participant, screening = opened(cast, at=at)
        answered(cast, screening, at=at)
        participants.participant_discontinue(
            participant_id=participant.pk, reason_code="WITHDREW_CONSENT", by=cast.coordinator, at=at
        )
        with pytest.raises(ScreeningClosed):
            signed(cast, participant, at=at)
        with pytest.raises(ScreeningClosed):
            answer(screening, by=cast.coordinator, at=at, value=90, change_reason="x")


class TestTheSecondGate:
    def test_what_belongs_to_it_is_answered_after_the_signature_and_nothing_else(self, cast, at):
        participant, screening = opened(cast, at=at)
        answered(cast, screening, at=at)
        signed(cast, participant, at=at)
        assert answer(
            screening, by=cast.coordinator, at=at, key="day_1_sbp", value=130, change_reason="Repeat"
        )
        with pytest.raises(ScreeningClosed):
            answer(screening, by=cast.coordinator, at=at, key="weight_kg", value=90, change_reason="x")

    def test_the_snapshot_says_what_is_still_open_and_never_a_score(self, cast, at):
        participant, screening = opened(cast, at=at)
        answered(cast, screening, at=at)
        signed(cast, participant, at=at)
        snapshot = selectors.eligibility_for_randomization(participant_id=participant.pk)
        assert (snapshot.eligible, snapshot.signed) == (False, True)
        assert [reason.field for reason in snapshot.reasons] == ["I07"]

    def test_a_failure_at_it_is_signed_from_eligible(self, cast, at):
        participant, screening = opened(cast, at=at, consented_at=at - timedelta(days=27))
        answered(cast, screening, at=at)
        signed(cast, participant, at=at)
        rated(cast, participant, at=at, totals={"SW4": 20})
        done = signed(cast, participant, at=at, as_=Signed.FAILED)
        assert done.fail_reasons == ["I07"]
        participant.refresh_from_db()
        assert participant.status == "SCREEN_FAILED"

    def test_an_eligible_participant_has_every_fact_that_strata_and_lists_need(self, cast, at):
        participant = eligible(cast, at=at)
        snapshot = selectors.eligibility_for_randomization(participant_id=participant.pk)
        assert snapshot.facts["oral_antidepressant"] == "duloxetine"
        assert snapshot.facts["madrs_week_4"] == 36

    def test_without_a_screening_nobody_is_eligible(self, cast, at):
        participant = enrolled(cast, at=at)
        snapshot = selectors.eligibility_for_randomization(participant_id=participant.pk)
        assert (snapshot.eligible, snapshot.signed, snapshot.screening_id) == (False, False, None)
        assert snapshot.reasons


class TestReopening:
    def reopen(self, screening, *, by, at, **changes):
        screening.refresh_from_db()
        given = {"reason": "Weight misread", "version": screening.version, **changes}
        return services.screening_reopen(screening_id=screening.pk, **given, by=by, at=at)

    @pytest.mark.parametrize("as_", list(Signed))
    def test_a_signature_is_taken_back_to_correct_an_error(self, cast, at, as_):
        participant, screening = opened(cast, at=at)
        answered(cast, screening, at=at, facts={} if as_ is Signed.ELIGIBLE else {"idsc30_total": 1})
        signed(cast, participant, at=at, as_=as_)
        again = self.reopen(screening, by=cast.investigator, at=at)
        participant.refresh_from_db()
        assert (again.state, again.decided_at, again.fail_reasons, participant.status) == (
            "OPEN",
            None,
            [],
            "SCREENING",
        )
        assert AuditEvent.objects.get(kind="screening.reopened").reason == "Weight misread"
        assert answer(screening, by=cast.coordinator, at=at, value=72, change_reason="Misread")

    def test_it_needs_a_reason_a_fresh_view_an_investigator_and_a_signature(self, cast, at):
        participant, screening = opened(cast, at=at)
        with pytest.raises(ScreeningClosed):
            self.reopen(screening, by=cast.investigator, at=at)
        answered(cast, screening, at=at)
        signed(cast, participant, at=at)
        with pytest.raises(Invalid):
            self.reopen(screening, by=cast.investigator, at=at, reason=" ")
        with pytest.raises(Conflict):
            self.reopen(screening, by=cast.investigator, at=at, version=1)
        with pytest.raises(NotAllowed):
            self.reopen(screening, by=cast.coordinator, at=at)
        with pytest.raises(NotFound):
            self.reopen(screening, by=cast.other_investigator, at=at)

    def test_screening_again_is_a_new_attempt_with_nothing_carried_over(self, cast, at):
        participant, first = opened(cast, at=at)
        answered(cast, first, at=at, facts={"idsc30_total": 1})
        signed(cast, participant, at=at, as_=Signed.FAILED)
        later = at + timedelta(days=60)
        second = services.screening_open(participant_id=participant.pk, by=cast.coordinator, at=later)
        participant.refresh_from_db()
        assert (second.attempt, participant.status) == (2, "SCREENING")
        assert selectors.values_current(screening=second) == {}
        own = set(RatingSlot.objects.filter(participant=participant).values_list("visit_code", flat=True))
        assert {"SW1.2", "SW2.2", "SW4.2"} <= own
        with pytest.raises(ScreeningClosed):
            self.reopen(first, by=cast.investigator, at=later)
