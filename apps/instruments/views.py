"""The rater's home and form, and the form for scales entered at the site."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods

from apps.core.exceptions import NotAllowed, NotFound, Refused
from apps.instruments import presenters, selectors, services
from apps.instruments.domain.entering import scores_shown_to_site
from apps.instruments.domain.scoring import instrument_of
from apps.instruments.forms import ScaleForm, initial_of
from apps.participants import selectors as participants
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.selectors import protocol_of


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The rater's interviews: alias, window, instrument. Nothing that tells who, where, or which visit."""
    now = timezone.now()
    if not access.studies_where(user=request.user, permission=Permission.RATING_RECORD, now=now).exists():
        raise NotAllowed("Only raters have interviews.")
    groups = presenters.slot_groups(selectors.slots_for(viewer=request.user, now=now), now=now)
    return render(request, "instruments/home.html", {"groups": groups, "asked_at": now})


@require_http_methods(["GET", "POST"])
@login_required
def rate(request: HttpRequest, slot_id: UUID) -> HttpResponse:
    """One interview, item by item."""
    now = timezone.now()
    slot = services.slot_open(slot_id=slot_id, by=request.user, at=now)
    held = selectors.rating_of_slot(slot=slot)
    instrument = instrument_of(slot.instrument)
    form = ScaleForm(request.POST or None, instrument=instrument, now=now)
    if request.method == "POST" and form.is_valid():
        try:
            services.rating_record(
                slot_id=slot_id,
                items=form.answers(),
                observed_at=form.cleaned_data["observed_at"],
                entered_at=now,
                not_done_reason=form.cleaned_data["not_done_reason"],
                by=request.user,
                at=now,
            )
        except NotFound:
            raise
        except Refused as refusal:
            form.show(refusal)
        else:
            messages.success(request, f"{instrument.code} of {slot.alias} is saved to the server.")
            return redirect("instruments:home")
    context = {
        "slot": slot,
        "instrument": instrument,
        "words": presenters.scale_words(instrument, slot.recall),
        "form": form,
        "held": held,
        "answers": presenters.answers_shown(held) if held else [],
        "is_early": now < slot.opens_at,
    }
    return render(request, "instruments/rate.html", context, status=_status(form))


@require_http_methods(["GET", "POST"])
@login_required
def correct(request: HttpRequest, slot_id: UUID) -> HttpResponse:
    """Correct one's own rating, with a reason."""
    now = timezone.now()
    slot = services.slot_open(slot_id=slot_id, by=request.user, at=now)
    held = selectors.rating_of_slot(slot=slot)
    if held is None or held.recorded_by_id != request.user.pk:
        raise NotFound("There is no such rating.")
    instrument = instrument_of(slot.instrument)
    form = _correction(request, held, now=now)
    if request.method == "POST" and form.is_valid():
        try:
            services.rating_correct(
                rating_id=form.cleaned_data["seen"],
                items=form.answers(),
                observed_at=form.cleaned_data["observed_at"],
                not_done_reason=form.cleaned_data["not_done_reason"],
                reason=form.cleaned_data["reason"],
                by=request.user,
                at=now,
            )
        except NotFound:
            raise
        except Refused as refusal:
            form.show(refusal)
        else:
            messages.success(request, f"{instrument.code} of {slot.alias} is corrected.")
            return redirect("instruments:rate", slot_id)
    context = {
        "slot": slot,
        "instrument": instrument,
        "words": presenters.scale_words(instrument, slot.recall),
        "form": form,
    }
    return render(request, "instruments/correct.html", context, status=_status(form))


@require_http_methods(["GET", "POST"])
@login_required
def enter(request: HttpRequest, participant_id: UUID, visit_code: str, instrument: str) -> HttpResponse:
    """A scale of a visit that a clinician rates or the participant fills in; or its correction."""
    now = timezone.now()
    participant = participants.participant_get(viewer=request.user, participant_id=participant_id, now=now)
    planned = selectors.planned_for_entry(
        viewer=request.user, participant=participant, instrument=instrument, visit_code=visit_code, now=now
    )
    held = selectors.rating_current(participant=participant, instrument=instrument, visit_code=visit_code)
    scale = instrument_of(instrument)
    correcting = held is not None and ("change" in request.GET or request.method == "POST")
    form = (
        _correction(request, held, now=now)
        if correcting and held is not None
        else ScaleForm(request.POST or None, instrument=scale, now=now)
    )
    where = {"participant_id": participant_id, "instrument": instrument, "visit_code": visit_code}
    if request.method == "POST" and form.is_valid():
        given = {
            "items": form.answers(),
            "observed_at": form.cleaned_data["observed_at"],
            "not_done_reason": form.cleaned_data["not_done_reason"],
        }
        try:
            if correcting:
                more = {name: form.cleaned_data[name] for name in ("reason", "seen")}
                services.rating_amend(**where, **given, **more, by=request.user, at=now)
            else:
                services.rating_enter(**where, **given, entered_at=now, by=request.user, at=now)
        except (NotFound, NotAllowed):
            raise
        except Refused as refusal:
            form.show(refusal)
        else:
            messages.success(request, f"{scale.title} is saved to the server.")
            return redirect(_back(request) or request.path)
    shown = scores_shown_to_site(
        protocol_of(participant.protocol_version), instrument=instrument, planned=planned
    )
    context = {
        "participant": participant,
        "instrument": scale,
        "visit_code": visit_code,
        "words": presenters.scale_words(scale, planned.recall or ""),
        "form": form,
        "held": held,
        "correcting": correcting,
        "answers": presenters.answers_shown(held) if held and shown else [],
        "total": presenters.total_shown(held) if held and shown else "",
        "back": _back(request),
    }
    return render(request, "instruments/enter.html", context, status=_status(form))


def _correction(request: HttpRequest, held: Any, *, now: Any) -> ScaleForm:
    start = initial_of(held.items, observed_at=held.observed_at, not_done_reason=held.not_done_reason)
    return ScaleForm(
        request.POST or None,
        instrument=instrument_of(held.instrument),
        now=now,
        correcting=True,
        initial={**start, "seen": held.pk},
    )


def _back(request: HttpRequest) -> str:
    """Return where the person came from, if it is a page of ours."""
    target = request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if ours else ""


def _status(form: Any) -> int:
    return 422 if form.is_bound and form.errors else 200
