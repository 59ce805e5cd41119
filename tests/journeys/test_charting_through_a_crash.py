"""Eight tablets chart eight sessions while web workers are killed and answers get lost.

Every acknowledged reading is there, none twice, and no chart holds another participant's.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.crash import worker_kill
from tests.journeys.house import PYTHON, ROOT, House, house_open
from tests.journeys.steps_api import token_of
from tests.journeys.ward_on_stage import CHAIRS

READINGS = 25


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A ward with eight participants in their chairs."""
    if "APP_DATABASE_URL" not in os.environ:
        pytest.fail("Journeys need the test servers: run `make test-journeys`.")
    with house_open(tmp_path_factory.mktemp("house"), stage="tests.journeys.ward_on_stage") as opened:
        yield opened


def charted(house: House) -> int:
    return int(str(house.as_owner("SELECT count(*) FROM monitoring_observation")[0][0]))


@pytest.fixture(scope="module")
def tablets(house: House) -> dict[str, dict[str, Any]]:
    """What each tablet knows at the end, by session; the web is killed three times on the way."""
    token = token_of(house, "Nadia Klein")
    sessions = [str(key) for (key,) in house.as_owner("SELECT id FROM dosing_dosingsession ORDER BY chair")]
    assert len(sessions) == CHAIRS
    processes = {
        session: subprocess.Popen(
            [PYTHON, "-m", "tests.journeys.one_chart", house.url, token, session, str(READINGS)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for session in sessions
    }
    try:
        for process in processes.values():
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        for process in processes.values():
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        total = CHAIRS * READINGS
        for reached in (total // 8, total // 3, 2 * total // 3):
            deadline = time.monotonic() + 120
            while charted(house) < reached:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            assert worker_kill(house) == 1
        found = {}
        for session, process in processes.items():
            said, fault = process.communicate(timeout=240)
            assert process.returncode == 0, fault
            found[session] = json.loads(said)
        return found
    finally:
        for process in processes.values():
            process.kill()
            process.communicate()


def test_every_reading_the_server_acknowledged_is_there_once_and_in_its_own_chart(
    house: House, tablets: dict[str, dict[str, Any]]
) -> None:
    rows = house.as_owner("SELECT id, session_id, hr FROM monitoring_observation")
    held = {str(key): (str(session), heart) for key, session, heart in rows}
    assert len(rows) == len(held) == CHAIRS * READINGS
    for session, told in tablets.items():
        assert len(told["acknowledged"]) == READINGS
        for identifier, heart in told["acknowledged"].items():
            assert held[identifier] == (session, heart)
    assert sum(told["again"] for told in tablets.values()) >= CHAIRS * 7, "answers were lost on the way"


def test_each_reading_left_one_act_and_one_history(house: House, tablets: dict[str, dict[str, Any]]) -> None:
    acts = house.as_owner(
        "SELECT subject_id, count(*) FROM audit_auditevent WHERE kind = 'observation.recorded' GROUP BY 1"
    )
    recorded = {identifier for told in tablets.values() for identifier in told["acknowledged"]}
    assert {str(subject) for subject, _ in acts} == recorded
    assert {count for _, count in acts} == {1}
