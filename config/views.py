"""Answers of the house itself: errors, and whether it is alive."""

from __future__ import annotations

from pathlib import Path

from django.contrib.staticfiles import finders
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from apps.core.api.problems import problem_response


def _answer(request: HttpRequest, status: int, title: str, detail: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problem_response(status=status, title=title, detail=detail)
    return render(request, f"errors/{status}.html", {"title": title, "detail": detail}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 400, "That request cannot be read", "It is not in a form this page understands.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 403, "You may not do this", "Your delegation does not include it.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 404, "Not found", "There is nothing here that you can see.")


def server_error(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problem_response(status=500, title="Something broke", detail="It was our fault, not yours.")
    # Without the request: what broke may be what every page asks for.
    return HttpResponse(render_to_string("errors/500.html"), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _answer(
        request,
        403,
        "This page was open too long",
        "Go back, reload the page and try again. Nothing was saved.",
    )


def chairside_worker(request: HttpRequest) -> HttpResponse:
    """The chairside's service worker. Where it is served from is how far it sees: the pages below /sessions/."""
    found = finders.find("build/worker.js")
    if not found:
        raise Http404
    answer = HttpResponse(Path(str(found)).read_bytes(), content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer


def health(request: HttpRequest) -> JsonResponse:
    """Say whether the web process reaches its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})
