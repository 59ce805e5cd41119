"""Studies, their protocols, their sites, and the delegation log."""

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.core.choices import choices_of, codes_of
from apps.core.models import Identified, Recorded
from apps.studies.domain.permissions import STUDY_WIDE_ROLES, Role, Unblinded


@pghistory.track()
class Study(Identified):
    """One trial. What it requires stands in its protocol versions; this row only names it."""

    code = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=200)
    is_fictional = models.BooleanField(default=False)
    state = models.CharField(
        max_length=10, choices=[("SETUP", "Set-up"), ("LIVE", "Live"), ("CLOSED", "Closed")], default="SETUP"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["SETUP", "LIVE", "CLOSED"]), name="studies_study_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.code


@pghistory.track()
class ProtocolVersion(Recorded):
    """The protocol as data, immutable. An amendment is a new row; participants move by re-consent."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="protocol_versions")
    number = models.PositiveIntegerField()
    label = models.CharField(max_length=40)
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    effective_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["study", "number"], name="studies_protocolversion_number_once_per_study"
            ),
            models.UniqueConstraint(
                fields=["study", "digest"], name="studies_protocolversion_content_once_per_study"
            ),
        ]
        triggers = [pgtrigger.Protect(name="immutable", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.study} protocol {self.label}"


@pghistory.track()
class Site(Identified):
    """One clinic of one study, with the time zone its people live in."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="sites")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    time_zone = models.CharField(max_length=60)
    enrolment_target = models.PositiveIntegerField(default=0)
    chairs = models.PositiveSmallIntegerField(default=4)
    opened_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "code"], name="studies_site_code_once_per_study")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


@pghistory.track()
class Delegation(Recorded):
    """Who may act in which role, where, from when to when (exclusive). No site means every site of the study."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="delegations")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="delegations")
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="delegations"
    )
    role = models.CharField(max_length=30, choices=choices_of(Role))
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=codes_of(Role)), name="studies_delegation_role_is_known"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="studies_delegation_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=~Q(role__in=sorted(role.value for role in STUDY_WIDE_ROLES)) | Q(site__isnull=True),
                name="studies_delegation_study_wide_roles_have_no_site",
            ),
        ]
        indexes = [models.Index(fields=["user", "study"], name="studies_delegation_user")]

    def __str__(self) -> str:
        return f"{self.user} as {self.role} at {self.site or self.study}"


class UnblindedPerson(Recorded):
    """Who has learned an arm in a study, since when and how. Append-only: what is known is never unknown again."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="unblinded_people")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    how = models.CharField(max_length=20, choices=choices_of(Unblinded))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "user"], name="studies_unblindedperson_once_per_study"),
            models.CheckConstraint(
                condition=Q(how__in=codes_of(Unblinded)), name="studies_unblindedperson_how_is_known"
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.user} in {self.study}"
