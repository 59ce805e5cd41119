"""Values for the pages of the schedule. Links lead upward by URL name only; what is not there is not shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import NoReverseMatch, reverse

from apps.accounts.models import User
from apps.core.templatetags.moments import date_words
from apps.instruments.domain.catalogue import INSTRUMENTS
from apps.instruments.domain.entering import permissions_to_enter
from apps.instruments.selectors import Entered, ratings_entered
from apps.participants.domain.status import ParticipantStatus
from apps.participants.models import Participant
from apps.schedule import selectors
from apps.schedule.domain.status import VisitStatus
from apps.schedule.domain.windows import Place, place
from apps.schedule.models import Visit
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.domain.protocol import Protocol, VisitInstrument
from apps.studies.selectors import protocol_of

_RATERS = {
    "blinded_rater": "blinded rater",
    "clinician": "clinician",
    "investigator": "investigator",
    "participant": "participant",
}

#: In the vocabulary of states "held" is a session on hold; a visit held is done.
_TAGS = {VisitStatus.HELD: "done"}

#: Permissions that show or hide a link here. Services decide.
_SHOWN_FOR = (
    Permission.VISIT_PLAN,
    Permission.SESSION_READ,
    Permission.SESSION_CHECK_IN,
    Permission.SCREENING_RECORD,
    Permission.SCREENING_SIGN,
    Permission.OBSERVATION_RECORD,
)


@dataclass(frozen=True, slots=True)
class RatingRow:
    """One scale of a visit: who rates it, whether it was entered, and where; never a score."""

    title: str
    rater: str
    state: str
    before_dose: bool
    url: str | None


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that may be done at a visit."""

    label: str
    url: str
    icon: str
    is_main: bool = False


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit as the page shows it. `note` says what a status alone does not."""

    visit: Visit
    status: VisitStatus
    tag: str
    word: str
    window: str
    mark: str
    note: str
    ratings: tuple[RatingRow, ...]
    acts: tuple[Act, ...]
    is_current: bool


def page(*, participant: Participant, viewer: User, now: datetime) -> dict[str, Any]:
    """Return what the schedule of one participant shows."""
    protocol = protocol_of(participant.protocol_version)
    held = {
        permission
        for permission in _SHOWN_FOR
        if access.can(user=viewer, permission=permission, site_id=participant.site_id, now=now)
    }
    entered = ratings_entered(participant_id=participant.pk)
    visits = list(selectors.visits_of(participant_id=participant.pk))
    for visit in visits:
        visit.participant = participant
    current = _current(visits, now)
    rows = [
        _row(visit, protocol=protocol, held=held, entered=entered, now=now, is_current=visit.pk == current)
        for visit in visits
    ]
    return {
        "rows": rows,
        "spacing": protocol.spacing,
        "any_mark": next((row.mark for row in rows if row.mark), ""),
        "counts": _counts(rows),
        "first_dose": selectors.first_dose_date(participant=participant),
        "in_trial": participant.status != ParticipantStatus.DISCONTINUED.value,
    }


def window_words(visit: Visit) -> str:
    """Return the days of a window at the site: "12 to 14 Mar 2026", or one day."""
    tz = selectors.zone_of(visit.participant)
    first = visit.opens_at.astimezone(tz).date()
    last = (visit.closes_at - timedelta(microseconds=1)).astimezone(tz).date()
    return _days(first, last)


def _days(first: date, last: date) -> str:
    if first == last:
        return date_words(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {date_words(last)}"
    return f"{first.day} {first:%b} to {date_words(last)}"


def _current(visits: list[Visit], now: datetime) -> UUID | None:
    """Return the visit to look at first: the earliest that is due, else overdue, else to come."""
    statuses = [(visit, selectors.status_of(visit, now=now)) for visit in visits]
    for wanted in (VisitStatus.DUE, VisitStatus.OVERDUE, VisitStatus.PLANNED):
        for visit, status in statuses:
            if status is wanted:
                return visit.pk
    return None


def _counts(rows: list[VisitRow]) -> list[dict[str, Any]]:
    return [
        {"tag": _TAGS.get(status, status.value), "word": status.value.capitalize(), "count": count}
        for status in VisitStatus
        if (count := sum(row.status is status for row in rows))
    ]


def _row(
    visit: Visit,
    *,
    protocol: Protocol,
    held: set[Permission],
    entered: dict[tuple[str, str], Entered],
    now: datetime,
    is_current: bool,
) -> VisitRow:
    plan = protocol.visit(visit.code)
    status = selectors.status_of(visit, now=now)
    carries = selectors.carries_windows(visit, protocol=protocol)
    return VisitRow(
        visit=visit,
        status=status,
        tag=_TAGS.get(status, status.value),
        word=status.value.capitalize(),
        window=window_words(visit),
        mark=(plan.mark or "")
        if plan.protocol_defined and plan.window_before_days + plan.window_after_days
        else "",
        note=_note(visit, status=status, carries=carries),
        ratings=tuple(
            _rating(entry, visit=visit, status=status, held=held, entered=entered)
            for entry in plan.instruments
        ),
        acts=tuple(_acts(visit, status=status, carries=carries, held=held)),
        is_current=is_current,
    )


def _note(visit: Visit, *, status: VisitStatus, carries: bool) -> str:
    if status is VisitStatus.MISSED:
        return visit.missed_reason
    if visit.held_at is not None and place(selectors.window_of(visit), visit.held_at) is not Place.OPEN:
        return "Held outside its window"
    if carries:
        return "All windows move with the first dose"
    return ""


def _rating(
    entry: VisitInstrument,
    *,
    visit: Visit,
    status: VisitStatus,
    held: set[Permission],
    entered: dict[tuple[str, str], Entered],
) -> RatingRow:
    found = entered.get((visit.code, entry.instrument))
    sufficient = permissions_to_enter(entry)
    url = None
    if sufficient & held and (found or status is not VisitStatus.PLANNED):
        url = link("instruments:enter", visit.participant_id, visit.code, entry.instrument)
        back = reverse("schedule:detail", args=[visit.participant_id])
        url = f"{url}?{urlencode({'next': back})}" if url else None
    return RatingRow(
        title=INSTRUMENTS[entry.instrument].name if entry.instrument in INSTRUMENTS else entry.instrument,
        rater=_RATERS[entry.rater],
        state=_rating_state(found, status),
        before_dose=entry.timing == "predose",
        url=url,
    )


def _rating_state(found: Entered | None, status: VisitStatus) -> str:
    if found is not None:
        return "not_done" if found.not_done_reason else "done"
    return {
        VisitStatus.PLANNED: "planned",
        VisitStatus.DUE: "due",
        VisitStatus.HELD: "missing",
    }.get(status, "missing")


def _acts(visit: Visit, *, status: VisitStatus, carries: bool, held: set[Permission]) -> list[Act]:
    acts = []
    left = visit.participant.status == ParticipantStatus.DISCONTINUED.value
    if visit.is_dose and status is VisitStatus.HELD:
        if Permission.SESSION_READ in held:
            acts.append(("Session", "dosing:open", "spray", False))
    elif not left and status in (VisitStatus.DUE, VisitStatus.OVERDUE, VisitStatus.PLANNED):
        due = status is VisitStatus.DUE or (carries and status is VisitStatus.OVERDUE)
        if visit.is_dose and due and Permission.SESSION_CHECK_IN in held:
            acts.append(("Open session", "dosing:open", "chair", True))
        if Permission.VISIT_PLAN in held:
            if not visit.is_dose and status is not VisitStatus.PLANNED:
                acts.append(("Held", "schedule:attend", "check", status is VisitStatus.DUE))
            if status is not VisitStatus.OVERDUE or carries:
                acts.append(
                    ("Move" if visit.planned_at else "Appoint", "schedule:appoint", "calendar", False)
                )
            if status is not VisitStatus.PLANNED:
                acts.append(("Missed", "schedule:miss", "cross-circle", False))
    return [
        Act(label, url, icon, main)
        for label, name, icon, main in acts
        if (url := link(name, visit.pk)) is not None
    ]


def link(name: str, *arguments: object) -> str | None:
    """Return the address of a page, or None while no app provides it."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return None
