"""The page on which the safety physician opens an envelope for a suspected unexpected serious reaction."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from apps.core.exceptions import Conflict, NotAllowed, NotFound, Refused
from apps.safety import presenters, selectors, services
from apps.safety.forms import ReactionForm, refusal_show
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.unblinding.services import identity_check

MEANING = "I open the treatment code for a suspected unexpected serious reaction"


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@login_required
@sensitive_variables()
def unblind(request: HttpRequest, adverse_event_id: UUID) -> HttpResponse:
    """Open the envelope; the answer is this response alone, and the site learns nothing of it."""
    now = timezone.now()
    event = selectors.adverse_event_get(viewer=request.user, adverse_event_id=adverse_event_id, now=now)
    access.check(
        user=request.user,
        permission=Permission.UNBLINDING_SUSAR,
        site_id=event.participant.site_id,
        now=now,
    )
    form, status = ReactionForm(request.POST or None), 200
    if request.method == "POST" and not form.is_valid():
        status = 422
    elif request.method == "POST":
        given = dict(form.cleaned_data)
        try:
            identity_check(
                email=given.pop("email"),
                password=given.pop("password"),
                meaning=MEANING,
                by=request.user,
                at=now,
            )
            revealed = services.reaction_unblind(
                adverse_event_id=adverse_event_id, **given, by=request.user, at=now
            )
        except NotFound:
            raise
        except Conflict:
            return redirect("unblinding:detail", given["key"])
        except Refused as refusal:
            if isinstance(refusal, NotAllowed) and not all(reason.field for reason in refusal.reasons):
                raise
            refusal_show(form, refusal)
            status = refusal.status
        else:
            return _unkept(
                render(request, "unblinding/answer.html", {"revealed": revealed, "now": revealed.at})
            )
    context = {
        "event": event,
        "row": presenters.row(event, now=now),
        "qualifies": event.is_serious
        and event.causality in selectors.plan_of(event.participant).related_causalities,
        "form": form,
    }
    return _unkept(render(request, "safety/unblind.html", context, status=status))


def _unkept(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store, private, max-age=0"
    return response
