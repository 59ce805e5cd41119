"""Counting a site's shelf, and its accountability log."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from apps.core.exceptions import Refused
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.supply import presenters, selectors, services
from apps.supply.forms import CountForm, refusal_show
from apps.supply.views.signing import witness_of


@require_http_methods(["GET", "POST"])
@login_required
def count(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """What should be there, what is there, and who witnessed."""
    now = timezone.now()
    site = selectors.site_get(viewer=request.user, site_id=site_id, now=now)
    should = selectors.stock_expected(site=site, until=now)
    may_count = access.can(user=request.user, permission=Permission.KIT_RECEIVE, site_id=site.pk, now=now)
    form = CountForm(request.POST if request.method == "POST" else None, lots=[lot.lot for lot in should])
    if request.method == "POST" and form.is_valid():
        access.check(user=request.user, permission=Permission.KIT_RECEIVE, site_id=site.pk, now=now)
        try:
            witness = witness_of(form, site_id=site.pk, meaning="stock count", by=request.user, at=now)
            if witness is None:
                raise AssertionError("The form asks for a witness.")
            services.stock_count(
                site_id=site.pk,
                counts=form.counts(),
                seen=form.cleaned_data["seen"].split("\n"),
                witness=witness,
                by=request.user,
                at=now,
            )
        except Refused as refusal:
            refusal_show(form, form.placed(refusal))
        else:
            messages.success(request, f"The count of {site.code} is kept.")
            return redirect("supply:count", site.pk)
    context = {
        "counted_site": site,
        "columns": presenters.EXPECTED_COLUMNS,
        "rows": presenters.expected_rows(should),
        "history_columns": presenters.COUNT_COLUMNS,
        "history_rows": presenters.count_rows(selectors.counts_recent(site=site), zone=site.time_zone),
        "form": form,
        "may_count": may_count,
        "tabs": presenters.tabs("list"),
    }
    return render(request, "supply/count.html", context, status=422 if form.is_bound and form.errors else 200)


@require_GET
@login_required
def accountability(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """The accountability log as a file."""
    now = timezone.now()
    text = services.accountability_export(site_id=site_id, by=request.user, at=now)
    site = selectors.site_get(viewer=request.user, site_id=site_id, now=now)
    name = f"accountability-{site.study.code}-{site.code}-{now:%Y%m%d}.csv"
    return HttpResponse(
        text,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
