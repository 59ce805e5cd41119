"""Two unblinded workers: what one of them makes, the other leaves alone, however long it takes."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection

from apps.core.exceptions import NotAllowed, Reason
from apps.randomization import unblinded
from apps.randomization.models import ListVerification, RandomizationList
from apps.randomization.services import verification
from tests.factories.cast import Cast


def run_make(cast: Cast, *, at: datetime) -> ListVerification:
    """A replay that was begun at this moment."""
    made = RandomizationList.objects.create(
        study=cast.study,
        protocol_version=cast.version,
        code="MAIN",
        commitment="0" * 64,
        committed_at=at,
        recorded_at=at,
        recorded_by=cast.administrator,
    )
    ListVerification.objects.create(list=made, recorded_at=at, recorded_by=cast.statistician)
    run = verification.verification_claim(by=cast.administrator, at=at)
    assert run is not None
    return run


class AnotherWorker:
    """Looks for work from a connection of its own."""

    def __init__(self, cast: Cast, at: datetime) -> None:
        self.found: list[ListVerification | None] = []
        self._by, self._at = cast.administrator, at

    def look(self) -> None:
        thread = Thread(target=self._look)
        thread.start()
        thread.join(timeout=20)

    def _look(self) -> None:
        try:
            self.found.append(verification.verification_claim(by=self._by, at=self._at))
        finally:
            connection.close()


def test_nobody_takes_a_replay_from_a_worker_that_works(
    committed_cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_make(committed_cast, at=at)
    other = AnotherWorker(committed_cast, at + timedelta(hours=6))

    def slowly(**_asked: Any) -> None:
        other.look()
        raise NotAllowed(Reason("enough", "The test has seen enough."))

    monkeypatch.setattr(unblinded, "list_material", slowly)
    with pytest.raises(NotAllowed, match="seen enough"):
        verification.verification_make(run=run, by=committed_cast.administrator, at=at)
    assert other.found == [None]
    # Once nobody holds it, the same look finds it.
    other.look()
    assert [found and found.pk for found in other.found] == [None, run.pk]
