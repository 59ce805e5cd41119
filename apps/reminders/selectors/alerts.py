"""What a signed-in person is to be told on whatever page they look at."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.db.models import Q

from apps.accounts.models import User
from apps.dosing.domain.session import FINAL_STATES
from apps.monitoring.domain.findings import SEVERITIES
from apps.monitoring.models import Finding
from apps.monitoring.selectors import watches_of
from apps.reminders.domain.telling import MAY_BE_TOLD, turns
from apps.reminders.selectors.people import holders
from apps.reminders.selectors.tellings import HORIZON, label_of
from apps.studies import access
from apps.studies.domain.permissions import ROLE_PERMISSIONS, Permission, Role
from apps.studies.selectors import protocol_of

_OVER = [state.value for state in FINAL_STATES]


@dataclass(frozen=True, slots=True)
class Alert:
    """One finding somebody should take note of, the role it is told to, and whether that role may take note."""

    finding: Finding
    label: str
    role: str
    may_note: bool


def alerts_for(*, viewer: User, now: datetime, besides: UUID | None = None) -> tuple[Alert, ...]:
    """
    Return the standing findings nobody took note of that the viewer is to be told, the gravest and latest first.

    `besides` is a session whose own page shows them already.
    """
    study_wide, at_site = _roles(viewer, now)
    if not study_wide and not at_site:
        return ()
    waiting = (
        Finding.objects.filter(
            Q(session__site__in=list(at_site)) | Q(session__participant__study__in=list(study_wide)),
            acknowledged_at__isnull=True,
            recorded_at__gt=now - HORIZON,
        )
        .exclude(severity="info")
        .exclude(session__state__in=_OVER)
        .select_related(
            "session__site", "session__visit", "session__participant__study", "session__participant__site",
            "session__participant__protocol_version", "observation",
        )
    )  # fmt: skip
    rows = [row for row in waiting if row.session_id != besides]
    if not rows:
        return ()
    watches = {
        watch.session.pk: watch
        for watch in watches_of(list({row.session_id: row.session for row in rows}.values()), now=now)
    }
    found = []
    for row in rows:
        held = at_site[row.session.site_id] | study_wide[row.session.participant.study_id]
        role = _told_as(row, held, now) if watches[row.session_id].is_standing(row) else None
        if role is not None:
            label = label_of(row, watches[row.session_id].protocol)
            found.append(Alert(row, label, role, _may_note(held)))
    return tuple(
        sorted(
            found,
            key=lambda one: (-SEVERITIES.index(one.finding.severity), -one.finding.raised_at.timestamp()),
        )
    )


def alerts_version(alerts: tuple[Alert, ...], *, viewer: User) -> str:
    """Return a mark that changes when somebody is told something else."""
    parts = [str(viewer.pk), *(f"{one.finding.pk}:{one.role}:{one.may_note}" for one in alerts)]
    return sha256(repr(parts).encode()).hexdigest()[:32]


def _roles(viewer: User, now: datetime) -> tuple[dict[UUID, frozenset[str]], dict[UUID, frozenset[str]]]:
    study_wide: dict[UUID, frozenset[str]] = defaultdict(frozenset)
    at_site: dict[UUID, frozenset[str]] = defaultdict(frozenset)
    lines = access.delegations_active(user=viewer, now=now).filter(role__in=MAY_BE_TOLD)
    for study_id, site_id, role in lines.values_list("study_id", "site_id", "role"):
        place, key = (study_wide, study_id) if site_id is None else (at_site, site_id)
        place[key] |= {role}
    return study_wide, at_site


def _told_as(row: Finding, held: frozenset[str], now: datetime) -> str | None:
    """Return the role by which whoever holds `held` is told of a finding on their page at `now`; None: not told."""
    session = row.session
    rule = protocol_of(session.participant.protocol_version).telling.rule_for(row.severity)
    if rule is None or "page" not in rule.channels:
        return None
    around = holders(
        roles=row.notify, study_id=session.participant.study_id, site_id=session.site_id, now=now
    )
    waited = now - row.recorded_at
    for turn in turns(rule, row.notify, held={holder.role for holder in around}):
        if waited >= timedelta(minutes=turn.after_minutes):
            for role in turn.roles:
                if role in held:
                    return role
    return None


def _may_note(held: frozenset[str]) -> bool:
    return any(Permission.FINDING_ACKNOWLEDGE in ROLE_PERMISSIONS[Role(role)] for role in held)
