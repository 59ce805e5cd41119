"""Entering, consenting, being known, leaving: each write refused for the right reasons and leaving its trace."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from apps.audit.models import AuditEvent
from apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from apps.participants import selectors, services
from apps.participants.domain.status import IllegalTransition, ParticipantStatus
from apps.participants.models import Consent, Identity, NumberSequence, Participant, StatusChange
from apps.studies.domain.permissions import Permission as P
from apps.studies.domain.permissions import Role, roles_with
from tests.factories.participants import PERSON, enrolled

KINDS = {role.value for role in Role} | {"OUTSIDER"}


def fields(refusal: pytest.ExceptionInfo) -> set[str]:
    return {reason.field for reason in refusal.value.reasons}


def test_enrolment_makes_number_identity_consent_and_first_status(cast, at):
    participant = enrolled(cast, at=at)

    assert participant.number == "DE01-0001"
    assert participant.status == "SCREENING"
    assert participant.age_years == 41
    assert participant.protocol_version == cast.version
    assert Identity.objects.get(participant=participant).full_name == PERSON["full_name"]
    assert selectors.consent_in_force(participant=participant).form_version == "1.0"
    assert [change.to_status for change in StatusChange.objects.filter(participant=participant)] == [
        "SCREENING"
    ]


def test_enrolment_is_recorded_without_saying_who(cast, at):
    participant = enrolled(cast, at=at)

    events = AuditEvent.objects.filter(participant_number=participant.number).order_by("id")
    assert [event.kind for event in events] == ["participant.enrolled", "consent.recorded"]
    assert all(event.actor_label == cast.coordinator.email for event in events)
    assert "Erika" not in str(list(events.values()))


def test_numbers_follow_each_other_at_each_site(cast, at):
    numbers = [enrolled(cast, at=at, full_name=name).number for name in ("A", "B")]
    boston = enrolled(cast, at=at, site_id=cast.other_site.pk, by=cast.other_coordinator)
    assert [*numbers, boston.number] == ["DE01-0001", "DE01-0002", "US01-0001"]


def test_the_same_request_twice_makes_one_participant(cast, at):
    key = uuid4()
    first = enrolled(cast, at=at, participant_id=key)
    second = enrolled(cast, at=at + timedelta(seconds=3), consented_at=at, participant_id=key)

    assert first.pk == second.pk == key
    assert Participant.objects.count() == 1
    assert NumberSequence.objects.get(site=cast.site).next_value == 2
    assert AuditEvent.objects.filter(kind="participant.enrolled").count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"full_name": "Somebody Else"},
        {"birth_date": date(1984, 5, 18)},
        {"sex": "M"},
        {"form_version": "2.0"},
        {"phone": ""},
    ],
)
def test_an_identifier_used_for_other_values_is_a_conflict(cast, at, change):
    key = uuid4()
    enrolled(cast, at=at, participant_id=key)
    with pytest.raises(Conflict):
        enrolled(cast, at=at, participant_id=key, **change)
    assert Participant.objects.count() == 1


def test_an_identifier_of_another_site_is_a_conflict_that_tells_nothing(cast, at):
    key = uuid4()
    enrolled(cast, at=at, participant_id=key)
    with pytest.raises(Conflict) as refusal:
        enrolled(cast, at=at, participant_id=key, site_id=cast.other_site.pk, by=cast.other_coordinator)
    assert "DE01" not in str(refusal.value)


def test_a_namesake_must_be_confirmed_when_asked_for(cast, at):
    enrolled(cast, at=at)
    with pytest.raises(Conflict) as refusal:
        enrolled(cast, at=at, full_name="ERIKA beispiel ", namesake_confirmed=False)
    assert fields(refusal) == {"namesake_confirmed"}
    assert "DE01-0001" in str(refusal.value)
    assert enrolled(cast, at=at, namesake_confirmed=True).number == "DE01-0002"


def test_every_wrong_value_is_named_at_once(cast, at):
    with pytest.raises(Invalid) as refusal:
        enrolled(
            cast,
            at=at,
            full_name="  ",
            birth_date=date(2030, 1, 1),
            consented_at=at + timedelta(minutes=1),
            sex="X",
            form_version=" ",
        )
    assert fields(refusal) == {"full_name", "birth_date", "consented_at", "sex", "form_version"}
    assert not Participant.objects.exists()


@pytest.mark.parametrize("role", sorted(KINDS))
def test_only_those_delegated_enrol(cast, at, role):
    person = cast.by_role[role]
    if role in {held.value for held in roles_with(P.PARTICIPANT_ENROLL)}:
        assert enrolled(cast, at=at, by=person).pk
        return
    with pytest.raises((NotAllowed, NotFound)):
        enrolled(cast, at=at, by=person)
    assert not Participant.objects.exists()


def test_another_sites_people_find_no_such_site(cast, at):
    with pytest.raises(NotFound):
        enrolled(cast, at=at, by=cast.other_coordinator)


def test_nobody_enters_a_closed_study(cast, at):
    cast.study.state = "CLOSED"
    cast.study.save()
    with pytest.raises(services.StudyNotLive):
        enrolled(cast, at=at)


def test_an_ended_delegation_enrols_nobody(cast, at):
    cast.coordinator.delegations.update(ends_at=at)
    with pytest.raises(NotFound):
        enrolled(cast, at=at)


def test_a_renewed_consent_counts_from_then_on(cast, at):
    participant = enrolled(cast, at=at)
    later = at + timedelta(days=3)
    services.consent_record(
        participant_id=participant.pk, form_version="2.0", consented_at=later, by=cast.investigator, at=later
    )
    assert selectors.consent_in_force(participant=participant).form_version == "2.0"
    assert selectors.consent_first(participant=participant).form_version == "1.0"


def test_the_same_consent_twice_is_one(cast, at):
    participant = enrolled(cast, at=at)
    later = at + timedelta(days=1)
    for _ in range(2):
        services.consent_record(
            participant_id=participant.pk,
            form_version="2.0",
            consented_at=later,
            by=cast.investigator,
            at=later,
        )
    assert Consent.objects.filter(participant=participant).count() == 2
    with pytest.raises(Conflict):
        services.consent_record(
            participant_id=participant.pk, form_version="2.0", consented_at=at, by=cast.investigator, at=later
        )


def test_a_consent_cannot_lie_in_the_future_or_before_the_first(cast, at):
    participant = enrolled(cast, at=at)
    for moment in (at + timedelta(seconds=1), at - timedelta(seconds=1)):
        with pytest.raises(Invalid) as refusal:
            services.consent_record(
                participant_id=participant.pk,
                form_version="2.0",
                consented_at=moment,
                by=cast.coordinator,
                at=at,
            )
        assert fields(refusal) == {"consented_at"}


def test_reading_an_identity_leaves_a_trace(cast, at):
    participant = enrolled(cast, at=at)
    identity = services.identity_read(participant_id=participant.pk, by=cast.coordinator, at=at)
    assert identity.full_name == PERSON["full_name"]
    event = AuditEvent.objects.get(kind="identity.read")
    assert (event.participant_number, event.actor_label) == (participant.number, cast.coordinator.email)


@pytest.mark.parametrize("role", sorted(KINDS - {"COORDINATOR", "INVESTIGATOR"}))
def test_nobody_else_reads_an_identity(cast, at, role):
    participant = enrolled(cast, at=at)
    with pytest.raises((NotAllowed, NotFound)):
        services.identity_read(participant_id=participant.pk, by=cast.by_role[role], at=at)
    assert not AuditEvent.objects.filter(kind="identity.read").exists()


def change_identity(cast, at, participant, **changes):
    person = {name: value for name, value in PERSON.items() if name not in ("sex", "form_version")}
    given = {**person, "reason": "Misspelt", "version": 1, "by": cast.coordinator, "at": at, **changes}
    return services.identity_change(participant_id=participant.pk, **given)


def test_a_corrected_birth_date_corrects_the_age(cast, at):
    participant = enrolled(cast, at=at)
    change_identity(cast, at, participant, birth_date=date(1983, 1, 1))
    participant.refresh_from_db()
    assert participant.age_years == 43
    event = AuditEvent.objects.get(kind="identity.changed")
    assert event.detail == {"fields": ["birth_date"]}
    assert event.reason == "Misspelt"


def test_a_stale_or_unexplained_correction_is_refused(cast, at):
    participant = enrolled(cast, at=at)
    with pytest.raises(Invalid):
        change_identity(cast, at, participant, phone="1", reason=" ")
    change_identity(cast, at, participant, phone="1")
    with pytest.raises(Conflict):
        change_identity(cast, at, participant, phone="2", version=1)


def test_leaving_is_final_and_coded(cast, at):
    participant = enrolled(cast, at=at)
    left = services.participant_discontinue(
        participant_id=participant.pk, reason_code="LOST_TO_FOLLOW_UP", by=cast.investigator, at=at
    )
    assert left.status == "DISCONTINUED"
    change = StatusChange.objects.get(participant=participant, to_status="DISCONTINUED")
    assert (change.from_status, change.reason_code) == ("SCREENING", "LOST_TO_FOLLOW_UP")
    assert selectors.consent_in_force(participant=participant) is not None
    with pytest.raises(IllegalTransition):
        services.participant_discontinue(
            participant_id=participant.pk, reason_code="DEATH", by=cast.investigator, at=at
        )


def test_withdrawing_consent_withdraws_every_consent(cast, at):
    participant = enrolled(cast, at=at)
    services.participant_discontinue(
        participant_id=participant.pk, reason_code="WITHDREW_CONSENT", by=cast.coordinator, at=at
    )
    assert selectors.consent_in_force(participant=participant) is None
    consent = Consent.objects.get(participant=participant)
    assert (consent.withdrawn_at, consent.withdrawn_by) == (at, cast.coordinator)
    assert AuditEvent.objects.filter(kind="consent.withdrawn").count() == 1


def test_leaving_needs_a_known_code_words_for_other_and_a_fresh_view(cast, at):
    participant = enrolled(cast, at=at)

    def leave(**given):
        services.participant_discontinue(participant_id=participant.pk, by=cast.coordinator, at=at, **given)

    with pytest.raises(Invalid):
        leave(reason_code="BORED")
    with pytest.raises(Invalid):
        leave(reason_code="OTHER", reason="  ")
    with pytest.raises(Conflict):
        leave(reason_code="DEATH", version=99)
    participant.refresh_from_db()
    assert participant.status == "SCREENING"


@pytest.mark.parametrize("role", sorted(KINDS - {"COORDINATOR", "INVESTIGATOR"}))
def test_nobody_else_lets_a_participant_leave(cast, at, role):
    participant = enrolled(cast, at=at)
    with pytest.raises((NotAllowed, NotFound)):
        services.participant_discontinue(
            participant_id=participant.pk, reason_code="DEATH", by=cast.by_role[role], at=at
        )


def test_a_status_change_follows_the_table(cast, at):
    participant = enrolled(cast, at=at)
    with pytest.raises(IllegalTransition):
        services.participant_status_change(
            participant=participant, to=ParticipantStatus.RANDOMIZED, by=cast.coordinator, at=at
        )
    changed = services.participant_status_change(
        participant=participant, to=ParticipantStatus.ELIGIBLE, by=cast.investigator, at=at, reason="Signed"
    )
    assert (changed.status, changed.version) == ("ELIGIBLE", 2)
    assert AuditEvent.objects.get(kind="participant.status_changed").detail["to"] == "ELIGIBLE"


def test_status_history_cannot_be_rewritten(cast, at):
    change = StatusChange.objects.get(participant=enrolled(cast, at=at))
    with pytest.raises(DatabaseError), transaction.atomic():
        StatusChange.objects.filter(pk=change.pk).update(to_status="ELIGIBLE")


def test_the_database_itself_refuses_a_number_twice(cast, at):
    participant = enrolled(cast, at=at)
    participant.pk = None
    participant.id = uuid4()
    with pytest.raises(IntegrityError), transaction.atomic():
        participant.save(force_insert=True)


def test_participants_of_shows_each_site_its_own(cast, at):
    berlin = enrolled(cast, at=at)
    boston = enrolled(cast, at=at, site_id=cast.other_site.pk, by=cast.other_coordinator)
    seen = selectors.participants_of
    assert list(seen(viewer=cast.coordinator, now=at)) == [berlin]
    assert list(seen(viewer=cast.other_nurse, now=at)) == [boston]
    assert set(seen(viewer=cast.physician, now=at)) == {berlin, boston}
    for nobody in (cast.rater, cast.pharmacist, cast.sponsor, cast.statistician, cast.outsider):
        assert not seen(viewer=nobody, now=at).exists()


def test_participants_of_narrows_by_number_and_status(cast, at):
    first, second = (enrolled(cast, at=at, full_name=name) for name in "AB")
    services.participant_discontinue(
        participant_id=second.pk, reason_code="DEATH", by=cast.coordinator, at=at
    )
    seen = selectors.participants_of
    assert list(seen(viewer=cast.nurse, now=at, search="0001")) == [first]
    assert list(seen(viewer=cast.nurse, now=at, status="DISCONTINUED")) == [second]


def test_participant_get_hides_what_is_another_sites(cast, at):
    participant = enrolled(cast, at=at)
    for viewer in (cast.other_coordinator, cast.outsider, cast.rater):
        with pytest.raises(NotFound):
            selectors.participant_get(viewer=viewer, participant_id=participant.pk, now=at)
    with pytest.raises(NotFound):
        selectors.participant_get(viewer=cast.coordinator, participant_id=uuid4(), now=at)
