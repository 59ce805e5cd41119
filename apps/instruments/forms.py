"""A scale as a form: one row of buttons for each item, nothing filled in beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from apps.core.exceptions import Refused
from apps.instruments.domain.instrument import Instrument, Item

NOT_RATED = "na"
#: Up to so many values an item is a row of buttons; beyond, a number is typed.
LONGEST_ROW = 11
MOMENT = "%Y-%m-%dT%H:%M"


def field_of(code: str) -> str:
    """Return the form field of an item."""
    return f"item_{code}"


class ItemField(forms.ChoiceField):
    """One item as buttons; its value is a number, or None where it could not be rated."""

    def __init__(self, item: Item) -> None:
        self.item = item
        choices = [(str(value), str(value)) for value in item.values]
        super().__init__(
            label=item.label,
            choices=[*choices, (NOT_RATED, "Not rated")],
            widget=forms.RadioSelect,
            error_messages={"required": "Not answered."},
        )


class NumberField(forms.IntegerField):
    """One item with a wide range, typed."""

    def __init__(self, item: Item) -> None:
        self.item = item
        super().__init__(
            label=item.label,
            min_value=item.minimum,
            max_value=item.maximum,
            help_text=f"From {item.minimum} to {item.maximum}",
            widget=forms.TextInput(
                attrs={
                    "inputmode": "numeric",
                    "autocomplete": "off",
                    "aria-label": item.label,
                    "maxlength": "4",
                    "class": "form-control input-short",
                }
            ),
            error_messages={"required": "Not answered."},
        )


class ScaleForm(forms.Form):
    """The items of one instrument, when it was held, or why it was not."""

    observed_at = forms.DateTimeField(
        label="Held at",
        help_text="When the items were rated, on the clock shown below",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
    )
    not_done = forms.BooleanField(
        label="It was not held",
        required=False,
        widget=forms.CheckboxInput(attrs={"data-reveals": "why-not"}),
    )
    not_done_reason = forms.CharField(label="Why not", max_length=200, required=False)

    def __init__(
        self, *args: Any, instrument: Instrument, now: datetime, correcting: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.instrument = instrument
        for item in instrument.items:
            row = len(item.values) <= LONGEST_ROW
            self.fields[field_of(item.code)] = ItemField(item) if row else NumberField(item)
        if correcting:
            self.fields["reason"] = forms.CharField(label="Reason for the correction", max_length=300)
            self.fields["seen"] = forms.UUIDField(widget=forms.HiddenInput)
        # The moment of the interview is most often this one; the measured values are never suggested.
        self.fields["observed_at"].initial = timezone.localtime(now).replace(second=0, microsecond=0)

    def full_clean(self) -> None:
        if self.is_bound and self.data.get("not_done"):
            for item in self.instrument.items:
                self.fields[field_of(item.code)].required = False
        super().full_clean()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("not_done") and not (given.get("not_done_reason") or "").strip():
            self.add_error("not_done_reason", "Say why it was not held.")
        if not given.get("not_done"):
            given["not_done_reason"] = ""
        return given

    def answers(self) -> dict[str, int | None]:
        """Return the items as numbers, None where not rated or not held."""
        if self.cleaned_data.get("not_done"):
            return {}
        return {item.code: _number(self.cleaned_data[field_of(item.code)]) for item in self.instrument.items}

    def rows(self) -> list[dict[str, Any]]:
        """Return the items as the page shows them: number, label, buttons with the one chosen."""
        rows = []
        for number, item in enumerate(self.instrument.items, start=1):
            bound = self[field_of(item.code)]
            chosen = bound.value()
            rows.append(
                {
                    "number": number,
                    "label": item.label,
                    "name": bound.html_name,
                    "field": bound,
                    "typed": isinstance(bound.field, NumberField),
                    "errors": bound.errors,
                    "options": [
                        {
                            "value": str(value),
                            "label": str(value),
                            "hint": item.anchor(value),
                            "chosen": str(value) == str(chosen),
                        }
                        for value in item.values
                    ]
                    if len(item.values) <= LONGEST_ROW
                    else [],
                    "not_rated": chosen == NOT_RATED,
                }
            )
        return rows

    def show(self, refusal: Refused) -> None:
        """Put every reason of a refusal beside the field it is about, or on top."""
        for reason in refusal.reasons:
            name = reason.field.removeprefix("items.")
            field = field_of(name) if reason.field.startswith("items.") else reason.field
            self.add_error(field if field in self.fields else None, reason.message)


def initial_of(
    items: Mapping[str, int | None], *, observed_at: datetime, not_done_reason: str
) -> dict[str, Any]:
    """Return a stored rating as the start of its correction."""
    answers = {field_of(code): NOT_RATED if value is None else str(value) for code, value in items.items()}
    return {
        **({} if not_done_reason else answers),
        "observed_at": timezone.localtime(observed_at),
        "not_done": bool(not_done_reason),
        "not_done_reason": not_done_reason,
    }


def _number(value: Any) -> int | None:
    return None if value in (None, "", NOT_RATED) else int(value)
