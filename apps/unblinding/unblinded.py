"""The one door to what is in an envelope. The database checks each call by itself and keeps who was told.

`apps.unblinding.services` alone may come in: see the contracts in pyproject.toml.
"""

from __future__ import annotations

from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from apps.accounts.models import User
from apps.randomization.services import sealed_call


@sensitive_variables()
def envelope_open(*, request_id: UUID, code_hash: str | None, by: User) -> tuple[str, str, bytes]:
    """
    Open one envelope that was asked for in an earlier transaction; return (outcome, arm, letter).

    Arm and letter are empty unless the outcome is OPENED. Raises psycopg's InsufficientPrivilege for anybody but its
    reader, and LockNotAvailable while it is being opened.
    """
    outcome, arm, pages = sealed_call("envelope_open", request=request_id, by=by.pk, code_hash=code_hash)[0]
    return str(outcome), arm or "", bytes(pages or b"")


@sensitive_variables()
def letter_store(*, participant_id: UUID, study_id: UUID, content: bytes, by: User) -> None:
    """
    Seal one participant's letter. Only the unblinded worker's login can, in the name of an unblinded statistician.

    Raises psycopg's InsufficientPrivilege for everybody else.
    """
    sealed_call("letter_store", participant=participant_id, study=study_id, content=content, by=by.pk)
