"""Telling of findings: whom, when, how often, and until when. The figures are the protocol's (block `telling`).

The first telling is due the moment the server has the reading, and takes place even if somebody took note at once: an
investigator is told of what a nurse has noted. Only repeats and further roles wait for nobody having taken note.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.reminders.domain.timing import Occurrence, occurrence_latest
from apps.studies.domain.permissions import ROLE_PERMISSIONS, Permission
from apps.studies.domain.protocol import TellingRule

#: Seconds to wait before the next try; after the last one the telling has failed and the next round comes anyway.
RETRY_SECONDS = (5, 15, 45, 120)
ATTEMPTS_ALLOWED = len(RETRY_SECONDS) + 1
#: A worker that claimed a telling and said nothing for so long has died; it is told again rather than lost.
CLAIM_SPAN = timedelta(seconds=45)

#: Who sees no session is told of none: above all the blinded raters, whatever a protocol says.
MAY_BE_TOLD = frozenset(
    role.value for role, granted in ROLE_PERMISSIONS.items() if Permission.SESSION_READ in granted
)


@dataclass(frozen=True, slots=True)
class Turn:
    """Roles that are told together: `after_minutes` from the arrival of the reading on."""

    roles: tuple[str, ...]
    after_minutes: int


def told_roles(notify: Iterable[str]) -> tuple[str, ...]:
    """Return those of a finding's roles that may be told, in their order."""
    return tuple(role for role in dict.fromkeys(notify) if role in MAY_BE_TOLD)


def turns(rule: TellingRule, notify: Iterable[str], *, held: Collection[str]) -> tuple[Turn, ...]:
    """
    Return who is told from when on. `held` names the roles somebody holds at the site at this moment.

    Where nobody holds any of the first roles, the next are told at once. Without roles to begin with (a rule that
    tells nobody), nobody is.
    """
    first = told_roles(notify)
    if not first:
        return ()
    wait = rule.escalate_after_minutes
    if wait is None:
        return (Turn(first, 0),)
    later = tuple(role for role in told_roles(rule.escalate_to) if role not in first)
    alone = not set(first) & set(held)
    return (Turn(first, 0), *((Turn(later, 0 if alone else wait),) if later else ()))


def telling_due(
    turn: Turn, rule: TellingRule, *, arrived_at: datetime, settled: bool, now: datetime
) -> Occurrence | None:
    """
    Return the telling of a turn that is due by `now`, or None. Of those missed in a silence only the latest is due.

    `settled`: somebody took note, or the finding is over. Then only the very first telling is still owed.
    """
    if settled:
        return Occurrence(0, arrived_at) if turn.after_minutes == 0 else None
    due = occurrence_latest(
        moment=arrived_at,
        offset_hours=turn.after_minutes / 60,
        repeat_hours=rule.repeat_minutes / 60,
        now=now,
    )
    return due if due is not None and due.number < rule.at_most else None


def retry_at(attempts: int, *, now: datetime) -> datetime | None:
    """Return when a telling that failed `attempts` times is tried again; None: no more."""
    if attempts >= ATTEMPTS_ALLOWED:
        return None
    return now + timedelta(seconds=RETRY_SECONDS[attempts - 1])


def is_abandoned(claimed_at: datetime, *, now: datetime) -> bool:
    """Say whether whoever claimed a telling is to be given up."""
    return now - claimed_at >= CLAIM_SPAN


#: How a severity begins a message, and how it is said on a page.
SEVERITY_WORDS = {"watch": "Watch", "urgent": "Urgent", "emergency": "Emergency", "info": "For information"}


@dataclass(frozen=True, slots=True)
class Told:
    """What a message says of a finding: where and what to do, never a value, never a treatment."""

    number: str
    chair: int
    site: str
    visit: str
    severity: str
    label: str
    action: str
    at: str
    noted_by: str = ""
    is_over: bool = False
    round: int = 0
    role: str = ""


def mail_of(told: Told) -> tuple[str, str]:
    """Return subject and text of the mail."""
    word = SEVERITY_WORDS[told.severity]
    subject = f"{word}: {told.number}, chair {told.chair} at {told.site}"
    if told.noted_by:
        standing = f"Noted by {told.noted_by}."
    elif told.is_over:
        standing = "A later reading has ended it; nobody has noted it."
    elif told.round:
        standing = f"Nobody has noted it yet. You are told for the {_ordinal(told.round + 1)} time."
    else:
        standing = "Nobody has noted it yet."
    lines = [
        f"{told.label}.",
        f"What to do: {told.action}" if told.action else "",
        f"{told.number}, chair {told.chair} at {told.site}, session of {told.visit}; reading of {told.at}.",
        standing,
        f"You are told as {told.role}. The figures stand in Vigil: Sessions, chair {told.chair}.",
    ]
    return subject, "\n".join(line for line in lines if line) + "\n"


def _ordinal(number: int) -> str:
    if 10 <= number % 100 <= 20:
        return f"{number}th"
    return f"{number}{({1: 'st', 2: 'nd', 3: 'rd'}).get(number % 10, 'th')}"
