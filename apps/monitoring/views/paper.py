"""The page on which readings from paper are entered, many at once."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from apps.core.exceptions import Reason
from apps.monitoring import presenters, selectors, services
from apps.monitoring.domain.paper import KNOWN, REFUSED, SAVED, Outcome
from apps.monitoring.forms import PaperRowForm
from apps.monitoring.presenters.form import NOT_DONE_REASONS
from apps.monitoring.presenters.paper import Line, blank_rows, slot_options, typed_rows
from apps.studies import access
from apps.studies.domain.permissions import Permission

#: More lines than any paper of one session has.
MOST_ROWS = 60


@require_http_methods(["GET", "POST"])
@login_required
def paper_readings(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Lines of a downtime sheet: each is saved or comes back as typed with its reasons; none takes another with it."""
    now = timezone.now()
    seen = selectors.watch(viewer=request.user, session_id=session_id, now=now)
    access.check(
        user=request.user, permission=Permission.OBSERVATION_RECORD, site_id=seen.session.site_id, now=now
    )
    rows, saved, status = blank_rows(seen), 0, 200
    if request.method == "POST":
        lines = _record(request, session_id, seen=seen)
        states = [line.outcome.state for line in lines if line.outcome]
        saved = states.count(SAVED) + states.count(KNOWN)
        if lines and REFUSED not in states:
            count = f"{saved} reading{'' if saved == 1 else 's'}"
            messages.success(request, f"Saved to server: {count} from paper")
            return redirect("monitoring:watch", session_id=session_id)
        rows = typed_rows(lines) or rows
        status = 422
    context = {
        "session": seen.session,
        "watch": seen,
        "now": now,
        "banner": presenters.banner(seen),
        "rows": rows,
        "slots": slot_options(seen),
        "not_done_reasons": NOT_DONE_REASONS,
        "saved": saved,
        "nothing": status == 422 and not any(row["reasons"] for row in rows),
        "zone": seen.session.site.time_zone,
    }
    return render(request, "monitoring/paper.html", context, status=status)


def _record(request: HttpRequest, session_id: UUID, *, seen: selectors.Watch) -> list[Line]:
    """Record every line that was filled in; a line whose words cannot be read at all is refused like any other."""
    zone = ZoneInfo(seen.session.site.time_zone)
    forms = [PaperRowForm(request.POST, prefix=f"r{number}") for number in range(MOST_ROWS)]
    filled = [form for form in forms if not form.is_blank]
    rows = {
        id(form): form.row(zone=zone, since=seen.session.checked_in_at) for form in filled if form.is_valid()
    }
    outcomes = services.paper_readings_record(
        session_id=session_id, rows=list(rows.values()), by=request.user, at=timezone.now()
    )
    by_row = {id(row): outcome for row, outcome in zip(rows.values(), outcomes, strict=True)}
    return [
        Line(form.typed(), by_row[id(rows[id(form)])] if id(form) in rows else _unreadable(form))
        for form in filled
    ]


def _unreadable(form: PaperRowForm) -> Outcome:
    grounds = tuple(
        Reason("invalid", f"{form.fields[name].label or name}: {text}", _FIELDS.get(name, name))
        for name, texts in form.errors.items()
        for text in texts
    )
    return Outcome(UUID(int=0), REFUSED, grounds)


_FIELDS = {"time": "observed_at"}
