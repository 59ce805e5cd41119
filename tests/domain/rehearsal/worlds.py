"""Values for the rules: a shipped design, its list made from a seed, sites and a whole delegation log."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from apps.randomization.domain.commitment import list_commitment, list_digest
from apps.randomization.domain.methods import build_list
from apps.randomization.domain.plan import list_plan, strata_spanned
from apps.rehearsal.domain.configuration import CommittedList, DelegationLine, SitePlan
from apps.rehearsal.domain.sealed import SealedArm, SealedKit, SealedList
from apps.studies.domain.loading import load_shipped
from apps.studies.domain.permissions import STUDY_WIDE_ROLES, Role
from apps.studies.domain.protocol import Protocol

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
SEED = bytes(range(32))
SITES = (
    SitePlan("DE01", "DE", "Europe/Berlin", 8, 4),
    SitePlan("US01", "US", "America/New_York", 8, 4),
)
STUDY = "t2-new"


@lru_cache
def shipped(design: str = "transform_2") -> Protocol:
    return load_shipped(design)


def changed(block: str, design: str = "transform_2", **changes: Any) -> Protocol:
    """Return a design with other values in one block."""
    protocol = shipped(design)
    return protocol.model_copy(update={block: getattr(protocol, block).model_copy(update=changes)})


def sealed_list(
    protocol: Protocol | None = None, *, code: str = "MAIN", places: int = 8, **changes: Any
) -> SealedList:
    """Return a list as it lies sealed after it was committed; pass what should differ."""
    protocol = protocol or shipped()
    plan = list_plan(protocol=protocol, study_code=STUDY, list_code=code)
    strata = strata_spanned(protocol=protocol, sites=[(site.country, site.code) for site in SITES])
    slots = build_list(plan=plan, seed=SEED, strata=strata, places=places)
    arms = tuple(
        SealedArm(arm.code, arm.label, arm.treatment == "esketamine", arm.fixed_dose_mg, arm.first_dose_mg)
        for arm in protocol.arms
    )
    made = SealedList(
        code=code,
        method=protocol.randomization.method,
        commitment=list_commitment(seed=SEED, plan=plan),
        seed=SEED,
        digest=list_digest(slots),
        mg_per_device=28,
        arms=arms,
        slots=slots,
    )
    return replace(made, **changes)


def committed(one: SealedList) -> CommittedList:
    return CommittedList(one.code, one.commitment, "LIVE")


def log(
    *, without: tuple[tuple[str, Role], ...] = (), sites: tuple[SitePlan, ...] = SITES
) -> list[DelegationLine]:
    """Return a log in which every post is held, but those named."""
    lines = []
    for role in Role:
        for place in ("",) if role in STUDY_WIDE_ROLES else tuple(site.code for site in sites):
            if (place, role) not in without:
                lines.append(DelegationLine(f"{role}@{place}", role.value, place, NOW - timedelta(days=30)))
    return lines


def kits(active: int, placebo: int, *, site: str = "DE01", until: date = date(2027, 1, 1)) -> list[SealedKit]:
    return [SealedKit(site, "ACTIVE", until)] * active + [SealedKit(site, "PLACEBO", until)] * placebo
