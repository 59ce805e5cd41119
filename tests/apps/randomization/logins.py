"""Real connections to the test database, each as one of the house's logins."""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass

import psycopg
from django.db import connections
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.json import Jsonb

from apps.randomization.domain.blocks import ArmShare, ListPlan, Slot, build_list
from apps.randomization.domain.commitment import list_commitment, list_digest

VARIABLES = {
    "vigil_owner": "DATABASE_URL",
    "vigil_app": "APP_DATABASE_URL",
    "vigil_unblinded": "UNBLINDED_DATABASE_URL",
}


def address(login: str) -> str:
    """Return the test database's address for a login."""
    variable = VARIABLES[login]
    url = os.environ.get(variable)
    assert url, (
        f"{variable} is not set; `python -m config.launch.devdb` prints it. The blind is not tested without it."
    )
    return make_conninfo(
        "", **{**conninfo_to_dict(url), "dbname": connections["default"].settings_dict["NAME"]}
    )


def connect(login: str) -> psycopg.Connection:
    """Open a real connection as a login and make sure that it is that login."""
    found = psycopg.connect(address(login), autocommit=True)
    row = found.execute("SELECT session_user::text, current_user::text").fetchone()
    assert row == (login, login)
    return found


@dataclass(frozen=True, slots=True)
class SealedList:
    """A list stored by the owner, with the truth the test compares with."""

    list_id: uuid.UUID
    study_id: uuid.UUID
    slots: tuple[Slot, ...]

    def arms(self, stratum: str) -> list[str]:
        return [slot.arm for slot in self.slots if slot.stratum == stratum]


def list_store(
    *, strata: tuple[str, ...] = ("all",), places: int = 40, seed: bytes = bytes(range(32))
) -> SealedList:
    """Store a list of blocks of four, arms ESK and PBO, committed for good under random identifiers."""
    plan = ListPlan(trial="test.MAIN", arms=(ArmShare("ESK", 1), ArmShare("PBO", 1)), block_sizes=(4,))
    slots = build_list(plan=plan, seed=seed, strata=strata, places=places)
    stored = SealedList(uuid.uuid4(), uuid.uuid4(), slots)
    arms = [
        {"code": "ESK", "label": "Esketamine", "active": True},
        {"code": "PBO", "label": "Placebo", "active": False},
    ]
    with connect("vigil_owner") as owner:
        owner.execute(
            "SELECT sealed.list_store(%s, %s, %s, %s, %s, 28, %s, %s)",
            [
                stored.list_id,
                stored.study_id,
                seed,
                Jsonb({}),
                list_digest(slots),
                Jsonb(arms),
                list_commitment(seed=seed, plan=plan),
            ],
        )
        owner.execute(
            "SELECT sealed.slots_store(%s, %s, %s, %s, %s, %s)",
            [
                stored.list_id,
                [slot.stratum for slot in slots],
                [slot.seq for slot in slots],
                [slot.block for slot in slots],
                [slot.size for slot in slots],
                [slot.arm for slot in slots],
            ],
        )
    return stored


DRAW = "SELECT * FROM sealed.draw_slot(%s, %s, %s, %s, 10000, 99999, %s, now())"


def draw(
    connection: psycopg.Connection,
    stored: SealedList,
    *,
    stratum: str = "all",
    participant: uuid.UUID | None = None,
    key: uuid.UUID | None = None,
) -> tuple[str, int | None]:
    """Draw one place; a new participant and a new key unless given."""
    row = connection.execute(
        DRAW, [stored.list_id, stratum, participant or uuid.uuid4(), key or uuid.uuid4(), uuid.uuid4()]
    ).fetchone()
    assert row is not None
    return row[0], row[1]
