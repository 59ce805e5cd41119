"""Forms of the delegation log and of the place switcher."""

from __future__ import annotations

from django import forms

from apps.studies.domain.permissions import ROLE_LABELS, Role
from apps.studies.models import Study


class DelegationForm(forms.Form):
    """Who, in which role, where, from when to when."""

    email = forms.EmailField(label="E-mail address of the person", max_length=254)
    role = forms.ChoiceField(choices=[(role.value, label) for role, label in ROLE_LABELS.items()])
    site = forms.ChoiceField(required=False, help_text="Leave empty for a role in the whole study")
    starts_at = forms.DateTimeField(
        label="From", widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    ends_at = forms.DateTimeField(
        label="To", required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )

    def __init__(self, *args: object, study: Study, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        sites = study.sites.order_by("code")
        self.fields["site"].choices = [("", "All sites"), *[(str(site.pk), str(site)) for site in sites]]

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class DelegationEndForm(forms.Form):
    """Why a delegation ends."""

    reason = forms.CharField(max_length=300)
