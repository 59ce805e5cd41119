"""Everything a rehearsal rehearses, as plain values that anybody at the web may read, and the digest of each part.

The digests are what ties a signed report to a study: going live compares those of the report with those of the moment.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from hashlib import sha256

from apps.studies.domain.protocol import Protocol


@dataclass(frozen=True, slots=True)
class SitePlan:
    """One site: `opened_on` is None where no day was set, and then it is open."""

    code: str
    country: str
    time_zone: str
    target: int
    chairs: int
    opened_on: date | None = None

    def is_open(self, on: date) -> bool:
        """Say whether participants may be expected there on a day."""
        return self.opened_on is None or self.opened_on <= on


@dataclass(frozen=True, slots=True)
class DelegationLine:
    """A delegation not over yet: the person, the role, the site (empty: all), from when to when (exclusive)."""

    person: str
    role: str
    site: str
    starts_at: datetime
    ends_at: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        """Say whether it is in force at a moment."""
        return self.starts_at <= moment and (self.ends_at is None or moment < self.ends_at)


@dataclass(frozen=True, slots=True)
class CommittedList:
    """A list as everybody may know it: its public commitment."""

    code: str
    commitment: str
    state: str


@dataclass(frozen=True, slots=True)
class StockLine:
    """How many kits of a lot a site holds in a state, contents untold; usable through `expires_on`."""

    site: str
    lot: str
    expires_on: date
    state: str
    kits: int


@dataclass(frozen=True, slots=True)
class Configuration:
    """A study as it stands at a moment."""

    study: str
    release: str
    protocol: Protocol
    protocol_number: int
    protocol_digest: str
    sites: tuple[SitePlan, ...]
    delegations: tuple[DelegationLine, ...]
    lists: tuple[CommittedList, ...]
    stock: tuple[StockLine, ...]

    def open_sites(self, on: date) -> tuple[SitePlan, ...]:
        """Return the sites open on a day, by code."""
        return tuple(site for site in self.sites if site.is_open(on))


def parts(configuration: Configuration) -> tuple[tuple[str, str], ...]:
    """Return the digest of each part of a configuration (64 hexadecimal digits), by its name."""
    held = {
        "protocol": [configuration.protocol_number, configuration.protocol_digest],
        "sites": [asdict(one) for one in sorted(configuration.sites, key=lambda one: one.code)],
        "delegations": sorted(map(str, map(_words, configuration.delegations))),
        "randomization lists": [asdict(one) for one in sorted(configuration.lists, key=lambda one: one.code)],
        "kits in stock": sorted(
            [one.site, one.lot, one.expires_on.isoformat(), one.state, one.kits]
            for one in configuration.stock
        ),
        "release of the software": configuration.release,
    }
    return tuple((name, _digest(value)) for name, value in sorted(held.items()))


def whole(found: tuple[tuple[str, str], ...]) -> str:
    """Return one digest for all parts, 64 hexadecimal digits."""
    return _digest([list(pair) for pair in found])


def _words(line: DelegationLine) -> list[str]:
    ends = line.ends_at.isoformat() if line.ends_at else ""
    return [line.person, line.role, line.site, line.starts_at.isoformat(), ends]


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str, ensure_ascii=True)
    return sha256(text.encode()).hexdigest()
