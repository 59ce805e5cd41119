"""The protocol's shape as the generator needs it; the default is TRANSFORM-2.

Whoever seeds a study may pass the values of its own protocol version instead, so that the generated history
keeps to the very windows and limits that the services enforce.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """One visit: its code, day, window in days before and after, and what is rated."""

    code: str
    day: int
    before: int = 0
    after: int = 0
    dose: bool = False
    instruments: tuple[str, ...] = ()
    madrs_recall: str = "7d"


@dataclass(frozen=True, slots=True)
class DemoDesign:
    """Visits, dose steps, pre-dose limits and minutes of observation."""

    visits: tuple[PlannedVisit, ...]
    start_mg: int
    high_mg: int
    increase_days: tuple[int, ...]
    decrease_days: tuple[int, ...]
    mg_per_device: int
    devices_per_session: int
    device_gap_minutes: int
    predose_sbp_max: int
    predose_dbp_max: int
    minimum_observation_minutes: int
    release_sbp_below: int
    release_dbp_below: int
    cadss_resolved_at_most: int
    # minute -> what is measured then, besides SpO2 and MOAA/S, which are taken every time
    minutes: tuple[tuple[int, frozenset[str]], ...]
    repeat_every_minutes: int
    # code of the screening visit, and the first and last day on which it may be held, counted from its
    # opening
    screening_visits: tuple[tuple[str, int, int], ...] = (("SW1", 1, 1), ("SW2", 8, 14), ("SW4", 22, 28))

    def visit(self, day: int) -> PlannedVisit:
        """The visit of this day."""
        return next(visit for visit in self.visits if visit.day == day)


_BASELINE = ("MADRS", "PHQ9", "SDS", "GAD7", "CGIS", "EQ5D5L")

TRANSFORM_2 = DemoDesign(
    visits=(
        PlannedVisit("D1", 1, dose=True, instruments=_BASELINE),
        PlannedVisit("D2", 2, instruments=("MADRS",), madrs_recall="24h"),
        PlannedVisit("D4", 4, 1, 1, dose=True),
        PlannedVisit("D8", 8, 1, 1, dose=True, instruments=("MADRS",)),
        PlannedVisit("D11", 11, 1, 1, dose=True),
        PlannedVisit("D15", 15, 1, 1, dose=True, instruments=("MADRS", "PHQ9", "SDS", "CGIS")),
        PlannedVisit("D18", 18, 1, 1, dose=True),
        PlannedVisit("D22", 22, 1, 1, dose=True, instruments=("MADRS",)),
        PlannedVisit("D25", 25, 1, 1, dose=True),
        PlannedVisit("D28", 28, 0, 1, instruments=(*_BASELINE, "GUESS")),
    ),
    start_mg=56,
    high_mg=84,
    increase_days=(4, 8, 11),
    decrease_days=(8, 11, 15),
    mg_per_device=28,
    devices_per_session=3,
    device_gap_minutes=5,
    predose_sbp_max=140,
    predose_dbp_max=90,
    minimum_observation_minutes=120,
    release_sbp_below=160,
    release_dbp_below=100,
    cadss_resolved_at_most=4,
    minutes=(
        (15, frozenset()),
        (30, frozenset()),
        (40, frozenset({"bp", "rr", "cadss", "bprs"})),
        (45, frozenset()),
        (60, frozenset({"bp", "ready"})),
        (75, frozenset()),
        (90, frozenset({"bp", "rr", "cadss", "bprs", "ready"})),
        (120, frozenset({"bp", "ready"})),
    ),
    repeat_every_minutes=15,
)
