"""What every request carries: who acts (for the row history), which study is looked at, in whose time zone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from csp.utils import build_policy
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from pghistory.middleware import HistoryMiddleware

from apps.accounts.selectors import LOCKED_AT, LOCKED_FOR
from apps.core.api.problems import problem_response
from apps.core.exceptions import Refused
from apps.monitoring.api.quick import observation_put
from apps.studies import selectors as studies

Handler = Callable[[HttpRequest], HttpResponse]
_OBSERVATION = re.compile(r"/api/v1/observations/(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/?")


class QuickWays:
    """Addresses with a short way of their own, asked before all that only pages need.

    A short way answers what is plainly in order and leaves everything else to the whole house behind it; see
    apps/monitoring/api/quick.py for what it checks itself. What stands before it in the list of middleware holds for it
    too: the headers, and HTTPS.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.policy = build_policy()  # the same for every answer, and slow to write

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method == "PUT" and (found := _OBSERVATION.fullmatch(request.path_info)):
            answer = observation_put(request, UUID(found["id"]))
            if answer is not None:
                answer.headers["Content-Security-Policy"] = self.policy
                return answer
        return self.get_response(request)


class UnchangedProof:
    """The proof against forged requests goes to a browser when it changes, not with every page.

    Pages ask by themselves every few seconds. An answer that was under way while somebody signed in, and carried the
    proof from before, would put it back in the browser, and the next form would be refused as forged.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        sent = response.cookies.get(settings.CSRF_COOKIE_NAME)
        if sent is not None and sent.value == request.COOKIES.get(settings.CSRF_COOKIE_NAME):
            del response.cookies[settings.CSRF_COOKIE_NAME]
        return response


class HistoryContext(HistoryMiddleware):
    """Every row history written during a request says whose request it was."""

    def get_context(self, request: HttpRequest) -> dict[str, object]:
        return {**super().get_context(request), "method": request.method}


class WholeAddresses:
    """An address with a NUL in it names nothing: PostgreSQL holds no such text, so no view is asked."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: dict[str, object]
    ) -> None:
        if any(isinstance(part, str) and "\0" in part for part in kwargs.values()):
            raise Http404


class LockedScreen:
    """
    A browser whose screen is locked opens it, hands the tablet over, brings in what was entered before, and no more.

    And a sign-in lasts from its person's last act on: pages and observations renew it, fragments that ask by themselves
    do not.
    """

    OPEN = frozenset(
        {"accounts:locked", "accounts:lock", "accounts:hand_over", "monitoring:due", "chairside_worker"}
    )
    #: A screen on the wall shows these and is locked for everything else.
    WARD = frozenset({"monitoring:ward", "monitoring:ward_fragment"})
    SLACK = timedelta(minutes=1)

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.headers.get("X-Requested-With") != "vigil-poll" and request.user.is_authenticated:
            self._renew(request)
        return self.get_response(request)

    def _renew(self, request: HttpRequest) -> None:
        now = int(timezone.now().timestamp())
        # A request with a token has no session of its own, and is given none.
        age = now - request.session.get("renewed_at", 0)
        if "_auth_user_id" in request.session and age >= settings.SESSION_RENEWED_AFTER:
            request.session["renewed_at"] = now

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: dict[str, object]
    ) -> HttpResponse | None:
        since = request.session.get(LOCKED_AT)
        match = request.resolver_match
        if (
            since is None
            or match is None
            or match.view_name in self.OPEN
            or not request.user.is_authenticated
        ):
            return None
        if match.view_name in self.WARD and request.session.get(LOCKED_FOR) == "ward":
            return None
        is_observation = request.method == "PUT" and request.path.startswith("/api/v1/observations/")
        if is_observation and self._was_entered_before(request, since):
            return None
        if request.path.startswith("/api/"):
            return problem_response(
                status=423, title="The screen is locked", detail="Open it first.", code="screen_locked"
            )
        if request.headers.get("X-Requested-With") or request.headers.get("HX-Request"):
            return HttpResponse(status=423)
        onward = request.get_full_path() if request.method == "GET" else ""
        return redirect(f"{reverse('accounts:locked')}?{urlencode({'next': onward})}")

    def _was_entered_before(self, request: HttpRequest, since: str) -> bool:
        """What waited on the tablet when it was locked still arrives; what a stranger would type now does not."""
        with suppress(ValueError, TypeError, KeyError):
            entered = datetime.fromisoformat(json.loads(request.body)["entered_at"])
            return entered <= datetime.fromisoformat(since) + self.SLACK
        return False


class CurrentStudy:
    """Set `request.study` and `request.zone`: the study and site a person has chosen among those open to them."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.study = request.site = None
        request.zone = ZoneInfo("UTC")
        # The API answers in UTC and names its objects; only pages have a current study.
        if request.user.is_authenticated and not request.path.startswith(("/api/", "/static/")):
            chosen = studies.place_current(
                viewer=request.user,
                now=timezone.now(),
                study_code=request.session.get("study"),
                site_code=request.session.get("site"),
            )
            request.study, request.site = chosen.study, chosen.site
            if chosen.site is not None:
                request.zone = ZoneInfo(chosen.site.time_zone)
        with timezone.override(request.zone):
            return self.get_response(request)


class ChairsideCopies:
    """Say which pages a tablet may keep for the time without network, and for whom: the chairside's own."""

    KEPT = frozenset({"monitoring:board", "monitoring:watch", "dosing:detail"})

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        match = request.resolver_match
        if match is not None and match.view_name in self.KEPT and request.user.is_authenticated:
            answer["Cache-Control"] = "private, no-store"  # the browser's own store knows no persons
            if request.method == "GET" and answer.status_code == 200:
                answer["Vigil-Copy-For"] = str(request.user.pk)
        return answer


class RefusalPages:
    """A refusal that no page caught becomes a page of its own with all its reasons, never a traceback."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refused):
            return None
        template = "errors/404.html" if exception.status == 404 else "errors/refused.html"
        return render(request, template, {"refusal": exception}, status=exception.status)
