"""From the protocol to a list: its plan, its strata, the numbers it gives out and the devices of a
session.
"""

import itertools
import string
from collections.abc import Iterable, Mapping

from apps.randomization.domain.shapes import ArmShare, ListPlan, MinimizationRule
from apps.randomization.domain.strata import stratum_keys
from apps.studies.domain.protocol import Protocol
from apps.studies.domain.rules import Facts

DEFAULT_LIST = "main"
"""The code of the one list of a protocol that names none."""


def list_codes(protocol: Protocol) -> tuple[str, ...]:
    """Return the codes of the protocol's lists; none for a trial without randomization."""
    if protocol.randomization.method == "none":
        return ()
    return tuple(entry.code for entry in protocol.randomization.lists) or (DEFAULT_LIST,)


def list_for(protocol: Protocol, facts: Facts) -> str | None:
    """Return the code of the list a participant with these facts is drawn from; None when the facts leave it
    open.
    """
    if not protocol.randomization.lists:
        return DEFAULT_LIST if protocol.randomization.method != "none" else None
    entry = protocol.randomization.list_for(facts)
    return entry.code if entry else None


def list_plan(*, protocol: Protocol, study_code: str, list_code: str) -> ListPlan:
    """Return the plan of one list. Study and list name the stream, so two lists never share one.

    Raises ValueError for a protocol without randomization.
    """
    method = protocol.randomization.method
    if method == "none":
        raise ValueError("A trial without randomization has no list.")
    return ListPlan(
        trial=f"{study_code}.{list_code}",
        arms=tuple(ArmShare(arm=arm.code, share=arm.ratio) for arm in protocol.arms),
        block_sizes=tuple(protocol.randomization.block_sizes),
        factors=tuple(
            (factor.code, tuple(level.code for level in factor.levels))
            for factor in protocol.randomization.strata
        ),
        method=method,
        minimization=_rule(protocol),
    )


def strata_spanned(*, protocol: Protocol, sites: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the keys of all strata that occur, given the sites as (country, code)."""
    known = sorted(set(sites))
    varying = {
        factor.code: tuple(level.code for level in factor.levels)
        for factor in protocol.randomization.strata
        if factor.source == "participant"
    }
    keys: set[str] = set()
    for country, code in known or [("", "")]:
        fixed = {
            factor.code: (_site_level(factor.source, country, code),)
            for factor in protocol.randomization.strata
            if factor.source != "participant"
        }
        if all(itertools.chain.from_iterable(fixed.values())):
            keys.update(stratum_keys({**varying, **fixed}))
    return tuple(sorted(keys))


def levels_of(*, protocol: Protocol, facts: Facts, country: str, site: str) -> Mapping[str, str | None]:
    """Return each stratification factor's level for a participant; None where a fact is missing."""
    return {
        factor.code: factor.level_of(facts)
        if factor.source == "participant"
        else _site_level(factor.source, country, site)
        for factor in protocol.randomization.strata
    }


def number_bounds(number_format: str) -> tuple[int, int]:
    """Return the least and greatest number of the format's width without a leading zero: 10000, 99999 for
    ``05d``.

    Raises ValueError for a width outside 3 to 9 digits.
    """
    spec = next((spec or "" for _, name, spec, _ in string.Formatter().parse(number_format) if name), "")
    digits = spec.rstrip("d").lstrip("0")
    width = int(digits) if digits.isdecimal() else 5
    if not 3 <= width <= 9:
        raise ValueError("A randomization number has 3 to 9 digits.")
    return 10 ** (width - 1), 10**width - 1


def devices_per_session(*, protocol: Protocol, dose_mg: int | None) -> int:
    """Return how many devices every arm gets at a session where this dose is asked for (None: a fixed
    dose).
    """
    if protocol.dose.devices_per_session_blinded and protocol.blinding == "double_blind":
        return protocol.dose.devices_per_session_blinded
    return protocol.devices.devices_for(max(protocol.dose.allowed_mg) if dose_mg is None else dose_mg)


def first_dose_asked(*, protocol: Protocol, age_years: int) -> int | None:
    """Return the dose in mg asked for at the first session; None where the arm alone decides it."""
    return None if protocol.dose.fixed else protocol.dose.start(age_years)


def _site_level(source: str, country: str, site: str) -> str:
    return country if source == "site_country" else site


def _rule(protocol: Protocol) -> MinimizationRule | None:
    given = protocol.randomization.minimization
    if given is None:
        return None
    return MinimizationRule(
        imbalance=given.imbalance,
        probability=given.coin,
        weights=tuple(
            (factor.code, given.weights.get(factor.code, 1)) for factor in protocol.randomization.strata
        ),
    )
