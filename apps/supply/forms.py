"""Forms of the kit ledger."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.core.choices import choices_of
from apps.supply.domain.kits import KitState, Movement, next_state


class KitFilter(forms.Form):
    """What the list of kits shows. A value that makes no sense is ignored: a list never fails over its address."""

    number = forms.CharField(required=False, max_length=20)
    state = forms.ChoiceField(required=False, choices=[("", "All states"), *choices_of(KitState)])

    def values(self) -> dict[str, str]:
        """Return the usable values."""
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}


class KitMoveForm(forms.Form):
    """Move a kit, with a reason."""

    movement = forms.ChoiceField(
        choices=[("return", "Take back"), ("quarantine", "Set aside"), ("release", "Put back into stock")],
        widget=forms.RadioSelect,
        label="What happens to the kit",
    )
    reason = forms.CharField(label="Reason", max_length=300)

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
