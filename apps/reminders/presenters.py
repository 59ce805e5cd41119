"""What pages show of tellings: the list, how soon, how they are planned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from apps.reminders.domain.telling import SEVERITY_WORDS
from apps.reminders.models import Telling, Webhook
from apps.reminders.selectors import Promptness
from apps.studies.domain.permissions import ROLE_LABELS, Role
from apps.studies.domain.protocol import TellingPlan

#: What the filter of the list calls which states.
STATES = {"waiting": ("DUE", "SENDING"), "told": ("TOLD",), "failed": ("FAILED",), "dropped": ("DROPPED",)}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    telling: Telling
    about: str
    url: str
    to: str
    way: str
    round: str
    took: str


def row(telling: Telling) -> Row:
    """Return one telling as a line; `took` counts from when it was due."""
    finding = telling.finding
    session = finding.session
    if telling.recipient is not None:
        role = ROLE_LABELS[Role(telling.role)] if telling.role else ""
        to = f"{telling.recipient}{f', {role.lower()}' if role else ''}"
    else:
        to = "Webhook" if telling.webhook_id else "Nobody"
    return Row(
        telling=telling,
        about=f"{session.participant.number}, chair {session.chair}: {SEVERITY_WORDS[finding.severity].lower()}",
        url=reverse("monitoring:watch", args=[session.pk]),
        to=to,
        way=telling.get_channel_display(),
        round="First" if telling.number == 0 else f"Again, {telling.number + 1}",
        took=_took(telling),
    )


def _took(telling: Telling) -> str:
    if telling.told_at is None:
        return ""
    seconds = max(0.0, (telling.told_at - telling.due_at).total_seconds())
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def kpis(measured: Promptness) -> list[dict[str, Any]]:
    """Return how soon first mails and webhooks were told, as figures."""
    late = measured.told - measured.in_time
    return [
        {
            "label": f"Told within {measured.within_seconds} s",
            "value": measured.in_time,
            "of": measured.told,
            "state": "failed" if late else "",
            "hint": "first mails and webhooks of seven days",
        },
        {"label": "On average after", "value": _seconds(measured.mean)},
        {"label": "Slowest after", "value": _seconds(measured.slowest)},
        {
            "label": "Not told",
            "value": measured.failed,
            "state": "failed" if measured.failed else "",
            "url": "?state=failed" if measured.failed else "",
            "hint": "given up, or nobody to tell",
        },
    ]


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f} s"


_WAYS = {"page": "page", "email": "e-mail", "webhook": "webhook"}


def plan_rows(plan: TellingPlan) -> list[dict[str, Any]]:
    """Return how findings are told, a line for each severity."""
    return [
        {
            "severity": SEVERITY_WORDS[rule.severity],
            "ways": ", ".join(_WAYS[channel] for channel in rule.channels),
            "repeat_minutes": rule.repeat_minutes,
            "at_most": rule.at_most,
            "escalate_to": rule.escalate_to,
            "next": ", ".join(ROLE_LABELS[Role(role)] for role in rule.escalate_to),
            "escalate_after_minutes": rule.escalate_after_minutes,
            "mark": rule.mark,
        }
        for rule in plan.rules
    ]


def webhook_state(hook: Webhook) -> tuple[str, str]:
    """Return the state of a webhook and its word."""
    if hook.ended_at is not None:
        return "ended", "Ended"
    return "active", "In use"
