"""The observation form: what is asked, what was last seen, and what may be chosen. No value is ever filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from django.urls import reverse

from apps.core.exceptions import Reason
from apps.instruments.domain.catalogue import INSTRUMENTS
from apps.monitoring.domain.plan import OUTSTANDING, SlotState, SlotStatus
from apps.monitoring.domain.readings import PREDOSE, SIGNS
from apps.monitoring.domain.values import MEASURES, NUMBERS
from apps.monitoring.presenters.words import UNITS, last_of, out_of_range, slot_word
from apps.monitoring.selectors import Watch

LATE_REASONS = (
    "Another participant needed care",
    "Participant asleep or in the bathroom",
    "Device had to be repeated or changed",
    "Written on paper first",
    "Other, see the note",
)
NOT_DONE_REASONS = (
    "Participant declined",
    "Participant asleep",
    "Device not working",
    "Forgotten",
    "Other, see the note",
)
#: MOAA/S in a word under its figure: to what the participant responds.
RESPONDS = {5: "readily", 4: "slowly", 3: "loudly", 2: "prodding", 1: "squeeze", 0: "nothing"}
NOBODY = UUID(int=0)
_YES_NO = ({"value": "true", "label": "Yes"}, {"value": "false", "label": "No"})


def observation_form(
    watch: Watch, *, typed: Mapping[str, str] | None = None, reasons: Sequence[Reason] = ()
) -> dict[str, Any]:
    """Return everything the form shows; `typed` and `reasons` bring back what could not be saved."""
    given = typed or {}
    wrong: dict[str, str] = {}
    for reason in reasons:
        wrong.setdefault(reason.field, reason.message)
    marks = out_of_range(watch)
    chosen = preselected(watch, given.get("slot_minute"))
    wanted = set(chosen.wanted) if chosen else set(MEASURES)

    def number(key: str, label: str, measure: str) -> dict[str, Any]:
        field, usual = NUMBERS[key], watch.usual.get(key)
        last = last_of(watch, measure, marks=marks)
        return {
            "measure": measure,
            "name": key,
            "label": label,
            "unit": UNITS[measure],
            "last": f"{last.text}, {last.age}" if last else "",
            "value": given.get(key),
            "min": field.low,
            "max": field.high,
            "soft_min": usual.low if usual else None,
            "soft_max": usual.high if usual else None,
            "decimals": field.decimals,
            "error": wrong.get(key, ""),
            "wanted": measure in wanted,
            "confirm": any(reason.code == "confirm_or_repeat" and reason.field == key for reason in reasons),
        }

    pressure = number("sbp", "Systolic", "bp")
    lower = number("dbp", "Diastolic", "bp")
    return {
        "id": given.get("observation_id") or str(uuid4()),
        # The script puts the identifier it chose where the word stands.
        "put_url": reverse("api_observation_record", args=[NOBODY]).replace(str(NOBODY), "{uuid}"),
        "slots": _options(watch, chosen),
        "is_extra": chosen is None,
        "wanted": wanted,
        "bp": {
            "last": pressure["last"],
            "parts": [pressure, lower],
            "error": wrong.get("sbp", "") or wrong.get("dbp", ""),
        },
        "numbers": [
            number("hr", "Heart rate", "hr"),
            number("spo2", "SpO₂", "spo2"),
            number("rr", "Breathing rate", "rr"),
            number("temp_c", "Temperature", "temp"),
        ],
        "confirms": [
            {"name": reason.field, "message": reason.message}
            for reason in reasons
            if reason.code == "confirm_or_repeat"
        ],
        "moaas": {
            "options": [
                {"value": value, "label": value, "hint": RESPONDS[value]}
                for value in reversed(INSTRUMENTS["MOAAS"].items[0].values)
            ],
            "last": _last_words(watch, "moaas"),
            "value": given.get("moaas"),
            "error": wrong.get("moaas", ""),
        },
        "ready": {"options": _YES_NO, "last": _last_words(watch, "ready"), "value": given.get("ready")},
        "cadss": _scale("CADSS", "cadss_items", given, wrong, _last_words(watch, "cadss")),
        "bprs": _scale("BPRS4", "bprs_items", given, wrong, _last_words(watch, "bprs")),
        "signs": [
            {"name": name, "label": label, "options": _YES_NO, "value": given.get(name)}
            for name, label in SIGNS.items()
        ],
        "not_done": [
            {"measure": measure, "label": label, "value": given.get(f"not_done_{measure}", "")}
            for measure, label in MEASURES.items()
        ],
        "not_done_reasons": NOT_DONE_REASONS,
        "late_reasons": LATE_REASONS,
        "late_reason": given.get("late_reason", ""),
        "is_late": bool(chosen and chosen.state is SlotState.OVERDUE),
        "observed_time": given.get("observed_time", ""),
        "note": given.get("note", ""),
        "reasons": reasons,
        "wrong": wrong,
    }


def preselected(watch: Watch, asked: str | None = None) -> SlotStatus | None:
    """Return the slot the form opens on: the one asked for, else what is due or overdue; None is an extra reading."""
    if asked is not None:
        return next((status for status in watch.statuses if str(status.slot.minute) == asked), None)
    upcoming = watch.next
    if upcoming is not None and upcoming.state in (SlotState.DUE, SlotState.OVERDUE):
        return upcoming
    return None


def _options(watch: Watch, chosen: SlotStatus | None) -> list[dict[str, Any]]:
    """Return the slots that can be chosen, outstanding ones first; a done one may be repeated and stays as two."""
    outstanding = [status for status in watch.statuses if status.state in OUTSTANDING]
    # A missed slot can still be entered late from paper; a predose one cannot once the spray is given.
    others = [
        status
        for status in watch.statuses
        if status.state not in OUTSTANDING
        and (status.state, status.slot.minute) != (SlotState.MISSED, PREDOSE)
    ]
    return [
        {
            "minute": status.slot.minute,
            "word": slot_word(status.slot.minute),
            "state": status.state.value,
            "selected": status is chosen,
            "wanted": " ".join(status.wanted),
            "opens_at": status.slot.opens_at,
            "due_at": status.slot.due_at,
            "closes_at": status.slot.closes_at,
        }
        for status in (*outstanding, *others)
    ]


def _scale(
    instrument: str, key: str, given: Mapping[str, str], wrong: Mapping[str, str], last: str
) -> dict[str, Any]:
    items = INSTRUMENTS[instrument].items
    error = wrong.get(key, "") or next(
        (text for field, text in wrong.items() if field.startswith(f"{key}.")), ""
    )
    return {
        "prefix": key,
        "count": len(items),
        "items": [
            {"number": item.code, "label": item.label, "value": given.get(f"{key}_{item.code}")}
            for item in items
        ],
        "options": [{"value": value, "label": value} for value in items[0].values],
        "last": last,
        "error": error,
        "open": any(given.get(f"{key}_{item.code}") for item in items),
    }


def _last_words(watch: Watch, measure: str) -> str:
    last = last_of(watch, measure)
    return f"{last.text}, {last.age}" if last else ""


def facts(watch: Watch, *, version: str) -> dict[str, Any]:
    """Return what the form's own script keeps up to date: the slots, and the last values with their moments."""
    last = {measure: last_of(watch, measure) for measure in MEASURES}
    return {
        "version": version,
        "slots": [
            {
                "minute": entry["minute"],
                "word": entry["word"],
                "state": entry["state"],
                "wanted": entry["wanted"],
                "opens_at": _iso(entry["opens_at"]),
                "due_at": _iso(entry["due_at"]),
                "closes_at": _iso(entry["closes_at"]),
            }
            for entry in _options(watch, None)
        ],
        "last": {
            measure: {"text": found.text, "seen_at": _iso(found.seen_at)}
            for measure, found in last.items()
            if found
        },
    }


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment else None
