"""What every page may show: the menu, the study in view, whether its data are fictional."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from apps.studies import access
from apps.studies import selectors as studies
from apps.studies.domain.permissions import ROLE_LABELS, Permission
from apps.unblinding.selectors import messages_waiting

#: Menu: label, URL name, icon, and the permission that makes it worth showing. Decisions are never taken here.
MENU: tuple[tuple[str, str, str, Permission | None], ...] = (
    ("Today", "board:home", "home", Permission.DASHBOARD_SITE),
    ("Participants", "participants:list", "people", Permission.PARTICIPANT_READ),
    ("Sessions", "monitoring:board", "chair", Permission.SESSION_READ),
    ("Sheets due", "papers:due", "clipboard", Permission.SHEET_SEND),
    ("Ratings", "instruments:home", "clipboard", Permission.RATING_RECORD),
    ("Adverse events", "safety:list", "alert", Permission.ADVERSE_EVENT_READ),
    ("Deviations", "quality:list", "minus-circle", Permission.DEVIATION_READ),
    ("Code breaks", "unblinding:list", "key", Permission.UNBLINDING_READ),
    ("Randomized", "randomization:list", "shuffle", Permission.RANDOMIZATION_READ),
    ("Lists", "randomization:lists", "shuffle", Permission.LIST_TEST),
    ("Kits", "supply:list", "box", Permission.KIT_READ),
    ("Stock outlook", "supply:outlook", "box", Permission.STOCK_READ),
    ("Enrolment", "board:sponsor", "chart", Permission.DASHBOARD_SPONSOR),
    ("Reports", "endpoints:list", "report", Permission.REPORT_POOLED),
    ("Reminders", "reminders:list", "bell", Permission.REMINDER_READ),
    ("Webhooks", "reminders:webhooks", "bell", Permission.WEBHOOK_MANAGE),
    ("Audit trail", "board:audit", "history", Permission.AUDIT_READ),
    ("Study", "studies:list", "book", Permission.STUDY_READ),
    ("People", "studies:people", "badge", Permission.DELEGATION_READ),
)


def _demonstration() -> dict[str, Any]:
    """Return the demo accounts for the sign-in page, where the demo is installed and never elsewhere."""
    if not apps.is_installed("apps.demo"):
        return {}
    from apps.demo.domain.accounts import ACCOUNTS, PASSWORD

    shown = [{"role": account.label, "email": account.email} for account in ACCOUNTS]
    return {"demo_accounts": shown, "demo_password": PASSWORD}


def _menu(request: HttpRequest, held: frozenset[Permission]) -> list[dict[str, Any]]:
    """Return the entries worth showing, with the one where the reader is marked."""
    nav: list[dict[str, Any]] = []
    for label, name, icon, permission in MENU:
        if permission is not None and permission not in held:
            continue
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        active = request.path == url or (url != "/" and request.path.startswith(url))
        nav.append({"label": label, "url": url, "icon": icon, "active": active})
    # Of a section and a section within it, only the inner one is where the reader is.
    deepest = max((len(entry["url"]) for entry in nav if entry["active"]), default=0)
    for entry in nav:
        entry["active"] = entry["active"] and len(entry["url"]) == deepest
    if getattr(request, "study", None) is None and messages_waiting(reader=request.user).exists():
        # A clinician from outside the study, to whom a treatment was handed over: their only page.
        nav.append(
            {"label": "Code breaks", "url": reverse("unblinding:list"), "icon": "key", "active": False}
        )
    return nav


def house(request: HttpRequest) -> dict[str, Any]:
    """
    Return `nav`, `study`, `site`, `places`, `user_roles`, `fictional`, `release`, `site_zone`, `lock_after_min`.

    What has to be asked of the database is asked when a template first names it: a fragment, which a page fetches every
    few seconds, names none of it.
    """
    base = {
        "release": settings.RELEASE,
        "fictional": apps.is_installed("apps.demo"),
        "nav": [],
        "places": [],
    }
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {**base, **_demonstration()}
    now = timezone.now()
    study = getattr(request, "study", None)

    @cache
    def held() -> frozenset[Permission]:
        return access.permissions_of(user=user, now=now, study_id=study.id) if study else frozenset()

    @cache
    def lock_after() -> int | None:
        if study is None or Permission.OBSERVATION_RECORD not in held():
            return None
        return studies.protocol_of(
            studies.protocol_version_current(study=study, now=now)
        ).chairside.lock_after_min

    @cache
    def roles() -> list[str]:
        found = access.roles_of(user=user, now=now, study_id=study.id) if study else frozenset()
        return [ROLE_LABELS[role] for role in sorted(found)]

    return {
        **base,
        "nav": cache(lambda: _menu(request, held())),
        "study": study,
        "site": getattr(request, "site", None),
        "places": cache(lambda: studies.places_of(viewer=user, now=now)),
        "user_roles": roles,
        "fictional": bool(study.is_fictional) if study else base["fictional"],
        "site_zone": str(getattr(request, "zone", "UTC")),
        "now": now,
        "lock_after_min": lock_after,
    }
