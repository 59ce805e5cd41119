"""The two steps of every opening: ask, in a transaction of its own, and open in the next.

The database refuses to open what was asked for in the same transaction, so no answer is ever seen of which the
request is not already kept. Nobody outside this room calls these steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg
from django.db import IntegrityError, transaction
from django.views.decorators.debug import sensitive_variables

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Conflict, Invalid, NotAllowed, Reason, Refused
from apps.participants.models import Participant
from apps.randomization.services import sealed_call
from apps.studies.models import Site
from apps.studies.selectors import protocol_of, unblinded_person
from apps.studies.services import person_unblinded
from apps.unblinding import unblinded
from apps.unblinding.domain.assessment import names_a_treatment
from apps.unblinding.domain.modes import UNBLINDS, Category, Mode
from apps.unblinding.models import Drill, Opening, OpeningRead

SHORTEST_REASON, LONGEST_REASON = 5, 1000


class EnvelopeClosed(Refused):
    """The envelope is not opened now."""

    code = "envelope_closed"
    title = "The envelope stays closed"


@dataclass(frozen=True, slots=True, repr=False)
class Revealed:
    """What the reader is told, once. It goes into one answer and nowhere else, so it does not even print itself."""

    opening: Opening
    arm: str
    pages: bytes
    at: datetime

    def __repr__(self) -> str:
        return f"<Revealed {self.opening.pk}>"


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: which envelope, for whom, and on what ground."""

    key: UUID
    mode: Mode
    site: Site
    participant: Participant | None
    reader: User
    category: str
    reason: str
    drill: Drill | None = None
    adverse_event_id: UUID | None = None
    code_hash: str | None = None
    labels: tuple[str, ...] | None = None


_REFUSALS = {
    "NOT_RANDOMIZED": Reason("not_randomized", "The participant is not randomized: there is no envelope to open."),
    "READER_BLINDED": Reason(
        "reader_blinded",
        "This clinician holds a role of the study that must stay blind. Name another one.",
        "clinician",
    ),
    "TOO_MANY": Reason(
        "too_many",
        "Too many envelopes were asked for within an hour. Ask another investigator of the site, or the safety desk.",
    ),
    "NO_LETTER": Reason("no_letter", "The letter of this participant is not ready."),
    "OPENED_ALREADY": Reason("opened_already", "This envelope was opened and its answer shown once, at that time."),
    "EXPIRED": Reason("expired", "Too much time has passed. Ask for the envelope anew."),
    "LOCKED": Reason("locked", "Too many wrong codes; this answer stays closed. It can be handed over anew.", "code"),
    "WRONG_CODE": Reason("wrong_code", "The code is not right; nothing was opened.", "code"),
}  # fmt: skip


def ground_reasons(*, category: str, reason: str) -> list[Reason]:
    """Return what is wrong with the ground of an opening; its words are free for whoever knows nothing yet."""
    reasons = []
    if category not in {one.value for one in Category}:
        reasons.append(Reason("unknown_choice", "Choose the ground.", "category"))
    if len(reason.strip()) < SHORTEST_REASON:
        reasons.append(Reason("required", "Say in words why the treatment has to be known now.", "reason"))
    elif len(reason.strip()) > LONGEST_REASON:
        reasons.append(Reason("too_long", f"At most {LONGEST_REASON} characters.", "reason"))
    return reasons


def told_reasons(reason: str, *, participant: Participant, by: User) -> list[Reason]:
    """Return what is wrong with the words of somebody who has been told before: blinded people read them."""
    if unblinded_person(study_id=participant.study_id, user=by) is None:
        return []
    arms = protocol_of(participant.protocol_version).arms
    if not names_a_treatment(reason, treatments=[arm.label for arm in arms]):
        return []
    return [
        Reason(
            "names_treatment",
            "You have been told a treatment before; the sponsor reads this: name none.",
            "reason",
        )
    ]


def check_number(typed: str, *, number: str) -> None:
    """
    Make sure that the right participant is meant.

    :raises Invalid: if the number typed is another
    """
    if typed.strip().upper() != number.upper():
        raise Invalid(
            Reason("other_number", "This is not the number of the participant on this page.", "number")
        )


def ask(wanted: Ask, *, by: User, at: datetime) -> Opening:
    """
    Keep the request, and commit it.

    :raises Conflict: if the same form was sent before; its answer is not shown again
    :raises EnvelopeClosed: where there is nothing to open, or too much was opened
    :raises NotAllowed: if the database finds no delegation for it
    """
    if Opening.objects.filter(pk=wanted.key).exists():
        raise _used()
    try:
        with transaction.atomic(durable=True):
            outcome, expires_at = sealed_call(
                "envelope_request",
                request=wanted.key,
                mode=wanted.mode.value,
                study=wanted.site.study_id,
                site=wanted.site.pk,
                participant=wanted.participant.pk if wanted.participant else None,
                by=by.pk,
                reader=wanted.reader.pk,
                reason=wanted.reason,
                code_hash=wanted.code_hash,
                labels=list(wanted.labels) if wanted.labels else None,
            )[0]
            if outcome != "ASKED":
                raise EnvelopeClosed(_REFUSALS[outcome])
            opening = Opening.objects.create(
                pk=wanted.key,
                study_id=wanted.site.study_id,
                site=wanted.site,
                participant=wanted.participant,
                drill=wanted.drill,
                mode=wanted.mode.value,
                category=wanted.category,
                reason=wanted.reason,
                reader=wanted.reader,
                adverse_event_id=wanted.adverse_event_id,
                expires_at=expires_at,
                recorded_at=at,
                recorded_by=by,
            )
            act_record("envelope.asked", opening, by=by, at=at)
    except psycopg.errors.InsufficientPrivilege:
        raise _not_delegated() from None
    except (psycopg.errors.UniqueViolation, IntegrityError):
        raise _used() from None
    except psycopg.errors.LockNotAvailable:
        raise EnvelopeClosed(
            "Another envelope of the study is being opened at this moment. Try again."
        ) from None
    return opening


@sensitive_variables()
def open_once(opening: Opening, *, code_hash: str | None = None, by: User, at: datetime) -> Revealed:
    """
    Open what was asked for, tell its reader, and enter the reader into the register of unblinded people.

    :raises EnvelopeClosed: if it was opened before, has expired, or the code is wrong
    :raises NotAllowed: if it is not this person's, or they may not know it any more
    """
    try:
        with transaction.atomic(durable=True):
            outcome, arm, pages = unblinded.envelope_open(request_id=opening.pk, code_hash=code_hash, by=by)
            if outcome == "OPENED":
                OpeningRead.objects.create(opening=opening, recorded_at=at, recorded_by=by)
                act_record("envelope.opened", opening, by=by, at=at)
                how = UNBLINDS.get(Mode(opening.mode))
                if how is not None:
                    person_unblinded(study_id=opening.study_id, user=by, how=how, by=by, at=at)
            else:
                act_record("envelope.kept_closed", opening, by=by, at=at, outcome=outcome)
    except psycopg.errors.InsufficientPrivilege:
        raise _not_delegated() from None
    except psycopg.errors.LockNotAvailable:
        raise EnvelopeClosed("This envelope is being opened at this moment. Try again.") from None
    if outcome != "OPENED":
        raise EnvelopeClosed(_REFUSALS[outcome])
    return Revealed(opening, arm, pages, at)


def act_record(kind: str, opening: Opening, *, by: User, at: datetime, **detail: str) -> None:
    """Leave the trace of an act on an envelope; it holds the way and the ground, never what was in it."""
    event_record(
        kind=kind,
        by=by,
        at=at,
        subject=opening,
        study=opening.study.code,
        site=opening.site.code,
        participant=opening.subject,
        reason=opening.reason if kind == "envelope.asked" else "",
        detail={"mode": opening.mode, "category": opening.category, "reader": opening.reader.email, **detail},
    )


def _used() -> Conflict:
    return Conflict(_REFUSALS["OPENED_ALREADY"])


def _not_delegated() -> NotAllowed:
    return NotAllowed(Reason("not_delegated", "You are not delegated to open this envelope."))
