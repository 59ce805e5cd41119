"""Reading what the session page sends. The gates are the protocol's, so their form is made from it, not written here.

Times of day are typed as hour and minute on the site's clock: the latest such moment that is not in the future.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from apps.dosing.domain.devices import SprayOutcome
from apps.studies.domain.protocol import Protocol
from apps.studies.domain.protocol.gates import (
    BloodPressureGate,
    ConfirmationGate,
    Gate,
    IntervalSinceGate,
)

#: A time of day typed this far ahead of the clock is a slip.
_SLIP = timedelta(hours=1)


def gate_answers(
    protocol: Protocol, given: Mapping[str, str], *, now: datetime, tz: ZoneInfo
) -> dict[str, dict[str, Any]]:
    """Return the answers a page sent, by gate; a gate whose controls were left empty is left out."""
    answers = {}
    for gate in protocol.gates:
        answer = _answer(gate, given, now=now, tz=tz)
        if answer is not None:
            answers[gate.code] = answer
    return answers


def wall_clock(text: str, *, now: datetime, tz: ZoneInfo) -> datetime | None:
    """Return the latest moment, not after `now`, at which the site's clock showed this time; None if unreadable.

    A time less than an hour ahead is a slip, not a time of yesterday: it is returned as it is, to be refused.
    """
    try:
        wanted = time.fromisoformat(text.strip())
    except ValueError:
        return None
    if wanted.tzinfo is not None:
        return None
    today = now.astimezone(tz).date()

    def moments(day: date) -> list[datetime]:  # two where the clock shows the hour twice
        return sorted(
            {datetime.combine(day, wanted.replace(fold=fold), tzinfo=tz).astimezone(UTC) for fold in (0, 1)}
        )

    past = [moment for moment in moments(today) if moment <= now]
    if past:
        return past[-1]
    ahead = moments(today)[0]
    return ahead if ahead - now < _SLIP else moments(today - timedelta(days=1))[-1]


def _answer(gate: Gate, given: Mapping[str, str], *, now: datetime, tz: ZoneInfo) -> dict[str, Any] | None:
    name = field_name(gate)
    chosen = given.get(name, "").strip()
    corrects = {"corrects": True} if given.get(f"{name}-corrects") else {}
    if isinstance(gate, IntervalSinceGate):
        at = given.get(f"{name}-time", "").strip()
        if chosen == "none":
            return {"none": True}
        if not at:
            return {} if chosen == "at" else None
        return {"last_at": wall_clock(at, now=now, tz=tz)}
    if isinstance(gate, ConfirmationGate):
        return {"confirmed": chosen == "yes"} if chosen in ("yes", "no") else None
    if isinstance(gate, BloodPressureGate):
        sbp, dbp = (given.get(f"{name}-{part}", "").strip() for part in ("sbp", "dbp"))
        return {"sbp": number(sbp), "dbp": number(dbp), **corrects} if sbp or dbp else None
    return {"value": number(chosen), **corrects} if chosen else None


def field_name(gate: Gate) -> str:
    """Return the name of a gate's control on the page."""
    return f"gate-{gate.code}"


def number(text: str) -> int | float | str:
    """Return a number as typed, decimal comma or point; the text itself when it is none."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return text
    if not isfinite(value):
        return text
    return int(value) if value.is_integer() else value


class VersionForm(forms.Form):
    """The version of the session its reader saw. Without one nothing is done."""

    version = forms.IntegerField(min_value=0, max_value=2_000_000_000)


class CheckInForm(forms.Form):
    """The chair."""

    chair = forms.IntegerField(min_value=0, max_value=32_000)


class DoseForm(VersionForm):
    """The dose asked for; empty where the allocation fixes it."""

    dose_mg = forms.IntegerField(min_value=0, max_value=32_000, required=False)


class SprayForm(VersionForm):
    """A first spray: the kit in the hand, the nostril, now or a time on the site's clock."""

    kit_number = forms.CharField(max_length=40)
    nostril = forms.ChoiceField(choices=[("LEFT", "Left"), ("RIGHT", "Right")])
    sprayed_at = forms.TimeField(required=False)


class CloseForm(VersionForm):
    """A second spray, and how the device went."""

    outcome = forms.ChoiceField(choices=[(outcome.value, outcome.value) for outcome in SprayOutcome])
    second_spray_at = forms.TimeField(required=False)
    second_given = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")], required=False)
    note = forms.CharField(max_length=500, required=False)


class StopForm(VersionForm):
    """Why the session stops."""

    reason = forms.CharField(max_length=500, required=False)


class OverrideForm(VersionForm):
    """Why the dose may go on against a gate, signed with the password."""

    version = forms.IntegerField(min_value=0, max_value=2_000_000_000, widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Why may the dose go on?", max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    password = forms.CharField(
        label="Your password",
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text="This is your signature.",
    )
