"""Pages of the schedule: one participant's visits, and what may be done with each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from apps.core.exceptions import NotAllowed, NotFound, Refused
from apps.participants.selectors import participant_get
from apps.schedule import presenters, selectors, services
from apps.schedule.forms import AppointForm, AttendForm, MissForm, refusal_show
from apps.schedule.models import Visit
from apps.studies.domain.permissions import Permission


@require_GET
@login_required
def detail(request: HttpRequest, participant_id: UUID) -> HttpResponse:
    """The visits of one participant: windows, states, scales due, and the next act."""
    now = timezone.now()
    participant = participant_get(
        viewer=request.user, participant_id=participant_id, now=now, permission=Permission.VISIT_READ
    )
    context = presenters.page(participant=participant, viewer=request.user, now=now)
    return render(request, "schedule/detail.html", {"participant": participant, **context})


@require_http_methods(["GET", "POST"])
@login_required
def appoint(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Appoint a visit for a day and hour, and a dose for a chair."""
    visit = _visit(request, visit_id)
    with timezone.override(selectors.zone_of(visit.participant)):
        form = AppointForm(
            request.POST or None,
            chairs=visit.participant.site.chairs,
            is_dose=visit.is_dose,
            initial={"version": visit.version, "planned_at": visit.planned_at, "chair": visit.chair},
        )

        def act() -> str:
            made = services.visit_appoint(
                visit_id=visit_id,
                planned_at=form.cleaned_data["planned_at"],
                chair=form.cleaned_data.get("chair"),
                version=form.cleaned_data["version"],
                by=request.user,
                at=timezone.now(),
            )
            others = [other.participant.number for other in selectors.appointments_beside(made)]
            if others:
                messages.warning(
                    request, f"Chair {made.chair} is appointed on that day for {', '.join(others)} too."
                )
            return f"{visit.label} is appointed."

        return _act(request, visit, form, act, title=f"Appoint {visit.label}", submit="Appoint")


@require_http_methods(["GET", "POST"])
@login_required
def attend(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Record that a visit without a dose was held."""
    visit = _visit(request, visit_id)
    with timezone.override(selectors.zone_of(visit.participant)):
        form = AttendForm(request.POST or None, initial={"version": visit.version, "held_at": timezone.now()})

        def act() -> str:
            services.visit_attend(visit_id=visit_id, **form.cleaned_data, by=request.user, at=timezone.now())
            return f"{visit.label} is held."

        return _act(request, visit, form, act, title=f"{visit.label} was held", submit="Save")


@require_http_methods(["GET", "POST"])
@login_required
def miss(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Record that a visit will not be held any more, and why."""
    visit = _visit(request, visit_id)
    with timezone.override(selectors.zone_of(visit.participant)):
        form = MissForm(request.POST or None, initial={"version": visit.version})

        def act() -> str:
            services.visit_miss(visit_id=visit_id, **form.cleaned_data, by=request.user, at=timezone.now())
            return f"{visit.label} is recorded as missed."

        return _act(
            request,
            visit,
            form,
            act,
            title=f"{visit.label} was missed",
            submit="Record as missed",
            tone="danger",
            note="This cannot be taken back.",
        )


def _visit(request: HttpRequest, visit_id: UUID) -> Visit:
    return selectors.visit_get(
        viewer=request.user,
        visit_id=visit_id,
        now=timezone.now(),
        permission=Permission.VISIT_PLAN,
    )


def _act(
    request: HttpRequest,
    visit: Visit,
    form: forms.Form,
    act: Callable[[], str],
    *,
    title: str,
    submit: str,
    tone: str = "",
    note: str = "",
) -> HttpResponse:
    """Show a form, or carry out its act: back to the schedule when done, the form with every reason when not."""
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                messages.success(request, act())
                return redirect("schedule:detail", visit.participant_id)
            except (NotFound, NotAllowed):
                raise
            except Refused as refusal:
                refusal_show(form, refusal)
                status = refusal.status
        else:
            status = 422
    back = reverse("schedule:detail", args=[visit.participant_id])
    context: dict[str, Any] = {
        "form": form,
        "visit": visit,
        "participant": visit.participant,
        "window": presenters.window_words(visit),
        "title": title,
        "back_url": back,
        "back_label": "Schedule",
        "cancel_url": back,
        "submit_label": submit,
        "submit_tone": tone,
        "note": note,
    }
    return render(request, "schedule/act.html", context, status=status)
