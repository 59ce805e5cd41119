"""What was opened, and what it did to the trial: the register, one opening, its assessment."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.services import signature_check
from apps.core.exceptions import NotAllowed, NotFound, Refused
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.unblinding import presenters, selectors, services
from apps.unblinding.domain.assessment import Assessment
from apps.unblinding.forms import AssessmentForm, refusal_show

MEANING_ASSESSMENT = "I have assessed what this unblinding does to the trial"


@require_GET
@login_required
def opening_list(request: HttpRequest) -> HttpResponse:
    """Every opened envelope at my sites, what waits for me, and how drills went."""
    now = timezone.now()
    waiting = list(selectors.messages_waiting(reader=request.user))
    if request.study is None:
        if not waiting:
            raise NotFound("You belong to no study.")
        return render(request, "unblinding/list.html", {"waiting": waiting, "rows": [], "drills": []})
    held = access.permissions_of(user=request.user, now=now, study_id=request.study.pk)
    if Permission.UNBLINDING_READ not in held and not waiting:
        raise NotAllowed("Your role does not include the code breaks of this study.")
    openings = selectors.openings_visible(viewer=request.user, now=now, study=request.study)
    drills = selectors.drills_visible(viewer=request.user, now=now, study=request.study)
    context = {
        "waiting": waiting,
        "rows": [selectors.row(one, now=now) for one in openings.prefetch_related("assessments")[:200]],
        "drills": [presenters.drill_row(drill) for drill in drills[:50]],
        "times": selectors.drills_summed(drills),
        "may_drill": Permission.UNBLINDING_OPEN in held and request.site is not None,
        "letters": selectors.letters_visible(viewer=request.user, now=now, study=request.study).count(),
        "may_release": Permission.UNBLINDING_RELEASE in held,
        "may_open": Permission.PARTICIPANT_READ in held,
    }
    return render(request, "unblinding/list.html", context)


@never_cache
@require_GET
@login_required
def detail(request: HttpRequest, opening_id: UUID) -> HttpResponse:
    """One opening: that, when, by whom, on what ground; and its assessment. Never what was in it."""
    now = timezone.now()
    opening = selectors.opening_get(viewer=request.user, opening_id=opening_id, now=now)
    row = selectors.row(opening, now=now)
    current = selectors.assessment_current(opening=opening)
    earlier = selectors.assessments_of(opening=opening).exclude(pk=current.pk) if current else []
    context = {
        "opening": opening,
        "title": selectors.title_of(opening),
        "facts": presenters.facts(opening, now=now),
        "row": row,
        "assessment": current,
        "assessment_rows": presenters.assessment_rows(current) if current else [],
        "earlier": [(one, presenters.assessment_rows(one)) for one in earlier],
        "may_assess": bool(row["assessment"])
        and access.can(
            user=request.user, permission=Permission.UNBLINDING_ASSESS, site_id=opening.site_id, now=now
        ),
        "may_see_participant": access.can(
            user=request.user, permission=Permission.PARTICIPANT_READ, site_id=opening.site_id, now=now
        ),
        "is_drill": opening.drill is not None,
    }
    return render(request, "unblinding/detail.html", context)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@login_required
def assessment(request: HttpRequest, opening_id: UUID) -> HttpResponse:
    """Sign the assessment of an opening, or correct it."""
    now = timezone.now()
    opening = selectors.opening_get(viewer=request.user, opening_id=opening_id, now=now)
    access.check(user=request.user, permission=Permission.UNBLINDING_ASSESS, site_id=opening.site_id, now=now)
    current = selectors.assessment_current(opening=opening)
    fields = ("who_learned", "effect", "measures", "treatment")
    initial = {"seen": current.pk, **{name: getattr(current, name) for name in fields}} if current else {}
    form, status = AssessmentForm(request.POST or None, corrects=current is not None, initial=initial), 200
    if request.method == "POST" and not form.is_valid():
        status = 422
    elif request.method == "POST":
        given = form.cleaned_data
        try:
            signature_check(user=request.user, password=given["password"], meaning=MEANING_ASSESSMENT, at=now)
            services.assessment_sign(
                opening_id=opening_id,
                given=Assessment(**{name: given[name] for name in fields}),
                change_reason=given.get("change_reason", ""),
                seen=given["seen"],
                by=request.user,
                at=now,
            )
        except NotFound:
            raise
        except Refused as refusal:
            refusal_show(form, refusal)
            status = refusal.status
        else:
            messages.success(request, "The assessment is signed.")
            return redirect("unblinding:detail", opening_id)
    context = {"opening": opening, "form": form, "current": current, "title": selectors.title_of(opening)}
    return render(request, "unblinding/assessment.html", context, status=status)
