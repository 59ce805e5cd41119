"""Every error of the API is a problem document (RFC 9457) with all its reasons."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from apps.core.exceptions import NotAllowed, NotFound, Reason, Refused

MEDIA_TYPE = "application/problem+json"


def problem_body(
    *, status: int, title: str, code: str, reasons: list[Reason] | None = None, detail: str = ""
) -> dict[str, Any]:
    """Return the members of a problem document; `reasons` lists every ground with code, message and field."""
    found = reasons or []
    return {
        "type": f"urn:vigil:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail or "; ".join(reason.message for reason in found) or title,
        "reasons": [{"code": r.code, "message": r.message, "field": r.field} for r in found],
    }


def problem_response(*, status: int, title: str, detail: str = "", code: str = "error") -> JsonResponse:
    """Return a problem outside of DRF (404 of the router, 500)."""
    return JsonResponse(
        problem_body(status=status, title=title, code=code, detail=detail),
        status=status,
        content_type=MEDIA_TYPE,
    )


def problem_refusal(refusal: Refused) -> JsonResponse:
    """Return a refusal as a problem outside of DRF."""
    body = problem_body(
        status=refusal.status, title=refusal.title, code=refusal.code, reasons=list(refusal.reasons)
    )
    return JsonResponse(body, status=refusal.status, content_type=MEDIA_TYPE)


def _reasons_of(detail: Any, field: str = "") -> list[Reason]:
    """Flatten DRF's nested validation detail into reasons with dotted field paths."""
    if isinstance(detail, dict):
        return [r for key, value in detail.items() for r in _reasons_of(value, f"{field}.{key}".strip("."))]
    if isinstance(detail, (list, tuple)):
        return [
            r
            for index, value in enumerate(detail)
            for r in _reasons_of(
                value, f"{field}.{index}".strip(".") if isinstance(value, (dict, list)) else field
            )
        ]
    return [Reason(str(getattr(detail, "code", "invalid")), str(detail), field)]


def problem_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Turn refusals and DRF's own errors into problem documents; anything else goes on as a 500."""
    if isinstance(exc, Http404):
        exc = NotFound("Not found")
    elif isinstance(exc, PermissionDenied):
        exc = NotAllowed("You may not do this")
    headers: dict[str, str] = {}
    if isinstance(exc, Refused):
        status = exc.status
        body = problem_body(status=status, title=exc.title, code=exc.code, reasons=list(exc.reasons))
    elif isinstance(exc, exceptions.APIException):
        status = exc.status_code
        reasons = _reasons_of(exc.detail)
        title = (
            "Some values cannot be right"
            if isinstance(exc, exceptions.ValidationError)
            else str(exc.default_detail)
        )
        body = problem_body(status=status, title=title, code=exc.default_code, reasons=reasons)
        if getattr(exc, "auth_header", None):
            headers["WWW-Authenticate"] = exc.auth_header
        if getattr(exc, "wait", None):
            headers["Retry-After"] = str(int(exc.wait))
    else:
        return None
    return Response(body, status=status, headers=headers, content_type=MEDIA_TYPE)
