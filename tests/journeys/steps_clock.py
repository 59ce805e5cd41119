"""Time of a journey, told in story days at the clinic in Berlin: day 1 begins tomorrow."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.journeys.house import House

BERLIN = ZoneInfo("Europe/Berlin")


@dataclass
class StoryClock:
    """The hand on the clock. A story never starts at night, whatever the hour at which the tests run."""

    house: House = field(repr=False)
    first: date = field(init=False)

    def __post_init__(self) -> None:
        self.first = self.now.astimezone(BERLIN).date() + timedelta(days=1)

    @property
    def now(self) -> datetime:
        """The time in Vigil."""
        return datetime.now(UTC) + timedelta(seconds=float(self.house.clock.read_text()))

    def on(self, day: int, at: str) -> datetime:
        """The moment of `at` (as 09:30) on a day of the story."""
        return datetime.combine(self.first + timedelta(days=day - 1), time.fromisoformat(at), BERLIN)

    def to(self, moment: datetime) -> datetime:
        """Let the time come, unless it has passed."""
        if moment > self.now:
            self.house.ahead((moment - datetime.now(UTC)).total_seconds())
        return self.now

    def to_day(self, day: int, at: str) -> datetime:
        """Let a day of the story come."""
        return self.to(self.on(day, at))

    def later(self, *, minutes: float) -> datetime:
        """Let minutes pass."""
        return self.to(self.now + timedelta(minutes=minutes))
