"""Pages of the papers of a session, and of the sheets due."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from apps.core.exceptions import NotFound, Refused
from apps.papers import presenters, selectors, services
from apps.papers.domain.documents.blocks import Kind
from apps.papers.forms import SendingForm, TakeBackForm
from apps.papers.services import Paper
from apps.studies import access
from apps.studies.domain.permissions import Permission


@require_http_methods(["GET", "POST"])
@login_required
def session(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """The papers of one session, where its sheet stands, and the line that it was sent."""
    now = timezone.now()
    watch = selectors.watch_of(viewer=request.user, session_id=session_id, now=now)
    record = selectors.record_of(viewer=request.user, watch=watch)
    page = presenters.papers_page(record, session_id=session_id)
    may_send = access.can(
        user=request.user, permission=Permission.SHEET_SEND, site_id=watch.session.site_id, now=now
    )
    is_sent = bool(page["clock"] and page["clock"]["is_sent"])
    form = (TakeBackForm if is_sent else SendingForm)(request.POST if request.method == "POST" else None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            if is_sent:
                services.sheet_sending_take_back(
                    session_id=session_id, reason=given["reason"], by=request.user, at=now
                )
            else:
                services.sheet_sending_record(
                    session_id=session_id,
                    sent_on=given["sent_on"],
                    reference=given["reference"],
                    by=request.user,
                    at=now,
                )
        except NotFound:
            raise
        except Refused as fault:
            refusal = fault
        else:
            messages.success(request, "Taken back." if is_sent else "Recorded as sent.")
            return redirect("papers:session", session_id=session_id)
    context = {
        **page,
        "session": watch.session,
        "zone": watch.session.site.time_zone,
        "lines": selectors.sendings_of(session_id=session_id),
        "form": form if may_send and page["clock"] and record.is_over else None,
        "refusal": refusal,
    }
    status = refusal.status if refusal else 422 if form.errors else 200
    return render(request, "papers/session.html", context, status=status)


@require_GET
@login_required
@never_cache
def paper(request: HttpRequest, session_id: UUID, kind: str) -> HttpResponse:
    """One paper as PDF, as the session stands now. Printing it is recorded."""
    now = timezone.now()
    if kind not in presenters.PAPERS:
        raise NotFound("There is no such paper.")
    if kind == "downtime":
        return _pdf(services.downtime_print(session_id=session_id, by=request.user, at=now))
    return _pdf(services.paper_print(session_id=session_id, kind=cast(Kind, kind), by=request.user, at=now))


@require_GET
@login_required
@never_cache
def visit_downtime(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """The sheet to write on for a visit that has no session yet."""
    return _pdf(services.downtime_print(visit_id=visit_id, by=request.user, at=timezone.now()))


def _pdf(made: Paper) -> HttpResponse:
    answer = HttpResponse(made.content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{made.name}"'
    return answer


@require_GET
@login_required
def due(request: HttpRequest) -> HttpResponse:
    """The sheets not sent yet, the most pressing first."""
    now = timezone.now()
    if request.study is None:
        raise NotFound("You belong to no study.")
    access.check_anywhere(
        user=request.user, permission=Permission.SESSION_READ, study_id=request.study.id, now=now
    )
    found = presenters.due_rows(selectors.sheets_due(viewer=request.user, now=now, site=request.site))
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    late = sum(row["state"] == "overdue" for row in found)
    return render(request, "papers/due.html", {"page": page, "late": late, "count": len(found)})
