"""What pages of the apps below show of openings. `{% load unblinding_tags %}`

An app below cannot import this one; its template can ask for these tags.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils import timezone

from apps.participants.models import Participant
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.unblinding import selectors

register = template.Library()


@register.simple_tag
def with_openings(history: Iterable[dict[str, Any]], participant: Participant) -> list[dict[str, Any]]:
    """Return a participant's history with the openings of their envelope: that, when, by whom; never what."""
    opened = [
        event
        for opening in selectors.openings_of(participant=participant)
        for event in selectors.history(opening)
    ]
    return sorted([*history, *opened], key=lambda event: event["at"], reverse=True)


@register.inclusion_tag("unblinding/card.html", takes_context=True)
def code_break_card(context: template.Context, participant: Participant) -> dict[str, Any]:
    """Show whether the code was broken, and to those who may, the way to break it."""
    now = timezone.now()
    user = context["request"].user
    may = {
        permission
        for permission in (
            Permission.UNBLINDING_READ,
            Permission.UNBLINDING_OPEN,
            Permission.UNBLINDING_MEDIATE,
        )
        if access.can(user=user, permission=permission, site_id=participant.site_id, now=now)
    }
    openings = selectors.openings_of(participant=participant) if Permission.UNBLINDING_READ in may else []
    return {
        "participant": participant,
        "rows": [selectors.row(one, now=now) for one in openings],
        "may_read": Permission.UNBLINDING_READ in may,
        "may_break": Permission.UNBLINDING_OPEN in may,
        "may_hand_over": Permission.UNBLINDING_MEDIATE in may,
    }
