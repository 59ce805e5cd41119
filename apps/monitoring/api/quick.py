"""The short way of an observation: from the tablet's words to the row, and nothing else.

It answers only what it has recorded. Whatever is unusual in the least (another way of signing in, a word it does not
read at once, a refusal, a repeat) it leaves to the endpoint of the same address, which has every check and every
answer; nothing was written then. What both do is one service; what both say is compared by a test.

The checks it makes itself, in place of the middleware behind it: who it is, by token or by session (with the proof
against forged requests); that the person is active and delegated, both in the statement that reads the session; that
the host is ours and the body JSON of the documented shape. The row history learns whose request it was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pghistory
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from apps.core.exceptions import Refused
from apps.monitoring import services
from apps.monitoring.api.credentials import credential_of
from apps.monitoring.api.serializers import VALUE_NAMES, YEARS
from apps.monitoring.models import Finding, Observation

#: Fields of the body that are words, with the most letters each may have.
_WORDS = {"late_reason": 200, "note": 2000}
_MOMENTS = ("observed_at", "entered_at", "device_now")
_REASON, _CODE, _CODES = 200, 40, 40
_LONGEST = 20_000
#: What the endpoint says of itself.
_HEADERS = {"Allow": "GET, PUT, HEAD, OPTIONS", "Vary": "Cookie", "X-Frame-Options": "DENY"}


def observation_put(request: HttpRequest, observation_id: UUID) -> HttpResponse | None:
    """Record an observation and say so; None leaves the request to the endpoint."""
    who = credential_of(request) if _is_usual(request) else None
    given = _given(request) if who is not None else None
    if who is None or given is None:
        return None
    now = timezone.now()
    try:
        read = who.recording(session_id=given["session_id"], observation_id=observation_id, now=now)
        if read is None or read.known is not None:
            return None
        with pghistory.context(user=read.person.pk, url=request.path, method="PUT"):
            observation, created = services.observation_record(
                observation_id=observation_id, **given, by=read.person, at=now, read=read
            )
    except Refused:
        return None
    if not created:
        return None
    text = json.dumps(observation_data(observation), ensure_ascii=False, separators=(",", ":"), default=float)
    # As DRF does: JavaScript of old takes these two for the end of a line.
    said = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").encode()
    # Without its length an answer goes out in pieces, and costs a send more.
    headers = {**_HEADERS, "Content-Length": str(len(said))}
    return HttpResponse(said, content_type="application/json", status=201, headers=headers)


def _is_usual(request: HttpRequest) -> bool:
    """Say whether nothing about the request but its body needs to be looked into."""
    meta = request.META
    length = str(meta.get("CONTENT_LENGTH", ""))
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return (
        meta.get("CONTENT_TYPE") == "application/json"
        and not meta.get("QUERY_STRING")
        and length.isdecimal()
        and int(length) <= _LONGEST
        and any(kind in meta.get("HTTP_ACCEPT", "*/*") for kind in ("*/*", "application/json"))
    )


def _given(request: HttpRequest) -> dict[str, Any] | None:
    """Read the body as the service takes it; None if it is not at once plain, which says nothing against it."""
    try:
        text = request.body.decode()
        # An escape may stand for what cannot be stored.
        sent = None if "\\u" in text else json.loads(text, parse_constant=_no_json)
    except (ValueError, RecursionError):
        return None
    if not isinstance(sent, dict) or not _is_plain(sent):
        return None
    try:
        observed_at, entered_at, device_now = (_moment(sent.get(key)) for key in _MOMENTS)
        session_id = UUID(sent["session"])
    except ValueError:
        return None
    if observed_at is None or entered_at is None:
        return None
    return {
        "session_id": session_id,
        "slot_minute": sent.get("slot_minute"),
        "values": {name: sent[name] for name in VALUE_NAMES if sent.get(name) is not None},
        "observed_at": observed_at,
        "entered_at": entered_at,
        "device_now": device_now,
        "late_reason": sent.get("late_reason", "").strip(),
        "note": sent.get("note", "").strip(),
        "not_done": {measure: why.strip() for measure, why in sent.get("not_done", {}).items()},
        "confirmed": [code.strip() for code in sent.get("confirmed", [])],
    }


def _is_plain(sent: Mapping[str, Any]) -> bool:
    minute, not_done, confirmed = sent.get("slot_minute"), sent.get("not_done", {}), sent.get("confirmed", [])
    return (
        _is_word(sent.get("session"), 36)
        and (minute is None or type(minute) is int)
        and all(
            isinstance(sent.get(key, ""), str) and len(sent.get(key, "")) <= most
            for key, most in _WORDS.items()
        )
        and isinstance(not_done, dict)
        and all(_is_word(why, _REASON) for why in not_done.values())
        and isinstance(confirmed, list)
        and len(confirmed) <= _CODES
        and all(_is_word(code, _CODE) for code in confirmed)
    )


def _is_word(sent: object, most: int) -> bool:
    return isinstance(sent, str) and len(sent) <= most and bool(sent.strip())


def _moment(sent: object) -> datetime | None:
    """Read an instant; raises ValueError if it is not plainly one."""
    if sent is None:
        return None
    found = parse_datetime(sent) if isinstance(sent, str) else None
    if found is None or found.tzinfo is None or not YEARS[0] <= found.year < YEARS[1]:
        raise ValueError("no plain instant")
    return found.astimezone(UTC)


def _no_json(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


_AS_THEY_ARE = (
    "slot_minute", "sbp", "dbp", "hr", "rr", "spo2", "temp_c", "moaas", "cadss_items", "cadss_total", "bprs_items",
    "bprs_total", "ready", "crisis_symptom", "apnoea", "dose_disturbed", "cssrs_ideation", "cssrs_behavior", "not_done",
)  # fmt: skip


def observation_data(observation: Observation) -> dict[str, Any]:
    """Return a new observation as `serializers.ObservationOut` shows it."""
    return {
        "id": str(observation.pk),
        "session": str(observation.session_id),
        **{name: getattr(observation, name) for name in _AS_THEY_ARE},
        "observed_at": _stamp(observation.observed_at),
        "entered_at": _stamp(observation.entered_at),
        "recorded_at": _stamp(observation.recorded_at),
        "recorded_by": observation.recorded_by.full_name,
        "device_skew_ms": observation.device_skew_ms,
        "late_reason": observation.late_reason,
        "confirmed": observation.confirmed,
        "note": observation.note,
        "findings": [finding_data(finding) for finding in observation.raised],
    }


def finding_data(finding: Finding) -> dict[str, Any]:
    """Return a new finding as `serializers.FindingOut` shows it."""
    return {
        "id": str(finding.pk),
        "rule": finding.rule,
        "severity": finding.severity,
        "message": finding.message,
        "action": finding.action,
        "notify": finding.notify,
        "raised_at": _stamp(finding.raised_at),
        "recheck_at": _stamp(finding.recheck_at),
        "acknowledged_at": None,
        "acknowledged_by": None,
    }


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
