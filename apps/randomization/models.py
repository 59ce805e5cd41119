"""What everybody may know of an allocation. The arm is not here: it lies in the sealed schema.

That schema has no models on purpose. It has functions, and `sealed_call` is the one way to call them.
"""

from typing import Any

import pghistory
import pgtrigger
import psycopg
from django.db import connection, models
from django.db.models import Q
from psycopg import sql
from psycopg.types.json import Jsonb

from apps.core.models import Recorded


@pghistory.track()
class RandomizationList(Recorded):
    """One list of a study, committed by hash before the first participant. Its content is sealed."""

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="+")
    protocol_version = models.ForeignKey(
        "studies.ProtocolVersion", on_delete=models.PROTECT, related_name="+"
    )
    code = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=[("LIVE", "Live"), ("CLOSED", "Closed")], default="LIVE")
    commitment = models.CharField(max_length=64)
    committed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "code"], name="randomization_list_code_once_per_study"),
            models.CheckConstraint(
                condition=Q(state__in=["LIVE", "CLOSED"]), name="randomization_list_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.study_id} {self.code}"


class Allocation(Recorded):
    """That a participant was randomized, when and by whom. Never to which arm. Append-only."""

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="+")
    participant = models.OneToOneField("participants.Participant", on_delete=models.PROTECT, related_name="+")
    list = models.ForeignKey(RandomizationList, on_delete=models.PROTECT, related_name="+")
    stratum = models.CharField(max_length=120)
    randomization_number = models.CharField(max_length=20)
    key = models.UUIDField(unique=True)
    allocated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["study", "randomization_number"],
                name="randomization_allocation_number_once_per_study",
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.randomization_number


def sealed_call(function: str, /, **arguments: Any) -> list[tuple[Any, ...]]:
    """Call a function of the sealed schema in the current transaction and return its rows.

    Arguments travel apart from the statement, so no seed and no content ever stands in a statement that the
    server may log or show. Raises psycopg's own errors: InsufficientPrivilege where this login was not
    granted the function, LockNotAvailable after 20 seconds in the queue.
    """
    statement = sql.SQL("SELECT * FROM sealed.{}({})").format(
        sql.Identifier(function),
        sql.SQL(", ").join(sql.SQL("{} => %s").format(sql.Identifier(f"p_{name}")) for name in arguments),
    )
    values = [Jsonb(value) if isinstance(value, dict) else value for value in arguments.values()]
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute(statement, values).fetchall()
