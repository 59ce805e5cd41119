"""What a page without script posts: an observation, and the statement at the end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django import forms

from apps.accounts.models import User
from apps.monitoring.domain.conditions import Statement
from apps.monitoring.domain.paper import PAPER_FIGURES, PaperRow, digits_as_items, moment_on_paper
from apps.monitoring.domain.values import FLAGS, MEASURES, NUMBERS, SCALES


class ObservationForm(forms.Form):
    """Texts as typed. What they mean as values, and whether they can be right, is decided once, by the service."""

    observation_id = forms.UUIDField(required=False)
    slot_minute = forms.IntegerField(required=False, min_value=-1, max_value=100_000)
    observed_time = forms.TimeField(required=False, label="Time on the site's clock")
    late_reason = forms.CharField(required=False, max_length=200, label="Reason")
    late_reason_earlier = forms.CharField(required=False, max_length=200, label="Reason")
    note = forms.CharField(required=False, max_length=2000, label="Note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in (*NUMBERS, *FLAGS):
            self.fields[name] = forms.CharField(required=False, max_length=20)
            self.fields[f"confirm_{name}"] = forms.BooleanField(required=False)
        for key, scale in SCALES.items():
            for item in range(1, scale.items + 1):
                self.fields[f"{key}_{item}"] = forms.CharField(required=False, max_length=4)
        for measure, label in MEASURES.items():
            self.fields[f"not_done_{measure}"] = forms.CharField(required=False, max_length=200, label=label)

    def given(self, *, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
        """Return the arguments of the service, but for who and when."""
        texts = self.cleaned_data
        return {
            "observation_id": texts["observation_id"] or uuid4(),
            "slot_minute": texts["slot_minute"],
            "values": {
                **{name: figure(texts[name]) for name in NUMBERS if texts[name]},
                **{name: yes_or_no(texts[name]) for name in FLAGS if texts[name]},
                **self._scales(),
            },
            "observed_at": moment_of(texts["observed_time"], zone=zone, now=now),
            "entered_at": now,
            "late_reason": texts["late_reason"] or texts["late_reason_earlier"],
            "not_done": {
                measure: texts[f"not_done_{measure}"] for measure in MEASURES if texts[f"not_done_{measure}"]
            },
            "confirmed": [name for name in NUMBERS if texts[f"confirm_{name}"]],
            "note": texts["note"],
        }

    def typed(self) -> dict[str, str]:
        """Return what was typed, to be shown again beside the reasons."""
        return {name: str(value) for name, value in self.data.items()}

    def _scales(self) -> dict[str, dict[str, Any]]:
        found = {}
        for key, scale in SCALES.items():
            names = [str(item) for item in range(1, scale.items + 1)]
            answered = {
                name: figure(self.cleaned_data[f"{key}_{name}"])
                for name in names
                if self.cleaned_data[f"{key}_{name}"]
            }
            if answered:
                found[key] = answered
        return found


class PaperRowForm(forms.Form):
    """One line of the paper. Texts as typed; whether they can be right is decided once, by the service."""

    row_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    time = forms.TimeField(required=False, label="Time on paper")
    slot = forms.IntegerField(required=False, min_value=-1, max_value=100_000, label="Slot")
    measured_by = forms.CharField(required=False, max_length=200, label="Measured by")
    cadss = forms.CharField(required=False, max_length=100, label="CADSS, digits of items")
    bprs = forms.CharField(required=False, max_length=40, label="BPRS, digits of items")
    note = forms.CharField(required=False, max_length=2000, label="Note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in PAPER_FIGURES:
            self.fields[name] = forms.CharField(required=False, max_length=20)
            self.fields[f"confirm_{name}"] = forms.BooleanField(required=False)
        for name in FLAGS:
            self.fields[name] = forms.CharField(required=False, max_length=5)
        for measure, label in MEASURES.items():
            self.fields[f"not_done_{measure}"] = forms.CharField(required=False, max_length=200, label=label)

    @property
    def is_blank(self) -> bool:
        """True when nothing was entered but what the page filled in: the slot and the identifier."""
        given = {name for name in self.fields if str(self.data.get(self.add_prefix(name), "")).strip()}
        return not given - {"row_id", "slot"}

    def typed(self) -> dict[str, str]:
        """Return what was typed, by the name of the field, to be shown again beside the reasons."""
        return {name: str(self.data.get(self.add_prefix(name), "")) for name in self.fields}

    def row(self, *, zone: ZoneInfo, since: datetime) -> PaperRow:
        """Return the line as the service takes it. `since`: the check-in, from which the clock is read."""
        texts = self.cleaned_data
        values: dict[str, Any] = {name: figure(texts[name]) for name in PAPER_FIGURES if texts[name]}
        values |= {name: yes_or_no(texts[name]) for name in FLAGS if texts[name]}
        values |= {
            key: digits_as_items(texts[name])
            for name, key in (("cadss", "cadss_items"), ("bprs", "bprs_items"))
            if texts[name]
        }
        return PaperRow(
            id=texts["row_id"] or uuid4(),
            observed_at=moment_on_paper(texts["time"], zone=zone, since=since) if texts["time"] else None,
            measured_by=texts["measured_by"],
            slot_minute=texts["slot"],
            values=values,
            not_done={
                measure: texts[f"not_done_{measure}"] for measure in MEASURES if texts[f"not_done_{measure}"]
            },
            confirmed=[name for name in PAPER_FIGURES if texts[f"confirm_{name}"]],
            note=texts["note"],
        )


class ReleaseForm(forms.Form):
    """The signer's word on the conditions no reading can meet, and their password."""

    password = forms.CharField(
        label="Your password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text="Signing means: I have judged this participant fit to leave.",
    )

    def __init__(
        self, *args: Any, by_word: Iterable[Any] = (), acceptable: Iterable[Any] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._by_word, self._acceptable = [], []
        for condition in acceptable:
            name = f"accept_{condition['code']}"
            self._acceptable.append((condition["code"], name))
            self.fields[name] = forms.CharField(
                required=False,
                max_length=500,
                label=f"{condition['label']}: accepted by investigator's judgement, because",
                help_text="Leave empty to keep the participant until the limit is met.",
                widget=forms.Textarea(attrs={"rows": 2}),
            )
        for condition in by_word:
            name = f"confirm_{condition['code']}"
            self._by_word.append((condition["code"], name))
            self.fields[name] = forms.BooleanField(
                required=False, label=condition["label"], help_text=" ".join(condition["items"])
            )
        self.order_fields([name for _, name in (*self._acceptable, *self._by_word)] + ["password"])

    def statement(self) -> Statement:
        """Return what the person who signs states."""
        return Statement(
            confirmed=frozenset(code for code, name in self._by_word if self.cleaned_data[name]),
            accepted={
                code: self.cleaned_data[name] for code, name in self._acceptable if self.cleaned_data[name]
            },
        )


class EarlyReleaseForm(ReleaseForm):
    """Why a participant leaves before every condition holds, beside the signer's word."""

    category = forms.ChoiceField(label="What for", widget=forms.RadioSelect)
    reason = forms.CharField(
        label="Why",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What happened, what was said, and what was arranged. It stands in the record and in the deviation.",
    )

    def __init__(self, *args: Any, categories: Iterable[Any] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = [(category.code, category.label) for category in categories]
        self.fields[
            "password"
        ].help_text = "Signing means: I let this participant go though not every condition holds."
        words = [name for _, name in (*self._acceptable, *self._by_word)]
        self.order_fields(["category", "reason", *words, "password"])


def figure(text: str) -> Any:
    """Return the number a text writes, with point or comma; the text itself if it writes none."""
    try:
        number = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return text
    if not number.is_finite():
        return text
    return int(number) if number == number.to_integral_value() and abs(number) < 10_000 else number


def yes_or_no(text: str) -> Any:
    """Return what a text answers; the text itself if it is neither yes nor no."""
    return {"true": True, "false": False}.get(text, text)


def moment_of(clock: time | None, *, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the moment a wall clock at the site means: today's, or yesterday's where that would lie in the future."""
    if clock is None:
        return now
    local = now.astimezone(zone)
    moment = local.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
    return moment - timedelta(days=1) if moment > now + timedelta(minutes=1) else moment


class HandoverForm(forms.Form):
    """Who takes over, and that person's signature. Whom they take over stands in the list of the page."""

    person = forms.ChoiceField(label="Who takes over")
    password = forms.CharField(
        label="Password of the person who takes over",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [
            ("", "Choose a person"),
            *((str(person.pk), str(person)) for person in people),
        ]

    def taker(self, people: Iterable[User]) -> User:
        """Return the person chosen."""
        return next(person for person in people if str(person.pk) == self.cleaned_data["person"])


class LeaveForm(forms.Form):
    """Why nobody takes over, and the signature of whoever leaves."""

    reason = forms.CharField(
        label="Why nobody takes over", max_length=200, widget=forms.Textarea(attrs={"rows": 2})
    )
    password = forms.CharField(
        label="Your password",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class DaysForm(forms.Form):
    """The days of a report, both included."""

    starts_on = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    ends_on = forms.DateField(label="To", widget=forms.DateInput(attrs={"type": "date"}))
