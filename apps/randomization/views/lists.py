"""The study's lists: what was committed, replays of the live ones, draws from the test ones."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from apps.core.exceptions import NotAllowed, NotFound, Refused
from apps.randomization import presenters, selectors, services
from apps.randomization.domain.kinds import Purpose
from apps.randomization.forms import TestDrawForm
from apps.randomization.models import RandomizationList


@require_GET
@login_required
def lists(request: HttpRequest) -> HttpResponse:
    """The lists of the study in view, with their public commitments."""
    study = request.study
    found = (
        selectors.lists_visible(viewer=request.user, study_id=study.pk, now=timezone.now()) if study else ()
    )
    if not found:
        raise NotAllowed("Your delegation does not include the randomization lists.")
    context = {"columns": presenters.LIST_COLUMNS, "rows": presenters.list_rows(found)}
    return render(request, "randomization/lists.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def list_detail(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """One list. POST asks for a replay of a live list, or draws from a test list."""
    found = selectors.list_get(viewer=request.user, list_id=list_id, now=timezone.now())
    if found.purpose == Purpose.TEST.value:
        return _test_list(request, found)
    if request.method == "POST":
        services.verification_request(list_id=list_id, by=request.user, at=timezone.now())
        messages.success(request, "The replay is asked for. It runs beside the blind and ends here.")
        return redirect("randomization:list_detail", list_id)
    context = {"list": found, "verifications": selectors.verifications_of(made=found)[:20]}
    return render(request, "randomization/list_detail.html", context)


def _test_list(request: HttpRequest, found: RandomizationList) -> HttpResponse:
    form = TestDrawForm(request.POST or None, factors=selectors.factors_of(found), initial={"key": uuid4()})
    if request.method == "POST" and form.is_valid():
        try:
            services.list_test_draw(
                list_id=found.pk,
                levels=form.levels(),
                key=form.cleaned_data["key"],
                by=request.user,
                at=timezone.now(),
            )
        except (NotFound, NotAllowed):
            raise
        except Refused as refusal:
            for reason in refusal.reasons:
                form.add_error(reason.field if reason.field in form.fields else None, reason.message)
        else:
            return redirect("randomization:list_detail", found.pk)
    context = {
        "list": found,
        "form": form,
        "columns": presenters.TEST_COLUMNS,
        "rows": presenters.test_rows(selectors.draws_of_test_list(made=found)),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "randomization/test_list.html", context, status=status)
