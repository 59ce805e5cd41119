"""Pages of a screening: the task list, one section, check and sign."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.services import signature_check
from apps.core.exceptions import NotAllowed, NotFound, Refused
from apps.instruments.selectors import ratings_entered
from apps.participants.models import Participant
from apps.screening import presenters, selectors, services
from apps.screening.domain.decision import Signed
from apps.screening.domain.sections import STAGES, sections_of
from apps.screening.forms import ReopenForm, SectionForm, SignForm
from apps.screening.models import Screening
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.selectors import protocol_of

MEANING = {
    Signed.ELIGIBLE: "I have reviewed every answer. The participant may take part in the trial.",
    Signed.FAILED: "I have reviewed every answer. The participant cannot take part in the trial.",
}


def _may(request: HttpRequest, participant: Participant, permission: Permission) -> bool:
    return access.can(
        user=request.user, permission=permission, now=timezone.now(), site_id=participant.site_id
    )


def _load(request: HttpRequest, participant_id: UUID) -> tuple[Participant, Screening]:
    participant, screening = selectors.screening_of(
        viewer=request.user, participant_id=participant_id, now=timezone.now()
    )
    if screening is None:
        raise NotFound("There is no screening yet.")
    return participant, screening


@require_GET
@login_required
def detail(request: HttpRequest, participant_id: UUID) -> HttpResponse:
    """The task list: what is answered, what is rated, what is left."""
    participant, screening = selectors.screening_of(
        viewer=request.user, participant_id=participant_id, now=timezone.now()
    )
    context: dict[str, Any] = {
        "participant": participant,
        "screening": screening,
        "may_record": _may(request, participant, Permission.SCREENING_RECORD),
        "may_sign": _may(request, participant, Permission.SCREENING_SIGN),
        "attempts": list(selectors.screenings_of(participant=participant)),
    }
    if screening is not None:
        protocol = protocol_of(screening.protocol_version)
        values = selectors.values_current(screening=screening)
        gates = _gates(participant, screening, values)
        context |= {
            "groups": presenters.task_groups(protocol, participant, values),
            "ratings": presenters.rating_tasks(
                protocol, participant, screening, ratings_entered(participant_id=participant.pk)
            ),
            "gates": [presenters.verdict_box(gates[stage]) for stage in STAGES],
            "choice": presenters.sign_choice(screening, gates),
            "reopen": ReopenForm(initial={"version": screening.version}),
        }
    return render(request, "screening/detail.html", context)


@require_POST
@login_required
def begin(request: HttpRequest, participant_id: UUID) -> HttpResponse:
    """Open a screening, or screen again after a failure."""
    services.screening_open(participant_id=participant_id, by=request.user, at=timezone.now())
    return redirect("screening:detail", participant_id)


@require_http_methods(["GET", "POST"])
@login_required
def section(request: HttpRequest, participant_id: UUID, slug: str) -> HttpResponse:
    """One section of questions; saving leads to the next unfinished one."""
    now = timezone.now()
    participant, screening = _load(request, participant_id)
    protocol = protocol_of(screening.protocol_version)
    found = next((entry for entry in sections_of(protocol) if entry.slug == slug), None)
    if found is None:
        raise NotFound("There is no such section.")
    form = SectionForm(
        request.POST or None, section=found, answers=selectors.answers_current(screening=screening)
    )
    if request.method == "POST" and form.is_valid():
        given = form.given(at=now)
        try:
            written = services.answers_record(
                screening_id=screening.pk, answers=given, by=request.user, at=now
            )
        except (NotFound, NotAllowed):
            raise
        except Refused as refusal:
            form.show(refusal, given)
        else:
            _say_saved(request, found.title, len(written))
            after = presenters.next_section(
                protocol, selectors.values_current(screening=screening), after=slug
            )
            if after is None or "stay" in request.POST:
                return redirect("screening:detail", participant_id)
            return redirect("screening:section", participant_id, after.slug)
    context = {
        "participant": participant,
        "screening": screening,
        "section": found,
        "form": form,
        "may_record": _may(request, participant, Permission.SCREENING_RECORD),
        "is_open": screening.state == "OPEN"
        or (screening.state == "ELIGIBLE" and found.stage == "randomization"),
    }
    return render(request, "screening/section.html", context, status=422 if form.errors else 200)


@require_GET
@login_required
def check(request: HttpRequest, participant_id: UUID) -> HttpResponse:
    """Everything on one page with the verdict and every reason, for the investigator to sign."""
    participant, screening = _load(request, participant_id)
    return _check_page(request, participant, screening, form=None)


@require_POST
@login_required
def sign(request: HttpRequest, participant_id: UUID) -> HttpResponse:
    """Sign the verdict, with the password typed again."""
    now = timezone.now()
    participant, screening = _load(request, participant_id)
    form = SignForm(request.POST)
    if form.is_valid():
        signed = Signed(form.cleaned_data["signed"])
        try:
            signature_check(
                user=request.user,
                password=form.cleaned_data["password"],
                meaning=f"screening {signed.value.lower()}",
                at=now,
            )
            services.screening_decide(
                screening_id=screening.pk,
                signed=signed,
                version=form.cleaned_data["version"],
                note=form.cleaned_data["note"],
                by=request.user,
                at=now,
            )
        except NotFound:
            raise
        except Refused as refusal:
            for reason in refusal.reasons:
                form.add_error("password" if reason.field == "password" else None, reason.message)
        else:
            words = "is eligible" if signed is Signed.ELIGIBLE else "has failed screening"
            messages.success(request, f"Signed: {participant.number} {words}.")
            return redirect("participants:detail", participant_id)
    screening.refresh_from_db()
    return _check_page(request, participant, screening, form=form, status=422)


@require_POST
@login_required
def reopen(request: HttpRequest, participant_id: UUID) -> HttpResponse:
    """Take a signature back to correct an error."""
    _, screening = _load(request, participant_id)
    form = ReopenForm(request.POST)
    given = form.cleaned_data if form.is_valid() else {"reason": "", "version": screening.version}
    services.screening_reopen(
        screening_id=screening.pk,
        reason=given.get("reason") or "",
        version=given.get("version") or 0,
        by=request.user,
        at=timezone.now(),
    )
    messages.success(request, "The screening is open again.")
    return redirect("screening:detail", participant_id)


def _gates(
    participant: Participant, screening: Screening, values: dict[tuple[str, str], Any]
) -> dict[str, Any]:
    facts = selectors.facts_current(participant=participant, screening=screening, values=values)
    return {
        stage: selectors.assessment(
            participant=participant, screening=screening, stage=stage, values=values, facts=facts
        )
        for stage in STAGES
    }


def _check_page(
    request: HttpRequest,
    participant: Participant,
    screening: Screening,
    *,
    form: SignForm | None,
    status: int = 200,
) -> HttpResponse:
    protocol = protocol_of(screening.protocol_version)
    answers = selectors.answers_current(screening=screening)
    values = {key: answer.value for key, answer in answers.items()}
    facts = selectors.facts_current(participant=participant, screening=screening, values=values)
    gates = _gates(participant, screening, values)
    choice = presenters.sign_choice(screening, gates)
    fresh = {"version": screening.version, "signed": choice}
    context = {
        "participant": participant,
        "screening": screening,
        "gates": [presenters.verdict_box(gates[stage]) for stage in STAGES],
        "criteria": presenters.criteria_rows(gates["randomization"], participant, protocol),
        "facts": presenters.fact_rows(
            protocol, participant, facts, answers, is_open=screening.state == "OPEN"
        ),
        "choice": choice,
        "meaning": MEANING[Signed(choice)] if choice else "",
        "may_sign": _may(request, participant, Permission.SCREENING_SIGN),
        # After a refusal the form keeps its errors, but signs what the page now shows.
        "form": form or SignForm(initial=fresh),
        "fresh": fresh,
    }
    return render(request, "screening/check.html", context, status=status)


def _say_saved(request: HttpRequest, title: str, count: int) -> None:
    words = (
        "nothing differed from before" if not count else f"{count} answer{'' if count == 1 else 's'} saved"
    )
    messages.success(request, f"{title}: {words}.")
