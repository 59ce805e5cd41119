"""What everybody may know of an allocation. The arm is not here: it lies in the sealed schema.

That schema has no models on purpose. It has functions, and `sealed_calls` is the one way to call them.
"""

import builtins
from contextlib import nullcontext
from functools import lru_cache
from typing import Any

import pghistory
import pgtrigger
import psycopg
from django.db import connection, models
from django.db.models import Q
from psycopg import sql
from psycopg.types.json import Jsonb

from apps.core.choices import choices_of, codes_of
from apps.core.models import Recorded
from apps.randomization.domain.kinds import Purpose, Remark, ReplayState


@pghistory.track()
class RandomizationList(Recorded):
    """One list of a study, committed by hash before the first participant. Its content is sealed."""

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="+")
    protocol_version = models.ForeignKey(
        "studies.ProtocolVersion", on_delete=models.PROTECT, related_name="+"
    )
    code = models.CharField(max_length=40)
    purpose = models.CharField(max_length=4, choices=choices_of(Purpose), default=Purpose.LIVE.value)
    state = models.CharField(max_length=10, choices=[("LIVE", "Live"), ("CLOSED", "Closed")], default="LIVE")
    commitment = models.CharField(max_length=64)
    extent = models.CharField(
        max_length=64,
        blank=True,
        default="",
        help_text="Keyed hash of the strata and their lengths; shown on no page",
    )
    places = models.PositiveIntegerField(
        default=0,
        help_text="Places asked for in each stratum; there are as many and a few, to the end of a block",
    )
    committed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["study", "code", "purpose"], name="randomization_list_code_once_per_purpose"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["LIVE", "CLOSED"]), name="randomization_list_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=codes_of(Purpose)), name="randomization_list_purpose_is_known"
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
    record_hash = models.CharField(
        max_length=64, blank=True, default="", help_text="Salted hash of the sealed record; shown on no page"
    )

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


class AllocationRemark(Recorded):
    """What is said of an allocation afterwards. The place is never reused, nobody is drawn again. Append-only."""

    allocation = models.ForeignKey(Allocation, on_delete=models.PROTECT, related_name="remarks")
    kind = models.CharField(max_length=20, choices=choices_of(Remark))
    reason = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["allocation", "kind"], name="randomization_remark_once_per_allocation"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=codes_of(Remark)), name="randomization_remark_is_known"
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.allocation}: {self.kind}"


class TestDraw(Recorded):
    """A draw from a test list for a made-up subject. It touches no participant and no report. Append-only."""

    __test__ = False  # not a test, whatever a test runner makes of the name

    list = models.ForeignKey(RandomizationList, on_delete=models.PROTECT, related_name="test_draws")
    subject = models.UUIDField(unique=True)
    label = models.CharField(max_length=40)
    stratum = models.CharField(max_length=120)
    randomization_number = models.CharField(max_length=20)
    key = models.UUIDField(unique=True)
    drawn_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list", "label"], name="randomization_testdraw_label_once"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.label


@pghistory.track()
class ListVerification(Recorded):
    """A replay of a list that somebody asked for, and its verdict. No word of it names an arm."""

    list = models.ForeignKey(RandomizationList, on_delete=models.PROTECT, related_name="verifications")
    state = models.CharField(
        max_length=10, choices=choices_of(ReplayState), default=ReplayState.WAITING.value
    )
    begun_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    agrees = models.BooleanField(null=True, blank=True)
    places = models.PositiveIntegerField(default=0)
    draws = models.PositiveIntegerField(default=0)
    differences = models.JSONField(default=builtins.list)  # `list` is a column here

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=codes_of(ReplayState)), name="randomization_verification_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=ReplayState.DONE.value, agrees__isnull=False, finished_at__isnull=False)
                | (~Q(state=ReplayState.DONE.value) & Q(agrees__isnull=True)),
                name="randomization_verification_done_has_a_verdict",
            ),
            models.CheckConstraint(
                condition=~Q(state=ReplayState.RUNNING.value) | Q(begun_at__isnull=False),
                name="randomization_verification_running_has_begun",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.list} {self.state}"


class SealedCall:
    """A call of a function of the sealed schema: its name, and its arguments by name without their `p_`."""

    def __init__(self, function: str, /, **arguments: Any) -> None:
        self.statement = _statement(function, tuple(arguments))
        self.values = [Jsonb(value) if isinstance(value, dict) else value for value in arguments.values()]


def sealed_call(function: str, /, **arguments: Any) -> list[tuple[Any, ...]]:
    """Call a function of the sealed schema in the current transaction and return its rows.

    Arguments travel apart from the statement, so no seed and no content ever stands in a statement that the
    server may log or show. Raises psycopg's own errors: InsufficientPrivilege where this login was not
    granted the function, LockNotAvailable after 5 seconds in the queue.
    """
    return sealed_calls(SealedCall(function, **arguments))[0]


def sealed_calls(*calls: SealedCall) -> list[list[tuple[Any, ...]]]:
    """Make several calls in one round trip, in their order, and return the rows of each."""
    connection.ensure_connection()
    cursors = [psycopg.Cursor(connection.connection) for _ in calls]
    together = connection.connection.pipeline() if len(calls) > 1 else nullcontext()
    with together:
        for cursor, call in zip(cursors, calls, strict=True):
            cursor.execute(call.statement, call.values, prepare=True)
    return [cursor.fetchall() for cursor in cursors]


@lru_cache(maxsize=128)
def _statement(function: str, names: tuple[str, ...]) -> sql.Composed:
    return sql.SQL("SELECT * FROM sealed.{}({})").format(
        sql.Identifier(function),
        sql.SQL(", ").join(sql.SQL("{} => %s").format(sql.Identifier(f"p_{name}")) for name in names),
    )
