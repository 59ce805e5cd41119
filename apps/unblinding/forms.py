"""Forms of opening an envelope. The password is asked anew each time, and never shown back."""

from __future__ import annotations

from uuid import uuid4

from django import forms

from apps.core.exceptions import Refused
from apps.unblinding.domain.assessment import QUESTIONS, TREATMENT_LABELS
from apps.unblinding.domain.modes import CATEGORY_LABELS


def refusal_show(form: forms.Form, refusal: Refused) -> None:
    """Put every reason of a refusal beside the field it is about, or on top."""
    for reason in refusal.reasons:
        form.add_error(reason.field if reason.field in form.fields else None, reason.message)


class IdentityForm(forms.Form):
    """Both components of the signature, and a key that makes a double click harmless."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    email = forms.CharField(
        label="Your e-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    password = forms.CharField(
        label="Your password",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class LetterForm(IdentityForm):
    """One participant, named by number."""

    number = forms.CharField(
        label="Number of the participant",
        help_text="Type it, so that nobody else is meant",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    field_order = ("key", "number", "email", "password")


class BreakForm(LetterForm):
    """Ground, number and signature of a code break."""

    category = forms.ChoiceField(
        label="Why the treatment has to be known now",
        choices=[("", "Choose"), *[(one.value, label) for one, label in CATEGORY_LABELS.items()]],
    )
    reason = forms.CharField(
        label="What happened",
        help_text="Read later by the sponsor and the monitor, never sent by e-mail",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    field_order = ("key", "category", "reason", "number", "email", "password")


class HandOverForm(BreakForm):
    """As a code break, with the clinician who is to be told."""

    clinician = forms.CharField(
        label="E-mail address of the clinician who is to be told",
        help_text="Somebody with an account: an investigator, the safety physician, or a clinician outside the study",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    field_order = ("key", "clinician", "category", "reason", "number", "email", "password")


class MessageForm(IdentityForm):
    """The code that the caller read out, and the clinician's signature."""

    code = forms.CharField(
        label="Code that the caller told you",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )

    field_order = ("key", "code", "email", "password")


class AssessmentForm(forms.Form):
    """What an unblinding did to the trial."""

    seen = forms.UUIDField(required=False, widget=forms.HiddenInput)
    who_learned = forms.CharField(
        label=QUESTIONS["who_learned"], max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    effect = forms.CharField(
        label=QUESTIONS["effect"], max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    measures = forms.CharField(
        label=QUESTIONS["measures"], max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    treatment = forms.ChoiceField(
        label="What becomes of the study treatment",
        choices=[(one.value, label) for one, label in TREATMENT_LABELS.items()],
        widget=forms.RadioSelect,
    )
    change_reason = forms.CharField(label="Why it is corrected", max_length=500, required=False)
    password = forms.CharField(
        label="Your password",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: object, corrects: bool = False, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if not corrects:
            del self.fields["change_reason"]
