"""Telling of findings: due rows collected, claimed by one sender each, and settled by what came of it.

At least once: a claim is committed before anything is sent, and one that nobody settles is due again. A receiver knows
a repeat by its key (the Message-ID of a mail, the delivery of a webhook).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.monitoring.models import Finding
from apps.reminders import selectors
from apps.reminders.domain.telling import Told, mail_of, retry_at, telling_due, turns
from apps.reminders.domain.webhooks import body_of, secret_of
from apps.reminders.models import Telling
from apps.reminders.selectors import Standing
from apps.studies.domain.permissions import ROLE_LABELS, Role


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to hand over."""

    address: str
    subject: str
    body: str
    key: str


@dataclass(frozen=True, slots=True)
class Call:
    """A webhook to call: where, with what, signed by which secret."""

    url: str
    body: bytes
    secret: str
    key: str


@transaction.atomic
def tellings_collect(*, by: User, at: datetime) -> int:
    """
    Write a row for every telling due by now, and drop those that are no longer needed; return how many are new.

    Safe to run twice at once: the key is unique, and a row that is there already is left alone.
    """
    standings = selectors.findings_to_tell(now=at)
    _drop(standings, by=by, at=at)
    wanted = {row.key: row for standing in standings for row in _rows(standing, by=by, at=at)}
    known = set(Telling.objects.filter(key__in=wanted).values_list("key", flat=True))
    new = [row for key, row in wanted.items() if key not in known]
    if not new:
        return 0
    Telling.objects.bulk_create(new, ignore_conflicts=True, batch_size=500)
    for row in new:
        if row.state == "FAILED":
            _record("telling.failed", row, by=by, at=at, problem=row.problem)
    event_record(kind="telling.collected", by=by, at=at, detail={"rows": len(new)})
    return len(new)


def _rows(standing: Standing, *, by: User, at: datetime) -> Iterator[Telling]:
    finding, rule = standing.finding, standing.rule
    session = finding.session
    study = session.participant.study
    make = partial(
        Telling,
        study=study,
        site=session.site,
        finding=finding,
        try_at=at,
        recorded_at=at,
        recorded_by=by,
    )
    roles = [*finding.notify, *rule.escalate_to]
    around = selectors.holders(roles=roles, study_id=study.pk, site_id=session.site_id, now=at)
    held = {holder.role for holder in around}
    for place, turn in enumerate(turns(rule, finding.notify, held=held)):
        due = telling_due(turn, rule, arrived_at=finding.recorded_at, settled=standing.settled, now=at)
        if due is None:
            continue
        told = [
            holder
            for holder in around
            if holder.role in turn.roles and holder.user.pk != finding.acknowledged_by_id
        ]
        if place == 0 and not held & set(turn.roles):
            names = ", ".join(ROLE_LABELS[Role(role)] for role in turn.roles)
            yield make(
                key=f"{finding.pk}:nobody", channel="EMAIL", state="FAILED", due_at=finding.recorded_at,
                problem=f"Nobody holds a role that is to be told here: {names}."[:300],
            )  # fmt: skip
        for holder in told:
            to = partial(make, recipient=holder.user, role=holder.role)
            if "email" in rule.channels:
                key = f"{finding.pk}:{place}:{due.number}:mail:{holder.user.pk}"
                yield to(key=key, channel="EMAIL", number=due.number, due_at=due.due_at)
            if "page" in rule.channels and not standing.settled:
                first_at = finding.recorded_at + timedelta(minutes=turn.after_minutes)
                yield to(key=page_key(finding.pk, holder.user.pk), channel="PAGE", due_at=first_at)
        if place == 0 and "webhook" in rule.channels:
            for hook in selectors.webhooks_for(study_id=study.pk, site_id=session.site_id):
                key = f"{finding.pk}:{due.number}:hook:{hook.pk}"
                yield make(key=key, channel="WEBHOOK", webhook=hook, number=due.number, due_at=due.due_at)


def page_key(finding_id: UUID, user_id: UUID) -> str:
    """Return the key of what one person's page says of a finding: one row, however long it says it."""
    return f"{finding_id}:page:{user_id}"


def _drop(standings: Collection[Standing], *, by: User, at: datetime) -> None:
    """Repeats and pages of what was noted or is over need nobody any more; a first mail is still owed."""
    settled = [standing.finding.pk for standing in standings if standing.settled]
    waiting = Telling.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        Q(channel="PAGE") | Q(number__gt=0), finding__in=settled, state="DUE"
    )
    for row in waiting.select_related("study", "site", "finding__session__participant"):
        row.state, row.problem = "DROPPED", "Noted or over before it was told."
        row.save(update_fields=["state", "problem"])
        _record("telling.dropped", row, by=by, at=at)


@transaction.atomic
def telling_claim(*, telling_id: UUID, by: User, at: datetime) -> Letter | Call | None:
    """Take up one telling that is due, so that nobody else does, and return what to send; None: nothing to do."""
    row = (
        Telling.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(pk=telling_id, state="DUE", channel__in=["EMAIL", "WEBHOOK"])
        .select_related("study", "site", "recipient", "webhook", "finding")
        .first()
    )
    if row is None:
        return None
    row.attempts += 1
    row.state, row.claimed_at = "SENDING", at
    row.save(update_fields=["state", "claimed_at", "attempts"])
    if row.webhook is not None:
        return _call(row) if row.webhook.ended_at is None else _give_up(row, "Ended meanwhile.", by=by, at=at)
    if row.recipient is None or not row.recipient.is_active or not row.recipient.email:
        return _give_up(row, "No address to send to.", by=by, at=at)
    return _letter(row, at=at)


def _give_up(row: Telling, problem: str, *, by: User, at: datetime) -> None:
    row.state, row.problem = "FAILED", problem
    row.save(update_fields=["state", "problem"])
    _record("telling.failed", row, by=by, at=at, problem=problem)


def _letter(row: Telling, *, at: datetime) -> Letter:
    finding = row.finding
    standing = selectors.standing_of(finding=finding, now=at)
    session = (standing.finding if standing else finding).session
    taken = finding.raised_at.astimezone(ZoneInfo(session.site.time_zone))
    offset = f"{taken:%z}"
    subject, body = mail_of(
        Told(
            number=session.participant.number,
            chair=session.chair,
            site=session.site.code,
            visit=session.visit.label,
            severity=finding.severity,
            label=standing.label if standing else finding.rule,
            action=finding.action,
            at=f"{taken:%d %b %Y %H:%M} ({offset[:3]}:{offset[3:]})",
            noted_by=str(finding.acknowledged_by) if finding.acknowledged_by else "",
            is_over=bool(standing and standing.is_over),
            round=row.number,
            role=ROLE_LABELS[Role(row.role)],
        )
    )
    return Letter(row.recipient.email, subject, body, row.key)


def _call(row: Telling) -> Call:
    hook, finding = row.webhook, row.finding
    body = body_of(
        delivery=str(row.pk),
        kind="finding.raised" if finding else "test",
        study=row.study.code,
        site=row.site.code if row.site else "",
        chair=finding.session.chair if finding else None,
        session=str(finding.session_id) if finding else None,
        severity=finding.severity if finding else "",
        round_=row.number,
        raised_at=finding.raised_at if finding else None,
    )
    secret = secret_of(key=settings.SECRET_KEY, webhook_id=str(hook.pk), salt=hook.salt)
    return Call(hook.url, body, secret, str(row.pk))


@transaction.atomic
def telling_settle(*, telling_id: UUID, problem: str, by: User, at: datetime) -> Telling:
    """
    Record what came of a telling that was claimed: told at `at`, or a problem, and then due again until it is given up.

    One that was given up as abandoned and told after all is told.
    """
    row = (
        Telling.objects.select_for_update(of=("self",))
        .select_related("study", "site", "finding__session__participant")
        .get(pk=telling_id)
    )
    if row.state == "TOLD":
        return row
    if not problem:
        row.state, row.told_at, row.problem = "TOLD", at, ""
    else:
        again = retry_at(row.attempts, now=at)
        row.state, row.problem = ("DUE" if again else "FAILED"), problem[:300]
        row.try_at = again or row.try_at
    row.save(update_fields=["state", "told_at", "problem", "try_at"])
    kind = "telling.told" if not problem else "telling.not_told" if row.state == "DUE" else "telling.failed"
    _record(kind, row, by=by, at=at, problem=row.problem)
    return row


@transaction.atomic
def tellings_reclaim(*, by: User, at: datetime) -> int:
    """Make due again what a sender claimed and never settled: it died, and whether it had told is not known."""
    found = selectors.tellings_abandoned(now=at).select_for_update(skip_locked=True, of=("self",))
    count = 0
    for row in found.select_related("study", "site", "finding__session__participant"):
        again = retry_at(row.attempts, now=at)
        row.state, row.problem = (
            ("DUE" if again else "FAILED"),
            "The sender stopped; told again, maybe twice.",
        )
        row.save(update_fields=["state", "problem"])
        _record("telling.reclaimed", row, by=by, at=at, problem=row.problem)
        count += 1
    return count


@transaction.atomic
def tellings_show(*, shown: Collection[tuple[UUID, str]], by: User, at: datetime) -> int:
    """Record that somebody's page told them of findings (`shown`: finding and role); once for each. Return how many."""
    ids = [finding_id for finding_id, _role in shown]
    done = set(
        Telling.objects.filter(channel="PAGE", recipient=by, finding__in=ids, state="TOLD").values_list(
            "finding_id", flat=True
        )
    )
    fresh = {finding_id: role for finding_id, role in shown if finding_id not in done}
    related = ("session__participant__study", "session__site")
    for finding in Finding.objects.filter(pk__in=fresh).select_related(*related):
        row, _new = Telling.objects.get_or_create(
            key=page_key(finding.pk, by.pk),
            defaults={
                "study": finding.session.participant.study,
                "site": finding.session.site,
                "finding": finding,
                "channel": "PAGE",
                "recipient": by,
                "role": fresh[finding.pk],
                "due_at": finding.recorded_at,
                "try_at": at,
                "recorded_at": at,
                "recorded_by": by,
            },
        )
        row.state, row.told_at, row.problem = "TOLD", at, ""
        row.save(update_fields=["state", "told_at", "problem"])
        _record("telling.told", row, by=by, at=at)
    return len(fresh)


def _record(kind: str, row: Telling, *, by: User, at: datetime, problem: str = "") -> None:
    finding = row.finding
    event_record(
        kind=kind,
        by=by,
        at=at,
        subject=row,
        study=row.study.code,
        site=row.site.code if row.site else "",
        participant=finding.session.participant.number if finding else "",
        detail={
            "finding": str(finding.pk) if finding else "",
            "channel": row.channel,
            "role": row.role,
            "number": row.number,
            "problem": problem,
        },
    )
