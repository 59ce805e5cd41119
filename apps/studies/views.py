"""Studies, protocols and people; and the switch between the places a person works at."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core.exceptions import NotFound, Refused
from apps.studies import access, presenters, selectors, services
from apps.studies.domain.permissions import Permission
from apps.studies.forms import DelegationEndForm, DelegationForm


@require_POST
@login_required
def place_choose(request: HttpRequest) -> HttpResponse:
    """Remember the study and site to look at; only a place of one's own is taken."""
    study, _, site = request.POST.get("place", "").partition("/")
    mine = {
        (place.study.code, place.site.code if place.site else "")
        for place in selectors.places_of(viewer=request.user, now=timezone.now())
    }
    if (study, site) not in mine:
        raise NotFound("There is no such place.")
    request.session["study"], request.session["site"] = study, site
    target = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(target if safe else "/")


@require_GET
@login_required
def study_list(request: HttpRequest) -> HttpResponse:
    """The studies a person belongs to."""
    studies = selectors.studies_of(viewer=request.user, now=timezone.now())
    return render(request, "studies/list.html", {"studies": studies})


@require_GET
@login_required
def study_detail(request: HttpRequest, code: str) -> HttpResponse:
    """What the protocol in force says, as people read it."""
    now = timezone.now()
    study = selectors.study_get(viewer=request.user, code=code, now=now)
    access.check_anywhere(user=request.user, permission=Permission.STUDY_READ, study_id=study.id, now=now)
    version = selectors.protocol_version_current(study=study, now=now)
    page = presenters.protocol_page(study=study, version=version, protocol=selectors.protocol_of(version))
    held = access.permissions_of(user=request.user, now=now, study_id=study.id)
    return render(
        request,
        "studies/detail.html",
        {
            "shown": study,
            "version": version,
            "page": page,
            "reads_rehearsals": Permission.REHEARSAL_READ in held,
        },
    )


@require_http_methods(["GET", "POST"])
@login_required
def people(request: HttpRequest) -> HttpResponse:
    """The delegation log of the study in view; whoever may manage it can add to it."""
    now = timezone.now()
    study = request.study
    if study is None:
        raise NotFound("You belong to no study.")
    access.check_anywhere(
        user=request.user, permission=Permission.DELEGATION_READ, study_id=study.id, now=now
    )
    manages = access.can(
        user=request.user, permission=Permission.DELEGATION_MANAGE, study_id=study.id, now=now
    )
    form = DelegationForm(request.POST or None, study=study) if manages or request.method == "POST" else None
    if request.method == "POST" and form is not None and form.is_valid():
        given = form.cleaned_data
        try:
            made = services.delegation_grant(
                study_id=study.id,
                email=given["email"],
                role=given["role"],
                site_id=given["site"] or None,
                starts_at=given["starts_at"],
                ends_at=given["ends_at"],
                by=request.user,
                at=now,
            )
        except Refused as refusal:
            for reason in refusal.reasons:
                form.add_error(reason.field if reason.field in form.fields else None, reason.message)
        else:
            messages.success(request, f"{made.user} now has the role in the log.")
            return redirect("studies:people")
    log = presenters.delegation_rows(
        selectors.delegations_of(viewer=request.user, study=study, now=now), now=now
    )
    status = 422 if form is not None and form.errors else 200
    reads_all = access.can(
        user=request.user, permission=Permission.DELEGATION_READ, study_id=study.id, now=now
    )
    unblinded = presenters.unblinded_rows(selectors.unblinded_people(study=study)) if reads_all else []
    context = {"log": log, "form": form, "manages": manages, "unblinded": unblinded}
    return render(request, "studies/people.html", context, status=status)


@require_POST
@login_required
def delegation_end(request: HttpRequest, delegation_id: str) -> HttpResponse:
    """End a delegation with a reason."""
    form = DelegationEndForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    ended = services.delegation_end(
        delegation_id=delegation_id, reason=reason, by=request.user, at=timezone.now()
    )
    messages.success(request, f"The delegation of {ended.user} has ended.")
    return redirect("studies:people")
