"""Reports: ask, watch, open."""

from __future__ import annotations

from uuid import UUID

from csp.decorators import csp_replace
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.services import signature_check
from apps.core.exceptions import NotFound, Refused
from apps.endpoints import selectors, services
from apps.endpoints.forms import InterimForm, ReleaseForm, ReportForm
from apps.endpoints.services.files import OpenedFile
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.unblinding.selectors import release_of

#: A report is a document of its own: it brings its style with it and may do nothing else. What the house's policy names
#: by itself is taken back by name, since each directive is replaced alone.
DOCUMENT_POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "font-src": ["'none'"],
    "connect-src": ["'none'"],
    "worker-src": ["'none'"],
    "manifest-src": ["'none'"],
    "form-action": ["'none'"],
    "sandbox": [""],
}
#: Shown here, its page may run our own script and nothing else: no address is reached, no cookie, no other page.
PAGE_POLICY = DOCUMENT_POLICY | {"script-src": ["'self'"], "sandbox": ["allow-scripts"]}
READABLE_HERE = {"text/html", "application/pdf", "image/svg+xml"}


@require_http_methods(["GET", "POST"])
@login_required
def report_list(request: HttpRequest) -> HttpResponse:
    """The reports of the study in view, and the form that asks for one."""
    now, study = timezone.now(), request.study
    if study is None:
        raise NotFound("You belong to no study.")
    access.check_anywhere(user=request.user, permission=Permission.REPORT_POOLED, study_id=study.id, now=now)
    by_arm_allowed = access.can(
        user=request.user, permission=Permission.REPORT_UNBLINDED, study_id=study.id, now=now
    )
    form = ReportForm(request.POST or None, by_arm_allowed=by_arm_allowed)
    if request.method == "POST" and form.is_valid():
        by_arm = form.cleaned_data["kind"] == "by_arm"
        try:
            if by_arm:
                password = form.cleaned_data.get("password", "")
                signature_check(user=request.user, password=password, meaning="unblinded report", at=now)
            job = services.report_request(study=study, by_arm=by_arm, by=request.user, at=now)
        except Refused as refusal:
            for reason in refusal.reasons:
                form.add_error(reason.field if reason.field in form.fields else None, reason.message)
        else:
            messages.success(request, "The report is being made.")
            return redirect("endpoints:job", job_id=job.pk)
    jobs = selectors.jobs_of(viewer=request.user, now=now).filter(study=study)
    page = Paginator(jobs, 25).get_page(request.GET.get("page"))
    shown = {
        "page": page,
        "form": form,
        "by_arm_allowed": by_arm_allowed,
        "interim_allowed": access.can(
            user=request.user, permission=Permission.REPORT_INTERIM, study_id=study.id, now=now
        ),
    }
    return render(request, "endpoints/list.html", shown, status=422 if form.errors else 200)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@login_required
def interim(request: HttpRequest) -> HttpResponse:
    """Ask for an interim package for the data monitoring committee."""
    now, study = timezone.now(), request.study
    if study is None:
        raise NotFound("You belong to no study.")
    access.check(user=request.user, permission=Permission.REPORT_INTERIM, study_id=study.id, now=now)
    form, status = InterimForm(request.POST or None), 200
    if request.method == "POST" and not form.is_valid():
        status = 422
    elif request.method == "POST":
        given = form.cleaned_data
        try:
            signature_check(user=request.user, password=given["password"], meaning="interim package", at=now)
            _, closed = services.interim_request(
                study=study, cut_at=given["cut_at"], purpose=given["purpose"], by=request.user, at=now
            )
        except Refused as refusal:
            for reason in refusal.reasons:
                form.add_error(reason.field if reason.field in form.fields else None, reason.message)
            status = 422
        else:
            messages.success(request, "Both parts of the package are being made.")
            return redirect("endpoints:job", job_id=closed.pk)
    return render(request, "endpoints/interim.html", {"form": form}, status=status)


def _job(request: HttpRequest, job_id: UUID) -> dict[str, object]:
    now = timezone.now()
    job = selectors.job_get(viewer=request.user, job_id=job_id, now=now)
    files = services.report_files(job_id=job_id, by=request.user, at=now) if job.state == "DONE" else ()
    return {
        "job": job,
        "files": files,
        "running": job.state in {"QUEUED", "RUNNING"},
        "again": job.state in {"FAILED", "CANCELLED"}
        and (not job.by_arm or job.recorded_by_id == request.user.pk),
        "other_part": selectors.package_of(viewer=request.user, job=job, now=now).first(),
    }


@require_GET
@never_cache
@login_required
def report_job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """How far a report is, and what came out."""
    return render(request, "endpoints/job.html", _job(request, job_id))


@require_GET
@never_cache
@login_required
def report_progress(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """The part of the page that changes while the report is made."""
    shown = _job(request, job_id)
    answer = render(request, "endpoints/_progress.html", shown)
    if not shown["running"]:
        answer["HX-Refresh"] = "true"  # the page itself changes once there is nothing left to watch
    return answer


@require_POST
@login_required
def report_cancel(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Stop a report that is being made."""
    services.report_cancel(job_id=job_id, by=request.user, at=timezone.now())
    messages.success(request, "The report was cancelled.")
    return redirect("endpoints:job", job_id=job_id)


@require_POST
@login_required
def report_retry(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Make a report again that failed or was cancelled."""
    services.report_retry(job_id=job_id, by=request.user, at=timezone.now())
    messages.success(request, "The report is being made again, of the same data.")
    return redirect("endpoints:job", job_id=job_id)


@require_GET
@never_cache
@login_required
def report_file(request: HttpRequest, job_id: UUID, name: str) -> HttpResponse:
    """One file of a report; opening it leaves a record."""
    opened = services.report_file_open(job_id=job_id, name=name, by=request.user, at=timezone.now())
    inline = opened.media_type in READABLE_HERE and "download" not in request.GET
    answer = _page(opened.content) if inline and opened.media_type == "text/html" else _document(opened)
    shown = "inline" if inline else "attachment"
    answer["Content-Disposition"] = f'{shown}; filename="{opened.name}"'
    answer["Cache-Control"] = "no-store"
    return answer


@csp_replace(DOCUMENT_POLICY)
def _document(opened: OpenedFile) -> HttpResponse:
    kind = "text/html; charset=utf-8" if opened.media_type == "text/html" else opened.media_type
    return HttpResponse(opened.content, content_type=kind)


@csp_replace(PAGE_POLICY)
def _page(content: bytes) -> HttpResponse:
    """The page as it is kept, and behind it the script that filters and sorts; the kept bytes stay what they are."""
    script = f'<script src="{static("build/report.js")}" defer></script></body>'.encode()
    return HttpResponse(content.replace(b"</body>", script), content_type="text/html; charset=utf-8")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@login_required
def letters(request: HttpRequest) -> HttpResponse:
    """Release the treatments of a closed study, so that every participant can be told theirs."""
    now, study = timezone.now(), request.study
    if study is None:
        raise NotFound("You belong to no study.")
    access.check(user=request.user, permission=Permission.UNBLINDING_RELEASE, study_id=study.id, now=now)
    found = selectors.final_reports_of(study=study)
    reports = [
        (str(job.pk), f"Data until {job.data_cut_at:%d %b %Y %H:%M} UTC, by {job.recorded_by}")
        for job in found
    ]
    form, status = ReleaseForm(request.POST or None, reports=reports), 200
    if request.method == "POST" and not form.is_valid():
        status = 422
    elif request.method == "POST":
        given = form.cleaned_data
        meaning = str(form.fields["statement"].label)
        try:
            signature_check(user=request.user, password=given["password"], meaning=meaning, at=now)
            services.letters_release(job_id=UUID(given["report"]), statement=meaning, by=request.user, at=now)
        except Refused as refusal:
            for reason in refusal.reasons:
                form.add_error(reason.field if reason.field in form.fields else None, reason.message)
            status = refusal.status
        else:
            messages.success(request, "The treatments are released. The letters are being made.")
            return redirect("endpoints:letters")
    release = release_of(study=study)
    shown = {
        "form": form,
        "reports": reports,
        "release": release,
        "made": release.letters.count() if release else 0,
        "is_closed": study.state == "CLOSED",
    }
    return render(request, "endpoints/letters.html", shown, status=status)
