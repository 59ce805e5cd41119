"""People: who is delegated where, who may rate what, and whom a reminder or an alarm reaches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from apps.instruments.domain.catalogue import INSTRUMENTS
from apps.instruments.domain.entering import BLINDED, permissions_to_enter
from apps.rehearsal.domain.configuration import DelegationLine, SitePlan
from apps.rehearsal.domain.findings import Check, Finding
from apps.studies.domain.permissions import ROLE_LABELS, ROLE_PERMISSIONS, Permission, Role
from apps.studies.domain.protocol import Protocol

#: Without one of each at a site, a participant there gets stuck half-way.
NEEDED: tuple[Role, ...] = (Role.COORDINATOR, Role.INVESTIGATOR, Role.SESSION_NURSE, Role.PHARMACIST)


class Log:
    """The delegation log as it stands at one moment."""

    def __init__(self, lines: Iterable[DelegationLine], moment: datetime) -> None:
        self.lines: Sequence[DelegationLine] = [line for line in lines if line.holds(moment)]

    def roles_at(self, site: str) -> dict[str, frozenset[Role]]:
        """Return the roles each person holds at a site, those for all sites included."""
        held: dict[str, set[Role]] = {}
        for line in self.lines:
            if line.site in ("", site):
                held.setdefault(line.person, set()).add(Role(line.role))
        return {person: frozenset(roles) for person, roles in held.items()}

    def has_role(self, role: Role, site: str) -> bool:
        """Say whether somebody holds a role at a site."""
        return any(role in roles for roles in self.roles_at(site).values())

    def may(self, permission: Permission, site: str) -> bool:
        """Say whether somebody at a site holds a permission."""
        return any(
            permission in ROLE_PERMISSIONS[role] for roles in self.roles_at(site).values() for role in roles
        )


def people_findings(*, protocol: Protocol, sites: Iterable[SitePlan], log: Log) -> tuple[Finding, ...]:
    """Return a finding for each open site and each role that nobody holds there."""
    blinded = any(entry.rater == BLINDED for visit in protocol.visits for entry in visit.instruments)
    needed = (*NEEDED, Role.EFFICACY_RATER) if blinded else NEEDED
    found = [
        Finding(
            Check.PEOPLE,
            "DELEGATION_MISSING",
            f"Nobody is delegated as {ROLE_LABELS[role].lower()} at {site.code}.",
            site.code,
        )
        for site in sites
        for role in needed
        if not log.has_role(role, site.code)
    ]
    if not list(sites):
        found.append(Finding(Check.PEOPLE, "NO_OPEN_SITE", "No site of the study is open.", ""))
    return tuple(found)


def rater_findings(*, protocol: Protocol, sites: Iterable[SitePlan], log: Log) -> tuple[Finding, ...]:
    """Return a finding for each scale of a visit that nobody at an open site may rate, or that nobody knows."""
    found: list[Finding] = []
    places = list(sites)
    unrated: dict[tuple[str, str], list[str]] = {}
    for visit in protocol.visits:
        for entry in visit.instruments:
            if entry.instrument not in INSTRUMENTS:
                text = f"{visit.code} asks for {entry.instrument}, which the software does not know."
                found.append(Finding(Check.RATERS, "INSTRUMENT_UNKNOWN", text, visit.code))
                continue
            wanted = permissions_to_enter(entry) or frozenset({Permission.RATING_RECORD})
            for site in places:
                if not any(log.may(permission, site.code) for permission in wanted):
                    unrated.setdefault((site.code, entry.instrument), []).append(visit.code)
            found += _model(protocol, visit.code, entry.instrument, entry.rater)
    found += [
        Finding(
            Check.RATERS,
            "NO_ALLOWED_RATER",
            f"Nobody at {site} may rate {instrument} (at {', '.join(codes)}).",
            site,
        )
        for (site, instrument), codes in unrated.items()
    ]
    return tuple(found)


def _model(protocol: Protocol, visit: str, instrument: str, rater: str) -> list[Finding]:
    """A scale whose rule asks for an independent rater is not left to the site."""
    rule = next((one for one in protocol.ratings if one.instrument == instrument), None)
    if rule is None or rule.model != "independent_remote" or rater == BLINDED:
        return []
    text = f"{instrument} is to be rated by an independent rater, but {visit} gives it to the site."
    return [Finding(Check.RATERS, "RATER_NOT_INDEPENDENT", text, visit)]


def reminder_findings(*, protocol: Protocol, sites: Iterable[SitePlan], log: Log) -> tuple[Finding, ...]:
    """Return a finding for each reminder, and each finding of the two hours, that reaches nobody at an open site."""
    told: dict[str, list[str]] = {}
    for rule in protocol.escalation:
        for role in rule.notify:
            told.setdefault(role, []).append(f"alarm {rule.code}")
    for reminder in protocol.reminders:
        if reminder.audience != "PARTICIPANT":
            told.setdefault(reminder.audience, []).append(f"reminder {reminder.code}")
    return tuple(
        Finding(
            Check.REMINDERS,
            "NO_RECIPIENT",
            f"{site.code} has no {ROLE_LABELS[Role(role)].lower()} for: {', '.join(dict.fromkeys(what))}.",
            site.code,
        )
        for site in sites
        for role, what in told.items()
        if not log.has_role(Role(role), site.code)
    )
