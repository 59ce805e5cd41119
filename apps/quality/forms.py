"""Forms of deviations."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.core.exceptions import Refused
from apps.quality.domain.deviations import (
    CATEGORY_LABELS,
    KIND_LABELS,
    LONGEST,
    STANDING_LABELS,
    Assessment,
    Entry,
)

_BUTTONS = {"data-look": "segmented"}
_KINDS = [(kind.value, label) for kind, label in KIND_LABELS.items()]
_CATEGORIES = [(category.value, label) for category, label in CATEGORY_LABELS.items()]
_YES_NO = [("yes", "Yes"), ("no", "No")]


def refusal_show(form: forms.Form, refusal: Refused) -> None:
    """Put every reason of a refusal beside the field it is about, or on top."""
    for reason in refusal.reasons:
        form.add_error(reason.field if reason.field in form.fields else None, reason.message)


def _text(label: str, help_text: str = "", *, required: bool = True, rows: int = 3) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def _moment(label: str, help_text: str = "") -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        help_text=help_text,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class EntryForm(forms.Form):
    """A deviation as somebody writes it down."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(label="What was departed from?", choices=[("", "Choose"), *_KINDS])
    happened = _text("What happened?", "In facts, without a name and without a treatment.", rows=4)
    happened_at = _moment("When?", "On the site's clock")
    discovered_at = _moment("Discovered at")
    action = _text("What was done at once?", required=False)
    category = forms.ChoiceField(
        label="How grave?",
        required=False,
        choices=[("", "As the protocol says"), *_CATEGORIES],
        widget=forms.RadioSelect(attrs=_BUTTONS),
    )
    category_reason = _text("Why so, if not as the protocol says?", required=False, rows=2)

    def entry(self) -> Entry:
        """Return what was written."""
        given = dict(self.cleaned_data)
        given.pop("key")
        return Entry(**given)


class AssessmentForm(forms.Form):
    """What it means and what is done about it."""

    seen = forms.UUIDField(widget=forms.HiddenInput, required=False)
    category = forms.ChoiceField(
        label="How grave?", choices=_CATEGORIES, widget=forms.RadioSelect(attrs=_BUTTONS)
    )
    category_reason = _text("Why so, if not as entered?", required=False, rows=2)
    impact = _text("What does it mean for the participant and for the data?")
    corrective_action = _text("What is done about it, and against the next one?")
    reportable = forms.ChoiceField(
        label="Does the ethics committee have to be told?",
        choices=_YES_NO,
        widget=forms.RadioSelect(attrs=_BUTTONS),
    )
    change_reason = _text("Why is it assessed anew?", rows=2)

    def __init__(self, *args: Any, again: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not again:
            del self.fields["change_reason"]

    def given(self) -> Assessment:
        """Return what was written."""
        clean = self.cleaned_data
        return Assessment(
            category=clean["category"],
            category_reason=clean["category_reason"],
            impact=clean["impact"],
            corrective_action=clean["corrective_action"],
            reportable=clean["reportable"] == "yes",
        )


class SignForm(forms.Form):
    """The investigator's signature under the assessment in force."""

    seen = forms.UUIDField(widget=forms.HiddenInput)
    password = forms.CharField(
        label="Your password",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        strip=False,
    )


class ListFilter(forms.Form):
    """What the list is narrowed by; what cannot be is left out."""

    search = forms.CharField(required=False, max_length=60)
    kind = forms.ChoiceField(required=False, choices=[("", "All"), *_KINDS])
    category = forms.ChoiceField(required=False, choices=[("", "All"), *_CATEGORIES])
    standing = forms.ChoiceField(
        required=False, choices=[("", "All"), *((one.value, label) for one, label in STANDING_LABELS.items())]
    )

    def values(self) -> dict[str, str]:
        """Return the valid parts of the query."""
        self.is_valid()
        return {name: str(self.cleaned_data.get(name, "")) for name in self.fields}
