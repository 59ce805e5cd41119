"""The report of a rehearsal as a page, a document and lines of text show it: the same words to everybody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from apps.core.exceptions import Reason
from apps.rehearsal.domain.document import Check as PrintedCheck
from apps.rehearsal.domain.document import Document, Signed
from apps.rehearsal.domain.findings import Verdict, finding_of, verdicts
from apps.rehearsal.models import RehearsalRun, RehearsalSignature
from apps.studies.domain.golive import RehearsalProof, go_live_reasons

_MARKS = {"met": "ok  ", "not_met": "FAIL", "unknown": "  - "}


@dataclass(frozen=True, slots=True)
class GoLive:
    """What the study's page shows beside "Go live": every reason against, or none."""

    proof: RehearsalProof
    reasons: tuple[Reason, ...]

    @property
    def is_open(self) -> bool:
        """Whether nothing stands against it."""
        return not self.reasons


def verdicts_of(run: RehearsalRun) -> tuple[Verdict, ...]:
    """Return the verdict of every check of a rehearsal that has ended."""
    return verdicts(map(finding_of, run.findings), played=bool(run.played))


def checks_of(run: RehearsalRun) -> list[dict[str, object]]:
    """Return the verdicts as the component `checklist.html` takes them."""
    return [
        {
            "label": verdict.question,
            "state": verdict.state,
            "value": _said(verdict),
        }
        for verdict in verdicts_of(run)
    ]


def findings_of(run: RehearsalRun) -> list[dict[str, str]]:
    """Return the findings with the words of their checks."""
    return [
        {"name": finding.code, "where": finding.where, "text": finding.text}
        for verdict in verdicts_of(run)
        for finding in verdict.findings
    ]


def rows_of(run: RehearsalRun) -> list[tuple[str, str]]:
    """Return what was rehearsed and when, as label and value."""
    rows = [
        ("Study", f"{run.study.title} ({run.study.code})"),
        ("Protocol", run.protocol_version.label if run.protocol_version else "not reached"),
        ("Outcome", run.get_state_display()),
        ("Begun", _moment(run.started_at)),
        ("Ended", _moment(run.finished_at)),
        ("Asked for by", str(run.recorded_by)),
        ("Made-up participants", str(run.participants)),
        ("Seed of the made-up participants", str(run.seed)),
        ("Stock asked for", f"the first {run.first} participants at each site, {run.weeks} weeks"),
        ("Release of the software", run.release or "not reached"),
        ("Digest of the configuration", run.digest or "not reached"),
    ]
    return rows + [(f"Digest: {name}", value) for name, value in sorted(run.parts.items())]


def played_of(run: RehearsalRun) -> list[tuple[str, int]]:
    """Return what the play did, in counts."""
    return sorted(run.played.items())


def signature_rows(signatures: Iterable[RehearsalSignature]) -> list[dict[str, str]]:
    """Return who signed what, in which role, when."""
    return [
        {
            "name": signature.recorded_by.full_name or str(signature.recorded_by),
            "role": signature.as_role,
            "at": _moment(signature.recorded_at),
            "meaning": signature.meaning,
        }
        for signature in signatures
    ]


def go_live_of(*, state: str, proof: RehearsalProof) -> GoLive:
    """Return what stands against going live."""
    return GoLive(proof, go_live_reasons(state=state, proof=proof))


def report_lines(run: RehearsalRun) -> Sequence[str]:
    """Return the report as lines of text, to print and to sign before the study goes live."""
    width = max(len(label) for label, _ in rows_of(run))
    lines = ["", "REPORT OF THE REHEARSAL", ""]
    lines += [f"  {label:<{width}}  {value}" for label, value in rows_of(run)]
    lines += ["", "  Checks"]
    for verdict in verdicts_of(run):
        lines.append(f"  [{_MARKS[verdict.state]}] {verdict.question}")
        lines += [f"           {finding.code}: {finding.text}" for finding in verdict.findings]
    if run.played:
        lines += ["", "  Played, and rolled back"]
        lines += [f"    {count:>6}  {what}" for what, count in played_of(run)]
    lines += ["", f"  {'PASSED' if run.state == 'PASSED' else 'FAILED'}", ""]
    if run.state == "PASSED":
        lines += ["  Signed on the study's page by an administrator of the study before it goes live.", ""]
    return lines


def _said(verdict: Verdict) -> str:
    if verdict.findings:
        return f"{len(verdict.findings)} found"
    return "" if verdict.was_asked else "not begun"


def _moment(moment: datetime | None) -> str:
    return "not reached" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def document_of(run: RehearsalRun, signatures: Iterable[RehearsalSignature]) -> Document:
    """Return the report as the document to sign."""
    return Document(
        title="Report of the rehearsal",
        subtitle=f"{run.study.code}, {_moment(run.finished_at)}",
        outcome=(
            "Passed: nothing was found."
            if run.state == "PASSED"
            else "Failed: the study cannot go live as it stands."
        ),
        has_passed=run.state == "PASSED",
        is_fictional=run.study.is_fictional,
        rows=tuple(rows_of(run)),
        checks=tuple(
            PrintedCheck(
                verdict.question,
                _said(verdict) or "as it should be",
                verdict.state == "met",
                tuple((finding.code, finding.text) for finding in verdict.findings),
            )
            for verdict in verdicts_of(run)
        ),
        played=tuple((what[:1].upper() + what[1:], count) for what, count in played_of(run)),
        signatures=tuple(Signed(**row) for row in signature_rows(signatures)),
        ended_at=run.finished_at or run.recorded_at,
    )
