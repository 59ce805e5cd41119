"""Pages of participants: the list, one participant, enrolment, consent, identity, leaving."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from apps.core.exceptions import NotAllowed, NotFound, Refused
from apps.participants import presenters, selectors, services
from apps.participants.domain.status import ParticipantStatus, may_change
from apps.participants.forms import (
    ConsentForm,
    DiscontinueForm,
    EnrolForm,
    IdentityForm,
    ListFilter,
    refusal_show,
)
from apps.participants.models import Participant
from apps.studies import access
from apps.studies.domain.permissions import Permission

PAGE_SIZE = 50


def _held(request: HttpRequest, participant: Participant) -> frozenset[Permission]:
    """Return what the person may do at the participant's site, to show or leave out buttons. Services decide."""
    return presenters.held_at(viewer=request.user, participant=participant, now=timezone.now())


@require_GET
@login_required
def participant_list(request: HttpRequest) -> HttpResponse:
    """Everybody at the place in view, by number."""
    wanted = ListFilter(request.GET).values()
    now = timezone.now()
    held = access.permissions_of(
        user=request.user, now=now, study_id=request.study.pk if request.study else None
    )
    if Permission.PARTICIPANT_READ not in held:
        raise NotAllowed("Your role does not include the participants of this study.")
    rows = selectors.participants_of(
        viewer=request.user, now=now, study=request.study, site=request.site, search=wanted["search"]
    )
    tabs = presenters.status_tabs(rows, chosen=wanted["status"], query=wanted["search"])
    if wanted["status"]:
        rows = rows.filter(status=wanted["status"])
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    query = urlencode({name: value for name, value in wanted.items() if value})
    context = {
        "page": page,
        "tabs": tabs,
        "wanted": wanted,
        "query": query,
        "may_enroll": Permission.PARTICIPANT_ENROLL in held,
    }
    return render(request, "participants/list.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def enrol(request: HttpRequest) -> HttpResponse:
    """Enter a person: the signed consent first, then who it is."""
    now = timezone.now()
    sites = access.sites_where(user=request.user, permission=Permission.PARTICIPANT_ENROLL, now=now)
    if request.study is not None:
        sites = sites.filter(study=request.study)
    if request.site is not None:
        sites = sites.filter(pk=request.site.pk)
    if not sites.exists():
        raise NotAllowed("Your delegation does not include enrolling participants here.")
    form = EnrolForm(request.POST or None, sites=sites.order_by("code"), initial={"participant_id": uuid4()})
    if request.method == "POST" and form.is_valid():
        given = {**form.cleaned_data}
        site = given.pop("site")
        try:
            enrolled = services.participant_enroll(site_id=site.pk, **given, by=request.user, at=now)
        except Refused as refusal:
            refusal_show(form, refusal)
        else:
            messages.success(request, f"{enrolled.number} is enrolled. Write the number on the consent form.")
            return redirect("participants:detail", enrolled.pk)
    return render(
        request, "participants/enroll.html", {"form": form, "site": request.site}, status=_status(form)
    )


@require_GET
@login_required
def detail(request: HttpRequest, participant_id: UUID) -> HttpResponse:
    """One participant by number: where they stand, what comes next, what has happened."""
    now = timezone.now()
    participant = selectors.participant_get(viewer=request.user, participant_id=participant_id, now=now)
    held = _held(request, participant)
    step = presenters.next_step(participant, held=held)
    consents = list(selectors.consents_of(participant=participant))
    context = {
        "participant": participant,
        "step": step,
        "places": presenters.places(participant, held=held, except_url=step["url"] if step else ""),
        "consents": consents,
        "history": presenters.history(selectors.status_changes_of(participant=participant), consents),
        "may_consent": Permission.CONSENT_RECORD in held,
        "may_identify": Permission.IDENTITY_READ in held,
        "may_withdraw": Permission.PARTICIPANT_WITHDRAW in held and _may_leave(participant),
    }
    return render(request, "participants/detail.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def consent(request: HttpRequest, participant_id: UUID) -> HttpResponse:
    """The consents of a participant, and the form for a further one."""
    now = timezone.now()
    participant = selectors.participant_get(viewer=request.user, participant_id=participant_id, now=now)
    may_record = Permission.CONSENT_RECORD in _held(request, participant)
    form = ConsentForm(request.POST or None) if may_record or request.method == "POST" else None
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            services.consent_record(
                participant_id=participant_id, **form.cleaned_data, by=request.user, at=now
            )
        except (NotFound, NotAllowed):
            raise
        except Refused as refusal:
            refusal_show(form, refusal)
        else:
            messages.success(request, "The consent is recorded.")
            return redirect("participants:consent", participant_id)
    context = {
        "participant": participant,
        "consents": selectors.consents_of(participant=participant),
        "form": form,
    }
    return render(request, "participants/consent.html", context, status=_status(form))


@require_GET
@login_required
def identity(request: HttpRequest, participant_id: UUID) -> HttpResponse:
    """Who the participant is. Opening this page is recorded."""
    found = services.identity_read(participant_id=participant_id, by=request.user, at=timezone.now())
    may_change_it = Permission.IDENTITY_WRITE in _held(request, found.participant)
    context = {"participant": found.participant, "identity": found, "may_change": may_change_it}
    return render(request, "participants/identity.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def identity_change(request: HttpRequest, participant_id: UUID) -> HttpResponse:
    """Correct who the participant is, with a reason."""
    now = timezone.now()
    found = services.identity_read(participant_id=participant_id, by=request.user, at=now)
    if Permission.IDENTITY_WRITE not in _held(request, found.participant):
        raise NotAllowed("Your delegation does not include changing identities.")
    kept = ("full_name", "birth_date", "phone", "email", "emergency_contact", "version")
    form = IdentityForm(request.POST or None, initial={name: getattr(found, name) for name in kept})
    if request.method == "POST" and form.is_valid():
        try:
            services.identity_change(
                participant_id=participant_id, **form.cleaned_data, by=request.user, at=now
            )
        except Refused as refusal:
            refusal_show(form, refusal)
        else:
            messages.success(request, "The identity is corrected.")
            return redirect("participants:identity", participant_id)
    context = {"participant": found.participant, "form": form}
    return render(request, "participants/identity_change.html", context, status=_status(form))


@require_http_methods(["GET", "POST"])
@login_required
def withdraw(request: HttpRequest, participant_id: UUID) -> HttpResponse:
    """Let a participant leave the trial, with a coded reason."""
    now = timezone.now()
    participant = selectors.participant_get(viewer=request.user, participant_id=participant_id, now=now)
    if Permission.PARTICIPANT_WITHDRAW not in _held(request, participant):
        raise NotAllowed("Your delegation does not include letting participants leave.")
    form = DiscontinueForm(request.POST or None, initial={"version": participant.version})
    if request.method == "POST" and form.is_valid():
        try:
            services.participant_discontinue(
                participant_id=participant_id, **form.cleaned_data, by=request.user, at=now
            )
        except Refused as refusal:
            refusal_show(form, refusal)
        else:
            messages.success(request, f"{participant.number} has left the trial.")
            return redirect("participants:detail", participant_id)
    context = {"participant": participant, "form": form, "may_leave": _may_leave(participant)}
    return render(request, "participants/withdraw.html", context, status=_status(form))


def _may_leave(participant: Participant) -> bool:
    return may_change(ParticipantStatus(participant.status), ParticipantStatus.DISCONTINUED)


def _status(form: Any) -> int:
    return 422 if form is not None and form.is_bound and form.errors else 200
