"""Reading that envelopes were opened: by whom, when, on what ground. Nothing here can answer with an arm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.core.exceptions import NotFound
from apps.participants.models import Participant
from apps.randomization.services import sealed_call
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.models import Study
from apps.unblinding.domain.assessment import due_at
from apps.unblinding.domain.drills import DrillTimes, drill_times
from apps.unblinding.domain.modes import ASSESSED, Mode
from apps.unblinding.models import Drill, ImpactAssessment, Opening, TreatmentLetter, TreatmentRelease

_PATH = (
    "study",
    "site",
    "participant__study",
    "participant__protocol_version",
    "drill",
    "recorded_by",
    "reader",
    "read",
)
_ASSESSED = [mode.value for mode in ASSESSED]


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """An envelope asked for past the application: the database knows of it, the application does not."""

    request_id: UUID
    study_id: UUID
    participant_id: UUID | None
    at: datetime


def openings_visible(*, viewer: User, now: datetime, study: Study | None = None) -> QuerySet[Opening]:
    """Return the openings at the viewer's sites, latest first; drills apart."""
    sites = access.sites_where(user=viewer, permission=Permission.UNBLINDING_READ, now=now)
    found = Opening.objects.filter(site__in=sites).exclude(mode=Mode.DRILL.value)
    if study is not None:
        found = found.filter(study=study)
    return found.select_related(*_PATH).order_by("-recorded_at", "id")


def opening_get(*, viewer: User, opening_id: UUID, now: datetime) -> Opening:
    """
    Return one opening or drill that the viewer may know of: at their sites, or told to themselves.

    :raises NotFound: if there is none
    """
    sites = access.sites_where(user=viewer, permission=Permission.UNBLINDING_READ, now=now)
    found = (
        Opening.objects.filter(Q(site__in=sites) | Q(reader=viewer) | Q(recorded_by=viewer), pk=opening_id)
        .select_related(*_PATH)
        .first()
    )
    if found is None:
        raise NotFound("There is no such opening.")
    return found


def openings_of(*, participant: Participant) -> QuerySet[Opening]:
    """Return a participant's openings, latest first. Who asks has been checked at the participant."""
    return (
        Opening.objects.filter(participant=participant).select_related(*_PATH).order_by("-recorded_at", "id")
    )


def message_get(*, reader: User, opening_id: UUID) -> Opening:
    """
    Return what was handed over to this very person.

    :raises NotFound: if nothing was, under this address
    """
    found = (
        Opening.objects.filter(pk=opening_id, mode=Mode.MEDIATED.value, reader=reader)
        .select_related(*_PATH)
        .first()
    )
    if found is None:
        raise NotFound("There is no such message.")
    return found


def messages_waiting(*, reader: User) -> QuerySet[Opening]:
    """Return what was handed over to a person and not read, latest first."""
    return (
        Opening.objects.filter(mode=Mode.MEDIATED.value, reader=reader, read__isnull=True)
        .select_related(*_PATH)
        .order_by("-recorded_at", "id")
    )


def assessment_current(*, opening: Opening) -> ImpactAssessment | None:
    """Return the assessment of an opening as last corrected."""
    return (
        ImpactAssessment.objects.filter(opening=opening, superseded_by__isnull=True)
        .select_related("recorded_by")
        .first()
    )


def assessments_of(*, opening: Opening) -> QuerySet[ImpactAssessment]:
    """Return every version of an opening's assessment, latest first."""
    return (
        ImpactAssessment.objects.filter(opening=opening)
        .select_related("recorded_by")
        .order_by("-recorded_at", "id")
    )


def assessments_missing(*, since: datetime) -> Iterator[tuple[Opening, datetime]]:
    """Return openings without an assessment, with the moment it is due: for the clock that reminds, not for pages."""
    missing = Opening.objects.filter(mode__in=_ASSESSED, assessments__isnull=True, recorded_at__gte=since)
    for opening in missing.select_related(*_PATH).order_by("recorded_at", "id"):
        yield opening, due_at(opening.recorded_at)


def openings_since(*, since: datetime) -> QuerySet[Opening]:
    """Return openings and drills since a moment: for the clock that tells people, not for pages."""
    return Opening.objects.filter(recorded_at__gte=since).select_related(*_PATH).order_by("recorded_at", "id")


def openings_unrecorded(*, since: datetime) -> list[Unrecorded]:
    """Return envelopes that were asked for past the application since a moment. There should never be one."""
    asked = sealed_call("envelope_requests", since=since)
    known = set(Opening.objects.filter(pk__in=[row[0] for row in asked]).values_list("pk", flat=True))
    return [
        Unrecorded(request_id, study_id, participant_id, at)
        for request_id, _mode, study_id, participant_id, _by, at in asked
        if request_id not in known
    ]


def drill_get(*, viewer: User, drill_id: UUID, now: datetime) -> Drill:
    """
    Return a drill at one of the viewer's sites.

    :raises NotFound: if there is none
    """
    found = drills_visible(viewer=viewer, now=now).filter(pk=drill_id).first()
    if found is None:
        raise NotFound("There is no such drill.")
    return found


def drills_visible(*, viewer: User, now: datetime, study: Study | None = None) -> QuerySet[Drill]:
    """Return the drills at the viewer's sites, latest first."""
    sites = access.sites_where(user=viewer, permission=Permission.UNBLINDING_READ, now=now)
    found = Drill.objects.filter(site__in=sites)
    if study is not None:
        found = found.filter(study=study)
    return found.select_related("study", "site", "recorded_by", "opening__read").order_by(
        "-recorded_at", "id"
    )


def drill_seconds(drill: Drill) -> float | None:
    """Return the seconds from the start of a drill to its answer; None where it was never reached."""
    opening = getattr(drill, "opening", None)
    read = getattr(opening, "read", None) if opening else None
    return (read.recorded_at - drill.recorded_at).total_seconds() if read else None


def drills_summed(drills: QuerySet[Drill]) -> DrillTimes:
    """Return how long drills took."""
    return drill_times(seconds for drill in drills if (seconds := drill_seconds(drill)) is not None)


def release_of(*, study: Study) -> TreatmentRelease | None:
    """Return the release of a study's treatments, if there was one."""
    return TreatmentRelease.objects.filter(study=study).select_related("recorded_by", "study").first()


def releases_open() -> QuerySet[TreatmentRelease]:
    """Return every release, oldest first: for the worker that makes the letters."""
    return TreatmentRelease.objects.select_related("study", "statistician").order_by("recorded_at", "id")


def letters_visible(*, viewer: User, now: datetime, study: Study | None = None) -> QuerySet[TreatmentLetter]:
    """Return the letters at the sites whose investigator the viewer is, by participant."""
    sites = access.sites_where(user=viewer, permission=Permission.UNBLINDING_OPEN, now=now)
    found = TreatmentLetter.objects.filter(participant__site__in=sites)
    if study is not None:
        found = found.filter(release__study=study)
    return found.select_related("participant__site", "participant__study", "release").order_by(
        "participant__number", "id"
    )


def letter_get(*, viewer: User, letter_id: UUID, now: datetime) -> TreatmentLetter:
    """
    Return one letter.

    :raises NotFound: if there is none, or it is another site's
    """
    found = letters_visible(viewer=viewer, now=now).filter(pk=letter_id).first()
    if found is None:
        raise NotFound("There is no such letter.")
    return found
