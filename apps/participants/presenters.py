"""Values for the pages of participants. Links lead upward by URL name only; what is not there yet is not shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, QuerySet
from django.urls import NoReverseMatch, reverse

from apps.accounts.models import User
from apps.participants.domain.discontinuation import REASON_LABELS, DiscontinuationReason
from apps.participants.domain.status import STATUS_LABELS, ParticipantStatus
from apps.participants.models import Consent, Participant, StatusChange
from apps.studies import access
from apps.studies.domain.permissions import Permission

S = ParticipantStatus


@dataclass(frozen=True, slots=True)
class Step:
    """What may be done next: its words, the name of its page, and who may do it."""

    label: str
    url_name: str
    permission: Permission
    hint: str
    icon: str


NEXT_STEPS: Mapping[ParticipantStatus, Step] = {
    S.SCREENING: Step(
        "Continue screening",
        "screening:detail",
        Permission.SCREENING_READ,
        "Facts and criteria, then the investigator's signature.",
        "clipboard",
    ),
    S.SCREEN_FAILED: Step(
        "Look at the screening",
        "screening:detail",
        Permission.SCREENING_READ,
        "Screening ended without eligibility. It can be repeated where the protocol allows.",
        "clipboard",
    ),
    S.ELIGIBLE: Step(
        "Go to randomization",
        "randomization:randomize",
        Permission.PARTICIPANT_RANDOMIZE,
        "Eligibility is signed. The last checks are shown before anything is drawn.",
        "shuffle",
    ),
    S.RANDOMIZED: Step(
        "Open the visit schedule",
        "schedule:detail",
        Permission.VISIT_READ,
        "Visits with their windows, and the dosing sessions.",
        "calendar",
    ),
    S.COMPLETED: Step(
        "Open the visit schedule",
        "schedule:detail",
        Permission.VISIT_READ,
        "Everything planned is done.",
        "calendar",
    ),
    S.DISCONTINUED: Step(
        "Open the visit schedule",
        "schedule:detail",
        Permission.VISIT_READ,
        "The participant has left; what was recorded stays.",
        "calendar",
    ),
}

#: Other pages about a participant: label, URL name, permission, icon.
PLACES: tuple[tuple[str, str, Permission, str], ...] = (
    ("Screening", "screening:detail", Permission.SCREENING_READ, "clipboard"),
    ("Visits and doses", "schedule:detail", Permission.VISIT_READ, "calendar"),
    ("Report an adverse event", "safety:new", Permission.ADVERSE_EVENT_RECORD, "alert"),
    ("Record a deviation", "quality:new", Permission.DEVIATION_RECORD, "minus-circle"),
    ("Medication", "safety:medication", Permission.ADVERSE_EVENT_READ, "clipboard"),
)


OWN_ACTS = frozenset(
    {
        Permission.CONSENT_RECORD,
        Permission.IDENTITY_READ,
        Permission.IDENTITY_WRITE,
        Permission.PARTICIPANT_WITHDRAW,
    }
)


def held_at(*, viewer: User, participant: Participant, now: datetime) -> frozenset[Permission]:
    """Return which of the permissions behind this app's buttons a person holds at the participant's site."""
    asked = {step.permission for step in NEXT_STEPS.values()} | {place[2] for place in PLACES} | OWN_ACTS
    return frozenset(
        permission
        for permission in asked
        if access.can(user=viewer, permission=permission, now=now, site_id=participant.site_id)
    )


def page_of(name: str, participant: Participant) -> str:
    """Return the address of a participant's page by URL name; empty where no such page is installed."""
    try:
        return reverse(name, args=[participant.pk])
    except NoReverseMatch:
        return ""


def next_step(participant: Participant, *, held: frozenset[Permission]) -> dict[str, str] | None:
    """Return the next step as the page's primary action, or None when it is not this person's to take."""
    step = NEXT_STEPS[ParticipantStatus(participant.status)]
    url = page_of(step.url_name, participant)
    if not url or step.permission not in held:
        return None
    return {"label": step.label, "url": url, "hint": step.hint, "icon": step.icon}


def places(
    participant: Participant, *, held: frozenset[Permission], except_url: str = ""
) -> list[dict[str, str]]:
    """Return links to the participant's other pages that this person may open."""
    found = []
    for label, name, permission, icon in PLACES:
        url = page_of(name, participant)
        if url and url != except_url and permission in held:
            found.append({"label": label, "url": url, "icon": icon})
    return found


def status_tabs(rows: QuerySet[Participant], *, chosen: str, query: str) -> list[dict[str, Any]]:
    """Return the tabs over the list: everybody, then each status with its count."""
    counts = dict(rows.order_by().values_list("status").annotate(count=Count("id")))
    search = {"search": query} if query else {}
    tabs: list[dict[str, Any]] = [
        {
            "label": "All",
            "url": f"?{urlencode(search)}",
            "count": sum(counts.values()),
            "active": not chosen,
        }
    ]
    for status, label in STATUS_LABELS.items():
        tabs.append(
            {
                "label": label,
                "url": f"?{urlencode({**search, 'status': status.value})}",
                "count": counts.get(status.value, 0),
                "active": chosen == status.value,
            }
        )
    return tabs


def history(changes: Iterable[StatusChange], consents: Iterable[Consent]) -> list[dict[str, Any]]:
    """Return status changes and consents as one timeline, newest first."""
    events = [_change(change) for change in changes]
    for consent in consents:
        events.append(
            {
                "at": consent.consented_at,
                "title": f"Consent signed, form {consent.form_version}",
                "by": f"recorded by {consent.recorded_by}",
                "status": "signed",
                "icon": "pen",
            }
        )
        if consent.withdrawn_at is not None:
            events.append(
                {
                    "at": consent.withdrawn_at,
                    "title": f"Consent withdrawn, form {consent.form_version}",
                    "by": str(consent.withdrawn_by),
                    "body": consent.withdrawal_reason,
                    "status": "withdrawn",
                    "icon": "sign-out",
                }
            )
    return sorted(events, key=lambda event: event["at"], reverse=True)


def _change(change: StatusChange) -> dict[str, Any]:
    to = ParticipantStatus(change.to_status)
    words = [reason_words(change.reason_code), change.reason]
    return {
        "at": change.at,
        "title": STATUS_LABELS[to] if change.from_status else "Enrolled, in screening",
        "by": str(change.recorded_by),
        "body": ". ".join(word for word in words if word),
        "status": change.to_status,
    }


def reason_words(code: str) -> str:
    """Return a coded reason in words; another app's code stays as it is."""
    try:
        return REASON_LABELS[DiscontinuationReason(code)]
    except ValueError:
        return code
