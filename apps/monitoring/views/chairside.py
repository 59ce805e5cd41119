"""Pages of the two hours: the board of chairs, and one session at the chairside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core.exceptions import NotFound, Reason, Refused
from apps.monitoring import presenters, selectors, services
from apps.monitoring.forms import ObservationForm
from apps.monitoring.selectors import Board, Watch
from apps.studies import access
from apps.studies.domain.permissions import Permission


def _only_if_new(request: HttpRequest, version: str, make: Callable[[], HttpResponse]) -> HttpResponse:
    """Answer “nothing new” without rendering anything, or the fragment with its mark."""
    etag = f'"{version}"'
    if request.headers.get("If-None-Match") == etag:
        answer: HttpResponse = HttpResponseNotModified()
    else:
        answer = make()
    answer["ETag"] = etag
    answer["Cache-Control"] = "private, no-cache"
    return answer


@require_GET
@login_required
def board(request: HttpRequest) -> HttpResponse:
    """Today's chairs of the site in view."""
    now = timezone.now()
    seen = selectors.board(viewer=request.user, now=now, site=request.site)
    version = selectors.board_version(viewer=request.user, now=now, site=request.site)
    context = {**_board_context(request, seen), "site_shown": seen.site, "version": version}
    return render(request, "monitoring/board.html", context)


def _board_context(request: HttpRequest, seen: Board) -> dict[str, Any]:
    """What both the page and its fragment need. `may` shows buttons; services decide."""
    held = access.permissions_of(user=request.user, now=seen.now, study_id=seen.site.study_id)
    return {
        "board": presenters.board_page(seen, viewer=request.user),
        "site_shown": seen.site,
        "now": seen.now,
        "may": {permission.value for permission in held},
        "mine": request.GET.get("mine") == "1",
    }


@require_GET
@login_required
def board_fragment(request: HttpRequest) -> HttpResponse:
    """What changes on the board, asked for every few seconds."""
    now = timezone.now()
    version = selectors.board_version(viewer=request.user, now=now, site=request.site)

    def make() -> HttpResponse:
        seen = selectors.board(viewer=request.user, now=now, site=request.site)
        return render(request, "monitoring/_board.html", _board_context(request, seen))

    return _only_if_new(request, version, make)


@require_GET
@login_required
def ward(request: HttpRequest) -> HttpResponse:
    """The chairs for a screen on the wall: large, by number only, without anything to press."""
    now = timezone.now()
    seen = selectors.board(viewer=request.user, now=now, site=request.site)
    version = selectors.board_version(viewer=request.user, now=now, site=request.site)
    context = {
        "board": presenters.board_page(seen, viewer=request.user),
        "site_shown": seen.site,
        "version": version,
        "now": now,
    }
    return render(request, "monitoring/ward.html", context)


@require_GET
@login_required
def ward_fragment(request: HttpRequest) -> HttpResponse:
    """What changes on the wall."""
    now = timezone.now()
    version = selectors.board_version(viewer=request.user, now=now, site=request.site)

    def make() -> HttpResponse:
        seen = selectors.board(viewer=request.user, now=now, site=request.site)
        return render(
            request,
            "monitoring/_ward.html",
            {"board": presenters.board_page(seen, viewer=request.user), "now": now},
        )

    return _only_if_new(request, version, make)


@require_GET
@login_required
def due_fragment(request: HttpRequest) -> HttpResponse:
    """Which chairs are due, for a locked screen: the chair and the minutes, no participant and no sign."""
    now = timezone.now()
    version = selectors.board_version(viewer=request.user, now=now, site=request.site)

    def make() -> HttpResponse:
        seen = selectors.board(viewer=request.user, now=now, site=request.site)
        return render(request, "monitoring/_due.html", {"entries": presenters.chairs_due(seen)})

    return _only_if_new(request, version, make)


@require_http_methods(["GET", "POST"])
@login_required
def watch(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """One session at the chairside. The form works through the outbox; without script it is posted here."""
    now = timezone.now()
    if request.method == "GET":
        return _watch_page(request, selectors.watch(viewer=request.user, session_id=session_id, now=now))
    form = ObservationForm(request.POST)
    try:
        if not form.is_valid():
            raise _as_refusal(form)
        zone = _zone_of(request, session_id)
        services.observation_record(
            session_id=session_id, **form.given(zone=zone, now=now), by=request.user, at=now
        )
    except NotFound:
        raise
    except Refused as refusal:
        seen = selectors.watch(viewer=request.user, session_id=session_id, now=now)
        return _watch_page(request, seen, typed=form.typed(), refusal=refusal)
    messages.success(request, "Saved to server")
    return redirect("monitoring:watch", session_id=session_id)


def _zone_of(request: HttpRequest, session_id: UUID) -> ZoneInfo:
    seen = selectors.session_site(viewer=request.user, session_id=session_id, now=timezone.now())
    return ZoneInfo(seen.time_zone)


def _as_refusal(form: ObservationForm) -> Refused:
    grounds = [
        Reason("invalid", f"{form.fields[name].label or name}: {text}", name)
        for name, texts in form.errors.items()
        for text in texts
    ]
    refusal = Refused(*grounds)
    refusal.status = 422
    return refusal


def _watch_page(
    request: HttpRequest, seen: Watch, *, typed: dict[str, str] | None = None, refusal: Refused | None = None
) -> HttpResponse:
    can = _abilities(request, seen)
    version = selectors.watch_version(viewer=request.user, session_id=seen.session.pk, now=seen.now)
    zone = ZoneInfo(seen.session.site.time_zone)
    offset = seen.now.astimezone(zone).utcoffset()
    context = {
        **now_context(request, seen),
        **_side_context(seen),
        "version": version,
        "form": presenters.observation_form(seen, typed=typed, reasons=refusal.reasons if refusal else ())
        if can["record"]
        else None,
        "facts": presenters.facts(seen, version=version),
        "refusal": refusal,
        "utc_offset": int(offset.total_seconds() // 60) if offset else 0,
        "zone": zone.key,
        "adverse_event_url": presenters.url_or_none("safety:new", seen.session.participant_id),
        "papers_url": presenters.url_or_none("papers:session", seen.session.pk),
        "device_url": presenters.url_or_none("dosing:detail", seen.session.pk),
    }
    return render(request, "monitoring/watch.html", context, status=refusal.status if refusal else 200)


def _abilities(request: HttpRequest, seen: Watch) -> dict[str, bool]:
    """Say which buttons to show. Services decide."""
    site_id = seen.session.site_id

    def holds(permission: Permission) -> bool:
        return access.can(user=request.user, permission=permission, site_id=site_id, now=seen.now)

    return {
        "record": holds(Permission.OBSERVATION_RECORD) and seen.session.state != "STOPPED",
        "acknowledge": holds(Permission.FINDING_ACKNOWLEDGE),
        "discharge": holds(Permission.SESSION_DISCHARGE) and seen.session.state == "OBSERVING",
        "release_early": holds(Permission.SESSION_RELEASE_EARLY)
        and seen.session.state == "OBSERVING"
        and seen.protocol.discharge.early is not None,
        "watch": holds(Permission.WATCH_TAKE) and not seen.is_over,
    }


def now_context(request: HttpRequest, seen: Watch) -> dict[str, Any]:
    """Return what every page of a session shows of it at this moment."""
    return {
        "watch": seen,
        "session": seen.session,
        "now": seen.now,
        "can": _abilities(request, seen),
        "banner": presenters.banner(seen),
        "watcher": presenters.watcher(seen.watching, viewer=request.user),
        "slots": presenters.slots(seen),
        "due": presenters.due_items(seen),
        "findings": presenters.findings(seen),
        "zone": seen.session.site.time_zone,
    }


def _side_context(seen: Watch) -> dict[str, Any]:
    return {
        "chart": presenters.vitals_chart(seen),
        "rows": _rows(seen),
        "columns": presenters.reading_columns(),
        "conditions": presenters.conditions(seen),
        "is_ready": presenters.is_ready(seen),
        "release": presenters.release_facts(seen, selectors.release_of(session_id=seen.session.pk))
        if seen.is_over
        else None,
    }


def _rows(seen: Watch) -> list[dict[str, Any]]:
    on_paper = selectors.measured_on_paper(session_id=seen.session.pk)
    return presenters.reading_rows(seen, seen.readings, on_paper=on_paper)


@require_GET
@login_required
def watch_fragment(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """The plan and what needs somebody, asked for every few seconds."""
    return fragment(request, session_id, "monitoring/_now.html", now_context)


@require_GET
@login_required
def watch_side(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Charts, findings and conditions, asked for every few seconds."""
    return fragment(
        request,
        session_id,
        "monitoring/_side.html",
        lambda asked, seen: {**now_context(asked, seen), **_side_context(seen)},
    )


@require_GET
@login_required
def watch_readings(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Every reading as a table, asked for now and then."""
    return fragment(
        request,
        session_id,
        "monitoring/_readings.html",
        lambda _asked, seen: {
            "rows": _rows(seen),
            "columns": presenters.reading_columns(),
            "zone": seen.session.site.time_zone,
        },
    )


def fragment(
    request: HttpRequest,
    session_id: UUID,
    template: str,
    context: Callable[[HttpRequest, Watch], dict[str, Any]],
) -> HttpResponse:
    now = timezone.now()
    version = selectors.watch_version(viewer=request.user, session_id=session_id, now=now)

    def make() -> HttpResponse:
        seen = selectors.watch(viewer=request.user, session_id=session_id, now=now)
        facts = presenters.facts(seen, version=version)
        return render(request, template, {**context(request, seen), "facts": facts})

    return _only_if_new(request, version, make)


@require_POST
@login_required
def finding_acknowledge(request: HttpRequest, finding_id: UUID) -> HttpResponse:
    """Take note of a finding; the page around it stays as it is."""
    now = timezone.now()
    finding = services.finding_acknowledge(finding_id=finding_id, by=request.user, at=now)
    if request.htmx:
        seen = selectors.watch(viewer=request.user, session_id=finding.session_id, now=now)
        version = selectors.watch_version(viewer=request.user, session_id=finding.session_id, now=now)
        context = {**now_context(request, seen), "facts": presenters.facts(seen, version=version)}
        if request.htmx.target == "watch-side":
            return render(request, "monitoring/_side.html", {**context, **_side_context(seen)})
        return render(request, "monitoring/_now.html", context)
    return redirect("monitoring:watch", session_id=finding.session_id)
