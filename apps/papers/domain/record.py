"""The record of one session as plain values: what every paper is computed from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from apps.monitoring.domain.plan import SlotStatus
from apps.monitoring.domain.readings import Reading, Values
from apps.studies.domain.protocol import Protocol


@dataclass(frozen=True, slots=True)
class Where:
    """Study, site and person a paper is about. `zone` is the site's time zone by its name."""

    study: str
    title: str
    is_fictional: bool
    protocol_label: str
    site_code: str
    site_name: str
    zone: str
    number: str
    sex: str
    age_years: int
    visit: str


@dataclass(frozen=True, slots=True)
class Device:
    """One device: which kit, and when and how it was sprayed."""

    ordinal: int
    kit: str
    lot: str
    serial: str
    expires_on: date
    first_nostril: str
    first_spray_at: datetime
    second_spray_at: datetime | None
    outcome: str


@dataclass(frozen=True, slots=True)
class GateLine:
    """One gate before the dose as it was answered last; `outcome` is empty when it was not answered."""

    code: str
    label: str
    kind: str
    outcome: str
    message: str
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A reading and who entered it, when; `reason` says why it was entered late."""

    reading: Reading
    by: str
    entered_at: datetime | None
    reason: str
    note: str


@dataclass(frozen=True, slots=True)
class FindingLine:
    raised_at: datetime
    severity: str
    message: str
    action: str
    acknowledged_at: datetime | None
    acknowledged_by: str


@dataclass(frozen=True, slots=True)
class EventLine:
    """An adverse event of the session, in the words it was reported with."""

    term: str
    severity: str
    is_serious: bool
    seriousness: tuple[str, ...]
    onset_at: datetime
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class MedicineLine:
    name: str
    dose: str
    started_on: date
    stopped_on: date | None


@dataclass(frozen=True, slots=True)
class DeviationLine:
    happened_at: datetime
    happened: str
    category: str


@dataclass(frozen=True, slots=True)
class ConditionLine:
    """One condition of leaving: as it stood at the release, or as it stands now while the session is open."""

    code: str
    label: str
    met: bool
    found: str
    needed: str
    by_word: bool
    is_accepted: bool = False


@dataclass(frozen=True, slots=True)
class WatchLine:
    """Who watched from when to when; `by` is empty where nobody did. Start inclusive, end exclusive."""

    starts_at: datetime
    ends_at: datetime
    by: str

    @property
    def length(self) -> timedelta:
        """How long it lasted."""
        return self.ends_at - self.starts_at


@dataclass(frozen=True, slots=True)
class AbsenceLine:
    """A time in which no prescriber was marked on site."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """How the participant left; `early` is the label of the category of an early release."""

    released_at: datetime
    by: str
    minutes_observed: int
    early: str
    reason: str


@dataclass(frozen=True, slots=True)
class Sent:
    """That the sheet was sent: the day, who said so and when, and under which reference."""

    sent_on: date
    by: str
    recorded_at: datetime
    reference: str


@dataclass(frozen=True, slots=True)
class Record:
    """Everything the record holds of one session at `now`."""

    where: Where
    protocol: Protocol
    now: datetime
    state: str
    chair: int
    dose_mg: int | None
    devices_planned: int
    checked_in_at: datetime
    dosed_at: datetime | None
    last_spray_at: datetime | None
    ended_at: datetime | None
    devices: tuple[Device, ...]
    gates: tuple[GateLine, ...]
    baseline: Values
    entries: tuple[Entry, ...]
    slots: tuple[SlotStatus, ...]
    findings: tuple[FindingLine, ...]
    events: tuple[EventLine, ...]
    medicines: tuple[MedicineLine, ...]
    deviations: tuple[DeviationLine, ...]
    watches: tuple[WatchLine, ...]
    absences: tuple[AbsenceLine, ...]
    conditions: tuple[ConditionLine, ...]
    release: ReleaseLine | None
    sent: Sent | None

    @property
    def is_over(self) -> bool:
        """True once the participant left, or the session was stopped before a spray."""
        return self.ended_at is not None

    @property
    def readings(self) -> tuple[Reading, ...]:
        """The readings alone."""
        return tuple(entry.reading for entry in self.entries)

    @property
    def unwatched(self) -> timedelta:
        """For how long nobody watched."""
        return sum((line.length for line in self.watches if not line.by), timedelta())

    @property
    def dose_words(self) -> str:
        """The dose as pages say it: what was asked for, never what was in the devices."""
        devices = f"{self.devices_planned} device{'' if self.devices_planned == 1 else 's'}"
        drug = "Blinded study drug" if self.protocol.blinding == "double_blind" else "Study drug"
        asked = f", {self.dose_mg} mg asked for" if self.dose_mg is not None else ""
        return f"{drug}, {devices}{asked}"
