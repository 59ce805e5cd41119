"""Caps and units: whether the study can reach its target, and whether figures that meet have the same unit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from apps.rehearsal.domain.configuration import SitePlan
from apps.rehearsal.domain.findings import Check, Finding
from apps.rehearsal.domain.sealed import SealedList
from apps.studies.domain.protocol import Protocol

#: What the end of a fact's name says of its unit.
UNIT_OF_NAME: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "kg": ("kg",),
        "cm": ("cm",),
        "mg": ("mg",),
        "ms": ("ms",),
        "percent": ("%",),
        "years": ("years",),
        "months": ("months",),
        "weeks": ("weeks",),
        "days": ("days",),
        "sbp": ("mmHg",),
        "dbp": ("mmHg",),
    }
)


def cap_findings(
    *,
    protocol: Protocol,
    sites: Collection[SitePlan],
    strata: Collection[str],
    lists: Iterable[SealedList],
) -> tuple[Finding, ...]:
    """Return a finding for each cap, and for the places of all lists, that stop before the target is reached."""
    caps, target = protocol.randomization.caps, protocol.enrolment.target
    found = []
    if caps.study is not None and caps.study < target:
        found.append(_cap("study", f"The study's cap of {caps.study} stops before its target of {target}."))
    if caps.site is not None:
        if caps.site * len(sites) < target:
            text = f"{len(sites)} sites with a cap of {caps.site} each stop before the target of {target}."
            found.append(_cap("sites", text))
        found += [
            _cap(
                site.code,
                f"The cap of {caps.site} a site stops {site.code} before its target of {site.target}.",
            )
            for site in sites
            if site.target > caps.site
        ]
    if caps.stratum is not None and caps.stratum * len(strata) < target:
        text = f"{len(strata)} strata with a cap of {caps.stratum} each stop before the target of {target}."
        found.append(_cap("strata", text))
    listed = [one for one in lists if one.method != "minimization"]
    left = sum(
        max(0, one.left(stratum)) for one in listed for stratum in {slot.stratum for slot in one.slots}
    )
    if listed and left < target:
        found.append(
            Finding(
                Check.CAPS,
                "PLACES_SHORT",
                f"The lists have fewer places than the target of {target} needs.",
                "lists",
            )
        )
    return tuple(found)


def unit_findings(*, protocol: Protocol, lists: Iterable[SealedList]) -> tuple[Finding, ...]:
    """Return a finding for each figure whose unit is not the one it is used with."""
    found = [
        Finding(
            Check.UNITS,
            "UNIT_DIFFERS",
            f"{fact.label} ({fact.key}) is entered in “{fact.unit or 'no unit'}”; its name says {' or '.join(wanted)}.",
            fact.key,
        )
        for fact in protocol.facts
        if fact.kind in ("number", "integer")
        and (wanted := _unit_named(fact.key)) is not None
        and fact.unit not in wanted
    ]
    units = {fact.key: fact.unit for fact in protocol.facts}
    for fact in protocol.facts:
        index = fact.body_mass_index
        if index is not None:
            pairs = ((index.weight_kg, "kg"), (index.height_cm, "cm"))
            found += [
                Finding(Check.UNITS, "UNIT_DIFFERS", f"The body mass index needs {key} in {unit}.", key)
                for key, unit in pairs
                if units.get(key) != unit
            ]
    found += [
        Finding(
            Check.UNITS,
            "DEVICE_MG_DIFFERS",
            f"List {one.code} was sealed for devices of another content in mg than the protocol's.",
            one.code,
        )
        for one in lists
        if one.mg_per_device != protocol.devices.mg_per_device
    ]
    return tuple(dict.fromkeys(found))


def _unit_named(key: str) -> tuple[str, ...] | None:
    """Return the units that the end of a fact's name calls for; "within 6 months" is no unit."""
    *before, last = key.split("_")
    return None if before and before[-1].isdecimal() else UNIT_OF_NAME.get(last)


def _cap(where: str, text: str) -> Finding:
    return Finding(Check.CAPS, "CAP_BEFORE_TARGET", text, where)
