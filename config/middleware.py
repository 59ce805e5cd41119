"""What every request carries: who acts (for the row history), which study is looked at, in whose time zone."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID
from zoneinfo import ZoneInfo

from csp.utils import build_policy
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from pghistory.middleware import HistoryMiddleware

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
