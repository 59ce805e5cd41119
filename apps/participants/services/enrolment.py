"""Entering the trial."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.core.exceptions import Conflict, Invalid, Reason, Refused
from apps.participants import selectors
from apps.participants.domain.enrolment import enrolment, participant_number
from apps.participants.domain.given import IdentityGiven, form_reasons, word_reasons
from apps.participants.models import Consent, Identity, NumberSequence, Participant, StatusChange
from apps.participants.services.acts import act_record
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.models import Site
from apps.studies.selectors import protocol_version_current, site_get

SEXES = ("F", "M", "O")


class StudyNotLive(Refused):
    """Nobody enters a study that is being set up or is closed."""

    code = "study_not_live"
    title = "The study takes nobody in now"


@transaction.atomic
def participant_enroll(
    *,
    site_id: UUID,
    full_name: str,
    birth_date: date,
    sex: str,
    consented_at: datetime,
    form_version: str,
    phone: str = "",
    email: str = "",
    emergency_contact: str = "",
    participant_id: UUID | None = None,
    namesake_confirmed: bool = True,
    by: User,
    at: datetime,
) -> Participant:
    """
    Enter a person into the trial: number, identity and first consent in one step.

    With a `participant_id` chosen by the sender the same request twice gives the same participant. Unless
    `namesake_confirmed`, a person of the same name and birth date at the site stands against it.

    :raises NotFound: if the site is absent or not the person's
    :raises NotAllowed: without participant:enroll there
    :raises StudyNotLive: if the study is not live
    :raises Invalid: with every value that cannot be right
    :raises Conflict: if the identifier belongs to somebody else, or a namesake is not confirmed
    """
    site = site_get(viewer=by, site_id=site_id, permission=Permission.PARTICIPANT_READ, now=at)
    access.check(user=by, permission=Permission.PARTICIPANT_ENROLL, site_id=site.pk, now=at)
    sequence = _sequence_locked(site)
    person = IdentityGiven(full_name, birth_date, phone, email, emergency_contact).clean()
    form = form_version.strip()
    if participant_id is not None and (
        earlier := _enrolled_already(participant_id, site, person, sex, form, consented_at)
    ):
        return earlier

    if site.study.state != "LIVE":
        raise StudyNotLive(f"Study {site.study.code} is not live; nobody can be enrolled.")
    decision = enrolment(
        birth_date=birth_date, consented_at=consented_at, zone=ZoneInfo(site.time_zone), at=at
    )
    reasons = [*decision.reasons, *word_reasons(person), *form_reasons(form)]
    if sex not in SEXES:
        reasons.append(Reason("unknown_choice", "Choose female, male or other.", "sex"))
    if reasons or decision.age_years is None:
        raise Invalid(*reasons)
    same = selectors.namesakes(site=site, full_name=person.full_name, birth_date=birth_date)
    if same and not namesake_confirmed:
        raise Conflict(
            Reason(
                "namesake",
                f"A person of this name and birth date is enrolled as {', '.join(same)}. "
                "Confirm that this is somebody else.",
                "namesake_confirmed",
            )
        )

    version = protocol_version_current(study=site.study, now=at)
    stamp = {"recorded_at": at, "recorded_by": by}
    chosen = {} if participant_id is None else {"id": participant_id}
    try:
        with transaction.atomic():
            participant = Participant.objects.create(
                **chosen,
                study=site.study,
                site=site,
                protocol_version=version,
                number=participant_number(site.code, sequence.next_value),
                sex=sex,
                age_years=decision.age_years,
                **stamp,
            )
    except IntegrityError:
        raise Conflict(Reason("id_taken", "This identifier belongs to another participant.", "id")) from None
    sequence.next_value += 1
    sequence.save(update_fields=["next_value"])
    Identity.objects.create(
        participant=participant, **{name: getattr(person, name) for name in person.__slots__}, **stamp
    )
    consent = Consent.objects.create(
        participant=participant,
        protocol_version=version,
        form_version=form,
        consented_at=consented_at,
        **stamp,
    )
    StatusChange.objects.create(participant=participant, to_status=participant.status, at=at, **stamp)
    act_record(kind="participant.enrolled", participant=participant, by=by, at=at, subject=participant)
    act_record(
        kind="consent.recorded",
        participant=participant,
        by=by,
        at=at,
        subject=consent,
        detail={"form_version": form},
    )
    return participant


def _sequence_locked(site: Site) -> NumberSequence:
    """Return the site's running number, locked: two people enrolling at once wait for each other."""
    NumberSequence.objects.get_or_create(site=site)
    return NumberSequence.objects.select_for_update().get(site=site)


def _enrolled_already(
    participant_id: UUID, site: Site, person: IdentityGiven, sex: str, form: str, consented_at: datetime
) -> Participant | None:
    """Return the participant of an earlier, equal request; refuse an unequal one under the same identifier."""
    earlier = (
        Participant.objects.select_related("study", "site", "protocol_version", "identity")
        .filter(pk=participant_id)
        .first()
    )
    if earlier is None:
        return None
    first = selectors.consent_first(participant=earlier)
    same = (
        earlier.site_id == site.pk
        and earlier.sex == sex
        and person.is_of(earlier.identity)
        and first is not None
        and (first.form_version, first.consented_at) == (form, consented_at)
    )
    if not same:
        raise Conflict(
            Reason("id_taken", "This identifier was used for another enrolment. Begin a new one.", "id")
        )
    return earlier
