"""The checks of a configuration: every rule of the domain, fed with what is public and what lies sealed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime

from apps.randomization.domain.commitment import list_digest
from apps.randomization.domain.plan import list_codes, strata_spanned
from apps.rehearsal.domain import labels, limits, lists, staffing, supplies, visits
from apps.rehearsal.domain.configuration import Configuration
from apps.rehearsal.domain.findings import Finding, in_order
from apps.rehearsal.domain.remaking import commitment_maker, list_maker
from apps.rehearsal.selectors import sealed
from apps.studies.models import Study


def configuration_check(
    *,
    study: Study,
    configuration: Configuration,
    first: int,
    weeks: int,
    starts_on: date,
    first_dose_on: date,
    moment: datetime,
) -> tuple[Finding, ...]:
    """Return every finding of the configuration, before anything is played. Needs the owner's login."""
    protocol = configuration.protocol
    open_sites = configuration.open_sites(starts_on)
    held, kits = sealed.lists_read(study=study), sealed.kits_read(study=study)
    log = staffing.Log(configuration.delegations, moment)
    spanned = {site.code: _spanned(configuration, (site.country, site.code)) for site in open_sites}
    checks: tuple[Callable[[], Iterable[Finding]], ...] = (
        lambda: staffing.people_findings(protocol=protocol, sites=open_sites, log=log),
        lambda: labels.label_findings(protocol),
        lambda: labels.sealed_arm_findings(protocol, held),
        lambda: lists.list_findings(
            wanted=list_codes(protocol),
            committed=configuration.lists,
            lists=held,
            commitment_of=commitment_maker(protocol, study.code),
            digest_of=list_digest,
            again=list_maker(protocol, study.code),
        ),
        lambda: lists.strata_findings(spanned=spanned, lists=held),
        lambda: limits.cap_findings(
            protocol=protocol,
            sites=open_sites,
            strata={key for keys in spanned.values() for key in keys},
            lists=held,
        ),
        lambda: supplies.stock_findings(
            protocol=protocol, sites=open_sites, kits=kits, first=first, weeks=weeks, starts_on=first_dose_on
        ),
        lambda: supplies.dose_findings(protocol),
        lambda: visits.visit_findings(protocol),
        lambda: staffing.rater_findings(protocol=protocol, sites=open_sites, log=log),
        lambda: staffing.reminder_findings(protocol=protocol, sites=open_sites, log=log),
        lambda: limits.unit_findings(protocol=protocol, lists=held),
    )
    return in_order(finding for check in checks for finding in check())


def _spanned(configuration: Configuration, site: tuple[str, str]) -> tuple[str, ...]:
    if configuration.protocol.randomization.method == "none":
        return ()
    return strata_spanned(protocol=configuration.protocol, sites=[site])
