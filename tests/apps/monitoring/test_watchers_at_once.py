"""Two people take over the same participant in the same moment: one has the watch, the other is told so."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

from django.db import connection

from apps.accounts.models import User
from apps.core.exceptions import Conflict
from apps.dosing.models import DosingSession
from apps.monitoring import services
from apps.monitoring.models import WatchChange
from apps.studies.domain.permissions import Role
from tests.apps.monitoring.scene import seat
from tests.factories.cast import Cast, delegate, person_make


def test_of_several_at_once_one_takes_over_all_and_the_others_nothing(
    committed_cast: Cast, at: datetime
) -> None:
    cast = committed_cast
    takers = [person_make(name) for name in ("Nils Berg", "Nora Falk", "Nino Roth", "Nele Haas")]
    for taker in takers:
        delegate(taker, Role.SESSION_NURSE, study=cast.study, site=cast.site, at=at)
    rows = [seat(cast, at=at, chair=chair, number=f"DE01-000{chair}") for chair in (1, 2, 3)]
    together = Barrier(len(takers))

    def take(taker: User, sessions: list[DosingSession]) -> str:
        try:
            together.wait(timeout=30)
            services.watch_take_over(
                expected={row.pk: 0 for row in sessions}, by=taker, at=at + timedelta(minutes=1)
            )
        except Conflict:
            return "told"
        finally:
            connection.close()
        return str(taker)

    with ThreadPoolExecutor(len(takers)) as pool:
        # Each names them in another order; they are locked in one.
        orders = [rows, rows[::-1], [rows[1], rows[0], rows[2]], rows]
        answers = sorted(pool.map(take, takers, orders))
    assert answers.count("told") == 3
    (winner,) = set(answers) - {"told"}
    assert {str(change.to_person) for change in WatchChange.objects.select_related("to_person")} == {winner}
    assert WatchChange.objects.count() == 3
