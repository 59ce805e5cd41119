"""Treatment letters: listed for the site, opened one at a time."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods

from apps.core.exceptions import Conflict, NotFound
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.unblinding import selectors, services
from apps.unblinding.forms import LetterForm
from apps.unblinding.views.answers import answer, attempt

MEANING_LETTER = "I open the treatment letter of this participant"


@require_GET
@login_required
def letter_list(request: HttpRequest) -> HttpResponse:
    """The letters of my sites' participants, once the study is over and released."""
    now = timezone.now()
    if request.study is None:
        raise NotFound("You belong to no study.")
    access.check_anywhere(
        user=request.user, permission=Permission.UNBLINDING_OPEN, study_id=request.study.pk, now=now
    )
    letters = selectors.letters_visible(viewer=request.user, now=now, study=request.study)
    context = {"letters": letters, "release": selectors.release_of(study=request.study)}
    return render(request, "unblinding/letters.html", context)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@login_required
@sensitive_variables()
def letter(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """Open one letter: a PDF that is sent once per opening, and every opening is kept."""
    found = selectors.letter_get(viewer=request.user, letter_id=letter_id, now=timezone.now())
    form, status = LetterForm(request.POST or None), 200
    if request.method == "POST":
        try:
            revealed, status = attempt(
                request,
                form,
                MEANING_LETTER,
                lambda given: services.letter_open(letter_id=letter_id, **given),
            )
        except Conflict:
            return redirect("unblinding:letters")
        if revealed is not None:
            response = HttpResponse(revealed.pages, content_type="application/pdf")
            # The file's name is the participant's number, which says nothing of the treatment.
            response["Content-Disposition"] = f'inline; filename="letter-{found.participant.number}.pdf"'
            response["Cache-Control"] = "no-store, private, max-age=0"
            return response
    return answer(request, "unblinding/letter.html", {"letter": found, "form": form}, status=status)
