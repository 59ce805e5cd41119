"""Who was randomized at my sites, and one allocation with what was said of it afterwards."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from apps.core.exceptions import NotAllowed, NotFound, Refused
from apps.randomization import presenters, selectors, services
from apps.randomization.domain.kinds import Remark
from apps.randomization.forms import RemarkForm
from apps.studies import access
from apps.studies.domain.permissions import Permission

PAGE_SIZE = 50


@require_GET
@login_required
def allocation_list(request: HttpRequest) -> HttpResponse:
    """The randomized participants of my sites, by number: a number tells no time."""
    now = timezone.now()
    if not access.sites_where(user=request.user, permission=Permission.RANDOMIZATION_READ, now=now).exists():
        raise NotAllowed("Your delegation does not include the allocations.")
    rows = selectors.allocations_visible(viewer=request.user, now=now).prefetch_related("remarks")
    if request.study:
        rows = rows.filter(study_id=request.study.pk)
    if request.site:
        rows = rows.filter(participant__site=request.site)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "columns": presenters.ALLOCATION_COLUMNS,
        "rows": presenters.allocation_rows(page.object_list),
        "page": page,
    }
    return render(request, "randomization/list.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def allocation(request: HttpRequest, participant_id: UUID) -> HttpResponse:
    """One allocation: its strata then and now, its remarks, and the form that adds one."""
    now = timezone.now()
    found = selectors.allocation_for(viewer=request.user, participant_id=participant_id, now=now)
    form = RemarkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.allocation_remark(
                participant_id=participant_id,
                kind=Remark(form.cleaned_data["kind"]),
                reason=form.cleaned_data["reason"],
                by=request.user,
                at=now,
            )
        except (NotFound, NotAllowed):
            raise
        except Refused as refusal:
            for reason in refusal.reasons:
                form.add_error(reason.field if reason.field in form.fields else None, reason.message)
        else:
            messages.success(request, "The remark is recorded. The allocation stands.")
            return redirect("randomization:allocation", participant_id)
    compared = selectors.strata_compared(found)
    context = {
        "allocation": found,
        "participant": found.participant,
        "strata": presenters.strata_rows(compared),
        "strata_columns": presenters.STRATA_COLUMNS,
        "differs": any(then != today for _, then, today in compared),
        "remarks": presenters.remarks(found),
        "form": form,
        "may_remark": access.can(
            user=request.user,
            permission=Permission.ALLOCATION_REMARK,
            site_id=found.participant.site_id,
            now=now,
        ),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "randomization/allocation.html", context, status=status)
