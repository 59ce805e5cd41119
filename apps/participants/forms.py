"""Forms of enrolment, consent, identity and leaving."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet

from apps.core.exceptions import Refused
from apps.participants.domain.discontinuation import REASON_LABELS
from apps.participants.domain.status import STATUS_LABELS
from apps.studies.models import Site

SEX_CHOICES = [("F", "Female"), ("M", "Male"), ("O", "Other")]


def refusal_show(form: forms.Form, refusal: Refused) -> None:
    """Put every reason of a refusal beside the field it is about, or on top."""
    for reason in refusal.reasons:
        field = reason.field if reason.field in form.fields else None
        form.add_error(field, reason.message)


def moment_field(label: str, help_text: str = "") -> forms.DateTimeField:
    """Return a field for a moment on the site's clock, to the minute."""
    return forms.DateTimeField(
        label=label,
        help_text=help_text,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class PersonFields(forms.Form):
    """Who the person is."""

    full_name = forms.CharField(
        label="Full name", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    birth_date = forms.DateField(
        label="Date of birth", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    phone = forms.CharField(
        label="Telephone",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    emergency_contact = forms.CharField(
        label="Emergency contact",
        max_length=200,
        required=False,
        help_text="A name and a telephone number",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class EnrolForm(PersonFields):
    """The person and the signed consent. Nothing is filled in beforehand."""

    participant_id = forms.UUIDField(widget=forms.HiddenInput)
    site = forms.ModelChoiceField(queryset=Site.objects.none(), empty_label=None)
    sex = forms.ChoiceField(
        choices=SEX_CHOICES, widget=forms.RadioSelect(attrs={"data-look": "segmented"}), label="Sex"
    )
    form_version = forms.CharField(
        label="Version of the consent form", max_length=40, help_text="As printed on the signed form"
    )
    consented_at = moment_field("Signed at", "On the site's clock; before anything else was done")
    namesake_confirmed = forms.BooleanField(
        label="This is somebody else, not the participant enrolled already", required=False
    )

    field_order = [
        "participant_id",
        "site",
        "form_version",
        "consented_at",
        "full_name",
        "birth_date",
        "sex",
        "phone",
        "email",
        "emergency_contact",
        "namesake_confirmed",
    ]

    def __init__(self, *args: Any, sites: QuerySet[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = sites
        self.one_site = sites.first() if sites.count() == 1 else None
        if self.one_site is not None:
            self.fields["site"].widget = forms.HiddenInput()
            self.fields["site"].initial = self.one_site.pk

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        site, moment = given.get("site"), given.get("consented_at")
        if site is not None and moment is not None:
            # The page may stand on another site's clock; the form's own site decides what "09:30" means.
            given["consented_at"] = moment.replace(tzinfo=ZoneInfo(site.time_zone))
        return given

    @property
    def asks_about_namesake(self) -> bool:
        """Say whether the question about a namesake has come up."""
        return bool(self.errors.get("namesake_confirmed")) or bool(self.data.get("namesake_confirmed"))


class ConsentForm(forms.Form):
    """A consent to a further version of the form."""

    form_version = forms.CharField(
        label="Version of the consent form", max_length=40, help_text="As printed on the signed form"
    )
    consented_at = moment_field("Signed at", "On the site's clock")


class IdentityForm(PersonFields):
    """A correction of the identity."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(label="Reason for the change", max_length=300)


class DiscontinueForm(forms.Form):
    """Why the participant leaves."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason_code = forms.ChoiceField(
        label="Reason",
        choices=[(code.value, label) for code, label in REASON_LABELS.items()],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="What happened", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class ListFilter(forms.Form):
    """What the list shows. A value that makes no sense is ignored: a list never fails over its address."""

    search = forms.CharField(required=False, max_length=40)
    status = forms.ChoiceField(
        required=False,
        choices=[("", "All"), *[(status.value, label) for status, label in STATUS_LABELS.items()]],
    )

    def values(self) -> dict[str, str]:
        """Return the usable values."""
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}
