"""Printing: composed from the record, set as PDF, and written down that it was."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.template.loader import render_to_string

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Invalid, NotFound, Reason
from apps.core.release import RELEASE
from apps.monitoring.domain.chart import vitals_chart
from apps.monitoring.selectors import Watch, drawn_of
from apps.papers import selectors
from apps.papers.domain.documents.blocks import Document, Kind, Printed
from apps.papers.domain.documents.compose import (
    Pictures,
    readiness_document,
    sheet_document,
    summary_document,
)
from apps.papers.domain.documents.downtime import downtime_document
from apps.papers.domain.documents.pdf import paper_pdf
from apps.papers.domain.readiness import readiness_of
from apps.papers.domain.record import Where
from apps.papers.domain.sheet import sheet_of

_SVG = re.compile(r"<svg .*?</svg>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Paper:
    """One printed paper: a name without what could be read as an arm, and its bytes."""

    name: str
    content: bytes


@transaction.atomic
def paper_print(*, session_id: UUID, kind: Kind, by: User, at: datetime) -> Paper:
    """
    Print one paper of a session as it stands at `at`, and record that it was printed.

    :raises NotFound: if the session is not there for `by`, or its protocol has no such paper
    :raises NotAllowed: if `by` may not read adverse events at this site
    """
    watch = selectors.watch_of(viewer=by, session_id=session_id, now=at)
    document = _document(watch, kind, printed=Printed(at, by.full_name, RELEASE), by=by)
    where = selectors.where_of(watch.session.participant, visit=watch.session.visit.label)
    return _printed(document, kind, where, subject=watch.session, by=by, at=at)


@transaction.atomic
def downtime_print(
    *, by: User, at: datetime, session_id: UUID | None = None, visit_id: UUID | None = None
) -> Paper:
    """
    Print the sheet to write on, for a session or for a visit that has none yet, and record it.

    :raises NotFound: if the session or the visit is not there for `by`
    :raises NotAllowed: if `by` may not read sessions at the site of the visit
    :raises Invalid: if neither or both are named
    """
    if (session_id is None) == (visit_id is None):
        raise Invalid(Reason("either_or", "Name a session or a visit, not both."))
    if session_id is not None:
        sheet = selectors.downtime_of_session(viewer=by, session_id=session_id, now=at)
    else:
        assert visit_id is not None  # one of the two is named
        sheet = selectors.downtime_of_visit(viewer=by, visit_id=visit_id, now=at)
    document = downtime_document(sheet, printed=Printed(at, by.full_name, RELEASE))
    return _printed(document, "downtime", sheet.where, subject=None, by=by, at=at)


def _document(watch: Watch, kind: Kind, *, printed: Printed, by: User) -> Document:
    record = selectors.record_of(viewer=by, watch=watch)
    if kind == "summary":
        return summary_document(record, pictures=_pictures(watch), printed=printed)
    if kind == "sheet":
        sheet = sheet_of(record)
        if sheet is not None:
            return sheet_document(record, sheet, pictures=_pictures(watch), printed=printed)
    if kind == "readiness":
        readiness = readiness_of(record)
        if readiness is not None:
            return readiness_document(record, readiness, printed=printed)
    raise NotFound("This session has no such paper.")


def _pictures(watch: Watch) -> Pictures:
    """Return the charts of the screen, drawn by the same template, each as a picture of its own."""
    chart = vitals_chart(drawn_of(watch, on_paper=True))
    if chart is None:
        return ()
    drawn = _SVG.findall(render_to_string("components/vitals_chart.html", {"chart": chart}))
    return tuple(
        (
            svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1),
            f"{panel['name']}. {panel['described'] or 'Nothing measured'}",
        )
        for svg, panel in zip(drawn, chart["panels"], strict=True)
    )


def _printed(
    document: Document, kind: Kind, where: Where, *, subject: object, by: User, at: datetime
) -> Paper:
    content = paper_pdf(document)
    event_record(
        kind="paper.printed",
        by=by,
        at=at,
        subject=subject,
        study=where.study,
        site=where.site_code,
        participant=where.number,
        detail={"paper": kind, "visit": where.visit, "sha256": sha256(content).hexdigest()},
    )
    name = re.sub(r"[^A-Za-z0-9]+", "-", f"{where.number} {where.visit} {kind}").strip("-").lower()
    return Paper(f"{name}.pdf", content)
