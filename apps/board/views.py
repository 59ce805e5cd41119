"""The screens that gather: today at a site, enrolment for the sponsor, the audit trail."""

from __future__ import annotations

import csv
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from apps.board import presenters, selectors, services
from apps.core.exceptions import NotFound
from apps.studies import access
from apps.studies.domain.permissions import Permission

#: Where people without a site of their own begin their day, by the first permission that fits.
STARTING_PAGES = (
    (Permission.RATING_RECORD, "instruments:home"),
    (Permission.REPORT_UNBLINDED, "endpoints:list"),
    (Permission.DASHBOARD_SPONSOR, "board:sponsor"),
    (Permission.KIT_RECEIVE, "supply:list"),
    (Permission.DELEGATION_MANAGE, "studies:people"),
    (Permission.PARTICIPANT_READ, "participants:list"),
    (Permission.ADVERSE_EVENT_READ, "safety:list"),
    (Permission.STUDY_READ, "studies:list"),
)


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Today at the site in view; people whose work is elsewhere are sent there."""
    now = timezone.now()
    if request.site is not None and access.can(
        user=request.user, permission=Permission.DASHBOARD_SITE, site_id=request.site.id, now=now
    ):
        day = selectors.today_at(viewer=request.user, site=request.site, now=now)
        held = access.permissions_of(user=request.user, now=now, study_id=request.study.id)
        return render(
            request, "board/home.html", {"day": day, "may": {permission.value for permission in held}}
        )
    if request.study is not None:
        held = access.permissions_of(user=request.user, now=now, study_id=request.study.id)
        for permission, page in STARTING_PAGES:
            if permission in held:
                return redirect(page)
    return render(request, "board/nowhere.html")


@require_GET
@login_required
def sponsor(request: HttpRequest) -> HttpResponse:
    """Enrolment: against the plan, by step, by site. Never by arm."""
    if request.study is None:
        raise NotFound("You belong to no study.")
    found = selectors.enrolment_of(viewer=request.user, study=request.study, now=timezone.now())
    return render(request, "board/sponsor.html", {"found": found, **presenters.enrolment_page(found)})


def _safe(cell: object) -> str:
    """Return a cell no spreadsheet takes for a formula."""
    text = str(cell.get("text", "") if isinstance(cell, dict) else cell)
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


@require_GET
@login_required
def sponsor_csv(request: HttpRequest, figure: str) -> HttpResponse:
    """One table of the dashboard as CSV, with the same cells hidden."""
    columns = {
        "sites": ["Site", "Name", "Country", "Target", "Screened", "Randomized", "Screen failures"],
        "reasons": ["Criterion", "Text", "Participants"],
        "accrual": ["Day", "Randomized so far"],
    }
    if request.study is None or figure not in columns:
        raise NotFound("There is no such table.")
    found = selectors.enrolment_of(viewer=request.user, study=request.study, now=timezone.now())
    rows = presenters.enrolment_page(found)[
        {"sites": "site_rows", "reasons": "reason_rows", "accrual": "accrual_rows"}[figure]
    ]
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{request.study.code}-{figure}.csv"'
    writer = csv.writer(answer)
    writer.writerow(columns[figure])
    writer.writerows([_safe(cell) for cell in row["cells"]] for row in rows)
    return answer


@require_GET
@login_required
def audit(request: HttpRequest) -> HttpResponse:
    """Who did what, when, and why."""
    if request.study is None:
        raise NotFound("You belong to no study.")
    wanted = {
        name: request.GET.get(name, "").strip()[:80].replace("\x00", "")
        for name in ("participant", "kind", "person")
    }
    events = selectors.audit_events(viewer=request.user, study=request.study, now=timezone.now(), **wanted)
    page = Paginator(events, 50).get_page(request.GET.get("page"))
    query = urlencode({name: value for name, value in wanted.items() if value})
    return render(request, "board/audit.html", {"page": page, "wanted": wanted, "query": query})


@require_http_methods(["GET", "POST"])
@login_required
def audit_chain(request: HttpRequest) -> HttpResponse:
    """Whether every act is as it was recorded. POST asks for the walk that finds out."""
    if request.study is None:
        raise NotFound("You belong to no study.")
    now = timezone.now()
    if request.method == "POST":
        services.audit_verification_request(study=request.study, by=request.user, at=now)
        messages.success(request, "The verification is asked for. What it finds stands here when it ends.")
        return redirect("board:audit_chain")
    found = selectors.chain_of_acts(viewer=request.user, study=request.study, now=now)
    return render(request, "board/audit_chain.html", presenters.chain_page(found))
