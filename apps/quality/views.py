"""Pages of deviations: the list of a site, one with its history, an entry, an assessment, the signature."""

from __future__ import annotations

import csv
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.services import signature_check
from apps.core.exceptions import NotAllowed, NotFound, Refused
from apps.participants.selectors import participant_get
from apps.quality import presenters, selectors, services
from apps.quality.domain.deviations import Standing
from apps.quality.forms import AssessmentForm, EntryForm, ListFilter, SignForm, refusal_show
from apps.quality.models import Deviation
from apps.studies import access
from apps.studies.domain.permissions import Permission

PAGE_SIZE = 50


def _found(request: HttpRequest) -> tuple[dict[str, str], QuerySet[Deviation]]:
    """Return what the list is narrowed by, and the list; refused to whoever may read none."""
    now = timezone.now()
    if request.study is None:
        raise NotFound("You belong to no study.")
    access.check_anywhere(
        user=request.user, permission=Permission.DEVIATION_READ, study_id=request.study.pk, now=now
    )
    wanted = ListFilter(request.GET).values()
    rows = selectors.deviations_visible(
        viewer=request.user, now=now, study=request.study, site=request.site, **wanted
    )
    return wanted, rows


@require_GET
@login_required
def deviation_list(request: HttpRequest) -> HttpResponse:
    """The deviations at the place in view, the latest first."""
    now = timezone.now()
    wanted, rows = _found(request)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [presenters.row(selectors.dealt(one, now=now)) for one in page.object_list],
        "wanted": wanted,
        "filter": ListFilter(request.GET),
        "query": urlencode({name: value for name, value in wanted.items() if value}),
    }
    return render(request, "quality/list.html", context)


def _safe(text: str) -> str:
    """Return a cell no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


@require_GET
@login_required
def deviation_csv(request: HttpRequest) -> HttpResponse:
    """The list as a file, narrowed alike."""
    now = timezone.now()
    _wanted, rows = _found(request)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{request.study.code}-deviations.csv"'
    writer = csv.writer(answer)
    writer.writerow(presenters.COLUMNS)
    for one in rows:
        writer.writerow([_safe(cell) for cell in presenters.csv_line(selectors.dealt(one, now=now))])
    return answer


@require_http_methods(["GET", "POST"])
@login_required
def new(request: HttpRequest, participant_id: UUID) -> HttpResponse:
    """Write a deviation of a participant down; from a session, it is that session's."""
    now = timezone.now()
    participant = participant_get(
        viewer=request.user, participant_id=participant_id, now=now, permission=Permission.DEVIATION_RECORD
    )
    session_id = _session_id(request)
    with timezone.override(ZoneInfo(participant.site.time_zone)):
        form = EntryForm(request.POST or None, initial={"key": uuid4(), "discovered_at": now})
        status = _status(request, form)
        if request.method == "POST" and form.is_valid():
            try:
                made = services.deviation_record(
                    participant_id=participant_id,
                    entry=form.entry(),
                    key=form.cleaned_data["key"],
                    session_id=session_id,
                    by=request.user,
                    at=now,
                )
                messages.success(request, "The deviation is recorded.")
                return redirect("quality:detail", deviation_id=made.pk)
            except (NotFound, NotAllowed):
                raise
            except Refused as refusal:
                refusal_show(form, refusal)
                status = refusal.status
        context = {
            "form": form,
            "title": "New deviation",
            "eyebrow": participant.number,
            "back_url": reverse("participants:detail", args=[participant_id]),
            "back_label": participant.number,
            "cancel_url": reverse("participants:detail", args=[participant_id]),
            "submit_label": "Record it",
            "note": "An entry is never changed; assessments are added to it.",
        }
        return render(request, "components/form_page.html", context, status=status)


@require_GET
@login_required
def detail(request: HttpRequest, deviation_id: UUID) -> HttpResponse:
    """One deviation: what happened, and everything that was thought and done about it."""
    deviation = selectors.deviation_get(viewer=request.user, deviation_id=deviation_id, now=timezone.now())
    return _page(request, deviation)


def _page(
    request: HttpRequest, deviation: Deviation, *, sign: SignForm | None = None, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    one = selectors.dealt(deviation, now=now)

    def holds(permission: Permission) -> bool:
        return access.can(user=request.user, permission=permission, site_id=deviation.site_id, now=now)

    may_sign = one.standing is Standing.ASSESSED and holds(Permission.DEVIATION_SIGN)
    if may_sign and sign is None and one.assessment is not None:
        sign = SignForm(initial={"seen": one.assessment.pk})
    context = {
        "row": presenters.row(one),
        "deviation": deviation,
        "assessments": selectors.assessments_of(deviation=deviation),
        "may_assess": holds(Permission.DEVIATION_RECORD),
        "sign": sign if may_sign else None,
        "meaning": services.MEANING,
    }
    return render(request, "quality/detail.html", context, status=status)


@require_http_methods(["GET", "POST"])
@login_required
def assess(request: HttpRequest, deviation_id: UUID) -> HttpResponse:
    """Say what it means and what is done about it; a later assessment supersedes an earlier one."""
    now = timezone.now()
    deviation = selectors.deviation_get(
        viewer=request.user, deviation_id=deviation_id, now=now, permission=Permission.DEVIATION_RECORD
    )
    one = selectors.dealt(deviation, now=now)
    current = one.assessment
    initial: dict[str, Any] = {"category": one.category, "reportable": _yes_no(one.reportable)}
    if current is not None:
        initial |= {
            "seen": current.pk,
            "category_reason": current.category_reason,
            "impact": current.impact,
            "corrective_action": current.corrective_action,
        }
    form = AssessmentForm(request.POST or None, again=current is not None, initial=initial)
    status = _status(request, form)
    if request.method == "POST" and form.is_valid():
        try:
            services.deviation_assess(
                deviation_id=deviation_id,
                given=form.given(),
                change_reason=form.cleaned_data.get("change_reason", ""),
                seen=form.cleaned_data["seen"],
                by=request.user,
                at=now,
            )
            messages.success(request, "The assessment is recorded; an investigator signs it.")
            return redirect("quality:detail", deviation_id=deviation_id)
        except (NotFound, NotAllowed):
            raise
        except Refused as refusal:
            refusal_show(form, refusal)
            status = refusal.status
    back = reverse("quality:detail", args=[deviation_id])
    context = {
        "form": form,
        "title": "Assess anew" if current else "Assess the deviation",
        "eyebrow": deviation.participant.number,
        "lead": presenters.row(one)["kind"],
        "back_url": back,
        "back_label": "Deviation",
        "cancel_url": back,
        "submit_label": "Record the assessment",
    }
    return render(request, "components/form_page.html", context, status=status)


@require_http_methods(["POST"])
@login_required
def sign(request: HttpRequest, deviation_id: UUID) -> HttpResponse:
    """The investigator's signature, by the password."""
    now = timezone.now()
    deviation = selectors.deviation_get(viewer=request.user, deviation_id=deviation_id, now=now)
    access.check(user=request.user, permission=Permission.DEVIATION_SIGN, site_id=deviation.site_id, now=now)
    form = SignForm(request.POST)
    status = _status(request, form)
    if form.is_valid():
        try:
            signature_check(
                user=request.user,
                password=form.cleaned_data["password"],
                meaning=services.MEANING,
                at=now,
            )
            services.deviation_sign(
                deviation_id=deviation_id, seen=form.cleaned_data["seen"], by=request.user, at=now
            )
            messages.success(request, "Signed.")
            return redirect("quality:detail", deviation_id=deviation_id)
        except NotFound:
            raise
        except Refused as refusal:
            refusal_show(form, refusal)
            status = refusal.status
    return _page(request, deviation, sign=form, status=status)


def _yes_no(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


def _session_id(request: HttpRequest) -> UUID | None:
    text = request.GET.get("session", "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound("This participant has no such session.") from None


def _status(request: HttpRequest, form: forms.Form) -> int:
    return 422 if request.method == "POST" and not form.is_valid() else 200
