"""Twenty people are randomized at one moment, each by a process of its own: none is lost, nothing drawn twice."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

import pytest

from tests.journeys.eligible_on_stage import ANTIDEPRESSANTS
from tests.journeys.house import PYTHON, ROOT, House, house_open
from tests.journeys.steps_api import Caller, codes, signed_in, token_of

ALL = len(ANTIDEPRESSANTS)
#: Participant to key and answer.
Drawn = dict[str, tuple[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A Vigil where twenty people wait for the draw."""
    with house_open(tmp_path_factory.mktemp("house"), stage="tests.journeys.eligible_on_stage") as opened:
        yield opened


@pytest.fixture(scope="module")
def coordinator(house: House) -> Iterator[Caller]:
    with signed_in(house, "Carla Roth") as caller:
        yield caller


@pytest.fixture(scope="module")
def everybody(coordinator: Caller) -> list[str]:
    """Identifiers of the eligible, in the order of their numbers."""
    rows = coordinator.all_of("participants/", status="ELIGIBLE")
    assert len(rows) == ALL + 1
    return [row["id"] for row in sorted(rows, key=lambda row: row["number"])]


@pytest.fixture(scope="module")
def people(everybody: list[str]) -> list[str]:
    """The twenty who are drawn at one moment."""
    return everybody[:ALL]


def asked_together(house: House, requests: Sequence[tuple[str, str]]) -> list[tuple[int, dict[str, Any]]]:
    """Start a process for each request, wait until all stand ready, let them go, and collect their answers."""
    token = token_of(house, "Carla Roth")
    processes = [
        subprocess.Popen(
            [PYTHON, "-m", "tests.journeys.one_draw", house.url, token, participant, key],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for participant, key in requests
    ]
    try:
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        answers = [json.loads(process.communicate(timeout=240)[0]) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    return [(answer["status"], answer["body"]) for answer in answers]


def used_places(house: House) -> dict[str, list[int]]:
    """The places drawn so far by stratum, in the order of their drawing: what only the owner of the database sees."""
    rows = house.as_owner(
        "SELECT s.stratum, s.seq FROM sealed.slot s JOIN randomization_allocation a USING (participant_id)"
        " WHERE s.key = a.key ORDER BY s.stratum, s.drawn_at, s.seq"
    )
    found: dict[str, list[int]] = {}
    for stratum, place in rows:
        found.setdefault(str(stratum), []).append(int(str(place)))
    return found


def counted(house: House) -> tuple[int, int]:
    """How many allocations and how many audit events there are."""
    query = "SELECT (SELECT count(*) FROM randomization_allocation), (SELECT count(*) FROM audit_auditevent)"
    allocations, events = house.as_owner(query)[0]
    return int(str(allocations)), int(str(events))


@pytest.fixture(scope="module")
def drawn(house: House, people: list[str]) -> Drawn:
    """Everybody drawn at once."""
    requests = [(person, str(uuid4())) for person in people]
    answers = asked_together(house, requests)
    assert [status for status, _ in answers] == [201] * ALL, [
        body for status, body in answers if status != 201
    ]
    return {person: (key, body) for (person, key), (_, body) in zip(requests, answers, strict=True)}


def test_twenty_processes_draw_twenty_different_numbers(house: House, drawn: Drawn) -> None:
    assert {body["participant_id"] for _, body in drawn.values()} == set(drawn)
    assert len({body["randomization_number"] for _, body in drawn.values()}) == ALL
    kits = [kit for _, body in drawn.values() for kit in body["kits"]]
    assert len(kits) == len(set(kits)) == 3 * ALL, "three devices in hand for everybody, none for two people"
    assert counted(house)[0] == ALL


def test_every_list_was_used_from_the_top_without_a_gap_and_nothing_twice(house: House, drawn: Drawn) -> None:
    places = used_places(house)
    sizes = sorted(ANTIDEPRESSANTS.count(name) for name in set(ANTIDEPRESSANTS))
    assert sorted(map(len, places.values())) == sizes
    for stratum, used in places.items():
        assert sorted(used) == list(range(1, len(used) + 1)), stratum
    lost = house.as_owner(
        "SELECT count(*) FROM sealed.slot s LEFT JOIN randomization_allocation a USING (participant_id)"
        " WHERE s.participant_id IS NOT NULL AND a.id IS NULL"
    )
    assert lost == [(0,)], "no place was drawn without its allocation"


def test_the_same_request_again_gives_the_same_answer_and_creates_nothing(
    house: House, coordinator: Caller, people: list[str], drawn: Drawn
) -> None:
    before = counted(house)
    key, first = drawn[people[0]]
    again = coordinator.post("randomizations/", {"participant_id": people[0]}, key=key, expect=200)
    assert again == first
    assert counted(house) == before, "neither an allocation nor a record of an act that did not happen"


def test_a_key_belongs_to_one_participant(
    house: House, coordinator: Caller, people: list[str], drawn: Drawn
) -> None:
    key, _ = drawn[people[0]]
    refused = coordinator.post("randomizations/", {"participant_id": people[1]}, key=key, expect=409)
    assert codes(refused) == {"key_used"}
    assert counted(house)[0] == ALL


def test_a_second_key_for_the_same_participant_is_refused(
    coordinator: Caller, people: list[str], drawn: Drawn
) -> None:
    refused = coordinator.post("randomizations/", {"participant_id": people[2]}, key=str(uuid4()), expect=409)
    assert codes(refused) == {"already_randomized"}


def test_the_same_request_sent_twice_at_once_draws_once(
    house: House, everybody: list[str], drawn: Drawn
) -> None:
    key = str(uuid4())
    (one, first), (other, second) = asked_together(house, [(everybody[-1], key)] * 2)
    assert sorted([one, other]) == [200, 201]
    assert first == second
    assert counted(house)[0] == ALL + 1
    assert sum(map(len, used_places(house).values())) == ALL + 1
