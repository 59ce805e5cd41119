"""Moments, signs and answers in the words of a paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from apps.core.templatetags.moments import date_words, zone_words
from apps.monitoring.domain.readings import PREDOSE, Reading, minutes_between
from apps.monitoring.domain.words import SHORT, length_words, value_text
from apps.papers.domain.record import Record, Where
from apps.papers.domain.sheet import Pressure

OUTCOMES = {
    "PASSED": "Passed",
    "WARNED": "Warned",
    "HELD": "Held",
    "OVERRIDDEN": "Overridden",
    "": "Not answered",
}
SPRAYS = {"COMPLETE": "Complete", "PARTIAL": "Partial", "SNEEZED": "Sneezed", "FAILED": "Failed", "": "Open"}
SEXES = {"F": "Female", "M": "Male", "O": "Other"}
UNKNOWN = "Not known"


def stamp(moment: datetime | None, zone: str) -> str:
    """Return a moment as "24 Nov 2026 10:32:05 (CET, UTC+1)"."""
    if moment is None:
        return UNKNOWN
    local = moment.astimezone(ZoneInfo(zone))
    return f"{day(local.date())} {local:%H:%M:%S} ({zone_words(local)})"


def clock(moment: datetime | None, zone: str) -> str:
    """Return a moment of the session's day as "10:32"."""
    return "" if moment is None else f"{moment.astimezone(ZoneInfo(zone)):%H:%M}"


def seconds(moment: datetime, zone: str) -> str:
    """Return a moment of the session's day as "10:32:05"."""
    return f"{moment.astimezone(ZoneInfo(zone)):%H:%M:%S}"


def watchers(record: Record) -> str:
    """Return who watched from when to when: "Nadia Klein 10:00 to 11:20, Nils Berg 11:20 to 12:01"."""
    zone = record.where.zone
    return (
        ", ".join(
            f"{line.by} {clock(line.starts_at, zone)} to {clock(line.ends_at, zone)}"
            for line in record.watches
            if line.by
        )
        or "Nobody"
    )


def unwatched(record: Record) -> str:
    """Return for how long nobody watched, and from when to when."""
    return _gaps(
        [(line.starts_at, line.ends_at) for line in record.watches if not line.by], record.where.zone
    )


def without_prescriber(record: Record) -> str:
    """Return for how long no prescriber was marked on site, and from when to when."""
    return _gaps([(line.starts_at, line.ends_at) for line in record.absences], record.where.zone)


def _gaps(gaps: Sequence[tuple[datetime, datetime]], zone: str) -> str:
    total = sum((end - start for start, end in gaps), timedelta())
    spans = ", ".join(f"{seconds(start, zone)} to {seconds(end, zone)}" for start, end in gaps)
    return f"{length_words(total)} ({spans})" if gaps else "none"


def day(when: date | None) -> str:
    """Return a day as "24 Nov 2026"."""
    return UNKNOWN if when is None else date_words(when)


def minutes(count: int | None) -> str:
    """Return a number of minutes, or that it is not known."""
    return UNKNOWN if count is None else f"{count} minute{'' if count == 1 else 's'}"


def minute_of(moment: datetime, dosed_at: datetime | None) -> str:
    """Return a moment in minutes from T0: "40", "−12", or nothing while there is no T0."""
    if dosed_at is None:
        return ""
    return str(minutes_between(dosed_at, moment)).replace("-", "−")


def pressures(found: tuple[Pressure, ...]) -> str:
    """Return pressures with their minute; two of one moment are both written."""
    if not found:
        return "Not measured"
    return " and ".join(
        f"{one.sbp}/{one.dbp} mmHg"
        + ("" if one.minute is None else f" at minute {one.minute}".replace("-", "−"))
        for one in found
    )


def measure(reading: Reading, name: str) -> str:
    """Return one value of a reading, that it was not done and why, or nothing."""
    if name in reading.values.measures:
        return value_text(name, reading.values)
    return f"n.d.: {reading.not_done[name]}" if name in reading.not_done else ""


def slot(minute: int | None) -> str:
    """Return a slot as a column has room for it."""
    if minute is None:
        return "extra"
    return "predose" if minute == PREDOSE else str(minute)


def facts(record: Record) -> tuple[tuple[str, str], ...]:
    """Return what every paper of a session carries at its top."""
    where = record.where
    return (
        *of_where(where),
        ("Chair", str(record.chair)),
        ("First spray (T0)", stamp(record.dosed_at, where.zone) if record.dosed_at else "No spray yet"),
        ("Left", stamp(record.ended_at, where.zone) if record.ended_at else "The session is not over"),
        ("Dose", record.dose_words),
    )


def of_where(where: Where) -> tuple[tuple[str, str], ...]:
    """Return whom and where a paper is about."""
    return (
        ("Study", f"{where.study}, protocol {where.protocol_label}"),
        ("Site", f"{where.site_code} {where.site_name}"),
        ("Participant", where.number),
        ("Sex, age at consent", f"{SEXES.get(where.sex, where.sex)}, {where.age_years}"),
        ("Visit", where.visit),
    )


def marks(record: Record) -> tuple[str, ...]:
    """Return what must be said first: fiction, a session that is not over, an early release."""
    found = []
    if record.where.is_fictional:
        found.append("Fictional demonstration data. Nobody on this paper exists.")
    if not record.is_over:
        found.append(
            f"The session is not over. This is how it stood at {stamp(record.now, record.where.zone)}."
        )
    if record.release is not None and record.release.early:
        found.append(f"Released early: {record.release.early}. {record.release.reason}")
    return tuple(found)


def short_columns() -> tuple[str, ...]:
    """Return the heads of the table of readings."""
    return tuple(SHORT.values())
