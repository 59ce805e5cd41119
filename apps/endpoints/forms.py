"""Asking for a report."""

from __future__ import annotations

from django import forms


class ReportForm(forms.Form):
    """Pooled for every blinded reader; by arm only for the unblinded, who signs for it."""

    kind = forms.ChoiceField(
        label="Report",
        choices=[("pooled", "Day 28, arms pooled"), ("by_arm", "Day 28, by arm (unblinded, sealed)")],
        widget=forms.RadioSelect,
        initial="pooled",
    )
    password = forms.CharField(
        label="Your password, to sign for the unblinding",
        required=False,
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: object, by_arm_allowed: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if not by_arm_allowed:
            del self.fields["password"]
            self.fields["kind"].choices = [("pooled", "Day 28, arms pooled")]


class InterimForm(forms.Form):
    """Until when the data are taken, why now, and by whom."""

    cut_at = forms.DateTimeField(
        label="Data received until",
        help_text="Empty: until now. In the time zone named at the foot of the page.",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    purpose = forms.CharField(
        label="Why is an interim look taken?",
        help_text="Both parts of the package carry it.",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    password = forms.CharField(
        label="Your password, to sign for the closed part",
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class ReleaseForm(forms.Form):
    """On which report, with which statement, by whom."""

    report = forms.ChoiceField(label="Final report by arm")
    statement = forms.BooleanField(
        label="The analysis is final: what participants are told can change nothing in it.",
        error_messages={"required": "Confirm that the analysis is final."},
    )
    password = forms.CharField(
        label="Your password",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: object, reports: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["report"].choices = reports
