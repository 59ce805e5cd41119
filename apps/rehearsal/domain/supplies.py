"""Kits and doses: whether the stock carries the first participants in the worst case, and whether doses can be made.

The need is taken over all treatments at once, so a finding says that the stock falls short of what somebody may draw,
never for whom.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from apps.rehearsal.domain.configuration import SitePlan
from apps.rehearsal.domain.findings import Check, Finding
from apps.rehearsal.domain.sealed import SealedKit
from apps.studies.domain.protocol import Protocol

ACTIVE, PLACEBO = "ACTIVE", "PLACEBO"


@dataclass(frozen=True, slots=True)
class Need:
    """Kits of one session in the worst case: the most of either content that any treatment at any dose may take."""

    active: int
    placebo: int
    devices: int


def session_need(protocol: Protocol) -> Need:
    """Return the worst case of one session."""
    rule, device = protocol.dose, protocol.devices
    blinded = protocol.blinding == "double_blind"
    devices = (rule.devices_per_session_blinded or 0) if blinded else device.devices_for(max(rule.allowed_mg))
    held = []
    for arm in protocol.arms:
        if arm.treatment == "placebo":
            held.append(0)
        elif arm.fixed_dose_mg is not None:
            held += [
                device.devices_for(mg) for mg in (arm.fixed_dose_mg, arm.first_dose_mg) if mg is not None
            ]
        else:
            held += [device.devices_for(mg) for mg in rule.allowed_mg]
    most, least = max(held, default=0), min(held, default=0)
    return Need(active=most, placebo=max(0, devices - least) if blinded else 0, devices=devices)


def sessions_within(protocol: Protocol, weeks: int) -> int:
    """Return how many doses a participant gets in the first weeks, counted from the first dose."""
    return sum(visit.day <= 7 * weeks for visit in protocol.dosing_visits)


def stock_findings(
    *,
    protocol: Protocol,
    sites: Iterable[SitePlan],
    kits: Iterable[SealedKit],
    first: int,
    weeks: int,
    starts_on: date,
) -> tuple[Finding, ...]:
    """
    Return a finding for each open site whose kits do not cover its first participants for their first weeks.

    Only kits count that can still be used on the last of those days: which kit is taken first is left to chance, so one
    that expires earlier may be there when it is too late.
    """
    need, sessions = session_need(protocol), sessions_within(protocol, weeks)
    last_day = starts_on + timedelta(weeks=weeks)
    usable = [kit for kit in kits if kit.expires_on >= last_day]
    found = []
    for site in sites:
        people = min(first, site.target) if site.target else first
        here = [kit.content for kit in usable if kit.site == site.code]
        short = (
            here.count(ACTIVE) < people * sessions * need.active
            or here.count(PLACEBO) < people * sessions * need.placebo
        )
        if short:
            text = (
                f"The kits at {site.code} do not cover its first {people} participants for {weeks} weeks, "
                f"whatever they draw ({len(here)} kits can be used until {last_day.isoformat()})."
            )
            found.append(Finding(Check.STOCK, "STOCK_OUT", text, site.code))
    return tuple(found)


def dose_findings(protocol: Protocol) -> tuple[Finding, ...]:
    """Return a finding for each dose that the devices of a session cannot make, or that no titration reaches."""
    rule, device = protocol.dose, protocol.devices
    doses = {*rule.allowed_mg, *(int(mg) for mg in rule.start_mg.values)}
    doses |= {mg for arm in protocol.arms for mg in (arm.fixed_dose_mg, arm.first_dose_mg) if mg is not None}
    found = [
        Finding(
            Check.DOSES,
            "DOSE_NOT_WHOLE_DEVICES",
            f"{mg} mg cannot be made from devices of {device.mg_per_device} mg.",
            f"{mg} mg",
        )
        for mg in sorted(doses)
        if mg <= 0 or mg % device.mg_per_device
    ]
    if protocol.blinding == "double_blind":
        count = rule.devices_per_session_blinded
        if count is None:
            text = "The trial is blinded, and the protocol does not say how many devices a session uses."
            found.append(Finding(Check.DOSES, "DEVICES_UNSAID", text, "dose"))
        else:
            found += [
                Finding(
                    Check.DOSES,
                    "DOSE_NEEDS_MORE_DEVICES",
                    f"{mg} mg needs more than the {count} devices of a session.",
                    f"{mg} mg",
                )
                for mg in sorted(doses)
                if mg > count * device.mg_per_device
            ]
    found += _starts(protocol)
    return tuple(found)


def _starts(protocol: Protocol) -> list[Finding]:
    allowed = set(protocol.dose.allowed_mg)
    return [
        Finding(
            Check.DOSES,
            "START_NOT_ALLOWED",
            f"The first dose of {mg:g} mg is not an allowed dose.",
            f"{mg:g} mg",
        )
        for mg in sorted(set(protocol.dose.start_mg.values))
        if mg not in allowed
    ]
