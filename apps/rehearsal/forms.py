"""Asking for a rehearsal, signing its report, going live and closing."""

from __future__ import annotations

from django import forms

from apps.rehearsal.services.runs import MOST, MOST_SEED


class RequestForm(forms.Form):
    """How many made-up participants, from which seed; both may be left open."""

    participants = forms.IntegerField(
        label="Made-up participants",
        required=False,
        min_value=1,
        max_value=MOST,
        help_text="Left empty: one for each cell of the design, twelve at most",
    )
    seed = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=MOST_SEED,
        help_text="The same seed makes the same people; left empty, one is drawn",
    )


class PasswordForm(forms.Form):
    """The person at the screen is the person signed in."""

    password = forms.CharField(
        label="Your password, to sign",
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CloseForm(PasswordForm):
    """Why the study is closed, signed."""

    reason = forms.CharField(max_length=300, label="Why the study is closed")
    field_order = ("reason", "password")
