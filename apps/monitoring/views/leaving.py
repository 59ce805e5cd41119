"""Pages of leaving: every condition of the protocol, and the signature."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.services import signature_check
from apps.core.exceptions import NotFound, Refused
from apps.monitoring import presenters, selectors, services
from apps.monitoring.forms import EarlyReleaseForm, ReleaseForm
from apps.monitoring.selectors import Watch
from apps.monitoring.views.chairside import fragment, now_context
from apps.studies import access
from apps.studies.domain.permissions import Permission


@require_http_methods(["GET", "POST"])
@login_required
def discharge(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Every condition of leaving, and the signature once nothing but the signer's word is missing."""
    now = timezone.now()
    seen = selectors.watch(viewer=request.user, session_id=session_id, now=now)
    access.check(
        user=request.user, permission=Permission.SESSION_DISCHARGE, site_id=seen.session.site_id, now=now
    )
    page = presenters.discharge_page(seen, may_accept=_may_accept(request, seen))
    form = ReleaseForm(
        request.POST if request.method == "POST" else None,
        by_word=page["by_word"],
        acceptable=page["acceptable"],
    )
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            signature_check(
                user=request.user,
                password=form.cleaned_data["password"],
                meaning="participant.release",
                at=now,
            )
            services.participant_release(
                session_id=session_id, statement=form.statement(), by=request.user, at=now
            )
        except NotFound:
            raise
        except Refused as fault:
            refusal = fault
        else:
            messages.success(request, f"{seen.session.participant.number} was released.")
            return redirect("monitoring:watch", session_id=session_id)
    version = selectors.watch_version(viewer=request.user, session_id=session_id, now=now)
    context = {**now_context(request, seen), **page, "form": form, "refusal": refusal, "version": version}
    return render(request, "monitoring/discharge.html", context, status=refusal.status if refusal else 200)


@require_http_methods(["GET", "POST"])
@login_required
def release_early(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """An investigator lets a participant go before every condition holds: what is unmet, for what, why, signed."""
    now = timezone.now()
    seen = selectors.watch(viewer=request.user, session_id=session_id, now=now)
    access.check(
        user=request.user, permission=Permission.SESSION_RELEASE_EARLY, site_id=seen.session.site_id, now=now
    )
    page = presenters.early_page(seen)
    form = EarlyReleaseForm(
        request.POST if request.method == "POST" else None,
        by_word=page["by_word"],
        categories=page["categories"],
    )
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            signature_check(
                user=request.user,
                password=form.cleaned_data["password"],
                meaning="participant.release_early",
                at=now,
            )
            services.participant_release_early(
                session_id=session_id,
                statement=form.statement(),
                category=form.cleaned_data["category"],
                reason=form.cleaned_data["reason"],
                by=request.user,
                at=now,
            )
        except NotFound:
            raise
        except Refused as fault:
            refusal = fault
        else:
            messages.success(request, f"{seen.session.participant.number} was released early.")
            return redirect("monitoring:watch", session_id=session_id)
    context = {**now_context(request, seen), **page, "form": form, "refusal": refusal}
    status = refusal.status if refusal else 422 if form.errors else 200
    return render(request, "monitoring/early.html", context, status=status)


@require_GET
@login_required
def discharge_fragment(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """The conditions as they stand, asked for every few seconds."""
    return fragment(
        request,
        session_id,
        "monitoring/_conditions.html",
        lambda asked, seen: {
            **now_context(asked, seen),
            **presenters.discharge_page(seen, may_accept=_may_accept(asked, seen)),
        },
    )


def _may_accept(request: HttpRequest, seen: Watch) -> bool:
    return access.can(
        user=request.user, permission=Permission.GATE_OVERRIDE, site_id=seen.session.site_id, now=seen.now
    )
