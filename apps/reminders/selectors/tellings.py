"""Findings that are to be told, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Avg, Count, Exists, ExpressionWrapper, F, Max, OuterRef, Q, QuerySet
from django.db.models.fields import DurationField

from apps.accounts.models import User
from apps.dosing.domain.session import FINAL_STATES
from apps.monitoring.domain.findings import OVERDUE
from apps.monitoring.domain.watchers import NO_PRESCRIBER, UNWATCHED, WATCHER_LIMIT
from apps.monitoring.models import Finding
from apps.monitoring.selectors import Watch, watches_of
from apps.reminders.domain.telling import CLAIM_SPAN
from apps.reminders.models import Telling
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.domain.protocol import Protocol, TellingRule
from apps.studies.models import Study
from apps.studies.selectors import protocol_of

#: A finding older than this is history; one that is settled, sooner.
HORIZON, SETTLED_HORIZON = timedelta(hours=12), timedelta(hours=1)
_OVER = [state.value for state in FINAL_STATES]
#: What findings are called that no escalation rule raises.
_OF_NO_RULE = {
    OVERDUE: "A reading is overdue",
    UNWATCHED: "Nobody watches the participant",
    NO_PRESCRIBER: "No prescriber is on site",
    WATCHER_LIMIT: "One person watches too many",
}
_PATH = (
    "session__site",
    "session__visit",
    "session__participant__study",
    "session__participant__site",
    "session__participant__protocol_version",
    "acknowledged_by",
    "observation",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A finding as far as telling goes: how its severity is told, what it is called, and how it stands."""

    finding: Finding
    rule: TellingRule
    label: str
    is_over: bool

    @property
    def settled(self) -> bool:
        """True once somebody took note, or nothing stands any more."""
        return self.is_over or self.finding.acknowledged_at is not None


def findings_to_tell(*, now: datetime) -> list[Standing]:
    """Return every finding of which something may be due or to be dropped: standing ones, and those told to nobody."""
    told = Telling.objects.filter(finding=OuterRef("pk"))
    running = Q(acknowledged_at__isnull=True) & ~Q(session__state__in=_OVER)
    untold = Q(recorded_at__gt=now - SETTLED_HORIZON) & ~Exists(told)
    found = (
        Finding.objects.filter(recorded_at__gt=now - HORIZON)
        .exclude(severity="info")
        .filter(running | untold | Exists(told.filter(state="DUE")))
        .select_related(*_PATH)
        .order_by("recorded_at", "id")
    )
    return _standings(found, now=now)


def standing_of(*, finding: Finding, now: datetime) -> Standing | None:
    """Return one finding as it stands at `now`; None where the protocol tells its severity to nobody."""
    full = Finding.objects.select_related(*_PATH).get(pk=finding.pk)
    return next(iter(_standings([full], now=now)), None)


def _standings(findings: Iterable[Finding], *, now: datetime) -> list[Standing]:
    rows = list(findings)
    # Whether a finding still stands is asked only where that may change what is told.
    sessions = {
        row.session_id: row.session
        for row in rows
        if row.acknowledged_at is None and row.session.state not in _OVER
    }
    watches: dict[UUID, Watch] = {
        watch.session.pk: watch for watch in watches_of(list(sessions.values()), now=now)
    }
    made = []
    for row in rows:
        protocol = protocol_of(row.session.participant.protocol_version)
        rule = protocol.telling.rule_for(row.severity)
        if rule is None:
            continue
        watch = watches.get(row.session_id)
        made.append(Standing(row, rule, label_of(row, protocol), watch is None or not watch.is_standing(row)))
    return made


def label_of(finding: Finding, protocol: Protocol) -> str:
    """Return what a finding is called, without any figure."""
    labels = _OF_NO_RULE | {rule.code: rule.label for rule in protocol.escalation}
    return labels.get(finding.rule, finding.rule)


def tellings_due(*, channels: Iterable[str], now: datetime) -> QuerySet[Telling]:
    """Return what is to be told now by some ways, the longest waiting first."""
    return Telling.objects.filter(state="DUE", channel__in=channels, try_at__lte=now).order_by("try_at", "id")


def tellings_abandoned(*, now: datetime) -> QuerySet[Telling]:
    """Return tellings whose sender said nothing for too long."""
    return Telling.objects.filter(state="SENDING", claimed_at__lte=now - CLAIM_SPAN).order_by(
        "claimed_at", "id"
    )


def tellings_of(*, viewer: User, now: datetime, study: Study | None = None) -> QuerySet[Telling]:
    """Return the tellings of the sites whose reminders the viewer may read, latest first."""
    sites = access.sites_where(user=viewer, permission=Permission.REMINDER_READ, now=now)
    found = Telling.objects.filter(site__in=sites, finding__isnull=False)
    if study is not None:
        found = found.filter(study=study)
    return found.select_related(
        "finding__session__participant", "site", "recipient", "webhook", "finding__acknowledged_by"
    ).order_by("-due_at", "id")


@dataclass(frozen=True, slots=True)
class Promptness:
    """How soon first tellings followed the arrival of the reading, in seconds; the page is told when it is open."""

    told: int
    in_time: int
    failed: int
    mean: float | None
    slowest: float | None
    within_seconds: int


def promptness(tellings: QuerySet[Telling], *, since: datetime, within_seconds: int) -> Promptness:
    """Measure the first tellings by mail and webhook of a selection, due since a moment."""
    took = ExpressionWrapper(F("told_at") - F("due_at"), output_field=DurationField())
    first = tellings.filter(number=0, due_at__gte=since).exclude(channel="PAGE").order_by()
    sums = first.annotate(took=took).aggregate(
        told=Count("id", filter=Q(state="TOLD")),
        in_time=Count("id", filter=Q(state="TOLD", took__lte=timedelta(seconds=within_seconds))),
        mean=Avg("took", filter=Q(state="TOLD")),
        slowest=Max("took", filter=Q(state="TOLD")),
        failed=Count("id", filter=Q(state="FAILED")),
    )
    seconds = {
        name: None if sums[name] is None else sums[name].total_seconds() for name in ("mean", "slowest")
    }
    return Promptness(
        told=sums["told"],
        in_time=sums["in_time"],
        failed=sums["failed"],
        within_seconds=within_seconds,
        **seconds,
    )
