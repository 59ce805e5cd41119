"""Opening, handing over, reading: the pages on which somebody learns a treatment, or sees to it that somebody does."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from apps.core.exceptions import Conflict
from apps.participants.selectors import participant_get
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.unblinding import selectors, services
from apps.unblinding.forms import BreakForm, HandOverForm, MessageForm
from apps.unblinding.views.answers import answer, attempt

MEANING_BREAK = "I open the treatment code of this participant"
MEANING_HAND_OVER = "I hand the treatment of this participant over to a clinician"
MEANING_READ = "I read the treatment that was handed over to me"


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@login_required
@sensitive_variables()
def code_break(request: HttpRequest, participant_id: UUID) -> HttpResponse:
    """The emergency code break. The answer is this response; the next look says only that it was given."""
    now = timezone.now()
    participant = participant_get(viewer=request.user, participant_id=participant_id, now=now)
    access.check(
        user=request.user, permission=Permission.UNBLINDING_OPEN, site_id=participant.site_id, now=now
    )
    form, status = BreakForm(request.POST or None), 200
    if request.method == "POST":
        try:
            revealed, status = attempt(
                request,
                form,
                MEANING_BREAK,
                lambda given: services.envelope_break(participant_id=participant_id, **given),
            )
        except Conflict:
            return redirect("unblinding:detail", form.cleaned_data["key"])
        if revealed is not None:
            return answer(request, "unblinding/answer.html", {"revealed": revealed, "now": revealed.at})
    context = {
        "participant": participant,
        "form": form,
        "openings": list(selectors.openings_of(participant=participant)),
        "now": now,
        "may_hand_over": access.can(
            user=request.user, permission=Permission.UNBLINDING_MEDIATE, site_id=participant.site_id, now=now
        ),
    }
    return answer(request, "unblinding/break.html", context, status=status)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@login_required
@sensitive_variables()
def hand_over(request: HttpRequest, participant_id: UUID) -> HttpResponse:
    """Hand the answer over to a clinician; who asks sees the code to read out, and no treatment."""
    now = timezone.now()
    participant = participant_get(viewer=request.user, participant_id=participant_id, now=now)
    access.check(
        user=request.user, permission=Permission.UNBLINDING_MEDIATE, site_id=participant.site_id, now=now
    )
    form, status = HandOverForm(request.POST or None), 200
    if request.method == "POST":
        try:
            handed, status = attempt(
                request,
                form,
                MEANING_HAND_OVER,
                lambda given: services.envelope_hand_over(
                    participant_id=participant_id, entropy=secrets.token_bytes(16), **given
                ),
            )
        except Conflict:
            return redirect("unblinding:detail", form.cleaned_data["key"])
        if handed is not None:
            return answer(request, "unblinding/handed.html", {"handed": handed})
    context = {"participant": participant, "form": form, "now": now}
    return answer(request, "unblinding/hand_over.html", context, status=status)


@never_cache
@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "POST"])
@login_required
@sensitive_variables()
def message(request: HttpRequest, opening_id: UUID) -> HttpResponse:
    """What was handed over to me, read once with the code that the caller told."""
    now = timezone.now()
    opening = selectors.message_get(reader=request.user, opening_id=opening_id)
    if selectors.was_read(opening):
        return redirect("unblinding:detail", opening_id)
    form, status = MessageForm(request.POST or None), 200
    if request.method == "POST":
        revealed, status = attempt(request, form, MEANING_READ, lambda given: _read(opening_id, given))
        if revealed is not None:
            return answer(request, "unblinding/answer.html", {"revealed": revealed, "now": revealed.at})
    context = {"opening": opening, "form": form, "state": selectors.state_of(opening, now=now)}
    return answer(request, "unblinding/message.html", context, status=status)


def _read(opening_id: UUID, given: dict[str, Any]) -> services.Revealed:
    given.pop("key")
    return services.message_read(opening_id=opening_id, **given)
