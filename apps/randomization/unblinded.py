"""The one door to the arms. Only the unblinded worker's database login can go through it.

Every call leaves a line in the sealed access log, and the database itself checks that the person in whose
name it is made is delegated as unblinded statistician of the study.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg

from apps.accounts.models import User
from apps.core.exceptions import NotAllowed, NotFound, Reason
from apps.randomization.domain.material import ListMaterial
from apps.randomization.models import sealed_call


@dataclass(frozen=True, slots=True)
class ArmOf:
    """The arm of one participant: its code and label, the list and the stratum of the draw, and when it
    was.
    """

    participant_id: UUID
    list_id: UUID
    stratum: str
    arm: str
    arm_label: str
    drawn_at: datetime


@dataclass(frozen=True, slots=True)
class SealedFileEntry:
    """A file of a sealed report, without its content; `size` in bytes."""

    name: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A file of a sealed report, opened."""

    media_type: str
    content: bytes
    sha256: str


def arms_read(*, study_id: UUID, by: User, reason: str) -> tuple[ArmOf, ...]:
    """Return the arms of everybody randomized in a study, in the order of random identifiers.

    Raises NotAllowed when this process or this person may not read arms.
    """
    try:
        rows = sealed_call("arms_read", study=study_id, by=by.pk, reason=reason)
    except psycopg.errors.InsufficientPrivilege:
        raise _refusal() from None
    return tuple(ArmOf(*row) for row in rows)


def list_material(*, list_id: UUID, by: User, reason: str) -> ListMaterial:
    """Return what a replay of a list needs, seed and all, for the unblinded worker in the name of a person.

    Raises NotAllowed when this process or this person may not read arms.
    """
    try:
        seed, _parameters, digest, _method = sealed_call(
            "replay_list", list=list_id, by=by.pk, reason=reason
        )[0]
        slots = sealed_call("replay_slots", list=list_id, by=by.pk)
        draws = sealed_call("replay_draws", list=list_id, by=by.pk)
        lengths = sealed_call("replay_extents", list=list_id, by=by.pk)
    except psycopg.errors.InsufficientPrivilege:
        raise _refusal() from None
    return ListMaterial(bytes(seed), digest, tuple(slots), tuple(draws), tuple(lengths))


def report_store(
    *, job_id: UUID, study_id: UUID, name: str, media_type: str, content: bytes, by: User
) -> str:
    """Keep one file of a report that shows arms; return its SHA-256. Raises NotAllowed as `arms_read`
    does.
    """
    try:
        rows = sealed_call(
            "report_store",
            job=job_id,
            study=study_id,
            name=name,
            media_type=media_type,
            content=content,
            by=by.pk,
        )
    except psycopg.errors.InsufficientPrivilege:
        raise _refusal() from None
    return str(rows[0][0])


def report_files(*, job_id: UUID, viewer: User) -> tuple[SealedFileEntry, ...]:
    """Return the files of a sealed report; none for a viewer who is not delegated as unblinded."""
    return tuple(SealedFileEntry(*row) for row in sealed_call("report_list", job=job_id, by=viewer.pk))


def report_open(*, job_id: UUID, name: str, by: User, reason: str) -> SealedFile:
    """Open one file of a sealed report and leave a line in the access log.

    Raises NotFound for a file that is not there and for a person who is not delegated as unblinded.
    """
    rows = sealed_call("report_open", job=job_id, name=name, by=by.pk, reason=reason)
    if not rows:
        raise NotFound("There is no such file.")
    media_type, content, sha256 = rows[0]
    return SealedFile(media_type=media_type, content=bytes(content), sha256=sha256)


def _refusal() -> NotAllowed:
    return NotAllowed(
        Reason("arm_sealed", "Arms can be read only by the unblinded worker, for an unblinded person.")
    )
