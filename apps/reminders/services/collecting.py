"""Collecting what is to be told. A due row is written first; the message follows from it.

Everything is asked for in the order of identifiers, which are random: the order in which rows lie in the database would
become the order of the messages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.dosing.models import DosingSession
from apps.instruments.models import RatingSlot
from apps.papers.selectors import sheets_to_tell
from apps.participants.models import Participant
from apps.reminders.domain.timing import occurrence_latest
from apps.reminders.models import Reminder
from apps.reminders.selectors import holders
from apps.reminders.services.unblinding import unblinding_rows
from apps.safety.models import AdverseEvent
from apps.schedule.models import Visit
from apps.screening.models import Screening
from apps.studies import selectors
from apps.studies.domain.protocol import Protocol, ReminderRule

#: A participant in a chair, or already through, needs no telling about the visit.
SEATED = ("CHECKED_IN", "WITHHELD", "CLEARED", "DOSING", "OBSERVING", "DISCHARGED")
#: What happened longer ago than this is history, not news.
HORIZON = timedelta(days=8)
#: Sheets of sessions held before that are the page's to show; no programme gives longer than this.
SHEETS_SINCE = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something that may be worth telling: a moment, until when, about whom."""

    trigger: str
    subject_id: object
    moment: datetime
    participant: Participant
    about: str
    ends_at: datetime | None = None
    rater: User | None = None
    alias: str = ""


def _visits(now: datetime) -> Iterator[Occasion]:
    open_visits = Visit.objects.filter(
        held_at__isnull=True,
        missed_at__isnull=True,
        opens_at__lt=now + timedelta(days=3),
        closes_at__gt=now - HORIZON,
        participant__status="RANDOMIZED",
        participant__study__state="LIVE",
    ).exclude(sessions__state__in=SEATED)
    related = ("participant__study", "participant__site", "participant__protocol_version")
    for visit in open_visits.select_related(*related).order_by("pk"):
        start = visit.planned_at or visit.opens_at
        make = partial(Occasion, subject_id=visit.pk, participant=visit.participant, about=visit.label)
        yield make("visit_due", moment=start, ends_at=start)
        if visit.is_dose:
            yield make("dose_due", moment=start, ends_at=start)
        yield make("window_closing", moment=visit.closes_at, ends_at=visit.closes_at)
        yield make("visit_overdue", moment=max(visit.planned_at or visit.closes_at, visit.opens_at))


def _ratings(now: datetime) -> Iterator[Occasion]:
    slots = RatingSlot.objects.filter(
        ratings__isnull=True,
        opens_at__lt=now + timedelta(days=3),
        closes_at__gt=now - HORIZON,
        participant__status__in=["SCREENING", "ELIGIBLE", "RANDOMIZED"],
        participant__study__state="LIVE",
    )
    related = ("participant__study", "participant__site", "participant__protocol_version", "rater")
    for slot in slots.select_related(*related).order_by("pk"):
        make = partial(
            Occasion,
            subject_id=slot.pk,
            participant=slot.participant,
            about=slot.instrument,
            rater=slot.rater,
            alias=slot.alias,
        )
        yield make("rating_due", moment=slot.opens_at, ends_at=slot.closes_at)
        yield make("rating_overdue", moment=slot.closes_at)


def _others(now: datetime) -> Iterator[Occasion]:
    related = ("participant__study", "participant__site", "participant__protocol_version")
    sessions = DosingSession.objects.filter(state="OBSERVING", dosed_at__gt=now - HORIZON)
    for session in sessions.select_related(*related).order_by("pk"):
        yield Occasion("session_open", session.pk, session.dosed_at, session.participant, "dosing session")
    serious = AdverseEvent.objects.filter(
        is_serious=True, site_aware_at__gt=now - HORIZON, participant__study__state="LIVE"
    )
    for event in serious.select_related(*related).order_by("pk"):
        hours = selectors.protocol_of(event.participant.protocol_version).safety.sae_hours
        due = event.site_aware_at + timedelta(hours=hours)
        yield Occasion(
            "sae_clock", event.pk, due, event.participant, "serious adverse event", ends_at=due + HORIZON
        )
    stalled = Screening.objects.filter(
        state="OPEN", participant__study__state="LIVE", opened_at__gt=now - timedelta(days=90)
    )
    for screening in stalled.select_related(*related).order_by("pk"):
        latest = (
            screening.answers.order_by("-recorded_at", "id").values_list("recorded_at", flat=True).first()
        )
        yield Occasion(
            "screening_stalled",
            screening.pk,
            latest or screening.opened_at,
            screening.participant,
            "screening",
        )


def _sheets(now: datetime) -> Iterator[Occasion]:
    """Monitoring data sheets that are not sent. Once it is, there is nothing to tell any more."""
    for sheet in sheets_to_tell(now=now, since=now - SHEETS_SINCE):
        yield Occasion(
            "sheet_due",
            sheet.session.pk,
            sheet.late_from,
            sheet.session.participant,
            f"{sheet.session.visit.label}, due by {sheet.due_on:%d %b %Y}",
            ends_at=sheet.late_from + HORIZON,
        )


def _rows(occasion: Occasion, rule: ReminderRule, *, by: User, at: datetime) -> Iterator[Reminder]:
    due = occurrence_latest(
        moment=occasion.moment,
        offset_hours=rule.offset_hours,
        repeat_hours=rule.repeat_hours,
        now=at,
        ends_at=occasion.ends_at,
    )
    if due is None or due.due_at < at - HORIZON:
        return
    participant = occasion.participant
    base = f"{rule.code}:{occasion.subject_id}:{due.number}"
    around = holders(
        roles=[rule.audience], study_id=participant.study_id, site_id=participant.site_id, now=at
    )
    people = [holder.user for holder in around]
    make = partial(
        Reminder,
        study=participant.study,
        site=participant.site,
        participant=participant,
        code=rule.code,
        due_at=due.due_at,
        recorded_at=at,
        recorded_by=by,
    )
    if rule.audience == "PARTICIPANT":
        yield make(key=f"{base}:participant", subject="Your study visit", body=rule.text)
    elif rule.audience == "EFFICACY_RATER":
        # A rater is told an alias: no number, no site, no visit (the blind).
        raters = [occasion.rater] if occasion.rater else people
        for user in raters:
            yield make(
                key=f"{base}:{user.pk}", recipient=user, participant=None, site=None,
                subject=f"Interview {occasion.alias}",
                body=f"{rule.text}\nInterview {occasion.alias}, {occasion.about}.\n",
            )  # fmt: skip
    else:
        for user in people:
            yield make(
                key=f"{base}:{user.pk}", recipient=user,
                subject=f"{participant.number}: {rule.text}",
                body=f"{rule.text}\n{participant.number} at {participant.site.code}: {occasion.about}.\n",
            )  # fmt: skip


def _wanted(*, by: User, at: datetime) -> Iterator[Reminder]:
    for source in (_visits, _ratings, _others, _sheets):
        for occasion in source(at):
            protocol: Protocol = selectors.protocol_of(occasion.participant.protocol_version)
            for rule in protocol.reminders:
                if rule.trigger == occasion.trigger:
                    yield from _rows(occasion, rule, by=by, at=at)
    yield from unblinding_rows(by=by, at=at)


@transaction.atomic
def reminders_collect(*, by: User, at: datetime) -> int:
    """
    Write a due row for everything the protocols say is to be told by now; return how many are new.

    Safe to run twice at once: the key is unique, and a row that is there already is left alone.
    """
    wanted = {reminder.key: reminder for reminder in _wanted(by=by, at=at)}
    known = set(Reminder.objects.filter(key__in=wanted).values_list("key", flat=True))
    new = [reminder for key, reminder in sorted(wanted.items()) if key not in known]
    if not new:
        return 0
    Reminder.objects.bulk_create(new, ignore_conflicts=True, batch_size=500)
    event_record(kind="reminder.collected", by=by, at=at, detail={"rows": len(new)})
    return len(new)
