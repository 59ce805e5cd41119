"""A study in a database of its own, with people in both arms, and one more whose arm can be set before each draw."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import (
    setup_databases,
    setup_test_environment,
    teardown_databases,
    teardown_test_environment,
)

from apps.participants.models import Participant
from apps.randomization.services import participant_randomize
from apps.screening.selectors import EligibilitySnapshot
from tests.apps.randomization import worlds
from tests.factories.cast import Cast, cast_make

AT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
_MEDICINE = ("sertraline", "duloxetine")


@dataclass(frozen=True)
class Stage:
    """People by arm, and one person who is eligible and not drawn yet."""

    cast: Cast
    by_arm: dict[str, list[Participant]]
    undrawn: Participant

    def arm_set(self, arm: str, *, of: Participant | None = None) -> None:
        """Let a drawn participant have been drawn for this arm, or every free place give it."""
        whose = "participant_id IS NULL" if of is None else "participant_id = %s"
        with worlds.as_owner(), connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE sealed.slot SET arm = %s WHERE {whose} AND seq < 20",  # noqa: S608
                [arm, *([] if of is None else [of.pk])],
            )


@contextmanager
def staged(*, people: int, kits: int) -> Iterator[Stage]:
    """Build it with the application's own rights, in one transaction that is taken back."""
    setup_test_environment(debug=False)
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        with (
            time_machine.travel(AT, tick=False),
            pytest.MonkeyPatch.context() as patched,
            transaction.atomic(),
        ):
            with connection.cursor() as cursor:
                cursor.execute("SET ROLE vigil_app")
            yield _build(patched, people=people, kits=kits)
            transaction.set_rollback(True)
    finally:
        teardown_databases(databases, verbosity=0)
        teardown_test_environment()


def _build(patched: pytest.MonkeyPatch, *, people: int, kits: int) -> Stage:
    verdicts = worlds.verdicts_install(patched)
    verdicts.usual = EligibilitySnapshot(True, True, (), {"oral_antidepressant": "sertraline"})
    cast = cast_make(at=AT)
    worlds.list_make(cast, at=AT, places=people + 8)
    worlds.kits_make(cast, at=AT, active=kits // 2, placebo=kits // 2)
    everybody = [worlds.participant_make(cast, at=AT) for _ in range(people + 1)]
    for one in everybody[:-1]:
        participant_randomize(participant_id=one.pk, key=uuid4(), by=cast.coordinator, at=AT)
    with worlds.as_owner(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE sealed.slot DISABLE TRIGGER USER")
    by_arm: dict[str, list[Participant]] = {}
    drawn = worlds.sealed(
        "SELECT participant_id, arm FROM sealed.slot WHERE participant_id IS NOT NULL ORDER BY seq"
    )
    for pk, arm in drawn:
        by_arm.setdefault(arm, []).append(Participant.objects.get(pk=pk))
    return Stage(cast, by_arm, everybody[-1])
