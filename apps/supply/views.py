"""Pages of supply: stock and kits, one kit with its ledger, and the hand-over after a draw."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from apps.core.exceptions import NotAllowed, NotFound, Refused
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.supply import presenters, selectors, services
from apps.supply.forms import KitFilter, KitMoveForm

PAGE_SIZE = 50


@require_GET
@login_required
def stock(request: HttpRequest) -> HttpResponse:
    """The stock of each site and the kits by their shuffled numbers."""
    now = timezone.now()
    if not access.sites_where(user=request.user, permission=Permission.KIT_READ, now=now).exists():
        raise NotAllowed("Your delegation does not include the kits.")
    wanted = KitFilter(request.GET).values()
    kits = selectors.kits_visible(viewer=request.user, now=now)
    study_id = request.study.pk if request.study else None
    if study_id is not None:
        kits = kits.filter(study_id=study_id)
    if request.site is not None:
        kits = kits.filter(site=request.site)
    if wanted["state"]:
        kits = kits.filter(state=wanted["state"])
    if wanted["number"]:
        kits = kits.filter(number__icontains=wanted["number"].strip())
    page = Paginator(kits, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "stock_columns": presenters.STOCK_COLUMNS,
        "stock_rows": presenters.stock_rows(
            selectors.stock_by_site(viewer=request.user, now=now, study_id=study_id)
        ),
        "kit_columns": presenters.KIT_COLUMNS,
        "kit_rows": presenters.kit_rows(page.object_list),
        "page": page,
        "wanted": wanted,
        "states": KitFilter().fields["state"].choices,
        "query": urlencode({name: value for name, value in wanted.items() if value}),
    }
    return render(request, "supply/list.html", context)


_MOVES = {
    "return": services.kit_return,
    "quarantine": services.kit_quarantine,
    "release": services.kit_release,
}


@require_http_methods(["GET", "POST"])
@login_required
def kit(request: HttpRequest, kit_id: UUID) -> HttpResponse:
    """One kit with its ledger, and the form that moves it."""
    now = timezone.now()
    found = selectors.kit_get(viewer=request.user, kit_id=kit_id, now=now)
    form = KitMoveForm(request.POST or None, state=found.state)
    if request.method == "POST" and form.is_valid():
        move = _MOVES[form.cleaned_data["movement"]]
        try:
            move(kit_id=kit_id, reason=form.cleaned_data["reason"], by=request.user, at=now)
        except (NotFound, NotAllowed):
            raise
        except Refused as refusal:
            for reason in refusal.reasons:
                form.add_error(reason.field if reason.field in form.fields else None, reason.message)
        else:
            messages.success(request, f"The ledger of kit {found.number} has a new line.")
            return redirect("supply:kit", kit_id)
    may_move = access.can(user=request.user, permission=Permission.KIT_RETURN, now=now, site_id=found.site_id)
    context = {
        "kit": found,
        "movements": found.movements.select_related("recorded_by", "witness").order_by(
            "at", "recorded_at", "id"
        ),
        "form": form,
        "may_move": may_move,
    }
    return render(request, "supply/kit.html", context, status=422 if form.is_bound and form.errors else 200)


@require_GET
@login_required
def handover(request: HttpRequest, participant_id: UUID) -> HttpResponse:
    """The answer to a draw: the randomization number and the kits to fetch. Nothing else."""
    answer = selectors.handover_get(viewer=request.user, participant_id=participant_id, now=timezone.now())
    return render(request, "supply/handover.html", {"answer": answer})
