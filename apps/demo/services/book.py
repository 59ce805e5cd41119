"""The rows and audit lines of one study, gathered in memory and written in one go.

The constraints, triggers and row history are the database's, so rows written here obey them like any other. Audit
lines carry the words, actor and moment of the act, and are written in the order in which the acts happened.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.db import models
from psycopg.types.json import Jsonb

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.demo.services.copying import Row, Table, _table
from apps.dosing.models import DeviceUse, DosingSession, GateCheck, SessionTransition
from apps.instruments.models import Rating, RatingSlot
from apps.monitoring.models import Finding, Observation, PrescriberMark, Release, WatchChange
from apps.papers.models import SheetSending
from apps.participants.models import Consent, Identity, NumberSequence, Participant, StatusChange
from apps.safety.models import AdverseEvent, Medication
from apps.schedule.models import Visit
from apps.screening.models import Answer, Screening
from apps.supply.models import Kit, KitMovement

#: Whatever is pointed at comes before what points at it.
ORDER: tuple[type[models.Model], ...] = (
    NumberSequence,
    Participant,
    Identity,
    Consent,
    StatusChange,
    Screening,
    Answer,
    RatingSlot,
    Rating,
    Visit,
    Kit,
    KitMovement,
    DosingSession,
    SessionTransition,
    GateCheck,
    DeviceUse,
    Observation,
    Finding,
    Release,
    WatchChange,
    PrescriberMark,
    SheetSending,
    AdverseEvent,
    Medication,
)


#: The columns of an audit line in the order in which `Book.act_record` keeps them.
LINE = (
    "at",
    "kind",
    "actor_id",
    "actor_label",
    "actor_roles",
    "study_code",
    "site_code",
    "participant_number",
    "subject_type",
    "subject_id",
    "reason",
    "detail",
)


class Book:
    """Everything that will be written of one study."""

    def __init__(self, *, study_code: str, now: datetime) -> None:
        self.study_code = study_code
        self.now = now
        self.rows: defaultdict[type[models.Model], list[models.Model]] = defaultdict(list)
        self.plain: defaultdict[type[models.Model], list[Row]] = defaultdict(list)
        self.lines: list[tuple[datetime, Row]] = []
        self.aliases: set[str] = set()

    def add(self, row: models.Model) -> None:
        """Keep a row to be written."""
        self.rows[type(row)].append(row)

    def put(self, model: type[models.Model], **values: Any) -> None:
        """Keep a row that nothing points at, from its values by column."""
        self.plain[model].append(_table(model).values(**values))

    def count(self) -> int:
        """Return how many rows are kept."""
        return sum(map(len, self.rows.values())) + sum(map(len, self.plain.values()))

    def act_record(
        self,
        kind: str,
        *,
        by: User,
        at: datetime,
        subject: Any = None,
        site: str = "",
        participant: str = "",
        reason: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep the audit line of an act, in the very words of `apps.audit.services.event_record`."""
        self.lines.append(
            (
                at,
                (
                    at,
                    kind,
                    by.pk,
                    by.email,
                    "",
                    self.study_code,
                    site,
                    participant,
                    type(subject).__name__ if subject is not None else "",
                    str(getattr(subject, "pk", "") or ""),
                    reason,
                    Jsonb(dict(detail or {})),
                ),
            )
        )

    def write(self) -> dict[str, int]:
        """Write every row and then the audit lines; return how many of each. Needs a transaction."""
        unknown = (set(self.rows) | set(self.plain)) - set(ORDER)
        if unknown:
            raise LookupError(f"No place in the order for {sorted(model.__name__ for model in unknown)}.")
        counts = {}
        for model in ORDER:
            table = _table(model)
            rows = [*map(table.row, self.rows[model]), *self.plain[model]]
            if rows:
                table.copy(rows)
            counts[model._meta.label_lower] = len(rows)
        # Stable: what happened at the same moment stays in the order in which the services record it.
        self.lines.sort(key=itemgetter(0))
        trail = Table(AuditEvent, without=AuditEvent.CHAINED)
        if tuple(trail.columns) != LINE:
            raise LookupError(f"An audit line has the columns {trail.columns}.")
        trail.copy(row for _, row in self.lines)
        counts["audit.auditevent"] = len(self.lines)
        return counts
