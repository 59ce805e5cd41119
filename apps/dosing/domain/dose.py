"""Which dose may be asked for at this visit. The site asks; it never learns what is in the spray.

Flexible doses move by one step on the protocol's days, from the dose asked for last. Fixed-dose trials ask for
nothing: every arm looks the same, so no number is shown at all.
"""

from __future__ import annotations

from dataclasses import dataclass

from apps.core.exceptions import Reason
from apps.studies.domain.protocol.dose import DoseRule


@dataclass(frozen=True, slots=True)
class DoseOptions:
    """The doses in mg open at a visit, rising; none when the dose is fixed by the allocation. `previous`: the last."""

    allowed: tuple[int, ...]
    previous: int | None
    is_fixed: bool = False

    @property
    def only(self) -> int | None:
        """The single dose there is, when there is nothing to decide; None for a fixed dose or a choice."""
        return self.allowed[0] if len(self.allowed) == 1 else None

    @property
    def is_decided(self) -> bool:
        """True when nothing is left to decide: a fixed dose, or one dose only."""
        return self.is_fixed or len(self.allowed) == 1


def dose_options(*, rule: DoseRule, age_years: int, day: int, previous_mg: int | None) -> DoseOptions:
    """Return the doses open on a dosing day (its planned day number), after the dose asked for last (None: first)."""
    if rule.fixed:
        return DoseOptions((), None, is_fixed=True)
    if previous_mg is None:
        return DoseOptions((rule.start(age_years),), None)
    stable = rule.stable_after_day is not None and day > rule.stable_after_day
    open_doses = {previous_mg}
    if day in rule.increase_days and not stable:
        open_doses.add(previous_mg + rule.step_mg)
    if day in rule.decrease_days:
        open_doses.add(previous_mg - rule.step_mg)
    return DoseOptions(tuple(sorted(open_doses & set(rule.allowed_mg))), previous_mg)


def dose_reasons(*, options: DoseOptions, dose_mg: int | None, day: int) -> tuple[Reason, ...]:
    """Return every ground against asking for a dose on a day."""
    if options.is_fixed:
        if dose_mg is not None:
            return (
                Reason("dose_is_fixed", "The dose is fixed by the allocation; no dose is named.", "dose_mg"),
            )
        return ()
    if dose_mg is None:
        return (Reason("dose_needed", f"Name a dose: {_words(options.allowed)}.", "dose_mg"),)
    if dose_mg in options.allowed:
        return ()
    return (
        Reason(
            "dose_not_open",
            f"{dose_mg} mg cannot be asked for on day {day}; the protocol allows {_words(options.allowed)}.",
            "dose_mg",
        ),
    )


def _words(doses: tuple[int, ...]) -> str:
    return " or ".join(f"{dose} mg" for dose in doses) if doses else "no dose"
