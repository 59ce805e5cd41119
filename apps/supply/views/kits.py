"""Stock and kits, one kit with its ledger, and how long the stock lasts."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from apps.core.exceptions import NotAllowed, Refused
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.supply import presenters, selectors, services
from apps.supply.domain.outlook import LIST_WARNING_DAYS
from apps.supply.forms import KitFilter, KitMoveForm, refusal_show
from apps.supply.views.signing import witness_of

PAGE_SIZE = 50
_EXPIRING_SHOWN = 10


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
        "tabs": presenters.tabs("list"),
        **_soon(request, now, study_id),
    }
    return render(request, "supply/list.html", context)


def _soon(request: HttpRequest, now: datetime, study_id: UUID | None) -> dict[str, Any]:
    """The kits near their end, and how many days ahead that is."""
    days = settings.SUPPLY_EXPIRY_WARNING_DAYS
    kits = selectors.kits_expiring(viewer=request.user, now=now, within_days=days)
    if study_id is not None:
        kits = kits.filter(study_id=study_id)
    if request.site is not None:
        kits = kits.filter(site=request.site)
    count = kits.count()
    more = f" The first {_EXPIRING_SHOWN} are shown." if count > _EXPIRING_SHOWN else ""
    return {
        "expiring_count": count,
        "expiring_note": f"On the shelf, with {days} days or less to their end. None is handed out past it.{more}",
        "expiring_rows": presenters.expiring_rows(kits[:_EXPIRING_SHOWN]),
        "expiring_columns": presenters.EXPIRING_COLUMNS,
    }


@require_GET
@login_required
def outlook(request: HttpRequest) -> HttpResponse:
    """How long the stock of each site lasts in the worst case, and what to send."""
    now = timezone.now()
    if not access.sites_where(user=request.user, permission=Permission.STOCK_READ, now=now).exists():
        raise NotAllowed("Your delegation does not include the stock.")
    study_id = request.study.pk if request.study else None
    found = selectors.outlook_by_site(viewer=request.user, now=now, study_id=study_id)
    strata = selectors.strata_outlooks(stock=found, now=now)
    may_see_kits = access.sites_where(user=request.user, permission=Permission.KIT_READ, now=now).exists()
    context = {
        "columns": presenters.OUTLOOK_COLUMNS,
        "rows": presenters.outlook_rows(found),
        "strata_columns": presenters.STRATA_COLUMNS,
        "strata_rows": presenters.strata_rows(strata),
        "turned_away_soon": [one for one in strata if one.days < LIST_WARNING_DAYS],
        "tabs": presenters.tabs("outlook") if may_see_kits else [],
    }
    return render(request, "supply/outlook.html", context)


_MOVES = {
    "destroy": services.kit_destroy,
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
        access.check(user=request.user, permission=Permission.KIT_RETURN, site_id=found.site_id, now=now)
        try:
            witness = witness_of(
                form, site_id=found.site_id, meaning="kit destruction", by=request.user, at=now
            )
            with_witness = {"witness": witness} if form.cleaned_data["movement"] == "destroy" else {}
            move(kit_id=kit_id, reason=form.cleaned_data["reason"], by=request.user, at=now, **with_witness)
        except Refused as refusal:
            refusal_show(form, refusal)
        else:
            messages.success(request, f"The ledger of kit {found.number} has a new line.")
            return redirect("supply:kit", kit_id)
    may_move = access.can(user=request.user, permission=Permission.KIT_RETURN, now=now, site_id=found.site_id)
    context = {
        "kit": found,
        "movements": found.movements.select_related("recorded_by", "witness", "participant").order_by("line"),
        "tabs": presenters.tabs("list"),
        "form": form,
        "may_move": may_move,
    }
    return render(request, "supply/kit.html", context, status=422 if form.is_bound and form.errors else 200)
