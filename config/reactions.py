"""Which app reacts to which event, all on one page. Reactions run in the transaction of the act."""

from __future__ import annotations

from apps.core.events import react


def connect() -> None:
    """Connect every reaction. Called once at start by config.apps."""
    from apps.dosing.domain.events import ClearingBegins, DoseBegun, GateOverridden
    from apps.instruments.domain.events import ScaleEntered
    from apps.monitoring.domain.events import EarlyReleased, ParticipantReleased, SprayAgainstRule
    from apps.monitoring.services import watch_begin_with_spray, watch_check_before_dose
    from apps.quality.services import (
        deviation_after_early_release,
        deviation_after_late_dose,
        deviation_after_override,
        deviation_after_release,
        deviation_after_spray,
        deviations_after_absence,
    )
    from apps.randomization.domain.events import ParticipantRandomized, RandomizationBegins
    from apps.schedule.services import visits_plan_for_randomization
    from apps.supply.services import kits_dispense_after_randomization
    from apps.unblinding.services import guess_check

    react(RandomizationBegins, visits_plan_for_randomization)
    react(ParticipantRandomized, kits_dispense_after_randomization)
    react(ScaleEntered, guess_check)
    react(GateOverridden, deviation_after_override)
    react(ClearingBegins, watch_check_before_dose)
    react(DoseBegun, watch_begin_with_spray)
    react(DoseBegun, deviation_after_late_dose)
    react(EarlyReleased, deviation_after_early_release)
    react(ParticipantReleased, deviation_after_release)
    react(ParticipantReleased, deviations_after_absence)
    react(SprayAgainstRule, deviation_after_spray)
