"""The cast, and one participant in Berlin who is randomized: somebody with an envelope. Run as the owner."""

from __future__ import annotations


def main() -> None:
    """Screen and draw through the services, as the clinic does."""
    from tests.journeys.cast_on_stage import main as cast_on_stage

    cast = cast_on_stage()
    from uuid import uuid4

    from django.utils import timezone

    from apps.randomization.services import participant_randomize
    from tests.factories.screening import eligible

    now = timezone.now()
    participant = eligible(cast, at=now)
    participant_randomize(participant_id=participant.pk, key=uuid4(), by=cast.coordinator, at=now)


if __name__ == "__main__":
    main()
