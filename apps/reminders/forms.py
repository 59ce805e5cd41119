"""Forms of webhooks."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.studies.models import Site


class WebhookForm(forms.Form):
    """Another system's address, for the whole study or one site."""

    url = forms.CharField(
        label="Address",
        max_length=500,
        help_text="https://, without name or password in it",
        widget=forms.URLInput(attrs={"autocomplete": "off", "inputmode": "url"}),
    )
    site = forms.ChoiceField(label="Tells of", required=False)

    def __init__(self, *args: Any, sites: list[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].choices = [
            ("", "Every site of the study"),
            *((site.code, f"{site.code}, {site.name}") for site in sites),
        ]
