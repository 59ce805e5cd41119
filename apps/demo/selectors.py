"""Whether a study of the demo is there."""

from __future__ import annotations

from apps.studies.models import Study


def study_is_there(*, code: str) -> bool:
    """Say whether a demo study was seeded; a study is written whole or not at all."""
    return Study.objects.filter(code=code).exists()
