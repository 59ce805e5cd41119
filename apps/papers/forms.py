"""What the page of a session's papers posts."""

from __future__ import annotations

from django import forms


class SendingForm(forms.Form):
    """The day the sheet was sent, and what the receiver gave as its number."""

    sent_on = forms.DateField(label="Sent on", widget=forms.DateInput(attrs={"type": "date"}))
    reference = forms.CharField(
        label="Reference", required=False, max_length=100, help_text="A number the receiver gave, if any."
    )


class TakeBackForm(forms.Form):
    """Why the sheet does not stand as sent."""

    reason = forms.CharField(label="Why the earlier line is wrong", max_length=300)
