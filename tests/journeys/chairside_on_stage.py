"""The cast, and three participants in their chairs: two at 40 minutes, one at an hour. Run as the owner."""

from __future__ import annotations

import django


def main() -> None:
    """Seat three participants; how they came there is another journey."""
    django.setup()
    from django.utils import timezone

    from apps.monitoring.services import watch_take_over
    from tests.apps.monitoring.scene import CALM, NO_DISSOCIATION, Nurse, seat
    from tests.factories.cast import cast_make

    now = timezone.now()
    cast = cast_make(at=now)
    for chair, number, minutes in ((1, "DE01-0001", 39.5), (2, "DE01-0002", 60), (3, "DE01-0003", 38.5)):
        session = seat(cast, at=now, minutes=minutes, chair=chair, number=number)
        watch_take_over(expected={session.pk: 0}, by=cast.nurse, at=session.dosed_at)
        before = session.checked_in_at
        Nurse(session, cast.nurse).records(before, slot=-1, **CALM, cadss_items=NO_DISSOCIATION)


if __name__ == "__main__":
    main()
