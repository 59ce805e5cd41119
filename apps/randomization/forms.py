"""Forms: the draw with its statement and password, a remark on a draw, a draw from a test list."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.randomization.domain.kinds import REMARK_LABELS

STATEMENT = (
    "I have checked who the participant is, and that eligibility and strata are right. "
    "A draw cannot be taken back."
)


class RandomizeForm(forms.Form):
    """One act, confirmed by the person signed in."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    statement = forms.BooleanField(
        label=STATEMENT, error_messages={"required": "Confirm the statement before you randomize."}
    )
    password = forms.CharField(
        label="Your password",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class RemarkForm(forms.Form):
    """What is said of an allocation afterwards."""

    kind = forms.ChoiceField(
        label="What is said",
        choices=[(kind.value, label) for kind, label in REMARK_LABELS.items()],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label="What happened", max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class TestDrawForm(forms.Form):
    """A draw from a test list: a level for each factor, and a key that makes a double click harmless."""

    __test__ = False

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, factors: dict[str, tuple[str, tuple[tuple[str, str], ...]]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._factors = tuple(factors)
        for code, (label, levels) in factors.items():
            self.fields[code] = forms.ChoiceField(label=label, choices=levels)

    def levels(self) -> dict[str, str]:
        """Return the chosen level of each factor."""
        return {code: self.cleaned_data[code] for code in self._factors}
