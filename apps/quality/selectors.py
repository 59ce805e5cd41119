"""Reading deviations. Blinded raters and the sponsor hold no permission that leads here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from apps.accounts.models import User
from apps.core.exceptions import NotFound
from apps.dosing.models import DosingSession
from apps.monitoring.domain.values import MEASURES
from apps.monitoring.selectors import attended_of, watches_of
from apps.participants.models import Participant
from apps.quality.domain.absences import absence_words, departs
from apps.quality.domain.deviations import Kind, Standing, assessment_due, standing_of
from apps.quality.models import Deviation, DeviationAssessment
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.domain.protocol import DeviationPlan
from apps.studies.models import Site, Study
from apps.studies.selectors import protocol_of

_PATH = (
    "participant__study",
    "participant__site",
    "participant__protocol_version",
    "site",
    "visit",
    "session",
    "recorded_by",
)


@dataclass(frozen=True, slots=True)
class Dealt:
    """A deviation with its assessment in force, and how far it has been dealt with."""

    deviation: Deviation
    assessment: DeviationAssessment | None
    standing: Standing
    due_at: datetime | None
    is_overdue: bool

    @property
    def category(self) -> str:
        """How grave by now: as assessed, else as entered; empty until somebody judges."""
        return self.assessment.category if self.assessment else self.deviation.category

    @property
    def reportable(self) -> bool | None:
        """Whether the ethics committee is to be told; None until somebody says."""
        return self.assessment.reportable if self.assessment else self.deviation.reportable


def plan_of(participant: Participant) -> DeviationPlan:
    """Return what the participant's protocol says of deviations."""
    return protocol_of(participant.protocol_version).deviations


def session_of_event(session_id: UUID) -> DosingSession:
    """Return the session an event tells of. Who acts was checked by the act."""
    return DosingSession.objects.select_related(
        "visit", "site", "participant__study", "participant__site", "participant__protocol_version"
    ).get(pk=session_id)


def readings_missed(session: DosingSession, *, now: datetime) -> list[str]:
    """Return the mandatory slots of a session that lack a reading at `now`, in words: "40 min: blood pressure"."""
    (watch,) = watches_of([session], now=now)
    found = []
    for status in watch.statuses:
        slot = status.slot
        if not slot.mandatory or slot.due_at is None or slot.due_at > now:
            continue
        reasons = {
            measure: reason for reading in status.readings for measure, reason in reading.not_done.items()
        }
        words = [
            *(MEASURES[measure] for measure in status.missing),
            *(f"{MEASURES[measure]} not done ({reason})" for measure, reason in reasons.items()),
        ]
        if words:
            found.append(f"{slot.label}: {', '.join(words)}")
    return found


def absences(session: DosingSession, *, now: datetime) -> list[tuple[Kind, str, datetime]]:
    """Return what the absence of people departs from, in words and since when, over a session that ended by `now`."""
    zone = ZoneInfo(session.site.time_zone)
    rule = protocol_of(session.participant.protocol_version).monitoring
    found = []
    for seen in attended_of([session], now=now):
        gaps = [part for part in seen.parts if part.watcher is None]
        if departs(gaps, allowed=timedelta(minutes=rule.unwatched_minutes)):
            words = absence_words("Nobody watched", gaps, observed=seen.observed, zone=zone)
            found.append((Kind.UNWATCHED, words, gaps[0].starts_at))
        if rule.without_prescriber == "refuse" and seen.absent:
            words = absence_words(
                "No prescriber was marked on site", seen.absent, observed=seen.observed, zone=zone
            )
            found.append((Kind.NO_PRESCRIBER, words, seen.absent[0].starts_at))
    return found


def deviations_visible(
    *,
    viewer: User,
    now: datetime,
    study: Study | None = None,
    site: Site | None = None,
    search: str = "",
    kind: str = "",
    category: str = "",
    standing: str = "",
    session_id: UUID | None = None,
) -> QuerySet[Deviation]:
    """Return the deviations a viewer may read, the latest first, narrowed by what is given."""
    sites = access.sites_where(user=viewer, permission=Permission.DEVIATION_READ, now=now)
    found = Deviation.objects.filter(site__in=sites)
    if study is not None:
        found = found.filter(participant__study=study)
    if site is not None:
        found = found.filter(site=site)
    if session_id is not None:
        found = found.filter(session_id=session_id)
    if search.strip():
        found = found.filter(
            Q(participant__number__icontains=search.strip()) | Q(happened__icontains=search.strip())
        )
    if kind:
        found = found.filter(kind=kind)
    in_force = DeviationAssessment.objects.filter(deviation=OuterRef("pk"), superseded_by__isnull=True)
    if category:
        judged = Exists(in_force.filter(category=category))
        found = found.filter(Q(judged) | (Q(category=category) & ~Exists(in_force)))
    if standing == Standing.OPEN.value:
        found = found.filter(~Exists(in_force))
    elif standing == Standing.ASSESSED.value:
        found = found.filter(Exists(in_force.filter(signature__isnull=True)))
    elif standing == Standing.SIGNED.value:
        found = found.filter(Exists(in_force.filter(signature__isnull=False)))
    current = DeviationAssessment.objects.filter(superseded_by__isnull=True).select_related(
        "signature__recorded_by", "recorded_by"
    )
    return (
        found.select_related(*_PATH)
        .prefetch_related(Prefetch("assessments", queryset=current, to_attr="in_force"))
        .order_by("-happened_at", "id")
    )


def deviation_get(
    *, viewer: User, deviation_id: UUID, now: datetime, permission: Permission = Permission.DEVIATION_READ
) -> Deviation:
    """
    Return a deviation at a site where the viewer holds the permission.

    :raises NotFound: if there is none, or it is another site's
    """
    sites = access.sites_where(user=viewer, permission=permission, now=now)
    found = deviations_visible(viewer=viewer, now=now).filter(pk=deviation_id, site__in=sites).first()
    if found is None:
        raise NotFound("There is no such deviation.")
    return found


def assessment_current(*, deviation: Deviation) -> DeviationAssessment | None:
    """Return the assessment in force."""
    return (
        DeviationAssessment.objects.filter(deviation=deviation, superseded_by__isnull=True)
        .select_related("signature__recorded_by", "recorded_by")
        .first()
    )


def assessments_of(*, deviation: Deviation) -> QuerySet[DeviationAssessment]:
    """Return every assessment of a deviation, the latest first."""
    return (
        DeviationAssessment.objects.filter(deviation=deviation)
        .select_related("signature__recorded_by", "recorded_by")
        .order_by("-recorded_at", "id")
    )


def dealt(deviation: Deviation, *, now: datetime) -> Dealt:
    """Return how a deviation of `deviations_visible` stands at `now`."""
    current = next(iter(deviation.in_force), None)
    standing = standing_of(
        assessed=current is not None, signed=current is not None and hasattr(current, "signature")
    )
    due = assessment_due(deviation.discovered_at, plan_of(deviation.participant))
    late = standing is Standing.OPEN and due is not None and now > due
    return Dealt(deviation, current, standing, due, late)
