"""The page that randomizes: what is known, one statement, one button."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from apps.accounts.services import signature_check
from apps.core.exceptions import NotAllowed, NotFound, Refused
from apps.randomization import presenters, selectors, services
from apps.randomization.forms import STATEMENT, RandomizeForm


@require_http_methods(["GET", "POST"])
@login_required
def randomize(request: HttpRequest, participant_id: UUID) -> HttpResponse:
    """Show the state before the draw; draw on POST, once, and lead to the hand-over page."""
    now = timezone.now()
    preview = selectors.draw_preview(participant_id=participant_id, viewer=request.user, now=now)
    if request.method == "GET" and preview.facts.is_allocated:
        return redirect("supply:handover", participant_id)

    form = RandomizeForm(request.POST or None, initial={"key": uuid4()})
    refusal: Refused | None = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            signature_check(user=request.user, password=given["password"], meaning=STATEMENT, at=now)
            services.participant_randomize(
                participant_id=participant_id, key=given["key"], by=request.user, at=now
            )
        except NotFound:
            raise
        except NotAllowed as fault:
            if not all(reason.field == "password" for reason in fault.reasons):
                raise
            for reason in fault.reasons:
                form.add_error("password", reason.message)
        except Refused as fault:
            refusal = fault
        else:
            return redirect("supply:handover", participant_id)
    status = refusal.status if refusal else 422 if form.is_bound and form.errors else 200
    context = {
        "participant": preview.participant,
        "checks": presenters.checks(preview),
        "strata": presenters.strata(preview),
        "reasons": preview.reasons,
        "form": form,
        "refusal": refusal,
        "now": now,
    }
    return render(request, "randomization/randomize.html", context, status=status)
