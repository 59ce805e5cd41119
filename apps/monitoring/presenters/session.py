"""What the chairside shows of one session besides form and charts: who, where the plan stands, what needs somebody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.urls import NoReverseMatch, reverse

from apps.dosing.domain.session import SessionState
from apps.monitoring.domain.conditions import Statement
from apps.monitoring.domain.early import category_of
from apps.monitoring.domain.findings import SEVERITIES
from apps.monitoring.domain.plan import SlotState, SlotStatus, next_due
from apps.monitoring.domain.readings import PREDOSE, Reading
from apps.monitoring.domain.values import MEASURES
from apps.monitoring.models import Release
from apps.monitoring.presenters.words import (
    SHORT,
    measures_words,
    minute_word,
    out_of_range,
    slot_word,
    value_text,
)
from apps.monitoring.selectors import Watch

#: How a slot's state is said, by the vocabulary of states.
SLOT_STATES = {
    SlotState.UPCOMING: ("upcoming", "Upcoming"),
    SlotState.DUE: ("due_now", "Due"),
    SlotState.OVERDUE: ("overdue", "Overdue"),
    SlotState.DONE: ("done", "Done"),
    SlotState.DONE_LATE: ("late", "Done late"),
    SlotState.NOT_DONE: ("not_done", "Not done"),
    SlotState.SKIPPED: ("skipped", "Skipped"),
    SlotState.MISSED: ("missed", "Missed"),
}
SEVERITY_TONES = {"info": "info", "watch": "caution", "urgent": "danger", "emergency": "danger"}
GRAVE = ("urgent", "emergency")


def url_or_none(name: str, *args: object) -> str | None:
    """Return a page's address, or None where this installation has no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return None


def banner(watch: Watch) -> dict[str, Any]:
    """Return who this page is about: by number, chair and visit, with the predose pressure as the yardstick."""
    session, baseline = watch.session, watch.baseline
    pressure = f"{baseline.sbp}/{baseline.dbp} mmHg" if baseline.sbp is not None else "Not recorded"
    items = [
        {"label": "Chair", "value": session.chair},
        {"label": "Visit", "value": session.visit.label},
        {"label": "Predose BP", "value": pressure},
    ]
    if session.dose_mg is not None:
        items.insert(2, {"label": "Dose asked for", "value": f"{session.dose_mg} mg"})
    return {
        "number": session.participant.number,
        "status": state_of(watch)[0],
        "word": state_of(watch)[1],
        "url": url_or_none("participants:detail", session.participant_id),
        "items": items,
        "t0": session.dosed_at if not watch.is_over else None,
    }


def state_of(watch: Watch) -> tuple[str, str]:
    """Return the state of a session as the board says it, the worst first: a key of the vocabulary, and the word."""
    if watch.is_over:
        return watch.session.state.lower(), ""
    if any(finding.severity in GRAVE for finding in watch.open_findings):
        return "out_of_range", "Needs attention"
    if watch.watching is not None and watch.watching.gap is not None:
        return "unwatched", ""
    if watch.overdue:
        return "overdue", "Overdue"
    if any(watch.is_standing(finding) for finding in watch.unacknowledged):
        return "due", "Finding to note"
    state = SessionState(watch.session.state)
    if state is SessionState.OBSERVING and is_ready(watch):
        return "ready", ""
    return {"WITHHELD": "held"}.get(state.value, state.value.lower()), ""


def is_ready(watch: Watch) -> bool:
    """Say whether time and readings allow to leave; what the signer confirms is asked at the signature."""
    return all(verdict.met for verdict in watch.conditions(Statement()) if not verdict.is_confirmed_by_hand)


def slots(watch: Watch) -> list[dict[str, Any]]:
    """Return the plan as a row of slots, the next one marked."""
    upcoming, zone = watch.next, ZoneInfo(watch.session.site.time_zone)
    shown = []
    for status in watch.statuses:
        state, word = SLOT_STATES[status.state]
        if status.state is SlotState.UPCOMING and status.slot.due_at is not None:
            word = f"{status.slot.due_at.astimezone(zone):%H:%M}"
        shown.append(
            {
                "minute": None if status.slot.minute == PREDOSE else status.slot.minute,
                "state": state,
                "word": word,
                "current": status is upcoming,
                "note": _slot_note(status),
                "doubled": status.is_doubled,
            }
        )
    return shown


def _slot_note(status: SlotStatus) -> str:
    if status.is_doubled:
        return f"{len(status.readings)} readings"
    if status.state is SlotState.DONE_LATE:
        return f"{status.minutes_late} min late"
    if status.readings and status.missing:
        return f"still {measures_words(status.missing)}"
    return ""


def due_items(watch: Watch) -> list[dict[str, Any]]:
    """
    Return what is to be done next: slots, and looking again at what was found; the overdue first, then the soonest.

    The latest overdue slot is named even while the next one can still be kept: nothing else says which one was missed.
    Each is {label, what, due_at, tolerance_min, state, is_slot}.
    """
    late, upcoming = next_due(watch.overdue), watch.next
    waiting = [late] if late is upcoming else [late, upcoming]
    found = [_slot_due(status) for status in waiting if status is not None and status.slot.due_at]
    again: dict[tuple[str, ...], dict[str, Any]] = {}
    for finding in watch.open_findings:
        if finding.recheck_at is None or watch.is_over:
            continue
        item = {
            "label": f"{measures_words(finding.recheck_measures) or 'Look'} again",
            "what": finding.label,
            "due_at": finding.recheck_at,
            "tolerance_min": 1,
            "state": "overdue" if watch.now > finding.recheck_at else "due_soon",
            "is_slot": False,
        }
        # One look answers all that ask for the same measures; the soonest sets the time.
        known = again.get(finding.recheck_measures)
        if known is None or item["due_at"] < known["due_at"]:
            again[finding.recheck_measures] = item
    found += again.values()
    return sorted(found, key=lambda entry: (entry["state"] != "overdue", entry["due_at"]))


def _slot_due(status: SlotStatus) -> dict[str, Any]:
    due_at, closes_at = status.slot.due_at, status.slot.closes_at
    assert due_at is not None  # only slots on the clock are asked for
    missing = status.missing or status.wanted
    return {
        "label": slot_word(status.slot.minute),
        "what": measures_words(missing) if len(missing) < 5 else f"{measures_words(missing[:3])} and more",
        "due_at": due_at,
        "tolerance_min": (closes_at - due_at) // timedelta(minutes=1) if closes_at else 24 * 60,
        "state": SLOT_STATES[status.state][0],
        "is_slot": True,
    }


def findings(watch: Watch) -> dict[str, list[dict[str, Any]]]:
    """Return the findings nobody took note of, the gravest first, and all of them as a list, the latest first."""
    waiting = {finding.pk for finding in watch.unacknowledged}
    listed = [
        {
            "id": finding.pk,
            "message": finding.message,
            "action": finding.action,
            "severity": finding.severity,
            "tone": SEVERITY_TONES[finding.severity],
            "is_grave": finding.severity in GRAVE,
            "raised_at": finding.raised_at,
            "is_waiting": finding.pk in waiting,
            "is_over": not watch.is_standing(finding),
            "acknowledged_at": finding.acknowledged_at,
            "acknowledged_by": finding.acknowledged_by,
        }
        for finding in watch.findings
    ]
    grave = SEVERITIES[::-1]
    first = sorted(
        (entry for entry in listed if entry["is_waiting"]),
        key=lambda entry: (grave.index(entry["severity"]), entry["is_over"]),
    )
    return {
        "grave": [entry for entry in first if entry["is_grave"] and not entry["is_over"]],
        "other": [entry for entry in first if not entry["is_grave"] or entry["is_over"]],
        "all": listed,
    }


def conditions(watch: Watch, statement: Statement | None = None) -> list[dict[str, Any]]:
    """Return the conditions of leaving as a checklist, each with what was found and what would meet it."""
    shown = []
    for verdict in watch.conditions(statement or Statement()):
        unmet = "unknown" if verdict.is_confirmed_by_hand else "not_met"
        shown.append(
            {
                "code": verdict.code,
                "label": verdict.label,
                "state": "met" if verdict.met else unmet,
                "note": "" if verdict.met else verdict.needed,
                "value": verdict.found,
                "clears_at": verdict.clears_at,
                "mark": verdict.mark,
                "by_word": verdict.is_confirmed_by_hand,
                "items": verdict.items,
                "may_be_accepted": verdict.may_be_accepted,
            }
        )
    return shown


def discharge_page(watch: Watch, *, may_accept: bool) -> dict[str, Any]:
    """Return the conditions by what meets them: readings and time, the signer's word, an investigator's judgement."""
    listed = conditions(watch)
    measured = [entry for entry in listed if not entry["by_word"]]
    unmet = [entry for entry in measured if entry["state"] != "met"]
    acceptable = [entry for entry in unmet if entry["may_be_accepted"]] if may_accept else []
    return {
        "measured": measured,
        "by_word": [entry for entry in listed if entry["by_word"]],
        "acceptable": acceptable,
        "unmet": unmet,
        "is_clear": len(unmet) == len(acceptable) and watch.session.state == SessionState.OBSERVING.value,
        "missed": [slot for slot in slots(watch) if slot["state"] in ("overdue", "missed")],
    }


def early_page(watch: Watch) -> dict[str, Any]:
    """Return what an early release would stand against, and the categories of the protocol with what keeps them."""
    early = watch.protocol.discharge.early
    listed = conditions(watch)
    labels = {entry["code"]: entry["label"] for entry in listed}
    return {
        "unmet": [entry for entry in listed if not entry["by_word"] and entry["state"] != "met"],
        "by_word": [entry for entry in listed if entry["by_word"]],
        "categories": early.categories if early else (),
        "never": [
            {
                "label": category.label,
                "conditions": [labels[code] for code in category.never if code in labels],
            }
            for category in (early.categories if early else ())
            if category.never
        ],
        "may_be_early": bool(early) and watch.session.state == SessionState.OBSERVING.value,
    }


def release_facts(watch: Watch, release: Release | None) -> dict[str, Any] | None:
    """Return how a participant was let go: when, by whom, and, for an early release, for what, why, against what."""
    if release is None:
        return None
    category = category_of(watch.protocol.discharge, release.early_category)
    return {
        "released_at": release.released_at,
        "by": release.recorded_by,
        "minutes_observed": release.minutes_observed,
        "ready_minute": release.ready_minute,
        "early": (category.label if category else release.early_category) if release.early_category else "",
        "reason": release.early_reason,
        "unmet": [entry for entry in release.conditions if not entry.get("met", True)],
    }


def reading_rows(
    watch: Watch, readings: Sequence[Reading], *, on_paper: Mapping[UUID, str] | None = None
) -> list[dict[str, Any]]:
    """Return readings as a table, the latest first; where nothing was measured there is nothing, not a dash of zero."""
    by_id = {entry.pk: entry for entry in watch.observations}
    marks = out_of_range(watch)
    rows = []
    for reading in sorted(readings, key=lambda entry: entry.observed_at, reverse=True):
        row = by_id.get(reading.id) if reading.id else None
        out = marks.get(reading.id, frozenset()) if reading.id else frozenset()
        rows.append(
            {
                "minute": minute_word(watch, reading),
                "seen_at": reading.observed_at,
                "slot": slot_word(reading.slot_minute),
                "values": [
                    {
                        "text": value_text(measure, reading.values)
                        if measure in reading.values.measures
                        else "",
                        "is_out": measure in out,
                        "not_done": reading.not_done.get(measure, ""),
                    }
                    for measure in MEASURES
                ],
                "by": row.recorded_by if row else "Pre-dose check",
                "measured_by": (on_paper or {}).get(row.pk, "") if row else "",
                "late_reason": row.late_reason if row else "",
                "note": row.note if row else "",
                "entered_at": row.entered_at if row and row.late_reason else None,
            }
        )
    return rows


def reading_columns() -> list[str]:
    """Return the heads of the table of readings."""
    return [SHORT[measure] for measure in MEASURES]
