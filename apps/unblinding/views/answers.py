"""What every page of this app does alike: check who is at the screen, act once, and answer so that nobody keeps it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from apps.core.exceptions import Conflict, NotAllowed, NotFound, Refused
from apps.unblinding import services
from apps.unblinding.forms import IdentityForm, refusal_show


def answer(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Return a page that no cache, no history and no other window keeps."""
    response = render(request, template, context, status=status)
    response["Cache-Control"] = "no-store, private, max-age=0"
    response["Pragma"] = "no-cache"
    return response


@sensitive_variables()
def attempt(
    request: HttpRequest, form: IdentityForm, meaning: str, act: Callable[[dict[str, Any]], Any]
) -> tuple[Any, int]:
    """
    Check who is at the screen, then act; return what came of it, or None with the status of the refusal shown.

    :raises NotFound: if the thing is absent or another's
    :raises NotAllowed: where no typing would help
    :raises Conflict: if the form was sent before
    """
    if not form.is_valid():
        return None, 422
    given = dict(form.cleaned_data)
    now = timezone.now()
    try:
        services.identity_check(
            email=given.pop("email"), password=given.pop("password"), meaning=meaning, by=request.user, at=now
        )
        return act({**given, "by": request.user, "at": now}), 200
    except (NotFound, Conflict):
        raise
    except Refused as refusal:
        if isinstance(refusal, NotAllowed) and not all(reason.field for reason in refusal.reasons):
            raise
        refusal_show(form, refusal)
        return None, refusal.status
