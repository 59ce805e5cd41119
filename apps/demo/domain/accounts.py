"""Who can sign in to the demo, and who works at its sites. All invented; the password is printed on
purpose."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from apps.studies.domain.permissions import ROLE_LABELS, Role

PASSWORD = "clear-spray-42"  # noqa: S105
"""One password for every demo account. It is shown at every start and guards nothing: nobody in the demo
exists."""

#: The site at which the accounts of site roles work, and the other one between which the coordinator can switch.
HOME_SITE = "201"
SECOND_SITE = "301"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One account. `signs_in` is False for people who only stand in the history."""

    email: str
    full_name: str
    role: Role
    signs_in: bool = True

    @property
    def label(self) -> str:
        """The role in words."""
        return ROLE_LABELS[self.role]


ACCOUNTS: tuple[DemoAccount, ...] = (
    DemoAccount("coordinator@demo.example", "Carla Roth", Role.COORDINATOR),
    DemoAccount("investigator@demo.example", "Ivo Brandt", Role.INVESTIGATOR),
    DemoAccount("nurse@demo.example", "Nadia Klein", Role.SESSION_NURSE),
    DemoAccount("rater@demo.example", "Ruth Adler", Role.EFFICACY_RATER),
    DemoAccount("pharmacist@demo.example", "Paul Vogt", Role.PHARMACIST),
    DemoAccount("monitor@demo.example", "Mona Lind", Role.MONITOR),
    DemoAccount("sponsor@demo.example", "Sven Holm", Role.SPONSOR),
    DemoAccount("statistician@demo.example", "Stella Marx", Role.UNBLINDED_STATISTICIAN),
    DemoAccount("physician@demo.example", "Felix Arndt", Role.SAFETY_PHYSICIAN),
    DemoAccount("administrator@demo.example", "Ada Weiss", Role.ADMINISTRATOR),
)

#: Roles of a site's staff, in this order everywhere.
STAFF_ROLES = (
    Role.COORDINATOR,
    Role.INVESTIGATOR,
    Role.SESSION_NURSE,
    Role.EFFICACY_RATER,
    Role.PHARMACIST,
)

_WORDS = {
    Role.COORDINATOR: "coordinator",
    Role.INVESTIGATOR: "investigator",
    Role.SESSION_NURSE: "nurse",
    Role.EFFICACY_RATER: "rater",
    Role.PHARMACIST: "pharmacist",
}
_GIVEN = ("Alex", "Robin", "Kim", "Sasha", "Noa", "Toni", "Mika", "Jona", "Luca", "Charlie")
_FAMILY = ("Amberg", "Bellini", "Carden", "Dorn", "Esker", "Falk", "Grove", "Hallam", "Iversen", "Jarno")


@lru_cache(maxsize=32)
def staff_of(site_code: str) -> tuple[DemoAccount, ...]:
    """The staff of a site in the order of `STAFF_ROLES`, then a second nurse who relieves the first.

    They cannot sign in, but for the second nurse, who signs for a handover with the printed password.
    """
    place = sum(map(ord, site_code))
    relief = DemoAccount(
        f"relief.{site_code}@demo.example",
        f"{_GIVEN[(place + 5) % len(_GIVEN)]} {_FAMILY[(place * 3 + 5) % len(_FAMILY)]}",
        Role.SESSION_NURSE,
    )
    return *(
        DemoAccount(
            email=f"{_WORDS[role]}.{site_code}@demo.example",
            full_name=f"{_GIVEN[(place + number) % len(_GIVEN)]} "
            f"{_FAMILY[(place * 3 + number * 7) % len(_FAMILY)]}",
            role=role,
            signs_in=False,
        )
        for number, role in enumerate(STAFF_ROLES)
    ), relief
