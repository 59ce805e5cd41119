"""What went wrong: kits in the wrong hands, storage too cold or too warm."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from apps.core.exceptions import NotAllowed, NotFound, Refused
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.supply import presenters, selectors, services
from apps.supply.forms import DecisionForm, ExcursionForm, WrongKitForm, refusal_show
from apps.supply.views.signing import witness_of


@require_http_methods(["GET", "POST"])
@login_required
def wrong_kit(request: HttpRequest, participant_id: UUID, visit_code: str) -> HttpResponse:
    """Put right that this participant was handed, or given, a kit that was not theirs."""
    now = timezone.now()
    participant, kits = selectors.visit_kits(
        viewer=request.user, participant_id=participant_id, visit_code=visit_code, now=now
    )
    access.check(user=request.user, permission=Permission.KIT_REVERSE, site_id=participant.site_id, now=now)
    form = WrongKitForm(
        request.POST if request.method == "POST" else None,
        positions=[
            *(one.kit.position or 0 for one in kits),
            *selectors.places_missing(
                participant=participant, visit_code=visit_code, held=[one.kit for one in kits]
            ),
        ],
    )
    if request.method == "POST" and form.is_valid():
        try:
            done = services.wrong_kit_recover(
                participant_id=participant_id,
                visit_code=visit_code,
                by=request.user,
                at=now,
                **form.values(),
            )
        except (NotFound, NotAllowed):
            raise
        except Refused as refusal:
            refusal_show(form, refusal)
        else:
            messages.success(request, presenters.recovery_words(done))
            if done.is_short:
                messages.warning(request, presenters.short_words(done))
            return redirect("supply:visit", participant_id, visit_code)
    context = {
        "form": form,
        "participant": participant,
        "visit_code": visit_code,
        "tabs": presenters.tabs("wrong_kits"),
    }
    return render(
        request, "supply/wrong_kit.html", context, status=422 if form.is_bound and form.errors else 200
    )


@require_GET
@login_required
def wrong_kits(request: HttpRequest) -> HttpResponse:
    """The wrong kits of my sites with the deviation each one is."""
    now = timezone.now()
    _check_kits(request)
    rows = selectors.wrong_kits_visible(viewer=request.user, now=now)
    if request.study is not None:
        rows = rows.filter(participant__study=request.study)
    context = {
        "columns": presenters.WRONG_KIT_COLUMNS,
        "rows": presenters.wrong_kit_rows(rows[:200]),
        "tabs": presenters.tabs("wrong_kits"),
    }
    return render(request, "supply/wrong_kits.html", context)


@require_GET
@login_required
def excursions(request: HttpRequest) -> HttpResponse:
    """The temperature excursions of my sites, the undecided ones marked."""
    now = timezone.now()
    _check_kits(request)
    rows = selectors.excursions_visible(viewer=request.user, now=now)
    keeping = access.sites_where(user=request.user, permission=Permission.KIT_RECEIVE, now=now)
    if request.study is not None:
        rows = rows.filter(site__study=request.study)
        keeping = keeping.filter(study=request.study)
    context = {
        "columns": presenters.EXCURSION_COLUMNS,
        "rows": presenters.excursion_rows(rows[:200]),
        "keeping": keeping.order_by("code"),
        "tabs": presenters.tabs("excursions"),
    }
    return render(request, "supply/excursions.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def excursion_new(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """Record an excursion; its kits are set aside at once."""
    now = timezone.now()
    site = selectors.site_get(viewer=request.user, site_id=site_id, now=now)
    access.check(user=request.user, permission=Permission.KIT_RECEIVE, site_id=site.pk, now=now)
    with timezone.override(ZoneInfo(site.time_zone)):
        form = ExcursionForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                made = services.excursion_record(site_id=site.pk, by=request.user, at=now, **form.values())
            except (NotFound, NotAllowed):
                raise
            except Refused as refusal:
                refusal_show(form, refusal)
            else:
                messages.success(request, f"{made.kit_rows.count()} kits are set aside.")
                return redirect("supply:excursion", made.pk)
        context = {"form": form, "stored_site": site, "tabs": presenters.tabs("excursions")}
        status = 422 if form.is_bound and form.errors else 200
        return render(request, "supply/excursion_new.html", context, status=status)


@require_http_methods(["GET", "POST"])
@login_required
def excursion(request: HttpRequest, excursion_id: UUID) -> HttpResponse:
    """One excursion with its kits, and the decision."""
    now = timezone.now()
    found = selectors.excursion_get(viewer=request.user, excursion_id=excursion_id, now=now)
    decision = getattr(found, "decision", None)
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        access.check(user=request.user, permission=Permission.KIT_RECEIVE, site_id=found.site_id, now=now)
        try:
            witness = witness_of(
                form, site_id=found.site_id, meaning="destruction after an excursion", by=request.user, at=now
            )
            services.excursion_decide(
                excursion_id=excursion_id,
                outcome=form.cleaned_data["outcome"],
                reason=form.cleaned_data["reason"],
                witness=witness,
                by=request.user,
                at=now,
            )
        except Refused as refusal:
            refusal_show(form, refusal)
        else:
            messages.success(request, "The decision is carried out.")
            return redirect("supply:excursion", excursion_id)
    context = {
        "excursion": found,
        "decision": decision,
        "columns": presenters.KIT_COLUMNS,
        "rows": presenters.kit_rows(found.kits.select_related("site", "participant").order_by("number")),
        "form": form,
        "may_decide": decision is None
        and access.can(user=request.user, permission=Permission.KIT_RECEIVE, site_id=found.site_id, now=now),
        "tabs": presenters.tabs("excursions"),
    }
    return render(
        request, "supply/excursion.html", context, status=422 if form.is_bound and form.errors else 200
    )


def _check_kits(request: HttpRequest) -> None:
    if not access.sites_where(user=request.user, permission=Permission.KIT_READ, now=timezone.now()).exists():
        raise NotAllowed("Your delegation does not include the kits.")
