"""Forms of the schedule: an appointment, a visit held, a visit missed. Times are on the site's clock."""

from __future__ import annotations

from django import forms

from apps.core.exceptions import Refused


def refusal_show(form: forms.Form, refusal: Refused) -> None:
    """Put every reason of a refusal beside the field it is about, or on top."""
    for reason in refusal.reasons:
        form.add_error(reason.field if reason.field in form.fields else None, reason.message)


def _moment(label: str, help_text: str = "") -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        help_text=help_text,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class VersionedForm(forms.Form):
    """A form that carries the version its reader saw."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2_000_000_000)


class AppointForm(VersionedForm):
    """When, and for a dose in which chair."""

    planned_at = _moment("Day and time", "On the site's clock")
    chair = forms.TypedChoiceField(
        label="Chair",
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect(attrs={"data-look": "segmented"}),
    )

    def __init__(self, *args: object, chairs: int, is_dose: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if is_dose:
            numbers = [(str(chair), str(chair)) for chair in range(1, chairs + 1)]
            self.fields["chair"].choices = numbers  # type: ignore[attr-defined]
        else:
            del self.fields["chair"]


class AttendForm(VersionedForm):
    """When the visit was held."""

    held_at = _moment("Held at", "On the site's clock")


class MissForm(VersionedForm):
    """Why the visit was missed."""

    reason = forms.CharField(
        label="Why was it missed?",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="No name, no telephone number: this is clinical data.",
    )
