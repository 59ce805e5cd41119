"""Forms of the kit ledger, of counts and of what went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from apps.core.choices import choices_of
from apps.core.exceptions import Reason, Refused
from apps.supply.domain.kits import KitState, Movement, next_state
from apps.supply.domain.reconciliation import LotCount

#: A scanner is a keyboard: it types the number and ends with Enter. Nothing may correct or complete what it types.
_SCAN = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
_BUTTONS = {"data-look": "segmented"}


def refusal_show(form: forms.Form, refusal: Refused) -> None:
    """Put every reason of a refusal beside the field it is about, or on top."""
    for reason in refusal.reasons:
        field = "witness_email" if reason.field == "witness" else reason.field
        form.add_error(field if field in form.fields else None, reason.message)


class KitFilter(forms.Form):
    """What the list of kits shows. A value that makes no sense is ignored: a list never fails over its address."""

    number = forms.CharField(required=False, max_length=20)
    state = forms.ChoiceField(required=False, choices=[("", "All states"), *choices_of(KitState)])

    def values(self) -> dict[str, str]:
        """Return the usable values."""
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}


class WitnessForm(forms.Form):
    """The witness, who signs with their own password."""

    witness_email = forms.EmailField(
        label="Witness: e-mail address",
        max_length=254,
        help_text="Another person who may see the kits of this site, here at the screen.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    witness_password = forms.CharField(
        label="Witness: password",
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def witness_optional(self) -> None:
        """Ask for a witness only where the act needs one."""
        self.fields["witness_email"].required = self.fields["witness_password"].required = False

    def witness_needed(self) -> None:
        """Say that a witness is missing, where the act needs one."""
        for name in ("witness_email", "witness_password"):
            if not self.cleaned_data.get(name) and name not in self.errors:
                self.add_error(name, "A destruction needs a witness.")


class KitMoveForm(WitnessForm):
    """Move a kit, with a reason; destroy it before a witness."""

    movement = forms.ChoiceField(
        choices=[
            ("return", "Take back"),
            ("quarantine", "Set aside"),
            ("release", "Put back into stock"),
            ("destroy", "Destroy, before a witness"),
        ],
        widget=forms.RadioSelect,
        label="What happens to the kit",
    )
    reason = forms.CharField(label="Reason", max_length=300)

    field_order = ("movement", "reason", "witness_email", "witness_password")

    def __init__(self, *args: Any, state: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        movements = self.fields["movement"]
        # Only what is possible is offered; the service refuses the rest, should the kit move meanwhile.
        movements.widget.choices = [
            (value, label)
            for value, label in movements.choices
            if next_state(KitState(state), Movement[value.upper()])
        ]
        self.is_possible = bool(movements.widget.choices)
        self.witness_optional()
        if "destroy" not in {value for value, _ in movements.widget.choices}:
            del self.fields["witness_email"], self.fields["witness_password"]
        else:
            self.fields["witness_email"].help_text = "Only for a destruction. " + str(
                self.fields["witness_email"].help_text
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("movement") == "destroy" and "witness_email" in self.fields:
            self.witness_needed()
        return cleaned


class CountForm(WitnessForm):
    """What is there, lot by lot, and who witnessed. `lots` are those the ledger knows at the site."""

    seen = forms.CharField(
        label="Kits scanned",
        required=False,
        max_length=20_000,
        help_text="Optional. Scan every kit of a lot; each number goes on a line of its own.",
        widget=forms.Textarea(attrs={**_SCAN, "rows": 3}),
    )

    def __init__(self, *args: Any, lots: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lots = tuple(lots)
        for nth, lot in enumerate(self.lots):
            self.fields[f"counted_{nth}"] = forms.IntegerField(
                label=f"Lot {lot}: kits on the shelf",
                min_value=0,
                max_value=100_000,
                widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
            )
            self.fields[f"reason_{nth}"] = forms.CharField(
                label=f"Lot {lot}: reason, if it differs", max_length=300, required=False
            )
        numbered = [f"{name}_{nth}" for nth in range(len(self.lots)) for name in ("counted", "reason")]
        self.order_fields([*numbered, "seen", "witness_email", "witness_password"])

    def counts(self) -> dict[str, LotCount]:
        """Return what was counted, by lot."""
        given = self.cleaned_data
        return {
            lot: LotCount(given[f"counted_{nth}"], given[f"reason_{nth}"])
            for nth, lot in enumerate(self.lots)
        }

    def placed(self, refusal: Refused) -> Refused:
        """Return the refusal with its reasons at this form's fields, which are numbered and not named by lot."""
        places = {
            f"{name}_{lot}": f"{name}_{nth}"
            for nth, lot in enumerate(self.lots)
            for name in ("counted", "reason")
        }
        return Refused.because(
            Reason(one.code, one.message, places.get(one.field, one.field)) for one in refusal.reasons
        )


class ScanForm(forms.Form):
    """One kit number, scanned or typed."""

    number = forms.CharField(
        label="Scan or type the number on the kit",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={**_SCAN, "autofocus": True}),
    )


class WrongKitForm(forms.Form):
    """Which kit was in the hand, for which device, and whether it was given."""

    number = forms.CharField(
        label="Number on the kit in the hand", max_length=40, widget=forms.TextInput(attrs=_SCAN)
    )
    position = forms.TypedChoiceField(
        label="For which device of the visit", coerce=int, widget=forms.RadioSelect(attrs=_BUTTONS)
    )
    was_administered = forms.ChoiceField(
        label="Was it given to the participant?",
        choices=[("no", "No, noticed before"), ("yes", "Yes, sprayed")],
        widget=forms.RadioSelect(attrs=_BUTTONS),
    )
    reason = forms.CharField(label="What happened", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, positions: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = sorted(set(positions) - {0}) or [1]
        self.fields["position"].choices = [
            (str(place), f"Device {place}") for place in range(1, max(known) + 1)
        ]

    def values(self) -> dict[str, Any]:
        """Return the values as the service takes them."""
        return {**self.cleaned_data, "was_administered": self.cleaned_data["was_administered"] == "yes"}


def _moment(label: str) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        help_text="On the site's clock",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class ExcursionForm(forms.Form):
    """When the storage was too cold or too warm, how cold and how warm, and which kits lay there."""

    began = _moment("Began at")
    ended = _moment("Ended at")
    min_c = forms.DecimalField(label="Lowest reading, °C", max_digits=4, decimal_places=1)
    max_c = forms.DecimalField(label="Highest reading, °C", max_digits=4, decimal_places=1)
    note = forms.CharField(
        label="Where and what was measured", max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    numbers = forms.CharField(
        label="Only these kits",
        required=False,
        max_length=20_000,
        help_text="Leave empty for all kits stored at the site. One number on a line, scanned or typed.",
        widget=forms.Textarea(attrs={**_SCAN, "rows": 3}),
    )

    def values(self) -> dict[str, Any]:
        """Return the values as the service takes them."""
        return {**self.cleaned_data, "numbers": self.cleaned_data["numbers"].split("\n")}


class DecisionForm(WitnessForm):
    """What becomes of the kits that were set aside."""

    outcome = forms.ChoiceField(
        label="Decision",
        choices=[("RELEASE", "Release"), ("DESTROY", "Destroy, before a witness")],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label="Reason", max_length=300)

    field_order = ("outcome", "reason", "witness_email", "witness_password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.witness_optional()
        self.fields["witness_email"].help_text = "Only for a destruction. " + str(
            self.fields["witness_email"].help_text
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("outcome") == "DESTROY":
            self.witness_needed()
        return cleaned
