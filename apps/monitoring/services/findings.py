"""Findings: raised with a reading or by the clock, and taken note of."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.dosing.domain.session import SessionState
from apps.dosing.models import DosingSession
from apps.monitoring import selectors
from apps.monitoring.domain.findings import OVERDUE, judge
from apps.monitoring.domain.plan import DueSlot, rule_minute
from apps.monitoring.domain.readings import Reading, Values
from apps.monitoring.domain.values import MEASURES
from apps.monitoring.domain.watchers import UNWATCHED
from apps.monitoring.models import Finding, Observation
from apps.monitoring.selectors import Recording, Watch
from apps.monitoring.services.steps import act_record
from apps.studies import access
from apps.studies.domain.permissions import Permission


@transaction.atomic
def finding_acknowledge(*, finding_id: UUID, by: User, at: datetime) -> Finding:
    """
    Take note of a finding, and with it of earlier ones of the same rule in the session. Who did so first stands.

    :raises NotFound: if the finding is not there for `by`
    :raises NotAllowed: if `by` may not acknowledge findings at this site
    """
    finding = selectors.finding_get(viewer=by, finding_id=finding_id, now=at, lock=True)
    access.check(user=by, permission=Permission.FINDING_ACKNOWLEDGE, site_id=finding.session.site_id, now=at)
    for waiting in selectors.findings_waiting_with(finding):
        waiting.acknowledged_at, waiting.acknowledged_by = at, by
        waiting.save(update_fields=["acknowledged_at", "acknowledged_by"])
        act_record(
            "finding.acknowledged",
            finding.session,
            subject=waiting,
            by=by,
            at=at,
            detail={"rule": waiting.rule},
        )
    finding.refresh_from_db()
    return finding


@transaction.atomic
def overdue_findings_raise(*, by: User, at: datetime) -> int:
    """Raise one finding for every mandatory slot that passed its tolerance without a reading; each only once."""
    running = (
        DosingSession.objects.filter(state__in=[SessionState.DOSING.value, SessionState.OBSERVING.value])
        .select_related("site", "participant__study", "participant__protocol_version")
        .order_by("pk")
    )
    raised = 0
    for watch in selectors.watches_of(list(running), now=at):
        known = {finding.key for finding in watch.findings}
        for status in watch.overdue:
            key = f"{OVERDUE}:{status.slot.minute}"
            if key not in known and _overdue_raise(watch, status.slot, status.missing, key=key, by=by, at=at):
                raised += 1
    return raised


@transaction.atomic
def unwatched_findings_raise(*, by: User, at: datetime) -> int:
    """Raise one finding for every gap in which nobody has watched for longer than the protocol allows."""
    running = DosingSession.objects.filter(dosed_at__isnull=False, ended_at__isnull=True).select_related(
        "site", "participant__study", "participant__protocol_version"
    )
    raised = 0
    for watching in selectors.watching_of(list(running.order_by("pk")), now=at).values():
        session, gap = watching.session, watching.gap
        rule = selectors.rule_of(session)
        allowed = timedelta(minutes=rule.unwatched_minutes)
        if gap is None or at - gap.since <= allowed:
            continue
        finding, created = Finding.objects.get_or_create(
            session=session,
            key=gap.key,
            defaults={
                "rule": UNWATCHED,
                "severity": "urgent",
                "message": f"Nobody has been watching for more than {rule.unwatched_minutes} minutes",
                "action": "Go to the chair and take over the watch.",
                "notify": list(rule.unwatched_notify),
                "raised_at": gap.since + allowed,
                "recorded_at": at,
                "recorded_by": by,
            },
        )
        if created:
            act_record("finding.raised", session, subject=finding, by=by, at=at, detail={"key": gap.key})
            raised += 1
    return raised


def _overdue_raise(
    watch: Watch, slot: DueSlot, missing: Collection[str], *, key: str, by: User, at: datetime
) -> bool:
    what = ", ".join(MEASURES[measure] for measure in missing)
    finding, created = Finding.objects.get_or_create(
        session=watch.session,
        key=key,
        defaults={
            "rule": OVERDUE,
            "severity": "watch",
            "message": f"{slot.label} is overdue: {what}"[:300],
            "action": "Record the reading, late with a reason, or enter it as not done.",
            "notify": ["SESSION_NURSE"],
            "raised_at": slot.closes_at,
            "recorded_at": at,
            "recorded_by": by,
        },
    )
    if created:
        act_record("finding.raised", watch.session, subject=finding, by=by, at=at, detail={"key": key})
    return created


def findings_of(
    observation: Observation,
    values: Values,
    *,
    read: Recording,
    slot: DueSlot | None,
    by: User,
    at: datetime,
) -> list[Finding]:
    """Return what the rules of the protocol find in a reading; written with it, never alone."""
    found = judge(
        Reading(observation.observed_at, values, observation.slot_minute),
        read.protocol.escalation,
        baseline=read.baseline,
        minute=rule_minute(observation.observed_at, slot, read.dosed_at),
        age_years=read.age_years,
    )
    return [
        Finding(
            session_id=read.session_id,
            observation=observation,
            key=f"{raised.rule}:{observation.pk}",
            rule=raised.rule,
            severity=raised.severity,
            message=raised.message[:300],
            action=raised.action,
            notify=list(raised.notify),
            event_of_interest=raised.event_of_interest,
            raised_at=observation.observed_at,
            recheck_at=raised.recheck_at,
            recorded_at=at,
            recorded_by=by,
        )
        for raised in found
    ]
