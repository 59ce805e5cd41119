"""Many processes draw at once: no place twice, none lost, none skipped, in the order of the list."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections import Counter
from pathlib import Path

import psycopg
import pytest

from tests.apps.randomization import logins

pytestmark = pytest.mark.django_db


def draw_many(
    stored: logins.SealedList, *, strata: tuple[str, ...], processes: int, draws: int, fixed=()
) -> list[list[str]]:
    answer = subprocess.run(
        [
            sys.executable,
            str(Path(__file__).with_name("draw_many.py")),
            logins.address("vigil_app"),
            str(stored.list_id),
            ",".join(strata),
            str(processes),
            str(draws),
            *map(str, fixed),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return [line.split() for line in answer.stdout.splitlines()]


def truth(owner: psycopg.Connection, stored: logins.SealedList, stratum: str) -> list[tuple]:
    return owner.execute(
        """
        SELECT seq, participant_id::text, number, xmin::text::bigint, arm FROM sealed.slot
        WHERE list_id = %s AND stratum = %s AND participant_id IS NOT NULL ORDER BY seq
        """,
        [stored.list_id, stratum],
    ).fetchall()


@pytest.mark.parametrize(("processes", "draws"), [(20, 1), (100, 1), (10, 40)])
def test_parallel_draws_use_every_place_once_and_in_order(
    owner_login: psycopg.Connection, processes: int, draws: int
) -> None:
    total = processes * draws
    stored = logins.list_store(places=total)
    answers = draw_many(stored, strata=("all",), processes=processes, draws=draws)
    assert Counter(outcome for outcome, *_ in answers) == {"DRAWN": total}

    drawn = truth(owner_login, stored, "all")
    assert [seq for seq, *_ in drawn] == list(range(1, total + 1))
    # What was answered is what is kept.
    assert {(participant, int(number)) for _, number, participant, _ in answers} == {
        (participant, number) for _, participant, number, *_ in drawn
    }
    assert len({number for _, _, number, *_ in drawn}) == total
    # A transaction's number is given when it takes its place, behind the lock: rising means no inversion.
    transactions = [transaction for *_, transaction, _ in drawn]
    assert transactions == sorted(transactions)
    assert [arm for *_, arm in drawn] == stored.arms("all")[:total]
    full = drawn[: total - total % 4]
    for start in range(0, len(full), 4):
        assert Counter(arm for *_, arm in full[start : start + 4]) == {"ESK": 2, "PBO": 2}


def test_strata_fill_independently(owner_login: psycopg.Connection) -> None:
    strata = ("x=1", "x=2", "x=3")
    stored = logins.list_store(strata=strata, places=60)
    answers = draw_many(stored, strata=strata, processes=12, draws=12)
    assert len(answers) == 144
    for stratum in strata:
        drawn = truth(owner_login, stored, stratum)
        assert [seq for seq, *_ in drawn] == list(range(1, 49))
        assert [arm for *_, arm in drawn] == stored.arms(stratum)[:48]


def test_one_request_sent_by_many_processes_draws_once(owner_login: psycopg.Connection) -> None:
    stored = logins.list_store()
    request = (uuid.uuid4(), uuid.uuid4())
    answers = draw_many(stored, strata=("all",), processes=20, draws=5, fixed=request)
    assert Counter(outcome for outcome, *_ in answers) == {"DRAWN": 1, "REPEATED": 99}
    assert len({number for _, number, *_ in answers}) == 1
    assert len(truth(owner_login, stored, "all")) == 1


def test_a_stratum_that_runs_out_answers_exhausted_and_gives_no_place_twice(
    owner_login: psycopg.Connection,
) -> None:
    stored = logins.list_store(places=8)
    answers = draw_many(stored, strata=("all",), processes=20, draws=1)
    assert Counter(outcome for outcome, *_ in answers) == {"DRAWN": 8, "EXHAUSTED": 12}
    assert [seq for seq, *_ in truth(owner_login, stored, "all")] == list(range(1, 9))


def test_a_draw_rolled_back_gives_its_place_to_the_next(
    app_login: psycopg.Connection, owner_login: psycopg.Connection
) -> None:
    stored = logins.list_store()
    first = uuid.uuid4()
    with app_login.transaction(force_rollback=True):
        assert logins.draw(app_login, stored, participant=first)[0] == "DRAWN"
    assert truth(owner_login, stored, "all") == []
    second = uuid.uuid4()
    logins.draw(app_login, stored, participant=second)
    assert [(seq, participant) for seq, participant, *_ in truth(owner_login, stored, "all")] == [
        (1, str(second))
    ]


def test_another_key_for_a_drawn_participant_draws_nothing(
    app_login: psycopg.Connection, owner_login: psycopg.Connection
) -> None:
    stored = logins.list_store()
    participant = uuid.uuid4()
    assert logins.draw(app_login, stored, participant=participant)[0] == "DRAWN"
    assert logins.draw(app_login, stored, participant=participant) == ("HELD", None)
    assert len(truth(owner_login, stored, "all")) == 1


def test_numbers_tell_neither_order_nor_arm(
    app_login: psycopg.Connection, owner_login: psycopg.Connection
) -> None:
    """Numbers against order and arm: correlation within five standard errors of none."""
    count = 400
    stored = logins.list_store(places=count)
    for _ in range(count):
        logins.draw(app_login, stored)
    drawn = truth(owner_login, stored, "all")
    numbers = [number for _, _, number, *_ in drawn]
    assert all(10_000 <= number <= 99_999 for number in numbers)
    for other in ([seq for seq, *_ in drawn], [arm == "ESK" for *_, arm in drawn]):
        assert abs(correlation(numbers, [float(value) for value in other])) < 5 / count**0.5


def correlation(left: list[float], right: list[float]) -> float:
    one, two = sum(left) / len(left), sum(right) / len(right)
    top = sum((a - one) * (b - two) for a, b in zip(left, right, strict=True))
    return top / (sum((a - one) ** 2 for a in left) * sum((b - two) ** 2 for b in right)) ** 0.5
