"""Forms of adverse events. The scales of severity and causality are the protocol's."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms

from apps.core.exceptions import Refused
from apps.safety.domain.events import ACTION_LABELS, ENDED, OUTCOME_LABELS, SERIOUSNESS_LABELS
from apps.studies.domain.protocol.conduct import ConcomitantRule, SafetyPlan

_BUTTONS = {"data-look": "segmented"}
_YES_NO = [("yes", "Yes"), ("no", "No")]


def refusal_show(form: forms.Form, refusal: Refused) -> None:
    """Put every reason of a refusal beside the field it is about, or on top."""
    for reason in refusal.reasons:
        form.add_error(reason.field if reason.field in form.fields else None, reason.message)


def _moment(label: str, help_text: str = "", *, required: bool = True) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        help_text=help_text,
        required=required,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class YesReveals(forms.RadioSelect):
    """Yes or no, where only "yes" shows the field that asks further."""

    def __init__(self, field: str) -> None:
        super().__init__(attrs=_BUTTONS)
        self.field = field

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(*args, **kwargs)
        if option["value"] == "yes":
            option["attrs"]["data-reveals"] = f"div_id_{self.field}"
        return option


class EventForm(forms.Form):
    """What happened. Severity, seriousness and causality are three questions."""

    term = forms.CharField(
        label="What happened?",
        max_length=200,
        help_text="In the words of the report; one event, no name.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    onset_at = _moment("Began at", "On the site's clock")
    severity = forms.ChoiceField(label="Severity", widget=forms.RadioSelect(attrs=_BUTTONS))
    causality = forms.ChoiceField(widget=forms.RadioSelect(attrs=_BUTTONS))
    is_serious = forms.ChoiceField(
        label="Serious?", choices=_YES_NO, widget=YesReveals("seriousness"), initial="no"
    )
    seriousness = forms.MultipleChoiceField(
        label="What makes it serious?",
        required=False,
        choices=[(code.value, label) for code, label in SERIOUSNESS_LABELS.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text="Only for a serious event.",
    )
    site_aware_at = _moment("The site knew of it at", "The clock of a serious event starts here.")
    outcome = forms.ChoiceField(
        label="Outcome",
        choices=[(code.value, label) for code, label in OUTCOME_LABELS.items()],
        initial="NOT_RESOLVED",
        widget=forms.Select(
            attrs={"data-reveals": "div_id_resolved_at", "data-reveals-when": " ".join(sorted(ENDED))}
        ),
    )
    resolved_at = _moment("Ended at", "Only when it is over", required=False)
    action_taken = forms.ChoiceField(
        label="Action taken with the study drug",
        choices=[(code.value, label) for code, label in ACTION_LABELS.items()],
        initial="NONE",
    )

    def __init__(self, *args: Any, plan: SafetyPlan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        about = plan.causality_objects[0].label.lower()
        self.fields["causality"].label = f"Related to the {about}?"
        for name, scale in (("severity", plan.severity_scale), ("causality", plan.causality_scale)):
            self.fields[name].choices = [(grade.code, grade.label) for grade in scale]  # type: ignore[attr-defined]

    def account(self) -> dict[str, Any]:
        """Return the answers as the service takes them."""
        given = {**self.cleaned_data}
        given["is_serious"] = given["is_serious"] == "yes"
        for name in ("version", "change_reason"):
            given.pop(name, None)
        return given


class EventChangeForm(EventForm):
    """The same, with the reason for the change."""

    change_reason = forms.CharField(
        label="Why is it changed?", max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2_000_000_000)


class ResolveForm(forms.Form):
    """When it ended, and how."""

    resolved_at = _moment("Ended at", "On the site's clock")
    outcome = forms.ChoiceField(
        label="Outcome",
        choices=[(code.value, OUTCOME_LABELS[code]) for code in OUTCOME_LABELS if code in ENDED],
        initial="RESOLVED",
        widget=forms.RadioSelect(attrs=_BUTTONS),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2_000_000_000)


class ListFilter(forms.Form):
    """What the list shows."""

    search = forms.CharField(required=False, max_length=60)
    serious = forms.ChoiceField(
        required=False, choices=[("", "All"), ("yes", "Serious"), ("no", "Not serious")]
    )
    state = forms.ChoiceField(required=False, choices=[("", "All"), ("ongoing", "Ongoing"), ("over", "Over")])

    def values(self) -> dict[str, str]:
        """Return what is wanted; what cannot be read is left out."""
        self.is_valid()
        return {name: str(self.cleaned_data.get(name) or "") for name in self.fields}


class MedicationForm(forms.Form):
    """A medicine beside the nasal spray."""

    kind = forms.ChoiceField(
        label="Kind",
        choices=[("STUDY_ORAL", "Study antidepressant"), ("CONCOMITANT", "Concomitant")],
        widget=forms.RadioSelect(attrs=_BUTTONS),
    )
    name = forms.CharField(label="Medicine", max_length=100)
    dose_text = forms.CharField(
        label="Dose", max_length=60, required=False, help_text="For example 60 mg a day"
    )
    indication = forms.CharField(label="What for", max_length=200, required=False)
    concomitant_rule = forms.ChoiceField(
        label="Falls under the protocol's rule for",
        required=False,
        help_text="For other medicines only. A prohibited one is not refused here: what was taken is recorded.",
    )
    started_on = forms.DateField(
        label="First day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    stopped_on = forms.DateField(
        label="Last day",
        required=False,
        help_text="Leave empty while it goes on",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(
        self, *args: Any, oral: tuple[str, ...], rules: tuple[ConcomitantRule, ...], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["concomitant_rule"].choices = [  # type: ignore[attr-defined]
            ("", "None of them"),
            *((rule.code, f"{rule.rule.capitalize()}: {rule.label}") for rule in rules),
        ]
        if not rules:
            del self.fields["concomitant_rule"]
        if oral:
            self.fields["name"].help_text = f"Study antidepressants: {', '.join(oral)}"
        else:
            self.fields["kind"].choices = [("CONCOMITANT", "Concomitant")]


class MedicationStopForm(forms.Form):
    """The last day of a medicine."""

    stopped_on = forms.DateField()
    version = forms.IntegerField(min_value=1, max_value=1_000_000)


class ReactionForm(forms.Form):
    """That an event is unexpected, for which participant, and who says so: their address and password, typed again."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    unexpected = forms.BooleanField(
        label="The event is not consistent with what the investigator's brochure says of the study drug",
        error_messages={"required": "Only an unexpected event is a ground to open the envelope."},
    )
    reason = forms.CharField(
        label="Against what it is unexpected", max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    number = forms.CharField(
        label="Number of the participant",
        help_text="Type it, so that nobody else is meant",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.CharField(
        label="Your e-mail address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    password = forms.CharField(
        label="Your password",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
