"""What was known at a data cut. A correction that came later neither counts nor hides what it corrects.

A row that is never changed was known from when it was received; of one that changes the history is read. So a report of
the same cut is the same whenever it is made, whatever was added, corrected or ended since.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, DateTimeField, Exists, F, OuterRef, QuerySet, When
from django.db.models.functions import Coalesce

from apps.dosing.domain.session import SessionAction
from apps.dosing.models import DosingSession, SessionTransition
from apps.instruments.models import Rating
from apps.participants.domain.status import ParticipantStatus
from apps.participants.models import Participant, StatusChange
from apps.safety.models import AdverseEvent, Medication
from apps.screening.models import Answer, Screening
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


def steps_known(*, study: Study, cut_at: datetime) -> QuerySet[StatusChange]:
    """Return the steps of everybody's status received by the cut, in the order in which they were received."""
    return StatusChange.objects.filter(participant__study=study, recorded_at__lte=cut_at).order_by(
        "recorded_at", "at", "id"
    )


def sprayed_known(*, study: Study, cut_at: datetime) -> QuerySet[DosingSession]:
    """Return the sessions of which a first spray was received by the cut.

    A spray may be entered some time after it was given, so its own time does not say when it was known.
    """
    spray = SessionTransition.objects.filter(
        session=OuterRef("pk"), action=SessionAction.SPRAY.value, recorded_at__lte=cut_at
    )
    return DosingSession.objects.filter(Exists(spray), participant__study=study, dosed_at__isnull=False)


def medicines_known(*, study: Study, cut_at: datetime) -> QuerySet[Medication]:
    """Return the medicines received by the cut. What began when is never changed; that one ended may come later."""
    return Medication.objects.filter(participant__study=study, recorded_at__lte=cut_at)


def events_known(*, study: Study, cut_at: datetime) -> QuerySet[Any]:
    """Return the adverse events received by the cut, each as it stood then: rows of the history."""
    return _versions(AdverseEvent, study=study, cut_at=cut_at, changed="changed_at")


def ages_known(*, study: Study, cut_at: datetime) -> dict[UUID, int]:
    """Return everybody's age at consent as it stood at the cut."""
    rows = _versions(Participant, study=study, cut_at=cut_at, changed="age_changed_at", of="study")
    return dict(rows.values_list("pgh_obj_id", "age_years"))


def failures_known(*, study: Study, cut_at: datetime) -> dict[UUID, tuple[str, ...]]:
    """Return who had failed screening at the cut, and by which criteria.

    A verdict may be taken back, or followed by another attempt; then nobody has failed until the next one.
    """
    stations = dict(steps_known(study=study, cut_at=cut_at).values_list("participant_id", "to_status"))
    history = Screening.pgh_event_model.objects.filter(
        participant__study=study, state="FAILED", decided_at__lte=cut_at
    )
    reasons: dict[UUID, Sequence[str]] = dict(
        history.order_by("attempt", "decided_at", "pgh_id").values_list("participant_id", "fail_reasons")
    )
    return {
        key: tuple(reasons[key])
        for key, station in stations.items()
        if station == ParticipantStatus.SCREEN_FAILED.value and key in reasons
    }


def _versions(
    model: Any, *, study: Study, cut_at: datetime, changed: str, of: str = "participant__study"
) -> QuerySet[Any]:
    """Return of every row the last version known at the cut.

    `changed` names the column that says when a version came about; the first one did when the row was received. What
    was changed before there was such a column has the history's own time.
    """
    came = Coalesce(
        F(changed),
        Case(
            When(pgh_label="update", version__gt=1, then=F("pgh_created_at")),
            default=F("recorded_at"),
            output_field=DateTimeField(),
        ),
    )
    return (
        model.pgh_event_model.objects.filter(**{of: study})
        .alias(came=came)
        .filter(came__lte=cut_at)
        .order_by("pgh_obj_id", "-pgh_id")
        .distinct("pgh_obj_id")
    )
