"""The treatment in the story: sessions with readings, findings told, a second dose asked for that differs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core import mail

from apps.accounts.selectors import system_user
from apps.dosing.domain.session import DischargeClearance
from apps.dosing.models import DosingSession
from apps.dosing.services import (
    dose_request,
    gates_record,
    session_check_in,
    session_clear,
    session_discharge,
)
from apps.monitoring.services import (
    observation_record,
    prescriber_mark,
    unwatched_findings_raise,
    watch_leave,
    watch_take_over,
)
from apps.participants.models import Participant
from apps.reminders.services import webhook_add
from apps.reminders.tasks import findings_tell
from apps.supply.models import Kit
from tests.factories.treatment import gate_answers, observing, visit_of

if TYPE_CHECKING:
    from tests.apps.blind.story import Telling

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
TREATED = ("B1", "B2", "B3", "B4", "B5", "B6")


def treat(telling: Telling) -> None:
    """Six people: the first session with readings, then a second one with a dose asked for that differs."""
    cast = telling.stage.flexible
    telling.step(
        "webhook",
        lambda: webhook_add(
            study=cast.study, site_code="", url="https://alarm.example.org/in", salt="salt",
            by=cast.administrator, at=telling.at,
        ),
    )  # fmt: skip
    for index, name in enumerate(TREATED):
        one = Participant.objects.get(pk=telling.people[name].pk)
        begin = (1 + index) * HOUR
        session = telling.step(
            f"first session of {name}",
            lambda one=one, begin=begin: observing(cast, one, at=telling.at + begin, chair=1),
            after=begin + 12 * MINUTE,
        )
        telling.step(
            f"readings of {name}", lambda s=session, b=begin: _read(telling, s, b), after=begin + 41 * MINUTE
        )
        telling.step(
            f"finding of {name} told",
            lambda: _told(telling),
            after=begin + 41 * MINUTE + timedelta(seconds=5),
        )
        end = begin + 130 * MINUTE
        telling.step(f"end of {name}", lambda s=session, e=end: _discharge(telling, s, e), after=end)
    for index, (name, dose) in enumerate(zip(TREATED, (84, 84, 56, 56, 84, 84), strict=True)):
        one = Participant.objects.get(pk=telling.people[name].pk)
        telling.step(
            f"second session of {name}",
            lambda one=one, dose=dose, i=index: _again(
                telling, one, dose, chair=1 + i, begin=3 * DAY + i * HOUR
            ),
            after=3 * DAY + index * HOUR,
        )


def _read(telling: Telling, session: DosingSession, begin: timedelta) -> None:
    moment = telling.at + begin + 40 * MINUTE
    observation_record(
        observation_id=telling.chance.uuid(), session_id=session.pk, slot_minute=40, observed_at=moment,
        entered_at=moment, values={"sbp": 182, "dbp": 104, "hr": 77, "spo2": 97, "moaas": 5},
        by=telling.stage.flexible.nurse, at=moment + MINUTE,
    )  # fmt: skip
    _watch(telling, session, moment + MINUTE)


def _watch(telling: Telling, session: DosingSession, at: datetime) -> None:
    """The watch changes hands, nobody has it for a while, and the prescriber comes and goes."""
    cast = telling.stage.flexible
    prescriber_mark(site_id=session.site_id, on_site=True, by=cast.investigator, at=at)
    watch_take_over(expected={session.pk: 1}, by=cast.investigator, at=at)
    watch_leave(expected={session.pk: 2}, reason="Called away", by=cast.investigator, at=at + MINUTE)
    unwatched_findings_raise(by=system_user(), at=at + 5 * MINUTE)
    watch_take_over(expected={session.pk: 3}, by=cast.nurse, at=at + 6 * MINUTE)
    prescriber_mark(site_id=session.site_id, on_site=False, by=cast.investigator, at=at + 9 * MINUTE)


def _told(telling: Telling) -> None:
    """A high pressure, told by mail."""
    mail.outbox = []
    findings_tell()
    for index, message in enumerate(mail.outbox):
        telling.hear(f"finding by e-mail {index}", message.message().as_bytes())


def _discharge(telling: Telling, session: DosingSession, end: timedelta) -> None:
    at = telling.at + end
    clearance = DischargeClearance(
        session_id=session.pk, cleared_at=at, minutes_observed=121, observation_count=9, rule_digest="abc"
    )
    session_discharge(session_id=session.pk, clearance=clearance, by=telling.stage.flexible.nurse, at=at)


def _again(telling: Telling, one: Participant, dose: int, *, chair: int, begin: timedelta) -> DosingSession:
    cast, at = telling.stage.flexible, telling.at + begin
    session = session_check_in(
        visit_id=visit_of(one, "D4").pk, chair=chair, by=cast.nurse, at=at - 3 * MINUTE
    )
    session = gates_record(
        session_id=session.pk,
        answers=gate_answers(now=at),
        version=session.version,
        by=cast.nurse,
        at=at - 2 * MINUTE,
    )
    session = dose_request(
        session_id=session.pk, dose_mg=dose, version=session.version, by=cast.investigator, at=at
    )
    telling.hear(
        "dose", [kit.number for kit in Kit.objects.filter(participant=one).order_by("visit_code", "position")]
    )
    return session_clear(session_id=session.pk, version=session.version, by=cast.nurse, at=at)
