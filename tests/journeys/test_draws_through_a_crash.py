"""Two hundred processes randomize two hundred people at one moment, while web workers are killed and answers get lost:
everybody is drawn once, and a replay of the list agrees with every draw."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.journeys.crash import worker_kill
from tests.journeys.crowd_on_stage import CROWD
from tests.journeys.house import PYTHON, ROOT, House, house_open
from tests.journeys.steps_api import signed_in, token_of

Answer = dict[str, Any]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A Vigil where two hundred people wait for the draw."""
    with house_open(tmp_path_factory.mktemp("house"), stage="tests.journeys.crowd_on_stage") as opened:
        yield opened


def drawn_so_far(house: House) -> int:
    return int(str(house.as_owner("SELECT count(*) FROM randomization_allocation")[0][0]))


@pytest.fixture(scope="module")
def answers(house: House) -> dict[str, Answer]:
    """Everybody asked at once, every fourth hanging up on the first answer; two workers killed on the way."""
    with signed_in(house, "Carla Roth") as coordinator:
        people = [row["id"] for row in coordinator.all_of("participants/", status="ELIGIBLE")]
    assert len(people) == CROWD
    token = token_of(house, "Carla Roth")
    processes = {
        person: subprocess.Popen(
            [
                *(PYTHON, "-m", "tests.journeys.one_draw", house.url, token, person, str(uuid4())),
                "deaf" if place % 4 == 0 else "stubborn",
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for place, person in enumerate(people)
    }
    try:
        for process in processes.values():
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        for process in processes.values():
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        for reached in (CROWD // 8, CROWD // 2):
            while drawn_so_far(house) < reached:
                time.sleep(0.05)
            assert worker_kill(house) == 1
        return {
            person: json.loads(process.communicate(timeout=240)[0]) for person, process in processes.items()
        }
    finally:
        for process in processes.values():
            process.kill()
            process.communicate()


def test_everybody_is_drawn_once_though_workers_die_and_answers_get_lost(
    house: House, answers: dict[str, Answer]
) -> None:
    assert {answer["status"] for answer in answers.values()} <= {200, 201}
    assert any(answer["tries"] > 1 and answer["status"] == 200 for answer in answers.values()), (
        "somebody asked again for a draw that had been made"
    )
    assert {answer["body"]["participant_id"] for answer in answers.values()} == set(answers)
    assert len({answer["body"]["randomization_number"] for answer in answers.values()}) == CROWD
    kits = [kit for answer in answers.values() for kit in answer["body"]["kits"]]
    assert len(kits) == len(set(kits)) == 3 * CROWD
    assert drawn_so_far(house) == CROWD


def test_no_place_is_used_twice_lost_or_skipped_and_every_block_is_exact(
    house: House, answers: dict[str, Answer]
) -> None:
    rows = house.as_owner(
        "SELECT s.seq, s.block, s.size, s.arm, a.randomization_number FROM sealed.slot s"
        " JOIN sealed.list l ON l.list_id = s.list_id AND l.purpose = 'LIVE'"
        " LEFT JOIN randomization_allocation a USING (participant_id)"
        " WHERE s.participant_id IS NOT NULL ORDER BY s.seq"
    )
    assert [seq for seq, *_ in rows] == list(range(1, CROWD + 1))
    assert all(number for *_, number in rows)
    blocks: dict[object, list[object]] = {}
    sizes: dict[object, object] = {}
    for _, block, size, arm, _ in rows:
        blocks.setdefault(block, []).append(arm)
        sizes[block] = size
    for block, arms in blocks.items():
        if len(arms) == sizes[block]:
            assert len({arms.count(arm) for arm in set(arms)}) == 1, "equal shares in every full block"
            assert len(set(arms)) == 2


def test_the_order_of_the_list_is_the_order_of_commit(house: House, answers: dict[str, Answer]) -> None:
    """The act of a draw gets its number behind the stratum's lock, which is held until the commit."""
    inversions = house.as_owner(
        "SELECT count(*) FROM ("
        " SELECT e.id < lag(e.id) OVER (ORDER BY s.seq) AS back FROM sealed.slot s"
        " JOIN randomization_allocation a USING (participant_id)"
        " JOIN audit_auditevent e ON e.subject_id = a.id::text AND e.kind = 'participant.randomized'"
        ") AS acts WHERE back"
    )
    assert inversions == [(0,)]


def test_a_replay_agrees_with_every_draw(house: House, answers: dict[str, Answer]) -> None:
    said = house.manage("randomization", "verify", "t2")
    assert f"{CROWD} draws, {CROWD} allocations checked: everything agrees" in said
