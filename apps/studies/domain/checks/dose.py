"""Checks on doses, titration days and devices."""

from __future__ import annotations

from collections.abc import Iterator

from apps.studies.domain.protocol import Protocol
from apps.studies.domain.yaml_reading import Fault


def doses_are_whole_devices(protocol: Protocol) -> Iterator[Fault]:
    """A dose is a number of devices; half a device cannot be given."""
    unit = protocol.devices.mg_per_device
    for index, dose in enumerate(protocol.dose.allowed_mg):
        if dose <= 0 or dose % unit:
            yield Fault(f"dose.allowed_mg[{index}]", f"{dose} mg is no multiple of the {unit} mg device")
    if protocol.dose.step_mg % unit:
        yield Fault("dose.step_mg", f"{protocol.dose.step_mg} mg is no multiple of the {unit} mg device")
    if len(set(protocol.dose.allowed_mg)) < len(protocol.dose.allowed_mg):
        yield Fault("dose.allowed_mg", "a dose is listed twice")


def starts_are_allowed(protocol: Protocol) -> Iterator[Fault]:
    """Everybody starts at an allowed dose, and every allowed dose can be reached by steps."""
    rule = protocol.dose
    for index, start in enumerate(rule.start_mg.values):
        if start not in rule.allowed_mg:
            yield Fault(f"dose.start_mg[{index}]", f"start of {start} mg is not an allowed dose")
    lowest = min(rule.allowed_mg)
    for index, dose in enumerate(rule.allowed_mg):
        if (dose - lowest) % rule.step_mg:
            yield Fault(f"dose.allowed_mg[{index}]", f"{dose} mg cannot be reached from {lowest} mg by steps")


def arms_fit_the_dose_rule(protocol: Protocol) -> Iterator[Fault]:
    """Fixed dosing takes each active arm's dose; flexible dosing leaves arms without one."""
    allowed = protocol.dose.allowed_mg
    for index, arm in enumerate(protocol.arms):
        path = f"arms[{index}].fixed_dose_mg"
        if arm.treatment == "placebo":
            if arm.fixed_dose_mg is not None or arm.first_dose_mg is not None:
                yield Fault(path, "a placebo arm has no dose in mg")
        elif protocol.dose.fixed and arm.fixed_dose_mg is None:
            yield Fault(path, f"dosing is fixed, but arm {arm.code} says no dose")
        elif not protocol.dose.fixed and arm.fixed_dose_mg is not None:
            yield Fault(path, f"dosing is flexible, but arm {arm.code} fixes a dose")
        for name, dose in (("fixed_dose_mg", arm.fixed_dose_mg), ("first_dose_mg", arm.first_dose_mg)):
            if dose is not None and dose not in allowed:
                yield Fault(f"arms[{index}].{name}", f"{dose} mg is not an allowed dose")


def titration_days_are_dosing_days(protocol: Protocol) -> Iterator[Fault]:
    """The dose can only change on a day on which a dose is given, and not after it has become stable."""
    rule = protocol.dose
    days = {visit.day for visit in protocol.visits if visit.dose and visit.anchor == "first_dose"}
    for name, listed in (("increase_days", rule.increase_days), ("decrease_days", rule.decrease_days)):
        for index, day in enumerate(listed):
            path = f"dose.{name}[{index}]"
            if day not in days:
                yield Fault(path, f"titration day {day} is no dosing visit")
            elif day == 1:
                yield Fault(path, "the first dose cannot be a change")
            elif rule.stable_after_day is not None and day > rule.stable_after_day:
                yield Fault(path, f"day {day} is after the dose is stable (day {rule.stable_after_day})")
        if rule.fixed and listed:
            yield Fault(f"dose.{name}", "dosing is fixed, so no day can change it")
    if rule.stable_after_day is not None and rule.stable_after_day not in days:
        yield Fault("dose.stable_after_day", f"day {rule.stable_after_day} is no dosing visit")


def device_count_tells_nothing(protocol: Protocol) -> Iterator[Fault]:
    """Under the blind every session uses the same number of devices, enough for the highest dose."""
    count = protocol.dose.devices_per_session_blinded
    needed = max(protocol.dose.allowed_mg) // protocol.devices.mg_per_device
    path = "dose.devices_per_session_blinded"
    if count is not None and count < needed:
        yield Fault(
            path, f"{count} devices cannot hold {max(protocol.dose.allowed_mg)} mg, which needs {needed}"
        )
    if count is None and protocol.blinding == "double_blind":
        yield Fault(path, "a double-blind trial must say how many devices every session uses")


DOSE_CHECKS = (
    (("dose", "devices"), doses_are_whole_devices),
    (("dose",), starts_are_allowed),
    (("dose", "arms"), arms_fit_the_dose_rule),
    (("dose", "visits"), titration_days_are_dosing_days),
    (("dose", "devices", "blinding"), device_count_tells_nothing),
)
