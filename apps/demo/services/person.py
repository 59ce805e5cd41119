"""One participant while the story is written down: who, where, by whom, and the book it goes into."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from apps.accounts.models import User
from apps.demo.domain.values import DemoParticipant
from apps.demo.services.book import Book
from apps.demo.services.setting import Place, Setting
from apps.participants.domain.enrolment import participant_number
from apps.participants.models import Participant, StatusChange

#: Names the identifiers of the demo's participants, so that every demo makes the same draws from its lists.
_NAMES = UUID("5b0c7f4e-8d3a-4f6b-9d53-6f1f0f3a2c11")


def _identifier(study_code: str, what: str, number: str) -> UUID:
    return uuid5(_NAMES, f"{study_code}/{what}/{number}")


def _number(demo_number: str) -> str:
    """The number as enrolment gives it: the story counts in three digits, the clinic in four."""
    site, ordinal = demo_number.rsplit("-", 1)
    return participant_number(site, int(ordinal))


class Person:
    """A participant of the story with their row. `setting` and `place` say how and where they take part."""

    def __init__(self, demo: DemoParticipant, *, setting: Setting, book: Book) -> None:
        self.demo, self.setting, self.book = demo, setting, book
        self.place: Place = setting.places[demo.site.code]
        self.staff, self.zone, self.now = self.place.staff, self.place.zone, book.now
        number = _number(demo.number)
        self.row = Participant(
            id=_identifier(setting.study.code, "participant", number),
            study=setting.study,
            site=self.place.site,
            protocol_version=setting.version,
            number=number,
        )

    def known(self, moment: datetime, after: timedelta = timedelta()) -> datetime:
        """Return `moment` and a while, but never later than the story's end: when something was entered."""
        return min(moment + after, max(self.now, moment))

    def act_record(
        self,
        kind: str,
        *,
        by: User,
        at: datetime,
        subject: object,
        reason: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep the audit line of an act on this participant."""
        self.book.act_record(
            kind,
            by=by,
            at=at,
            subject=subject,
            site=self.place.site.code,
            participant=self.row.number,
            reason=reason,
            detail=detail,
        )

    def status_change(
        self, to: str, *, by: User, at: datetime, reason_code: str = "", reason: str = ""
    ) -> None:
        """Take one step of the status, as `participant_status_change` does."""
        before, self.row.status = self.row.status, to
        self.row.version += 1
        self.book.add(
            StatusChange(
                participant=self.row,
                from_status=before,
                to_status=to,
                at=at,
                reason_code=reason_code,
                reason=reason,
                recorded_at=at,
                recorded_by=by,
            )
        )
        self.act_record(
            "participant.status_changed",
            by=by,
            at=at,
            subject=self.row,
            reason=reason or reason_code,
            detail={"from": before, "to": to, "code": reason_code},
        )
