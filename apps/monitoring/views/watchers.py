"""Pages of the watch: taking it over, leaving it, and the prescriber on site."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.services import signature_check
from apps.core.exceptions import Invalid, NotFound, Reason, Refused
from apps.dosing.domain.session import SessionState
from apps.monitoring import presenters, selectors, services
from apps.monitoring.forms import HandoverForm, LeaveForm
from apps.monitoring.selectors import Watching
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.models import Site


@require_http_methods(["GET", "POST"])
@login_required
def handover(request: HttpRequest) -> HttpResponse:
    """Take over one participant or a whole shift: one page, one signature of whoever takes over."""
    now = timezone.now()
    site, watchings = _site_to_watch(request)
    people = list(selectors.people_who_may_watch(site=site, now=now))
    chosen = _chosen(request, watchings)
    form = HandoverForm(
        request.POST if request.method == "POST" else None,
        people=people,
        initial={"person": _taker(request.user, people, watchings, chosen)},
    )
    refusal: Refused | None = None
    if request.method == "POST":
        try:
            taken = _hand_over(request, form, people)
        except NotFound:
            raise
        except Refused as fault:
            refusal = fault
            watchings = selectors.watched_now(viewer=request.user, site=site, now=now)
        else:
            messages.success(
                request, f"{form.taker(people)} watches {_count(taken)} now. Both names stand in the record."
            )
            return redirect("monitoring:board")
    context = {
        "site_shown": site,
        "form": form,
        "refusal": refusal,
        "rows": presenters.handover_rows(watchings, viewer=request.user, chosen=chosen),
        "shifts": presenters.shifts(watchings),
        "now": now,
    }
    return render(request, "monitoring/handover.html", context, status=refusal.status if refusal else 200)


def _hand_over(request: HttpRequest, form: HandoverForm, people: list[User]) -> list[Watching]:
    """Check the form and the taker's signature, then let the watch change hands."""
    now = timezone.now()
    if not form.is_valid():
        raise _as_refusal(form)
    taker = form.taker(people)
    expected = _expected(request)
    signature_check(user=taker, password=form.cleaned_data["password"], meaning="watch.taken", at=now)
    return services.watch_take_over(
        expected=expected, by=taker, at=now, screen_of=request.user if taker != request.user else None
    )


@require_http_methods(["GET", "POST"])
@login_required
def leave(request: HttpRequest) -> HttpResponse:
    """Leave although nobody takes over: reason and signature."""
    now = timezone.now()
    site, watchings = _site_to_watch(request)
    chosen = _chosen(request, watchings)
    form = LeaveForm(request.POST if request.method == "POST" else None)
    refusal: Refused | None = None
    if request.method == "POST":
        try:
            if not form.is_valid():
                raise _as_refusal(form)
            expected = _expected(request)
            signature_check(
                user=request.user, password=form.cleaned_data["password"], meaning="watch.left", at=now
            )
            left = services.watch_leave(
                expected=expected, reason=form.cleaned_data["reason"], by=request.user, at=now
            )
        except NotFound:
            raise
        except Refused as fault:
            refusal = fault
            watchings = selectors.watched_now(viewer=request.user, site=site, now=now)
        else:
            messages.warning(request, f"You left {_count(left)}. Nobody is watching them now.")
            return redirect("monitoring:board")
    own = [entry for entry in watchings if entry.watcher == request.user]
    context = {
        "site_shown": site,
        "form": form,
        "refusal": refusal,
        "rows": presenters.handover_rows(own, viewer=request.user, chosen=chosen),
        "now": now,
    }
    return render(request, "monitoring/leave.html", context, status=refusal.status if refusal else 200)


@require_POST
@login_required
def presence(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """A prescriber marks themselves on site, or off."""
    here = request.POST.get("on_site") == "yes"
    services.prescriber_mark(site_id=site_id, on_site=here, by=request.user, at=timezone.now())
    words = "on site until you leave, at latest until midnight" if here else "off site"
    messages.success(request, f"You are marked {words}.")
    return redirect("monitoring:board")


@require_GET
@login_required
def spray_note(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Before the first spray: who will watch, whether a prescriber is there, and what the protocol says against it."""
    now = timezone.now()
    seen = selectors.watching(viewer=request.user, session_id=session_id, now=now)
    prescribers = selectors.prescribers_on_site(site=seen.session.site, now=now)
    context = {
        "session": seen.session,
        "watcher": presenters.watcher(seen, viewer=request.user),
        "on_site": presenters.on_site(prescribers, viewer=request.user),
        "rule": selectors.rule_of(seen.session),
        "against": selectors.dose_grounds(seen.session, by=request.user, now=now),
        "is_cleared": seen.session.state == SessionState.CLEARED.value,
    }
    answer = render(request, "monitoring/_spray_note.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def _site_to_watch(request: HttpRequest) -> tuple[Site, list[Watching]]:
    now = timezone.now()
    site = selectors.site_of_board(viewer=request.user, now=now, site=request.site)
    access.check(user=request.user, permission=Permission.WATCH_TAKE, site_id=site.pk, now=now)
    return site, selectors.watched_now(viewer=request.user, site=site, now=now)


def _chosen(request: HttpRequest, watchings: list[Watching]) -> set[UUID]:
    """Return whom the page marks: as posted, else those named in the address, one by one or by watcher."""
    if request.method == "POST":
        wanted = {value.partition(":")[0] for value in request.POST.getlist("session")}
        return {entry.session.pk for entry in watchings if str(entry.session.pk) in wanted}
    named, of = set(request.GET.getlist("session")), request.GET.get("of", "")
    return {
        entry.session.pk
        for entry in watchings
        if str(entry.session.pk) in named
        or (of and of == (str(entry.watcher.pk) if entry.watcher else presenters.NOBODY))
    }


def _expected(request: HttpRequest) -> dict[UUID, int]:
    """Return the chosen sessions with the version of their watch, as the page showed it."""
    expected = {}
    for value in request.POST.getlist("session"):
        session, _, version = value.partition(":")
        try:
            expected[UUID(session)] = int(version)
        except ValueError:
            raise Invalid(Reason("not_a_choice", "Choose from the list.", "session")) from None
    return expected


def _taker(viewer: User, people: list[User], watchings: list[Watching], chosen: set[UUID]) -> str:
    """Return who most likely takes over: the viewer, unless those chosen are the viewer's own."""
    own = {entry.session.pk for entry in watchings if entry.watcher == viewer}
    return str(viewer.pk) if viewer in people and not (chosen and chosen <= own) else ""


def _as_refusal(form: Any) -> Refused:
    return Invalid.because(
        Reason("invalid", f"{form.fields[name].label}: {text}", name)
        for name, texts in form.errors.items()
        for text in texts
    )


def _count(watchings: list[Watching]) -> str:
    if len(watchings) == 1:
        return watchings[0].session.participant.number
    return f"{len(watchings)} participants"
