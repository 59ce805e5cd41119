"""The hand-over: the answer to a draw, and the kits of a visit, read one by one as they change hands."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from apps.core.exceptions import Refused
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.supply import presenters, selectors, services
from apps.supply.forms import ScanForm


@require_GET
@login_required
def handover(request: HttpRequest, participant_id: UUID) -> HttpResponse:
    """The answer to a draw: the randomization number and the kits to fetch. Nothing else."""
    answer = selectors.handover_get(viewer=request.user, participant_id=participant_id, now=timezone.now())
    may_see_kits = access.can(
        user=request.user, permission=Permission.KIT_READ, site_id=answer.site_id, now=timezone.now()
    )
    return render(request, "supply/handover.html", {"answer": answer, "may_see_kits": may_see_kits})


@require_GET
@login_required
def visit(request: HttpRequest, participant_id: UUID, visit_code: str) -> HttpResponse:
    """The kits of a visit: which were read at the hand-over, which are missing."""
    return _page(request, participant_id, visit_code)


@require_POST
@login_required
def confirm(request: HttpRequest, participant_id: UUID, visit_code: str) -> HttpResponse:
    """Read a kit: a scanner types its number and ends with Enter, a hand may do the same."""
    form = ScanForm(request.POST)
    number = form.data.get("number", "") if not form.is_valid() else form.cleaned_data["number"]
    try:
        kit = services.kit_confirm(
            participant_id=participant_id,
            visit_code=visit_code,
            number=number,
            by=request.user,
            at=timezone.now(),
        )
    except services.KitNotAssigned as refusal:
        return _page(request, participant_id, visit_code, refusal=refusal)
    messages.success(request, f"Kit {kit.number} is right: device {kit.position}.")
    return redirect("supply:visit", participant_id, visit_code)


@require_POST
@login_required
def replace(request: HttpRequest, participant_id: UUID, visit_code: str) -> HttpResponse:
    """Hand out kits for the places whose kit was taken back."""
    try:
        services.kits_replace(
            participant_id=participant_id, visit_code=visit_code, by=request.user, at=timezone.now()
        )
    except services.KitsShort as refusal:
        return _page(request, participant_id, visit_code, refusal=refusal)
    messages.success(request, "The visit has its kits again.")
    return redirect("supply:visit", participant_id, visit_code)


def _page(
    request: HttpRequest, participant_id: UUID, visit_code: str, refusal: Refused | None = None
) -> HttpResponse:
    now = timezone.now()
    participant, kits = selectors.visit_kits(
        viewer=request.user, participant_id=participant_id, visit_code=visit_code, now=now
    )

    def may(permission: Permission) -> bool:
        return access.can(user=request.user, permission=permission, site_id=participant.site_id, now=now)

    context = {
        "participant": participant,
        "visit_code": visit_code,
        "columns": presenters.HANDOVER_COLUMNS,
        "rows": presenters.handover_rows(kits, zone=participant.site.time_zone),
        "form": ScanForm(),
        "refusal": refusal,
        "may_hand_over": may(Permission.KIT_HAND_OVER),
        "may_reverse": may(Permission.KIT_REVERSE),
        "missing": selectors.places_missing(
            participant=participant, visit_code=visit_code, held=[one.kit for one in kits]
        ),
        "all_read": bool(kits) and all(one.confirmation for one in kits),
        "tabs": presenters.tabs("list"),
    }
    return render(request, "supply/visit.html", context, status=refusal.status if refusal else 200)
