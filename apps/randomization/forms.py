"""The form before a draw: a statement, the password, and a key that makes a double click harmless."""

from __future__ import annotations

from django import forms

STATEMENT = (
    "I have checked who the participant is, and that eligibility and strata are right. "
    "A draw cannot be taken back."
)


class RandomizeForm(forms.Form):
    """One act, confirmed by the person signed in."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    statement = forms.BooleanField(
        label=STATEMENT, error_messages={"required": "Confirm the statement before you randomize."}
    )
    password = forms.CharField(
        label="Your password",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
