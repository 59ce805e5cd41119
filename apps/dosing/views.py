"""Pages of a dosing session: check-in, and the session as one page from the gates to the last device."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.services import signature_check
from apps.core.exceptions import Invalid, NotAllowed, NotFound, Reason, Refused
from apps.dosing import presenters, selectors, services
from apps.dosing.forms import (
    CheckInForm,
    CloseForm,
    DoseForm,
    OverrideForm,
    SprayForm,
    StopForm,
    VersionForm,
    gate_answers,
    wall_clock,
)
from apps.dosing.models import DosingSession
from apps.schedule.selectors import visit_get, zone_of
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.supply.domain.kits import KitState
from apps.supply.services import kit_confirm


@require_http_methods(["GET", "POST"])
@login_required
def open_visit(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """The chair; or on to the session this visit has already."""
    now = timezone.now()
    visit = visit_get(viewer=request.user, visit_id=visit_id, now=now, permission=Permission.SESSION_READ)
    found = selectors.session_that_counts(visit_id=visit_id)
    if found is not None:
        return redirect("dosing:detail", found.pk)
    refusal: Refused | None = None
    if request.method == "POST":
        form = CheckInForm(request.POST)
        try:
            if not form.is_valid():
                raise Invalid(Reason("chair_needed", "Choose a chair.", "chair"))
            session = services.session_check_in(
                visit_id=visit_id, chair=form.cleaned_data["chair"], by=request.user, at=now
            )
            messages.success(request, f"{visit.participant.number} sits in chair {session.chair}.")
            return redirect("dosing:detail", session.pk)
        except (NotFound, NotAllowed):
            raise
        except Refused as refused:
            refusal = refused
    may = access.can(
        user=request.user,
        permission=Permission.SESSION_CHECK_IN,
        site_id=visit.participant.site_id,
        now=now,
    )
    reasons = () if refusal else selectors.check_in_reasons(visit=visit, now=now)
    context = presenters.check_in_page(visit=visit, now=now, reasons=reasons)
    return render(
        request,
        "dosing/open.html",
        {**context, "refusal": refusal, "may_check_in": may},
        status=refusal.status if refusal else 200,
    )


@require_GET
@login_required
def detail(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """The session, step by step."""
    return _page(request, _session(request, session_id))


@require_POST
@login_required
def gates(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Answer gates."""
    session = _session(request, session_id)
    now = timezone.now()

    def act(version: int) -> str:
        answers = gate_answers(
            selectors.protocol_for(session), request.POST, now=now, tz=zone_of(session.participant)
        )
        after = services.gates_record(
            session_id=session_id, answers=answers, version=version, by=request.user, at=now
        )
        return "The dose is withheld: a gate holds." if after.state == "WITHHELD" else "Answers kept."

    return _act(request, session, VersionForm, lambda form: act(form["version"]), anchor="gates")


@require_POST
@login_required
def clear(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Clear the session to dose."""

    def act(given: dict[str, Any]) -> str:
        services.session_clear(
            session_id=session_id, version=given["version"], by=request.user, at=timezone.now()
        )
        return "Cleared to dose."

    return _act(request, _session(request, session_id), VersionForm, act, anchor="dose")


@require_http_methods(["GET", "POST"])
@login_required
def override(request: HttpRequest, session_id: UUID, gate: str) -> HttpResponse:
    """Let the dose go on against one gate: reason and signature."""
    session = _session(request, session_id)
    now = timezone.now()
    access.check(user=request.user, permission=Permission.GATE_OVERRIDE, site_id=session.site_id, now=now)
    page = presenters.page(session=session, viewer=request.user, now=now)
    row = next((row for row in page["answered"] if row.code == gate), None)
    if row is None:
        raise NotFound("There is no such gate to override.")
    form = OverrideForm(request.POST or None, initial={"version": session.version})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            try:
                signature_check(
                    user=request.user,
                    password=given["password"],
                    meaning=f"Override of gate {gate}",
                    at=now,
                )
                services.gate_override(
                    session_id=session_id,
                    gate=gate,
                    reason=given["reason"],
                    version=given["version"],
                    by=request.user,
                    at=now,
                )
                messages.success(request, f"{row.label}: overridden and signed.")
                return redirect(f"{reverse('dosing:detail', args=[session_id])}#gates")
            except NotFound:
                raise
            except Refused as refused:
                status = refused.status
                for reason in refused.reasons:
                    form.add_error(reason.field if reason.field in form.fields else None, reason.message)
    back = reverse("dosing:detail", args=[session_id])
    context = {
        "form": form,
        "row": row,
        "participant": session.participant,
        "title": "Dose against a gate",
        "back_url": back,
        "back_label": "Session",
        "cancel_url": back,
        "submit_label": "Sign and let the dose go on",
        "submit_tone": "danger",
        "note": "Kept for ever with your name.",
    }
    return render(request, "dosing/override.html", context, status=status)


@require_POST
@login_required
def dose(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Ask for the dose of this visit."""

    def act(given: dict[str, Any]) -> str:
        services.dose_request(
            session_id=session_id,
            dose_mg=given["dose_mg"],
            version=given["version"],
            by=request.user,
            at=timezone.now(),
        )
        return "The kits of this visit are named below."

    return _act(request, _session(request, session_id), DoseForm, act, anchor="dose")


@require_POST
@login_required
def spray(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Check the kit in the hand, or record the first spray of the next device."""
    session = _session(request, session_id)
    now = timezone.now()
    if "check" in request.POST:
        return _kit_check(request, session)

    def act(given: dict[str, Any]) -> str:
        services.spray_first(
            session_id=session_id,
            kit_number=given["kit_number"],
            nostril=given["nostril"],
            sprayed_at=_moment(request, "sprayed_at", session, now) or now,
            version=given["version"],
            by=request.user,
            at=now,
        )
        return "First spray recorded."

    return _act(request, session, SprayForm, act, anchor="devices")


@require_POST
@login_required
def close(request: HttpRequest, session_id: UUID, ordinal: int) -> HttpResponse:
    """Record the second spray of a device and how it went."""
    session = _session(request, session_id)
    now = timezone.now()

    def act(given: dict[str, Any]) -> str:
        second = _moment(request, "second_spray_at", session, now)
        if second is None and (given["outcome"] == "COMPLETE" or given["second_given"] == "yes"):
            second = now
        services.device_close(
            session_id=session_id,
            ordinal=ordinal,
            second_spray_at=None if given["second_given"] == "no" else second,
            outcome=given["outcome"],
            note=given["note"],
            version=given["version"],
            by=request.user,
            at=now,
        )
        return f"Device {ordinal} is closed."

    return _act(request, session, CloseForm, act, anchor="devices")


@require_POST
@login_required
def stop(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Stop before any spray, or end the dose here."""

    def act(given: dict[str, Any]) -> str:
        after = services.session_stop(
            session_id=session_id,
            reason=given["reason"],
            version=given["version"],
            by=request.user,
            at=timezone.now(),
        )
        return (
            "The session is stopped."
            if after.state == "STOPPED"
            else "The dose ends here; the two hours go on."
        )

    return _act(request, _session(request, session_id), StopForm, act, anchor="hours")


def _session(request: HttpRequest, session_id: UUID) -> DosingSession:
    return selectors.session_get(viewer=request.user, session_id=session_id, now=timezone.now())


def _act(
    request: HttpRequest,
    session: DosingSession,
    form_class: type[forms.Form],
    act: Callable[[dict[str, Any]], str],
    *,
    anchor: str,
) -> HttpResponse:
    """Carry out one act: back to its step when done, the page with every reason when refused."""
    form = form_class(request.POST)
    try:
        if not form.is_valid():
            raise Invalid.because(
                Reason(
                    "invalid",
                    f"{form.fields[name].label or name.replace('_', ' ').capitalize()}: {error}",
                    name,
                )
                for name, errors in form.errors.items()
                for error in errors
            )
        messages.success(request, act(form.cleaned_data))
    except (NotFound, NotAllowed):
        raise
    except Refused as refusal:
        return _page(request, _session(request, session.pk), refusal=refusal, typed=request.POST)
    return redirect(f"{reverse('dosing:detail', args=[session.pk])}#{anchor}")


def _kit_check(request: HttpRequest, session: DosingSession) -> HttpResponse:
    """Say whether the kit in the hand is the next device's, before anything is sprayed; keep that it was read."""
    now = timezone.now()
    try:
        kit = selectors.kit_check(session=session, kit_number=request.POST.get("kit_number", "")[:40], at=now)
        if kit.state == KitState.DISPENSED:
            kit_confirm(
                participant_id=session.participant_id,
                visit_code=session.visit.code,
                number=kit.number,
                by=request.user,
                at=now,
            )
    except Refused as refusal:
        return _page(request, session, refusal=refusal, typed=request.POST)
    messages.success(request, f"Kit {kit.number} is right for device {kit.position}.")
    return _page(request, session, typed=request.POST, kit_checked=kit.number)


def _moment(request: HttpRequest, field: str, session: DosingSession, now: datetime) -> datetime | None:
    text = request.POST.get(field, "").strip()
    return wall_clock(text, now=now, tz=zone_of(session.participant)) if text else None


def _page(
    request: HttpRequest,
    session: DosingSession,
    *,
    refusal: Refused | None = None,
    typed: Any = None,
    kit_checked: str = "",
) -> HttpResponse:
    context = presenters.page(session=session, viewer=request.user, now=timezone.now(), typed=typed)
    response = render(
        request,
        "dosing/detail.html",
        {**context, "refusal": refusal, "kit_checked": kit_checked},
        status=refusal.status if refusal else 200,
    )
    response["Cache-Control"] = "no-store"
    return response
