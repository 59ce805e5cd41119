"""The person in the trial, by number. Who they are stands in another table that few may read."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q

from apps.core.choices import choices_of, codes_of
from apps.core.models import Identified, Recorded
from apps.participants.domain.status import ParticipantStatus


@pghistory.track()
class Participant(Recorded):
    """One person in one study. Holds no name, no birth date, no address: those are `Identity`."""

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="participants")
    site = models.ForeignKey("studies.Site", on_delete=models.PROTECT, related_name="participants")
    protocol_version = models.ForeignKey(
        "studies.ProtocolVersion", on_delete=models.PROTECT, related_name="+"
    )
    number = models.CharField(max_length=40)
    status = models.CharField(
        max_length=20, choices=choices_of(ParticipantStatus), default=ParticipantStatus.SCREENING.value
    )
    sex = models.CharField(max_length=1, choices=[("F", "Female"), ("M", "Male"), ("O", "Other")])
    age_years = models.PositiveSmallIntegerField(help_text="Age at consent, whole years")
    age_changed_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the age was last corrected; empty is never, since it was recorded",
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["study", "number"], name="participants_participant_number_once_per_study"
            ),
            models.CheckConstraint(
                condition=Q(status__in=codes_of(ParticipantStatus)),
                name="participants_participant_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(sex__in=["F", "M", "O"]), name="participants_participant_sex_is_known"
            ),
            models.CheckConstraint(
                condition=Q(age_years__range=(0, 120)), name="participants_participant_age_is_human"
            ),
        ]
        indexes = [models.Index(fields=["site", "status"], name="participants_site_status")]

    def __str__(self) -> str:
        return self.number


class StatusChange(Recorded):
    """One step of a participant's status, never edited."""

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="status_changes")
    from_status = models.CharField(max_length=20, blank=True, default="")
    to_status = models.CharField(max_length=20)
    at = models.DateTimeField()
    reason_code = models.CharField(max_length=40, blank=True, default="")
    reason = models.TextField(blank=True, default="")

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.participant}: {self.from_status} to {self.to_status}"


@pghistory.track()
class Identity(Recorded):
    """The link between a number and a person: held by the site, never exported, every reading of it recorded."""

    participant = models.OneToOneField(Participant, on_delete=models.PROTECT, related_name="identity")
    full_name = models.CharField(max_length=200)
    birth_date = models.DateField()
    phone = models.CharField(max_length=40, blank=True, default="")
    email = models.EmailField(blank=True, default="")
    emergency_contact = models.CharField(max_length=200, blank=True, default="")
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"Identity of {self.participant_id}"


@pghistory.track()
class Consent(Recorded):
    """A signed consent to one version of the form. Withdrawal is a fact added to it, never a deletion."""

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="consents")
    protocol_version = models.ForeignKey(
        "studies.ProtocolVersion", on_delete=models.PROTECT, related_name="+"
    )
    form_version = models.CharField(max_length=40)
    consented_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawal_reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "form_version"], name="participants_consent_once_per_form_version"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="participants_consent_withdrawn_at_and_by_together",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=F("consented_at")),
                name="participants_consent_withdrawn_after_given",
            ),
        ]

    def __str__(self) -> str:
        return f"Consent {self.form_version} of {self.participant_id}"


class NumberSequence(Identified):
    """The next participant number of a site; locked while a number is given out, so none is used twice."""

    site = models.OneToOneField("studies.Site", on_delete=models.PROTECT, related_name="+")
    next_value = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"Next at {self.site_id}: {self.next_value}"
