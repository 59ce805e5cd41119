"""Each paper as blocks."""

from __future__ import annotations

from apps.monitoring.domain.words import SHORT, length_words
from apps.papers.domain.documents import words
from apps.papers.domain.documents.blocks import (
    Block,
    Charts,
    Check,
    Checks,
    Document,
    Fields,
    Printed,
    Signatures,
    Table,
)
from apps.papers.domain.readiness import Readiness
from apps.papers.domain.record import Record
from apps.papers.domain.sheet import Clock, Sheet, effect_words

#: Pictures by sign, each with what it shows in words: (SVG, words).
Pictures = tuple[tuple[str, str], ...]


def _document(
    record: Record,
    *,
    title: str,
    blocks: tuple[Block, ...],
    printed: Printed,
) -> Document:
    where = record.where
    return Document(
        title=title,
        subtitle=f"{where.number} · {where.visit} · {where.site_code} {where.site_name}",
        marks=words.marks(record),
        facts=words.facts(record),
        blocks=blocks,
        foot=foot_words(where.zone, printed),
        printed=printed,
    )


def foot_words(zone: str, printed: Printed) -> str:
    """Return what stands at the foot of every page: when, by whom, with which software."""
    return f"Printed {words.stamp(printed.at, zone)} by {printed.by} · Vigil {printed.release}"


def sheet_document(record: Record, sheet: Sheet, *, pictures: Pictures, printed: Printed) -> Document:
    """Return the monitoring data sheet."""
    asked = record.protocol.sheet
    medicines = "; ".join(f"{one.name} {one.dose}".strip() for one in record.medicines) or "None recorded"
    return _document(
        record,
        title=asked.title if asked else "Monitoring data sheet",
        printed=printed,
        blocks=(
            Fields(
                "Session",
                (
                    (
                        "Date of the session",
                        words.day(sheet.clock.session_on) if sheet.clock else words.UNKNOWN,
                    ),
                    ("First device to end of monitoring", words.minutes(sheet.total_minutes)),
                    ("First judged ready to leave", _ready(sheet)),
                    ("Watched by", words.watchers(record)),
                    ("Without a watcher", words.unwatched(record)),
                    ("Without a prescriber on site", words.without_prescriber(record)),
                    ("Sheet", _clock(sheet.clock)),
                ),
            ),
            Checks(
                "Vital signs",
                (
                    Check("In the acceptable range before the dose", sheet.acceptable_before),
                    Check("In the acceptable range before monitoring ended", sheet.acceptable_end),
                ),
            ),
            Table(
                "Blood pressure",
                ("Before the dose", f"At {sheet.peak_minute} minutes", "Before monitoring ended"),
                (
                    (
                        words.pressures(sheet.pressures_before),
                        words.pressures(sheet.pressures_peak),
                        words.pressures(sheet.pressures_end),
                    ),
                ),
            ),
            Table(
                "Effects, in minutes from the first spray",
                ("Effect", "Seen", "From, to"),
                tuple(
                    (
                        effect.label,
                        {True: "Yes", False: "No", None: "Not known"}[effect.experienced],
                        effect_words(effect) if effect.experienced else "",
                    )
                    for effect in sheet.effects
                ),
                widths=(2, 1, 5),
            ),
            Table(
                "Serious adverse events of the session",
                ("Event", "Why serious", "Onset"),
                tuple(
                    (one.term, ", ".join(one.seriousness), words.stamp(one.onset_at, record.where.zone))
                    for one in sheet.serious
                ),
                widths=(3, 3, 3),
                empty="None recorded",
            ),
            Checks(
                "Other medicines that may sedate or change blood pressure",
                tuple(Check(label, None) for label in sheet.medicine_classes),
                note=f"To be ticked by hand. Recorded as taken: {medicines}.",
            ),
            Signatures(("Name of the prescriber or monitoring professional", "Signature", "Date")),
            Charts("Since the first spray", pictures),
        ),
    )


def _ready(sheet: Sheet) -> str:
    if sheet.ready_minute is not None:
        return f"at minute {sheet.ready_minute}"
    return "Not judged ready yet" if sheet.total_minutes is None else "Never judged ready"


def _clock(clock: Clock | None) -> str:
    if clock is None:
        return "Not due: no dose was given"
    if clock.sent is not None:
        return f"Sent on {words.day(clock.sent.sent_on)} by {clock.sent.by}; due {words.day(clock.due_on)}"
    return f"To be sent by {words.day(clock.due_on)}; not sent"


def readiness_document(record: Record, readiness: Readiness, *, printed: Printed) -> Document:
    """Return the readiness checklist."""
    release = record.release
    blocks: list[Block] = [
        Checks(part.label, tuple(Check(line.label, line.answer, line.found) for line in part.lines))
        for part in readiness.parts
    ]
    if release is not None:
        blocks.append(
            Fields(
                "Released",
                (
                    ("At", words.stamp(release.released_at, record.where.zone)),
                    ("Signed in the system by", release.by),
                    ("Observed", words.minutes(release.minutes_observed)),
                ),
            )
        )
    blocks.append(Signatures(("Health care professional", "Signature", "Date, time")))
    return _document(record, title=readiness.title, blocks=tuple(blocks), printed=printed)


def summary_document(record: Record, *, pictures: Pictures, printed: Printed) -> Document:
    """Return the summary of the whole session."""
    zone = record.where.zone
    release = record.release
    leaving: tuple[tuple[str, str], ...] = (("Checked in", words.stamp(record.checked_in_at, zone)),)
    if release is not None:
        leaving += (
            ("Released", words.stamp(release.released_at, zone)),
            ("Signed by", release.by),
            ("Observed", words.minutes(release.minutes_observed)),
        )
        if release.early:
            leaving += (("Released early", release.early), ("Because", release.reason))
    if record.dosed_at is not None:
        leaving += (
            ("Without a watcher", words.unwatched(record)),
            ("Without a prescriber on site", words.without_prescriber(record)),
        )
    return _document(
        record,
        title="Session summary",
        printed=printed,
        blocks=(
            Fields("Course", leaving),
            Table(
                "Before the dose",
                ("Gate", "Outcome", "On record"),
                tuple(
                    (
                        gate.label,
                        words.OUTCOMES.get(gate.outcome, gate.outcome),
                        f"{gate.message} {gate.reason}".strip(),
                    )
                    for gate in record.gates
                ),
                widths=(4, 1.4, 4),
            ),
            Table(
                "Devices",
                ("No.", "Kit", "Lot, serial", "Expires", "First spray", "Second spray", "Outcome"),
                tuple(
                    (
                        str(one.ordinal),
                        one.kit,
                        ", ".join(text for text in (one.lot, one.serial) if text),
                        words.day(one.expires_on),
                        f"{words.clock(one.first_spray_at, zone)} {one.first_nostril.lower()}",
                        words.clock(one.second_spray_at, zone),
                        words.SPRAYS.get(one.outcome, one.outcome),
                    )
                    for one in record.devices
                ),
                widths=(0.7, 1.6, 3, 2, 1.9, 1.9, 1.6),
                empty="No device was sprayed",
            ),
            _watches(record),
            Charts("Signs in minutes from the first spray", pictures),
            _readings(record),
            Table(
                "Findings",
                ("At", "How grave", "Finding", "Noted"),
                tuple(
                    (
                        words.clock(one.raised_at, zone),
                        one.severity,
                        one.message,
                        f"{words.clock(one.acknowledged_at, zone)} {one.acknowledged_by}".strip()
                        or "Not noted",
                    )
                    for one in record.findings
                ),
                widths=(0.9, 1.3, 5, 2.4),
                empty="None",
            ),
            Table(
                "Adverse events of the session",
                ("Event", "Severity", "Serious", "Onset", "Over"),
                tuple(
                    (
                        one.term,
                        one.severity.replace("_", " ").lower(),
                        "Yes" if one.is_serious else "No",
                        words.stamp(one.onset_at, zone),
                        words.stamp(one.resolved_at, zone) if one.resolved_at else "Going on",
                    )
                    for one in record.events
                ),
                widths=(2.6, 1.4, 1, 3.4, 3.4),
                empty="None recorded",
            ),
            Table(
                "Deviations",
                ("At", "What", "Category"),
                tuple(
                    (words.stamp(one.happened_at, zone), one.happened, one.category.lower() or "to be judged")
                    for one in record.deviations
                ),
                widths=(2.6, 6, 1.4),
                empty="None recorded",
            ),
            Checks(
                "Conditions of leaving, as they stood at the release"
                if release
                else "Conditions of leaving, as they stand now",
                tuple(
                    Check(
                        line.label,
                        line.met if line.met or release or not line.by_word else None,
                        line.found if line.met else f"{line.found} {line.needed}".strip(),
                    )
                    for line in record.conditions
                ),
            ),
            Signatures(("Investigator", "Signature", "Date")),
        ),
    )


def _watches(record: Record) -> Table:
    zone = record.where.zone
    return Table(
        "Who watched",
        ("From", "To", "For", "Watched by"),
        tuple(
            (
                words.seconds(line.starts_at, zone),
                words.seconds(line.ends_at, zone),
                length_words(line.length),
                line.by or "NOBODY",
            )
            for line in record.watches
        ),
        widths=(1.4, 1.4, 1.6, 5),
        empty="No spray was given, so nobody had to watch",
    )


def _readings(record: Record) -> Table:
    zone = record.where.zone
    measures = tuple(SHORT)
    return Table(
        "Readings as they happened",
        ("Min.", "Time", "Slot", *words.short_columns(), "By"),
        tuple(
            (
                words.minute_of(entry.reading.observed_at, record.dosed_at),
                words.clock(entry.reading.observed_at, zone),
                words.slot(entry.reading.slot_minute),
                *(words.measure(entry.reading, name) for name in measures),
                f"{entry.by}. Late: {entry.reason}" if entry.reason else entry.by,
            )
            for entry in record.entries
        ),
        widths=(0.9, 1.1, 1.3, 1.5, 0.8, 0.8, 1, 1, 1.2, 1.1, 0.9, 1, 2.4),
        empty="Nothing was measured",
    )
