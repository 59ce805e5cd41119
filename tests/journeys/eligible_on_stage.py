"""The cast, and people in Berlin who are eligible and signed: everything but the draw. Run as the owner."""

from __future__ import annotations

#: Twenty for the draw at one moment. The antidepressant decides the stratum: twelve stand before one, eight before
#: another.
ANTIDEPRESSANTS = ["duloxetine"] * 12 + ["sertraline"] * 8
#: One more, for the request that is sent twice at once.
ONE_MORE = "escitalopram"


def main() -> None:
    """Screen everybody through the services, as the clinic does."""
    from tests.journeys.cast_on_stage import main as cast_on_stage

    cast = cast_on_stage()
    from django.utils import timezone

    from tests.factories.participants import enrolled
    from tests.factories.screening import SCREENING_TAKES, answered, rated, screening_open, signed

    now = timezone.now()
    for place, antidepressant in enumerate([*ANTIDEPRESSANTS, ONE_MORE], 1):
        name = f"Beispiel {place:02d}"
        participant = enrolled(cast, at=now, consented_at=now - SCREENING_TAKES, full_name=name)
        screening = screening_open(participant_id=participant.pk, by=cast.coordinator, at=now)
        answered(cast, screening, at=now, facts={"oral_antidepressant": antidepressant})
        rated(cast, participant, at=now)
        signed(cast, participant, at=now)


if __name__ == "__main__":
    main()
