"""What was known at a data cut. A correction that came later neither counts nor hides what it corrects."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from apps.instruments.models import Rating
from apps.screening.models import Answer
from apps.studies.models import Study


def ratings_known(*, study: Study, cut_at: datetime) -> QuerySet[Rating]:
    """Return the ratings received by the cut and not corrected by then."""
    later = Rating.objects.filter(supersedes=OuterRef("pk"), recorded_at__lte=cut_at)
    return Rating.objects.filter(participant__study=study, recorded_at__lte=cut_at).exclude(Exists(later))


def facts_known(*, study: Study, cut_at: datetime) -> QuerySet[Answer]:
    """Return the screening facts received by the cut and not corrected by then."""
    later = Answer.objects.filter(supersedes=OuterRef("pk"), recorded_at__lte=cut_at)
    return Answer.objects.filter(
        screening__participant__study=study, kind="FACT", recorded_at__lte=cut_at
    ).exclude(Exists(later))
