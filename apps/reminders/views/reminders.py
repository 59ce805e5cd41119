"""What was told, what is waiting, what failed."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from apps.core.exceptions import NotFound
from apps.reminders import selectors, services
from apps.studies import access
from apps.studies.domain.permissions import Permission


@require_GET
@login_required
def reminder_list(request: HttpRequest) -> HttpResponse:
    """The reminders of my sites, latest first."""
    now = timezone.now()
    if request.study is None:
        raise NotFound("You belong to no study.")
    access.check_anywhere(
        user=request.user, permission=Permission.REMINDER_READ, study_id=request.study.id, now=now
    )
    found = selectors.reminders_of(viewer=request.user, now=now, study=request.study)
    state = request.GET.get("state", "")
    if state in {"DUE", "SENDING", "SENT", "FAILED"}:
        found = found.filter(state=state)
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    return render(request, "reminders/list.html", {"page_obj": page, "state": state})


@require_POST
@login_required
def reminder_retry(request: HttpRequest, reminder_id: UUID) -> HttpResponse:
    """Send a failed reminder again."""
    services.reminder_retry(reminder_id=reminder_id, by=request.user, at=timezone.now())
    messages.success(request, "It will be sent again within a minute.")
    return redirect("reminders:list")
