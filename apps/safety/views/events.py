"""Pages of adverse events: the list of a site, a new one, one to change, one to close."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core.exceptions import NotAllowed, NotFound, Refused
from apps.participants.selectors import participant_get
from apps.safety import presenters, selectors, services
from apps.safety.forms import (
    EventChangeForm,
    EventForm,
    ListFilter,
    MedicationForm,
    MedicationStopForm,
    ResolveForm,
    refusal_show,
)
from apps.schedule.selectors import zone_of
from apps.studies import access
from apps.studies.domain.permissions import Permission

PAGE_SIZE = 50


@require_GET
@login_required
def event_list(request: HttpRequest) -> HttpResponse:
    """The adverse events at the place in view, newest first."""
    now = timezone.now()
    study_id = request.study.pk if request.study else None
    held = access.permissions_of(user=request.user, now=now, study_id=study_id)
    if Permission.ADVERSE_EVENT_READ not in held:
        raise NotAllowed("Your role does not include the adverse events of this study.")
    wanted = ListFilter(request.GET).values()
    rows = selectors.adverse_events_visible(
        viewer=request.user,
        now=now,
        study=request.study,
        site=request.site,
        search=wanted["search"],
        serious={"yes": True, "no": False}.get(wanted["serious"]),
        ongoing={"ongoing": True, "over": False}.get(wanted["state"]),
    )
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [presenters.row(event, now=now) for event in page.object_list],
        "wanted": wanted,
        "query": urlencode({name: value for name, value in wanted.items() if value}),
        "may_record": Permission.ADVERSE_EVENT_RECORD in held,
        "may_unblind": Permission.UNBLINDING_SUSAR in held,
    }
    return render(request, "safety/list.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def new(request: HttpRequest, participant_id: UUID) -> HttpResponse:
    """Record an adverse event of a participant; from a session, with its onset counted from the dose."""
    now = timezone.now()
    participant = participant_get(
        viewer=request.user,
        participant_id=participant_id,
        now=now,
        permission=Permission.ADVERSE_EVENT_RECORD,
    )
    session_id = _session_id(request)
    session = (
        selectors.session_of_participant(session_id=session_id, participant=participant)
        if session_id
        else None
    )
    back = reverse("dosing:detail", args=[session.pk]) if session else reverse("safety:list")
    with timezone.override(zone_of(participant)):
        initial = {"site_aware_at": now, **({"onset_at": now} if session else {})}
        form = EventForm(request.POST or None, plan=selectors.plan_of(participant), initial=initial)
        status = _status(request, form)
        if request.method == "POST" and form.is_valid():
            try:
                made = services.adverse_event_record(
                    participant_id=participant_id,
                    session_id=session_id,
                    **form.account(),
                    by=request.user,
                    at=now,
                )
                messages.success(request, _kept(made))
                return redirect(back)
            except (NotFound, NotAllowed):
                raise
            except Refused as refusal:
                refusal_show(form, refusal)
                status = refusal.status
        context = _form_page(
            form,
            participant=participant,
            title="New adverse event",
            back=back,
            submit="Record",
            session=session,
        )
        return render(request, "safety/form.html", context, status=status)


@require_http_methods(["GET", "POST"])
@login_required
def edit(request: HttpRequest, adverse_event_id: UUID) -> HttpResponse:
    """Change what is said of an event, and say why."""
    now = timezone.now()
    event = selectors.adverse_event_get(
        viewer=request.user,
        adverse_event_id=adverse_event_id,
        now=now,
        permission=Permission.ADVERSE_EVENT_RECORD,
    )
    account = selectors.account_of(event)
    initial = {
        name: getattr(account, name)
        for name in ("term", "severity", "causality", "onset_at", "resolved_at", "outcome", "site_aware_at")
    }
    initial |= {
        "action_taken": account.action_taken,
        "is_serious": "yes" if account.is_serious else "no",
        "seriousness": list(account.seriousness),
        "version": event.version,
    }
    with timezone.override(presenters.zone_of(event)):
        form = EventChangeForm(
            request.POST or None, plan=selectors.plan_of(event.participant), initial=initial
        )
        status = _status(request, form)
        if request.method == "POST" and form.is_valid():
            try:
                changed = services.adverse_event_update(
                    adverse_event_id=adverse_event_id,
                    changes=form.account(),
                    change_reason=form.cleaned_data["change_reason"],
                    version=form.cleaned_data["version"],
                    by=request.user,
                    at=now,
                )
                messages.success(request, _kept(changed))
                return redirect("safety:list")
            except (NotFound, NotAllowed):
                raise
            except Refused as refusal:
                refusal_show(form, refusal)
                status = refusal.status
        context = _form_page(
            form,
            participant=event.participant,
            title=f"Change: {event.term}",
            back=reverse("safety:list"),
            submit="Save the change",
            session=event.session,
        )
        return render(request, "safety/form.html", context, status=status)


@require_http_methods(["GET", "POST"])
@login_required
def resolve(request: HttpRequest, adverse_event_id: UUID) -> HttpResponse:
    """Record that an event is over."""
    now = timezone.now()
    event = selectors.adverse_event_get(
        viewer=request.user,
        adverse_event_id=adverse_event_id,
        now=now,
        permission=Permission.ADVERSE_EVENT_RECORD,
    )
    with timezone.override(presenters.zone_of(event)):
        form = ResolveForm(
            request.POST or None,
            initial={"version": event.version, "resolved_at": now, "outcome": "RESOLVED"},
        )
        status = _status(request, form)
        if request.method == "POST" and form.is_valid():
            try:
                services.adverse_event_resolve(
                    adverse_event_id=adverse_event_id, **form.cleaned_data, by=request.user, at=now
                )
                messages.success(request, f"{event.term} is over.")
                return redirect("safety:list")
            except (NotFound, NotAllowed):
                raise
            except Refused as refusal:
                refusal_show(form, refusal)
                status = refusal.status
        context = _form_page(
            form,
            participant=event.participant,
            title=f"Over: {event.term}",
            back=reverse("safety:list"),
            submit="Save",
            session=event.session,
        )
        return render(request, "safety/form.html", context, status=status)


@require_http_methods(["GET", "POST"])
@login_required
def medication(request: HttpRequest, participant_id: UUID) -> HttpResponse:
    """What a participant takes beside the nasal spray, and a form to add to it."""
    now = timezone.now()
    participant = participant_get(
        viewer=request.user, participant_id=participant_id, now=now, permission=Permission.ADVERSE_EVENT_READ
    )
    may_record = access.can(
        user=request.user, permission=Permission.ADVERSE_EVENT_RECORD, site_id=participant.site_id, now=now
    )
    rules = selectors.concomitant_rules(participant)
    form = MedicationForm(request.POST or None, oral=selectors.oral_antidepressants(participant), rules=rules)
    status = _status(request, form)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.medication_record(
                participant_id=participant_id, **form.cleaned_data, by=request.user, at=now
            )
            messages.success(request, f"{made.name} is recorded.")
            return redirect("safety:medication", participant_id=participant_id)
        except (NotFound, NotAllowed):
            raise
        except Refused as refusal:
            refusal_show(form, refusal)
            status = refusal.status
    context = {
        "participant": participant,
        "rows": selectors.medications_of(participant=participant),
        "rules": {rule.code: rule for rule in rules},
        "form": form if may_record else None,
        "may_record": may_record,
        "today": selectors.today_of(participant, now=now),
        "back": reverse("participants:detail", args=[participant_id]),
    }
    return render(request, "safety/medication.html", context, status=status)


@require_POST
@login_required
def medication_stop(request: HttpRequest, medication_id: UUID) -> HttpResponse:
    """Record the last day of a medicine."""
    now = timezone.now()
    form = MedicationStopForm(request.POST)
    row = selectors.medication_get(viewer=request.user, medication_id=medication_id, now=now)
    if not form.is_valid():
        messages.error(request, "Give the last day as a date.")
    else:
        services.medication_stop(medication_id=medication_id, **form.cleaned_data, by=request.user, at=now)
        messages.success(request, f"The last day of {row.name} is recorded.")
    return redirect("safety:medication", participant_id=row.participant_id)


def _session_id(request: HttpRequest) -> UUID | None:
    text = request.GET.get("session", "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound("This participant has no such session.") from None


def _status(request: HttpRequest, form: forms.Form) -> int:
    return 422 if request.method == "POST" and not form.is_valid() else 200


def _kept(event: Any) -> str:
    if event.is_serious:
        due = presenters.row(event, now=event.recorded_at).due_at
        local = due.astimezone(presenters.zone_of(event)) if due else None
        return f"{event.term} is recorded. The sponsor must know by {local:%d %b %H:%M}."
    return f"{event.term} is recorded."


def _form_page(
    form: forms.Form, *, participant: Any, title: str, back: str, submit: str, session: Any
) -> dict[str, Any]:
    return {
        "form": form,
        "participant": participant,
        "session": session,
        "title": title,
        "eyebrow": participant.number,
        "back_url": back,
        "back_label": "Session" if session and "sessions" in back else "Adverse events",
        "cancel_url": back,
        "submit_label": submit,
    }
