"""The banner of findings that every page carries. `{% load alert_tags %}{% alert_banner %}`"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django import template
from django.urls import reverse
from django.utils import timezone

from apps.accounts.selectors import LOCKED_AT
from apps.dosing.domain.session import SessionState
from apps.reminders import selectors
from apps.reminders.domain.telling import SEVERITY_WORDS
from apps.reminders.selectors import Alert

register = template.Library()

#: So many findings stand in the banner; the rest is a number and the way to the board.
SHOWN = 3
TONES = {"watch": "caution", "urgent": "danger", "emergency": "danger"}


@register.inclusion_tag("reminders/alert_banner.html", takes_context=True)
def alert_banner(context: template.Context) -> dict[str, Any]:
    """Show what the signed-in person is to be told; a session's own page tells of its findings by itself."""
    request = context.get("request")
    user = getattr(request, "user", None)
    if request is None or user is None or not user.is_authenticated or LOCKED_AT in request.session:
        return {"url": ""}  # a locked screen names nobody, whichever page answers behind it
    now = timezone.now()
    besides = _session_in_view(request)
    found = selectors.alerts_for(viewer=user, now=now, besides=besides)
    back = request.get_full_path() if request.method == "GET" else "/"
    return {
        **banner(found, now=now, besides=besides, back=back),
        "url": reverse("reminders:alerts"),
        "csrf_token": context.get("csrf_token"),
    }


def _session_in_view(request: Any) -> UUID | None:
    match = getattr(request, "resolver_match", None)
    if match is None or match.view_name != "monitoring:watch":
        return None
    return match.kwargs.get("session_id")


def shown_of(alerts: Sequence[Alert], *, besides: UUID | None) -> Sequence[Alert]:
    """
    Return what stands in the banner: a few; where a session is charted its form needs the room, and of the other
    chairs there stand the emergencies, or the gravest one. The rest is a number.
    """
    few = alerts[:SHOWN]
    if besides is None:
        return few
    return [alert for alert in few if alert.finding.severity == "emergency"] or few[:1]


def banner(
    alerts: Sequence[Alert], *, now: datetime, besides: UUID | None = None, back: str = ""
) -> dict[str, Any]:
    """Return what the banner says, the gravest first. `back`: the page to return to where there is no script."""
    shown = shown_of(alerts, besides=besides)
    return {
        "alerts": [
            {
                "id": alert.finding.pk,
                "severity": SEVERITY_WORDS[alert.finding.severity],
                "tone": TONES[alert.finding.severity],
                "is_grave": alert.finding.severity != "watch",
                "number": alert.finding.session.participant.number,
                "chair": alert.finding.session.chair,
                "site": alert.finding.session.site.code,
                "message": alert.finding.message,
                "action": alert.finding.action,
                "raised_at": alert.finding.raised_at,
                "url": _session_url(alert),
                "may_note": alert.may_note,
            }
            for alert in shown
        ],
        "more": len(alerts) - len(shown),
        "now": now,
        "back": back,
        "besides": besides,
    }


def _session_url(alert: Alert) -> str:
    session = alert.finding.session
    before = session.state in (
        SessionState.CHECKED_IN.value,
        SessionState.WITHHELD.value,
        SessionState.CLEARED.value,
    )
    return reverse("dosing:detail" if before else "monitoring:watch", args=[session.pk])
