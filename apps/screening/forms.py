"""One section of a screening as a form: buttons for yes, no and not assessed; a box for a number."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms

from apps.core.exceptions import Refused
from apps.screening.domain.sections import CRITERION, FACT, Section
from apps.screening.domain.values import typed
from apps.screening.models import Answer
from apps.screening.services import AnswerGiven
from apps.studies.domain.protocol import Criterion, Fact

NOT_ASSESSED = ("na", "Not assessed")
YES_NO = [("yes", "Yes"), ("no", "No"), NOT_ASSESSED]
#: More choices than this stand below each other.
LONGEST_ROW = 4


def shown_value(kind: str, value: Any) -> str:
    """Return a stored value as the form shows it."""
    if value is None:
        return "na"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


class SectionForm(forms.Form):
    """The questions of a section with what was answered before."""

    change_reason = forms.CharField(
        label="Reason for the change",
        max_length=300,
        required=False,
        help_text="Needed when you change what was answered before",
    )

    def __init__(
        self, *args: Any, section: Section, answers: Mapping[tuple[str, str], Answer], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.section = section
        self.answers = answers
        for fact in section.facts:
            self._add(FACT, fact.key, self._fact_field(fact))
        for criterion in section.criteria:
            self._add(CRITERION, criterion.code, self._criterion_field(criterion))
            self.fields[f"evidence_{criterion.code}"] = forms.CharField(
                label="Evidence",
                required=False,
                max_length=500,
                initial=self._evidence(criterion),
                widget=forms.TextInput(
                    attrs={
                        "placeholder": criterion.evidence,
                        "autocomplete": "off",
                        "class": "form-control",
                    }
                ),
            )
        self.is_first = not any(key in answers for key in section.keys)

    def _add(self, kind: str, key: str, field: forms.Field) -> None:
        held = self.answers.get((kind, key))
        field.required = False
        field.initial = None if held is None else shown_value(kind, held.value)
        if held is not None and held.value is None and isinstance(field, forms.CharField):
            field.initial = ""
        self.fields[f"answer_{key}"] = field
        self.fields[f"seen_{key}"] = forms.CharField(
            widget=forms.HiddenInput, required=False, initial="none" if held is None else str(held.pk)
        )

    @staticmethod
    def _fact_field(fact: Fact) -> forms.Field:
        if fact.kind == "bool":
            return forms.ChoiceField(label=fact.label, choices=YES_NO, widget=forms.RadioSelect)
        if fact.kind == "choice":
            choices = [(choice.code, choice.label) for choice in fact.choices]
            return forms.ChoiceField(
                label=fact.label, choices=[*choices, NOT_ASSESSED], widget=forms.RadioSelect
            )
        if fact.kind == "date":
            return forms.CharField(
                label=fact.label,
                max_length=10,
                widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}),
            )
        if fact.kind == "text":
            return forms.CharField(
                label=fact.label, max_length=2000, widget=forms.TextInput(attrs={"class": "form-control"})
            )
        limits = [f"{limit:g}" for limit in (fact.minimum, fact.maximum) if limit is not None]
        return forms.CharField(
            label=fact.label,
            max_length=20,
            help_text=f"From {limits[0]} to {limits[1]}" if len(limits) == 2 else "",
            widget=forms.TextInput(
                attrs={
                    "inputmode": "numeric" if fact.kind == "integer" else "decimal",
                    "autocomplete": "off",
                    "class": "form-control input-short",
                }
            ),
        )

    @staticmethod
    def _criterion_field(criterion: Criterion) -> forms.Field:
        return forms.ChoiceField(label=criterion.text, choices=YES_NO, widget=forms.RadioSelect)

    def _evidence(self, criterion: Criterion) -> str:
        held = self.answers.get((CRITERION, criterion.code))
        return held.evidence if held else ""

    def given(self, *, at: datetime) -> list[AnswerGiven]:
        """Return what was answered. A question left untouched is no answer; one emptied is "not assessed"."""
        found = []
        facts = {fact.key: fact for fact in self.section.facts}
        for kind, key in self.section.keys:
            words = (self.cleaned_data.get(f"answer_{key}") or "").strip()
            held = self.answers.get((kind, key))
            if not words and (held is None or held.value is None):
                continue
            value = typed(facts[key], words) if kind == FACT else _judgement(words)
            found.append(
                AnswerGiven(
                    kind,
                    key,
                    value,
                    at,
                    self.cleaned_data.get(f"evidence_{key}") or "",
                    self.cleaned_data.get("change_reason") or "",
                    _seen(self.cleaned_data.get(f"seen_{key}") or ""),
                )
            )
        return found

    def show(self, refusal: Refused, given: list[AnswerGiven]) -> None:
        """Put every reason beside its question, those of a missing change reason beside that field, once."""
        told: set[tuple[str | None, str]] = set()
        for reason in refusal.reasons:
            place: str | None = None
            parts = reason.field.split(".")
            if len(parts) == 3 and parts[0] == "answers":
                place = (
                    "change_reason" if parts[2] == "change_reason" else f"answer_{given[int(parts[1])].key}"
                )
            elif f"answer_{reason.field}" in self.fields:
                place = f"answer_{reason.field}"
            if (place, reason.message) not in told:
                told.add((place, reason.message))
                self.add_error(place, reason.message)

    def rows(self) -> list[dict[str, Any]]:
        """Return the questions as the page shows them."""
        questions: list[Fact | Criterion] = [*self.section.facts, *self.section.criteria]
        rows = []
        for question in questions:
            key = question.key if isinstance(question, Fact) else question.code
            bound = self[f"answer_{key}"]
            chosen = bound.value() or ""
            choices = list(getattr(bound.field, "choices", []))
            is_criterion = isinstance(question, Criterion)
            rows.append(
                {
                    "code": key if is_criterion else "",
                    "label": bound.label,
                    "bound": bound,
                    "seen": self[f"seen_{key}"],
                    "unit": question.unit if isinstance(question, Fact) else "",
                    "mark": question.mark,
                    "note": question.note,
                    "options": [
                        {"value": value, "label": label, "chosen": value == chosen}
                        for value, label in choices
                    ],
                    "stacked": len(choices) > LONGEST_ROW or any(len(label) > 28 for _, label in choices),
                    "evidence": self[f"evidence_{key}"] if is_criterion else None,
                    "held": self.answers.get((CRITERION if is_criterion else FACT, key)),
                    "errors": bound.errors,
                }
            )
        return rows


class SignForm(forms.Form):
    """The signature under a verdict."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    signed = forms.ChoiceField(choices=[("ELIGIBLE", ""), ("FAILED", "")], widget=forms.HiddenInput)
    note = forms.CharField(label="Note", required=False, max_length=500)
    password = forms.CharField(
        label="Your password",
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class ReopenForm(forms.Form):
    """Why a signed screening is opened again."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(label="What has to be corrected", max_length=300)


def _judgement(words: str) -> bool | None:
    return {"yes": True, "no": False}.get(words)


def _seen(words: str) -> Any:
    try:
        return "none" if words == "none" else UUID(words)
    except ValueError:
        return None
