"""Answers: what was measured, what was judged, by whom, and why it was changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.core.exceptions import Conflict, Invalid, Reason
from apps.participants import selectors as participants
from apps.participants.domain.status import ParticipantStatus
from apps.participants.models import Participant
from apps.screening import selectors
from apps.screening.domain.decision import ScreeningClosed, ScreeningState, check_open
from apps.screening.domain.sections import FACT, section_of
from apps.screening.domain.values import Read, read_judgement, read_value
from apps.screening.models import Answer, Screening
from apps.screening.services.acts import act_record
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.domain.protocol import Protocol
from apps.studies.selectors import protocol_of

LONGEST_EVIDENCE = 500
#: Written when something that was not assessed gets its first value: that corrects nothing.
ASSESSED_LATER = "Assessed later"


@dataclass(frozen=True, slots=True)
class AnswerGiven:
    """One answer as sent. `seen` names the answer it was given upon; "none" means that there was none."""

    kind: str
    key: str
    value: Any
    observed_at: datetime
    evidence: str = ""
    change_reason: str = ""
    seen: UUID | Literal["none"] | None = None


@transaction.atomic
def answers_record(
    *, screening_id: UUID, answers: Sequence[AnswerGiven], by: User, at: datetime
) -> tuple[Answer, ...]:
    """
    Record several answers, all or none; return those that are new. What says the same as before is left alone.

    :raises NotFound: if the screening is absent or at another site
    :raises NotAllowed: without screening:record
    :raises Invalid: with every answer that cannot be right, by `answers.<n>.<field>`
    :raises Conflict: if an answer was changed since it was looked at
    :raises apps.screening.domain.decision.ScreeningClosed: if it comes too late
    """
    participant, screening = selectors.screening_get(viewer=by, screening_id=screening_id, now=at, lock=True)
    access.check(user=by, permission=Permission.SCREENING_RECORD, site_id=participant.site_id, now=at)
    protocol = protocol_of(screening.protocol_version)
    current = selectors.answers_current(screening=screening)

    reads = [_read(protocol, given) for given in answers]
    reasons = _reasons(participant, answers, reads, at=at)
    if reasons:
        raise Invalid(*reasons)
    _check_open(participant, screening, protocol, answers)
    stale = [given.key for given in answers if _is_stale(given, current.get((given.kind, given.key)))]
    if stale:
        raise Conflict(
            *(
                Reason("answered_meanwhile", f"{key} was answered by somebody else meanwhile.", key)
                for key in stale
            )
        )
    changes = [
        (index, given, read.value, current.get((given.kind, given.key)))
        for index, (given, read) in enumerate(zip(answers, reads, strict=True))
        if _differs(given, read.value, current.get((given.kind, given.key)))
    ]
    unexplained = [index for index, given, _, old in changes if old is not None and not _why(given, old)]
    if unexplained:
        raise Invalid(
            *(
                Reason("required", "Say why the answer is changed.", f"answers.{index}.change_reason")
                for index in unexplained
            )
        )
    if not changes:
        return ()

    written = tuple(
        Answer.objects.create(
            screening=screening,
            kind=given.kind,
            key=given.key,
            value=value,
            evidence=given.evidence.strip(),
            observed_at=given.observed_at,
            supersedes=old,
            change_reason=_why(given, old) if old is not None else "",
            recorded_at=at,
            recorded_by=by,
        )
        for _, given, value, old in changes
    )
    screening.version += 1
    screening.save(update_fields=["version"])
    act_record(
        kind="screening.answered",
        participant=participant,
        by=by,
        at=at,
        subject=screening,
        reason="; ".join(sorted({given.change_reason.strip() for _, given, _, old in changes if old} - {""})),
        detail={
            "answered": sorted(given.key for _, given, _, old in changes if old is None),
            "changed": sorted(given.key for _, given, _, old in changes if old is not None),
        },
    )
    return written


def answer_record(
    *,
    screening_id: UUID,
    kind: str,
    key: str,
    value: Any,
    observed_at: datetime,
    evidence: str = "",
    change_reason: str = "",
    by: User,
    at: datetime,
) -> Answer | None:
    """Record one answer; None when it says the same as before. Raises as `answers_record` does."""
    given = AnswerGiven(kind, key, value, observed_at, evidence, change_reason)
    written = answers_record(screening_id=screening_id, answers=[given], by=by, at=at)
    return written[0] if written else None


def _read(protocol: Protocol, given: AnswerGiven) -> Read:
    section = section_of(protocol, kind=given.kind, key=given.key)
    if section is None:
        return Read(None, Reason("unknown_question", "The protocol does not ask this.", "key"))
    if given.kind == FACT:
        return read_value(protocol.fact(given.key), given.value)
    return read_judgement(given.value)


def _reasons(
    participant: Participant, answers: Sequence[AnswerGiven], reads: Sequence[Read], *, at: datetime
) -> list[Reason]:
    first = participants.consent_first(participant=participant)
    reasons: list[Reason] = []
    seen: set[tuple[str, str]] = set()
    for index, (given, read) in enumerate(zip(answers, reads, strict=True)):
        found = [read.reason] if read.reason else []
        if (given.kind, given.key) in seen:
            found.append(Reason("twice", "This is answered twice.", "key"))
        seen.add((given.kind, given.key))
        if given.observed_at > at:
            found.append(Reason("in_the_future", "This lies in the future.", "observed_at"))
        if first is not None and given.observed_at < first.consented_at:
            found.append(Reason("before_consent", "This lies before the consent.", "observed_at"))
        if len(given.evidence) > LONGEST_EVIDENCE:
            found.append(Reason("too_long", f"At most {LONGEST_EVIDENCE} characters.", "evidence"))
        reasons += [
            Reason(reason.code, reason.message, f"answers.{index}.{reason.field}") for reason in found
        ]
    return reasons


def _check_open(
    participant: Participant, screening: Screening, protocol: Protocol, answers: Sequence[AnswerGiven]
) -> None:
    if participants.consent_in_force(participant=participant) is None:
        raise ScreeningClosed("The consent is withdrawn; nothing more is recorded.")
    for given in answers:
        section = section_of(protocol, kind=given.kind, key=given.key)
        check_open(
            state=ScreeningState(screening.state),
            stage=section.stage if section else "screening",
            may_prepare=participant.status == ParticipantStatus.ELIGIBLE.value,
        )


def _is_stale(given: AnswerGiven, old: Answer | None) -> bool:
    if given.seen is None:
        return False
    return given.seen != ("none" if old is None else old.pk)


def _differs(given: AnswerGiven, value: Any, old: Answer | None) -> bool:
    if old is None:
        return True
    # True equals 1 in Python; a yes is no number.
    return (type(old.value), old.value, old.evidence) != (type(value), value, given.evidence.strip())


def _why(given: AnswerGiven, old: Answer) -> str:
    return given.change_reason.strip() or (ASSESSED_LATER if old.value is None else "")
