"""The cast, and a ward of eight: everybody in a chair, at eight moments of their two hours. Run as the owner."""

from __future__ import annotations

import django

CHAIRS = 8


def main() -> None:
    """Seat eight participants; how they came there is another journey."""
    django.setup()
    from django.utils import timezone

    from apps.studies.models import Site
    from tests.apps.monitoring.scene import seat
    from tests.factories.cast import cast_make

    now = timezone.now()
    cast = cast_make(at=now)
    Site.objects.filter(pk=cast.site.pk).update(chairs=CHAIRS)
    for chair in range(1, CHAIRS + 1):
        seat(cast, at=now, minutes=10 * chair, chair=chair, number=f"DE01-{chair:04}")


if __name__ == "__main__":
    main()
