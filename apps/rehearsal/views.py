"""Rehearsals of a study: read, asked for, signed; and the step into the live study."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.services import signature_check
from apps.core.exceptions import NotFound, Refused
from apps.rehearsal import presenters, selectors, services
from apps.rehearsal.domain.document import document_pdf
from apps.rehearsal.forms import CloseForm, PasswordForm, RequestForm
from apps.rehearsal.models import RehearsalRun
from apps.rehearsal.services.runs import MOST_SEED
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.selectors import study_get


@require_http_methods(["GET", "POST"])
@login_required
def study(request: HttpRequest, code: str) -> HttpResponse:
    """What stands between a study and its first participant; asking for a rehearsal."""
    form = RequestForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        given = form.cleaned_data
        seed = secrets.randbelow(MOST_SEED) if given["seed"] is None else given["seed"]
        shown = study_get(viewer=request.user, code=code, now=now)
        try:
            services.rehearsal_request(
                study=shown, participants=given["participants"], seed=seed, by=request.user, at=now
            )
        except Refused as refusal:
            _add(form, refusal)
        else:
            messages.success(request, "The rehearsal waits for the operator who runs it.")
            return redirect("rehearsal:study", code=code)
    return _study_page(request, code, request_form=form)


@require_POST
@login_required
def go_live(request: HttpRequest, code: str) -> HttpResponse:
    """Let the study take participants in."""
    form = PasswordForm(request.POST, auto_id="live_%s")
    now = timezone.now()
    shown = study_get(viewer=request.user, code=code, now=now)

    def act() -> None:
        services.study_go_live(study_id=shown.pk, by=request.user, at=now)

    if _signed(request, form, "study goes live", act):
        messages.success(request, "The study is live: participants can be enrolled.")
        return redirect("rehearsal:study", code=code)
    return _study_page(request, code, live_form=form)


@require_POST
@login_required
def close(request: HttpRequest, code: str) -> HttpResponse:
    """Close the study."""
    form = CloseForm(request.POST, auto_id="close_%s")
    now = timezone.now()
    shown = study_get(viewer=request.user, code=code, now=now)

    def act() -> None:
        reason = form.cleaned_data["reason"]
        services.study_close(study_id=shown.pk, reason=reason, by=request.user, at=now)

    if _signed(request, form, "study is closed", act):
        messages.success(request, "The study is closed: nobody enters it any more.")
        return redirect("rehearsal:study", code=code)
    return _study_page(request, code, close_form=form)


@require_GET
@login_required
def run(request: HttpRequest, code: str, run_id: UUID) -> HttpResponse:
    """One rehearsal: what was rehearsed, what was found, who signed."""
    return _run_page(request, code, run_id)


@require_POST
@login_required
def sign(request: HttpRequest, code: str, run_id: UUID) -> HttpResponse:
    """Sign the report."""
    form = PasswordForm(request.POST)
    now = timezone.now()
    _run(request, code, run_id)

    def act() -> None:
        services.rehearsal_sign(run_id=run_id, by=request.user, at=now)

    if _signed(request, form, services.MEANING, act):
        messages.success(request, "You have signed the report.")
        return redirect("rehearsal:run", code=code, run_id=run_id)
    return _run_page(request, code, run_id, form=form)


@require_GET
@login_required
def report(request: HttpRequest, code: str, run_id: UUID) -> HttpResponse:
    """The report as PDF, with the signatures given so far."""
    found = _run(request, code, run_id)
    if found.finished_at is None:
        raise NotFound("There is no such report.")
    document = presenters.document_of(found, selectors.signatures_of(run=found))
    answer = HttpResponse(document_pdf(document), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="rehearsal-{code}.pdf"'
    answer["Cache-Control"] = "no-store"
    return answer


def _run(request: HttpRequest, code: str, run_id: UUID) -> RehearsalRun:
    """Return a rehearsal of the study in the address."""
    found = selectors.run_get(viewer=request.user, run_id=run_id, now=timezone.now())
    if found.study.code != code:
        raise NotFound("There is no such rehearsal.")
    return found


def _signed(request: HttpRequest, form: PasswordForm, meaning: str, act: Callable[[], None]) -> bool:
    """Check the signature, then act; what refuses either stands at the form."""
    if not form.is_valid():
        return False
    try:
        password = form.cleaned_data["password"]
        signature_check(user=request.user, password=password, meaning=meaning, at=timezone.now())
        act()
    except NotFound:
        raise
    except Refused as refusal:
        _add(form, refusal)
        return False
    return True


def _add(form: RequestForm | PasswordForm, refusal: Refused) -> None:
    for reason in refusal.reasons:
        form.add_error(reason.field if reason.field in form.fields else None, reason.message)


def _study_page(
    request: HttpRequest,
    code: str,
    *,
    request_form: RequestForm | None = None,
    live_form: PasswordForm | None = None,
    close_form: CloseForm | None = None,
) -> HttpResponse:
    now = timezone.now()
    shown = study_get(viewer=request.user, code=code, now=now)
    runs = selectors.runs_of(viewer=request.user, study=shown, now=now)
    manages = access.can(user=request.user, permission=Permission.STUDY_MANAGE, study_id=shown.pk, now=now)
    proof = selectors.proof_of(study=shown, now=now)
    forms = [form for form in (request_form, live_form, close_form) if form is not None]
    wrong = next((form for form in forms if form.errors), None)
    context = {
        "shown": shown,
        "page": Paginator(runs, 25).get_page(request.GET.get("page")),
        "manages": manages,
        "live": presenters.go_live_of(state=shown.state, proof=proof),
        "latest": selectors.run_latest(study=shown),
        "request_form": request_form or RequestForm(),
        "live_form": live_form or PasswordForm(auto_id="live_%s"),
        "close_form": close_form or CloseForm(auto_id="close_%s"),
        "wrong": wrong,
    }
    return render(request, "rehearsal/study.html", context, status=422 if wrong else 200)


def _run_page(
    request: HttpRequest, code: str, run_id: UUID, *, form: PasswordForm | None = None
) -> HttpResponse:
    found = _run(request, code, run_id)
    signatures = list(selectors.signatures_of(run=found))
    context = {
        "run": found,
        "rows": [
            {"label": label, "value": value, "is_digest": label.startswith("Digest")}
            for label, value in presenters.rows_of(found)
        ],
        "checks": presenters.checks_of(found),
        "findings": presenters.findings_of(found),
        "played": presenters.played_of(found),
        "signatures": presenters.signature_rows(signatures),
        "has_signed": any(one.recorded_by_id == request.user.pk for one in signatures),
        "meaning": services.MEANING,
        "form": form or PasswordForm(),
        "is_over": found.finished_at is not None,
    }
    return render(
        request, "rehearsal/run.html", context, status=422 if form is not None and form.errors else 200
    )
