"""Refusals. A service that will not do a thing says so aloud, with every reason at once.

One handler turns them into a form error on a page or a problem document (RFC 9457) at the API.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """One ground for a refusal: a stable `code` for programs, a `message` for people, the `field` it is about."""

    code: str
    message: str
    field: str = ""


class Refused(Exception):
    """The request was understood and will not be done. `reasons` holds every ground, never only the first."""

    status = 409
    code = "refused"
    title = "This cannot be done now"

    def __init__(self, *reasons: Reason | str) -> None:
        self.reasons: tuple[Reason, ...] = tuple(
            reason if isinstance(reason, Reason) else Reason(self.code, reason) for reason in reasons
        )
        super().__init__("; ".join(reason.message for reason in self.reasons) or self.title)

    @classmethod
    def because(cls, reasons: Iterable[Reason]) -> Refused:
        """Build one refusal from many reasons."""
        return cls(*reasons)


class NotAllowed(Refused):
    """The person lacks the permission here."""

    status = 403
    code = "not_allowed"
    title = "You may not do this"


class NotFound(Refused):
    """Absent, or not yours: the two are told apart by nobody."""

    status = 404
    code = "not_found"
    title = "Not found"


class Conflict(Refused):
    """The thing changed meanwhile, or the key was used for something else."""

    status = 409
    code = "conflict"
    title = "Somebody was faster, or the key was already used"


class Invalid(Refused):
    """The values cannot be right."""

    status = 422
    code = "invalid"
    title = "Some values cannot be right"
