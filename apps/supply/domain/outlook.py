"""How long a site's stock lasts in the worst case, told so that nobody learns an arm.

Everything here is known to everybody: the protocol, who was randomized when, which visits got kits. Each visit to come
is taken to need, of either content, what the most demanding arm could ask of it, also for participants who are drawn
already. So the need is the same whatever the list gave them (docs/decisions/0010-kit-ledger-and-worst-case-stock.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from apps.randomization.domain.outlook import STEPS
from apps.studies.domain.protocol import Protocol

BUCKETS = STEPS
"""The only answers there are: days that are covered at least. The last one means as far as anybody looks."""

HORIZON = 56
"""Days ahead that are looked at, and that a suggested delivery is to cover."""

RATE_DAYS = 56
"""Days back over which a site's enrolment is averaged."""


@dataclass(frozen=True, slots=True)
class Treated:
    """A participant in treatment: the day of the draw at the site, and the dosing visits that got kits."""

    randomized_on: date
    served: frozenset[str]


@dataclass(frozen=True, slots=True)
class Need:
    """Devices of either content that may be needed from today up to and including a day, counted from today as 0."""

    day: int
    active: int
    placebo: int


def worst_session(protocol: Protocol, *, devices: int) -> tuple[int, int]:
    """Return the most devices with drug, and the most with placebo, that any arm can need at one session."""
    per_device = protocol.devices.mg_per_device
    active, placebo = 0, 0
    for arm in protocol.arms:
        if arm.treatment != "esketamine":
            placebo = devices
            continue
        doses = [arm.fixed_dose_mg] if arm.fixed_dose_mg else list(protocol.dose.allowed_mg)
        doses += [arm.first_dose_mg] if arm.first_dose_mg else []
        active = max(active, *(min(dose // per_device, devices) for dose in doses))
        if protocol.blinding == "double_blind":  # only there do dummies fill a session up
            placebo = max(placebo, *(devices - min(dose // per_device, devices) for dose in doses))
    return active, placebo


def sessions_ahead(
    protocol: Protocol, *, treated: Iterable[Treated], recently: int, today: date, horizon: int = HORIZON
) -> tuple[int, ...]:
    """Return how many sessions may fall on each day from today (0) to the horizon.

    `recently` is how many were randomized in the last `RATE_DAYS` days. One newcomer may come today; others follow at
    that pace. A visit that is overdue may still be held today.
    """
    days = [0] * (horizon + 1)
    visits = [(visit.code, visit.day - 1, visit.latest_day - 1) for visit in protocol.dosing_visits]
    for person in treated:
        since = (today - person.randomized_on).days
        for code, day, latest in visits:
            if code not in person.served and latest >= since and day - since <= horizon:
                days[max(0, day - since)] += 1
    newcomers = [0] + [RATE_DAYS * nth // recently for nth in range(1, recently * horizon // RATE_DAYS + 1)]
    for arrival in newcomers:
        for _, day, _ in visits:
            if arrival + day <= horizon:
                days[arrival + day] += 1
    return tuple(days)


def needs(sessions: Sequence[int], *, worst: tuple[int, int]) -> tuple[Need, ...]:
    """Return the growing need for each content, one entry for each day on which it grows."""
    found, total = [], 0
    for day, count in enumerate(sessions):
        if count:
            total += count
            found.append(Need(day, total * worst[0], total * worst[1]))
    return tuple(found)


def words(days: int) -> str:
    """Return the bucket in words."""
    if days >= BUCKETS[-1]:
        return f"Covered for {BUCKETS[-1]} days at least, whoever is randomized."
    return f"This site may be unable to randomize or treat someone within {_after(days)} days."


def stratum_words(days: int) -> str:
    """Return the bucket of one stratum in words."""
    if days >= BUCKETS[-1]:
        return f"Covered for {BUCKETS[-1]} days at least."
    return f"This site may be unable to randomize someone in this stratum within {_after(days)} days."


def pace_words(days: int) -> str:
    """Return how long a stratum goes on at the pace of late, in words; coarse, as every answer is."""
    if days >= BUCKETS[-1]:
        return f"{BUCKETS[-1]} days or more"
    return f"{days} to {_after(days)} days" if days else f"Less than {_after(days)} days"


CAUSES = {
    "kits": "Kits",
    "places": "Places of the list",
    "cap_stratum": "Most participants of the stratum",
    "cap_site": "Most participants of the site",
    "cap_study": "Most participants of the study",
}
"""What may end first, in words, in the order in which it is told."""

LIST_WARNING_DAYS = 14
"""From so few days on the administrator and the pharmacist are told, once a week while it lasts."""


def _after(days: int) -> int:
    return next(bucket for bucket in BUCKETS if bucket > days)
