"""What one more reading is judged by, and who brings it: read in one statement, from which the rules then decide."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from apps.accounts.models import User
from apps.core.asking import row_of
from apps.core.exceptions import NotFound
from apps.dosing.domain.session import SessionState
from apps.monitoring.domain.limits import UsualRange, usual_ranges
from apps.monitoring.domain.plan import DueSlot, due_slot
from apps.monitoring.domain.readings import Reading, Values, baseline_of
from apps.monitoring.selectors.watching import Answered, gate_readings, last_spray_of
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.domain.protocol import Protocol
from apps.studies.selectors import protocol_by

#: What is read of a person, in the order of the model.
_PERSON = tuple(
    field.attname
    for field in User._meta.concrete_fields
    if field.attname in {"id", "email", "full_name", "is_active", "password"}
)
_VALUES = tuple(Values.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Known:
    """A record that already has the identifier."""

    session_id: UUID
    digest: str


@dataclass(frozen=True, slots=True)
class Recording:
    """A person before a session with one more reading. `version` and `before` say what state of it was read."""

    person: User
    roles: frozenset[str]
    session_id: UUID
    study: str
    site: str
    participant: str
    state: SessionState
    version: int
    before: int
    checked_in_at: datetime
    dosed_at: datetime | None
    ended_at: datetime | None
    protocol: Protocol
    age_years: int
    baseline: Values
    last_spray_at: datetime | None
    until: datetime
    usual: Mapping[str, UsualRange]
    known: Known | None
    sign_in: str | None

    def check(self, permission: Permission) -> None:
        """
        Refuse unless the person may do this at the site of the session.

        :raises NotFound: if the person may not even see the session
        :raises NotAllowed: if the person may see it and not do this
        """
        if not access.roles_allow(self.roles, Permission.SESSION_READ):
            raise NotFound("There is no such session.")
        access.check_roles(self.roles, permission=permission)

    def slot(self, minute: int | None) -> DueSlot | None:
        """Return the slot of this minute, if the plan of the session has one."""
        return due_slot(
            minute,
            dosed_at=self.dosed_at,
            last_spray_at=self.last_spray_at,
            plan=self.protocol.observation_plan,
            checked_in_at=self.checked_in_at,
            until=self.until,
        )


def recording(
    *,
    session_id: UUID,
    observation_id: UUID,
    now: datetime,
    viewer_id: UUID | None = None,
    token_digest: str | None = None,
    sign_in: str | None = None,
    lock: bool = False,
) -> Recording:
    """
    Return what a reading of this session is judged by, for a person named by identifier or by a token's digest.

    With the key of a sign-in it also tells what is stored of it, unless it has expired. Who may what is not decided
    yet: see `Recording.check`. `lock` needs a transaction.

    :raises NotFound: if there is no such person, or no such session
    """
    [found] = row_of(
        "SELECT monitoring_recording(%s, %s, %s, %s, %s, %s, %s)",
        [viewer_id, token_digest, sign_in, session_id, observation_id, now, lock],
    )
    facts = json.loads(found, parse_float=Decimal) if found else {}
    if "session" not in facts:
        raise NotFound("There is no such session.")
    return _recording_of(facts, now=now)


def _recording_of(facts: Mapping[str, Any], *, now: datetime) -> Recording:
    session = facts["session"]
    protocol = protocol_by(version_id=UUID(facts["protocol"]), digest=facts["digest"])
    checked_in_at = datetime.fromisoformat(session["checked_in_at"])
    dosed_at, ended_at = _moment(session["dosed_at"]), _moment(session["ended_at"])
    state = SessionState(session["state"])
    readings = (
        *gate_readings([Answered(**check) for check in facts["checks"]], protocol),
        *_readings(facts["before"]),
    )
    person = {**facts["person"], "id": UUID(facts["person"]["id"])}
    return Recording(
        person=User.from_db("default", _PERSON, [person[name] for name in _PERSON]),
        roles=frozenset(facts["roles"]),
        session_id=UUID(session["id"]),
        study=facts["study"],
        site=facts["site"],
        participant=facts["participant"],
        state=state,
        version=session["version"],
        before=len(facts["before"]),
        checked_in_at=checked_in_at,
        dosed_at=dosed_at,
        ended_at=ended_at,
        protocol=protocol,
        age_years=facts["age_years"],
        baseline=baseline_of(readings, dosed_at),
        last_spray_at=last_spray_of(state, map(datetime.fromisoformat, facts["sprays"])),
        until=ended_at or now,
        usual=_usual(UUID(facts["protocol"]), facts["digest"], facts["age_years"]),
        known=Known(UUID(facts["known"]["session"]), facts["known"]["digest"]) if facts["known"] else None,
        sign_in=facts["sign_in"],
    )


@lru_cache(maxsize=512)
def _usual(version_id: UUID, digest: str, age_years: int) -> Mapping[str, UsualRange]:
    protocol = protocol_by(version_id=version_id, digest=digest)
    return usual_ranges(protocol.observation_plan, protocol.escalation, age_years=age_years)


def _readings(rows: Iterable[Mapping[str, Any]]) -> Iterable[Reading]:
    for row in rows:
        yield Reading(
            observed_at=datetime.fromisoformat(row["observed_at"]),
            values=Values(**{name: row[name] for name in _VALUES}),
            slot_minute=row["slot_minute"],
            not_done=row["not_done"],
            id=UUID(row["id"]),
        )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
