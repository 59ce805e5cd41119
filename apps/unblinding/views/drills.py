"""Drills: the pages of a real code break, for somebody who does not exist."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from apps.core.exceptions import Conflict, NotFound
from apps.unblinding import selectors, services
from apps.unblinding.forms import BreakForm
from apps.unblinding.views.answers import answer, attempt

MEANING_DRILL = "I open a treatment code in a drill"


@require_POST
@login_required
def drill_start(request: HttpRequest) -> HttpResponse:
    """Start a drill at the site in view; the clock runs from here."""
    if request.site is None:
        raise NotFound("Choose the site at which the drill is held.")
    drill = services.drill_start(site_id=request.site.pk, by=request.user, at=timezone.now())
    return redirect("unblinding:drill", drill.pk)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@login_required
@sensitive_variables()
def drill(request: HttpRequest, drill_id: UUID) -> HttpResponse:
    """The same page, the same steps, and an answer that means nothing."""
    now = timezone.now()
    found = selectors.drill_get(viewer=request.user, drill_id=drill_id, now=now)
    if found.recorded_by_id != request.user.pk:
        raise NotFound("There is no such drill.")
    if getattr(found, "opening", None) is not None and request.method == "GET":
        return redirect("unblinding:detail", found.opening.pk)
    form, status = BreakForm(request.POST or None), 200
    if request.method == "POST":
        try:
            revealed, status = attempt(
                request, form, MEANING_DRILL, lambda given: services.drill_open(drill_id=drill_id, **given)
            )
        except Conflict:
            return redirect("unblinding:list")
        if revealed is not None:
            seconds = round((revealed.at - found.recorded_at).total_seconds())
            context = {"revealed": revealed, "now": revealed.at, "drill": found, "seconds": seconds}
            return answer(request, "unblinding/answer.html", context)
    return answer(request, "unblinding/break.html", {"drill": found, "form": form, "now": now}, status=status)
