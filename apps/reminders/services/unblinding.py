"""Telling of opened envelopes: that, by whom, on what ground. No message can name a treatment: none is known here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial

from apps.accounts.models import User
from apps.reminders.domain.timing import occurrence_latest
from apps.reminders.models import Reminder
from apps.reminders.selectors import holders
from apps.studies.domain.permissions import Role
from apps.studies.models import Site, Study
from apps.unblinding import selectors
from apps.unblinding.domain.modes import MODE_LABELS, Mode, category_label
from apps.unblinding.models import Opening

#: What happened longer ago than this is history, not news.
HORIZON = timedelta(days=8)
#: An assessment is asked for when the envelope is opened, and again every day from when it is due.
ASSESSMENT_REPEAT_HOURS = 24.0

#: Raters are never told: even that a participant's code was broken is more than they may know.
_STUDY = (Role.SPONSOR, Role.ADMINISTRATOR, Role.MONITOR, Role.SAFETY_PHYSICIAN)
_SITE = (Role.COORDINATOR, Role.INVESTIGATOR, Role.SESSION_NURSE)
#: Who is told of which way; the site stays out of the safety physician's work, and of letters nobody needs telling.
_TOLD = {
    Mode.EMERGENCY: (*_STUDY, *_SITE),
    Mode.MEDIATED: (*_STUDY, *_SITE),
    Mode.SUSAR: (Role.SPONSOR, Role.ADMINISTRATOR, Role.SAFETY_PHYSICIAN),
    Mode.LETTER: (),
    Mode.DRILL: (*_STUDY, *_SITE),
}


def role_holders(roles: Iterable[Role], *, study: Study, site: Site | None, now: datetime) -> list[User]:
    """Return who holds one of the roles at the site or in the whole study, each once."""
    codes = [role.value for role in roles]
    found = holders(roles=codes, study_id=study.pk, site_id=site.pk if site else None, now=now)
    return [holder.user for holder in found]


def _told(opening: Opening) -> tuple[str, str]:
    """Return subject and text of the message that an envelope was opened."""
    mode = Mode(opening.mode)
    title = "the treatment code was opened" if mode is not Mode.MEDIATED else "the treatment was handed over"
    subject = f"{opening.subject}: {title}"
    if mode is Mode.DRILL:
        subject = f"DRILL. {subject}"
    ground = category_label(opening.category)
    lines = [
        "DRILL: nobody by this number exists." if mode is Mode.DRILL else f"{MODE_LABELS[mode]}.",
        f"{opening.subject} at {opening.site.code}, {opening.recorded_at:%d %b %Y %H:%M} UTC.",
        f"Asked by {opening.recorded_by}; to be read by {opening.reader} alone.",
        *([f"Ground: {ground}."] if ground else []),
        "The treatment stands in no message and no record. Do not ask for it, and do not pass it on.",
    ]
    return subject, "\n".join(lines) + "\n"


def _openings(*, by: User, at: datetime) -> Iterator[Reminder]:
    for opening in selectors.openings_since(since=at - HORIZON):
        make = partial(
            Reminder,
            study=opening.study,
            site=opening.site,
            participant=opening.participant,
            due_at=opening.recorded_at,
            recorded_at=at,
            recorded_by=by,
        )
        subject, body = _told(opening)
        code = "CODE_DRILL" if opening.drill_id else "CODE_BROKEN"
        roles = _TOLD[Mode(opening.mode)]
        for user in role_holders(roles, study=opening.study, site=opening.site, now=at):
            yield make(
                code=code, key=f"{code}:{opening.pk}:{user.pk}", recipient=user, subject=subject, body=body
            )
        if opening.mode == Mode.MEDIATED.value:
            yield make(
                code="CODE_MESSAGE", key=f"CODE_MESSAGE:{opening.pk}", recipient=opening.reader,
                subject=f"{opening.subject}: a treatment was handed over to you",
                body=f"{opening.recorded_by} hands the treatment of {opening.subject} over to you.\n"
                "Sign in to Vigil, open Code breaks, and have the code ready that they tell you.\n"
                f"It can be read until {opening.expires_at:%d %b %Y %H:%M} UTC.\n",
            )  # fmt: skip


def _assessments(*, by: User, at: datetime) -> Iterator[Reminder]:
    for opening, due in selectors.assessments_missing(since=at - timedelta(days=90)):
        late = occurrence_latest(moment=due, offset_hours=0, repeat_hours=ASSESSMENT_REPEAT_HOURS, now=at)
        number, due_at = (0, opening.recorded_at) if late is None else (late.number + 1, late.due_at)
        if due_at < at - HORIZON:
            continue
        investigators = role_holders((Role.INVESTIGATOR,), study=opening.study, site=opening.site, now=at)
        for user in investigators:
            yield Reminder(
                study=opening.study, site=opening.site, participant=opening.participant, code="IMPACT_DUE",
                key=f"IMPACT_DUE:{opening.pk}:{number}:{user.pk}", recipient=user, due_at=due_at,
                subject=f"{opening.subject}: assess what the unblinding does to the trial",
                body=f"The assessment is due by {due:%d %b %Y %H:%M} UTC: open Code breaks, {opening.subject}.\n"
                "Name no treatment in it.\n",
                recorded_at=at, recorded_by=by,
            )  # fmt: skip


def _past_the_application(*, by: User, at: datetime) -> Iterator[Reminder]:
    """An envelope the application knows nothing of: somebody asked the database directly."""
    unrecorded = selectors.openings_unrecorded(since=at - HORIZON)
    studies = Study.objects.in_bulk({found.study_id for found in unrecorded})
    for found in unrecorded:
        study = studies.get(found.study_id)
        if study is None:
            continue
        for user in role_holders((Role.SPONSOR, Role.ADMINISTRATOR), study=study, site=None, now=at):
            yield Reminder(
                study=study, code="CODE_PAST", key=f"CODE_PAST:{found.request_id}:{user.pk}", recipient=user,
                due_at=found.at, subject="An envelope was asked for past the application",
                body=f"Somebody asked for an envelope of {study.code} at {found.at:%d %b %Y %H:%M} UTC by "
                f"another way. Request {found.request_id}. Treat it as a breach until it is explained.\n",
                recorded_at=at, recorded_by=by,
            )  # fmt: skip


def unblinding_rows(*, by: User, at: datetime) -> Iterator[Reminder]:
    """Yield a row for everybody who is to be told of an opened envelope, and for every assessment that is due."""
    yield from _openings(by=by, at=at)
    yield from _assessments(by=by, at=at)
    yield from _past_the_application(by=by, at=at)
