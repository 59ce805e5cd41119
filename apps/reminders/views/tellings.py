"""The banner of findings on every page, and the list of what was told to whom."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from apps.core.exceptions import NotFound
from apps.monitoring.services import finding_acknowledge
from apps.reminders import presenters, selectors, services
from apps.reminders.templatetags.alert_tags import banner, shown_of
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.selectors import protocol_of, protocol_version_current

MEASURED = timedelta(days=7)


def _besides(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@require_GET
@login_required
def alerts(request: HttpRequest) -> HttpResponse:
    """What the person is to be told now, asked for by every page every few seconds."""
    now = timezone.now()
    besides = _besides(request.GET.get("besides", ""))
    found = selectors.alerts_for(viewer=request.user, now=now, besides=besides)
    etag = f'"{selectors.alerts_version(found, viewer=request.user)}"'
    if request.headers.get("If-None-Match") == etag:
        answer: HttpResponse = HttpResponseNotModified()
    else:
        if found:
            shown = [(alert.finding.pk, alert.role) for alert in shown_of(found, besides=besides)]
            services.tellings_show(shown=shown, by=request.user, at=now)
        page = banner(found, now=now, besides=besides)
        answer = render(request, "reminders/_alerts.html", page)
    answer["ETag"] = etag
    answer["Cache-Control"] = "private, no-cache"
    return answer


@require_POST
@login_required
def alert_note(request: HttpRequest, finding_id: UUID) -> HttpResponse:
    """Take note of a finding from the banner; the page below it stays as it is."""
    now = timezone.now()
    finding_acknowledge(finding_id=finding_id, by=request.user, at=now)
    if request.htmx:
        besides = _besides(request.GET.get("besides", ""))
        found = selectors.alerts_for(viewer=request.user, now=now, besides=besides)
        return render(request, "reminders/_alerts.html", banner(found, now=now, besides=besides))
    return redirect(_local(request, request.POST.get("next", "")) or "/")


def _local(request: HttpRequest, target: str) -> str:
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else ""


@require_GET
@login_required
def telling_list(request: HttpRequest) -> HttpResponse:
    """What was told of findings: to whom, by which way, how soon, and what went wrong."""
    now = timezone.now()
    if request.study is None:
        raise NotFound("You belong to no study.")
    access.check_anywhere(
        user=request.user, permission=Permission.REMINDER_READ, study_id=request.study.id, now=now
    )
    found = selectors.tellings_of(viewer=request.user, now=now, study=request.study)
    plan = protocol_of(protocol_version_current(study=request.study, now=now)).telling
    measured = selectors.promptness(found, since=now - MEASURED, within_seconds=plan.within_seconds)
    state = request.GET.get("state", "")
    if state in presenters.STATES:
        found = found.filter(state__in=presenters.STATES[state])
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "rows": [presenters.row(telling) for telling in page.object_list],
        "state": state,
        "kpis": presenters.kpis(measured),
        "plan": presenters.plan_rows(plan),
    }
    return render(request, "reminders/tellings.html", context)
