"""When the absence of somebody who had to be there departs from the protocol, and how it is told.

A departure is a gap longer than the protocol bears; once there is one, every gap of the session is told, to the second:
a short one beside a long one belongs to the same story.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta, tzinfo

from apps.monitoring.domain.watchers import Stretch
from apps.monitoring.domain.words import length_words


def departs(gaps: Sequence[Stretch], *, allowed: timedelta) -> bool:
    """Say whether a gap is longer than allowed. Equal is allowed, as for the finding."""
    return any(gap.length > allowed for gap in gaps)


def absence_words(who: str, gaps: Sequence[Stretch], *, observed: timedelta, zone: tzinfo) -> str:
    """Return the gaps on the site's clock: "Nobody watched for 12 min of 2 h 01 min: 10:41:00 to 10:53:00."."""
    total = sum((gap.length for gap in gaps), timedelta())
    spans = ", ".join(
        f"{gap.starts_at.astimezone(zone):%H:%M:%S} to {gap.ends_at.astimezone(zone):%H:%M:%S}"
        for gap in gaps
    )
    return f"{who} for {length_words(total)} of {length_words(observed)}: {spans}."
