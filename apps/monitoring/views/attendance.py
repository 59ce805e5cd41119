"""Who watched whom, as a page and as a file. Never an arm; not for raters."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from apps.core.exceptions import Invalid, Reason
from apps.monitoring import presenters, selectors, services
from apps.monitoring.forms import DaysForm
from apps.studies.models import Site

#: Without days in the address: today and the six days before.
USUAL_DAYS = 7


@require_GET
@login_required
def attendance(request: HttpRequest) -> HttpResponse:
    """For each session who watched how long, the minutes nobody watched, and those without a prescriber."""
    sites, form = _asked(request)
    context: dict[str, Any] = {"form": form, "sites": sites, "page": None, "refusal": None}
    if form.is_valid():
        try:
            found = selectors.attendance(
                viewer=request.user, sites=sites, **form.cleaned_data, now=timezone.now()
            )
            context["page"] = presenters.attendance_page(found)
            context["query"] = urlencode({key: day.isoformat() for key, day in form.cleaned_data.items()})
        except Invalid as refusal:
            context["refusal"] = refusal
    status = 200 if context["page"] else 422
    return render(request, "monitoring/attendance.html", context, status=status)


@require_GET
@login_required
def attendance_file(request: HttpRequest) -> HttpResponse:
    """The same as CSV."""
    sites, form = _asked(request)
    if not form.is_valid():
        raise Invalid(Reason("no_days", "Name the first and the last day.", "starts_on"))
    now, days = timezone.now(), form.cleaned_data
    found = services.attendance_export(sites=sites, **days, by=request.user, at=now)
    place = sites[0].code if len(sites) == 1 else sites[0].study.code
    name = f"attendance-{place}-{days['starts_on']:%Y%m%d}-{days['ends_on']:%Y%m%d}.csv"
    return HttpResponse(
        presenters.attendance_csv(found),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _asked(request: HttpRequest) -> tuple[list[Site], DaysForm]:
    now = timezone.now()
    sites = selectors.attendance_sites(viewer=request.user, now=now, study=request.study, site=request.site)
    today = now.astimezone(request.zone).date()
    usual = {"starts_on": today - timedelta(days=USUAL_DAYS - 1), "ends_on": today}
    given = {name: request.GET[name] for name in usual if name in request.GET}
    return sites, DaysForm(given or {name: day.isoformat() for name, day in usual.items()})
