"""Worlds that differ only in who got what: the same list with arms exchanged, the same kits with contents to match.

How a second world can be legitimate with the very same kit numbers: kits of a content are taken in an order that does
not depend on their content. So the story is told once in a blank world in which every kit holds the same; what is
picked there are the first kits of that order. Whoever then fills exactly these kits as a participant's arm asks, for
either allocation, has a world in which the same numbers are picked again, now by their content.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from apps.supply.models import Kit
from tests.apps.randomization.worlds import as_owner, sealed

MG_PER_DEVICE = 28


@dataclass(frozen=True)
class World:
    """`exchanged`: the arms of the lists change places. `contents`: by kit number; None: every kit holds the same."""

    name: str
    exchanged: bool
    contents: Mapping[str, str] | None

    def content_of(self, number: str, otherwise: str) -> str:
        """What a kit of the manifest holds; a manifest of one content only would be refused, so blank ones vary."""
        return otherwise if self.contents is None else self.contents[number]


def execute(*statements: str) -> None:
    """Run statements as the owner."""
    with as_owner(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def arms_exchange() -> None:
    """Exchange the arms of every list: two arms change places, more of them move on by one within their block."""
    execute(
        "ALTER TABLE sealed.slot DISABLE TRIGGER USER",
        """
        WITH moved AS (
            SELECT list_id, stratum, seq, coalesce(
                CASE (SELECT count(*) FROM sealed.arm AS a WHERE a.list_id = s.list_id) WHEN 2 THEN (
                    SELECT a.code FROM sealed.arm AS a WHERE a.list_id = s.list_id AND a.code <> s.arm
                ) END,
                lead(arm) OVER within, first_value(arm) OVER within
            ) AS arm
            FROM sealed.slot AS s
            WINDOW within AS (PARTITION BY list_id, stratum, block ORDER BY seq)
        )
        UPDATE sealed.slot AS s SET arm = moved.arm FROM moved
        WHERE (moved.list_id, moved.stratum, moved.seq) = (s.list_id, s.stratum, s.seq)
        """,
        "ALTER TABLE sealed.slot ENABLE TRIGGER USER",
    )


def contents_blank() -> None:
    """Make every kit and every arm a dummy: kits are then picked in their order alone."""
    for table, change in (("kit_content", "content = 'PLACEBO'"), ("arm", "active = false, fixed_mg = NULL")):
        execute(
            f"ALTER TABLE sealed.{table} DISABLE TRIGGER USER",
            f"UPDATE sealed.{table} SET {change}",
            f"ALTER TABLE sealed.{table} ENABLE TRIGGER USER",
        )


def arms() -> dict[UUID, str]:
    """The truth: each participant's arm."""
    return dict(sealed("SELECT participant_id, arm FROM sealed.slot WHERE participant_id IS NOT NULL"))


@dataclass(frozen=True)
class Picked:
    """A kit that the blank world handed out: for whom, in which place of the session, the dose asked for in mg."""

    number: str
    participant: UUID
    place: int
    dose_mg: int | None


def picked() -> tuple[Picked, ...]:
    """Every kit that was handed out, also those taken back since."""
    doses = {
        (participant, visit): dose
        for participant, visit, dose in sealed(
            "SELECT participant_id, visit_code, dose_mg FROM sealed.dispensing"
        )
    }
    return tuple(
        Picked(kit.number, kit.participant_id, kit.position or 0, doses[kit.participant_id, kit.visit_code])
        for kit in Kit.objects.filter(participant__isnull=False).order_by("number")
    )


def contents_for(
    handed_out: tuple[Picked, ...],
    numbers: list[str],
    arm_of: Mapping[UUID, str],
    doses: Mapping[str, int | None],
    *,
    exchanged: bool,
) -> dict[str, str]:
    """
    Fill the kits as an allocation asks: drug in the first places, as many as the dose needs, dummies after it.

    `doses`: each arm's dose in mg; 0 for placebo, None where the dose asked for decides. Kits that nobody was handed
    alternate, so that the stock covers every arm, and are exchanged with the arms.
    """
    contents = {}
    for kit in handed_out:
        dose = doses[arm_of[kit.participant]]
        active = (kit.dose_mg or 0 if dose is None else dose) // MG_PER_DEVICE
        contents[kit.number] = "ACTIVE" if kit.place <= active else "PLACEBO"
    rest = [number for number in sorted(numbers) if number not in contents]
    return contents | {
        number: ("ACTIVE", "PLACEBO")[(index + exchanged) % 2] for index, number in enumerate(rest)
    }
