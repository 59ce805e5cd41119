"""The end of the play: its records go through the analysis as the trial's will, arms pooled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from apps.core.exceptions import Refused
from apps.core.release import RELEASE
from apps.endpoints.domain.report import Provenance, compose_report, plan_from_protocol
from apps.endpoints.domain.sets import Condition, SetDefinition, analysis_set
from apps.endpoints.domain.values import TrialRecords
from apps.endpoints.selectors import records_read
from apps.participants.models import Participant
from apps.rehearsal.domain.findings import Check, Finding
from apps.studies.domain.protocol import Protocol
from apps.studies.models import Study


def analysis_check(
    *, study: Study, protocol: Protocol, through: Sequence[UUID], ends_at: datetime
) -> tuple[Finding, ...]:
    """
    Return a finding for each analysis set, score and report that the played records do not yield.

    `through` are the participants who kept every visit: each of them belongs to every set (those that ask for the
    severity list apart, which is the draw's to know), with a baseline and a primary endpoint.
    """
    numbers = frozenset(Participant.objects.filter(pk__in=through).values_list("number", flat=True))
    try:
        records = records_read(study=study, protocol=protocol, cut_at=ends_at + timedelta(days=1), arms=None)
        found = [*_sets(protocol, records, numbers), *_endpoint(protocol, records, numbers)]
        provenance = Provenance(
            study=study.code,
            protocol_version=protocol.version,
            data_cut_at=ends_at + timedelta(days=1),
            code_version=RELEASE,
        )
        compose_report(records, plan=plan_from_protocol(protocol, by_arm=False), provenance=provenance)
    except Refused as refusal:
        return (_finding("REPORT_REFUSED", f"The report cannot be made of the play: {refusal}"),)
    except (ValueError, LookupError, ArithmeticError) as fault:
        return (
            _finding("REPORT_FAULT", f"The report of the play ended in a fault ({type(fault).__name__})."),
        )
    return tuple(found)


def _sets(protocol: Protocol, records: TrialRecords, numbers: frozenset[str]) -> list[Finding]:
    found = []
    for one in protocol.endpoints.analysis_sets:
        conditions = frozenset(Condition(requirement) for requirement in one.requires)
        if Condition.SEVERITY_MET in conditions:
            continue
        members = analysis_set(
            records.participants, definition=SetDefinition(one.code, one.label, conditions)
        ).numbers
        if not numbers <= members:
            text = f"{one.label}: somebody who kept every visit does not belong to it."
            found.append(_finding("SET_LACKS_MEMBERS", text, one.code))
    return found


def _endpoint(protocol: Protocol, records: TrialRecords, numbers: frozenset[str]) -> list[Finding]:
    primary = protocol.endpoints.primary
    known = {
        series.number
        for series in records.scores
        if series.instrument == primary.instrument and series.change(protocol.endpoint_visit.day) is not None
    }
    if numbers <= known:
        return []
    text = f"The change of {primary.instrument} to {primary.visit} is not there for somebody who kept every visit."
    return [_finding("ENDPOINT_MISSING", text, primary.visit)]


def _finding(code: str, text: str, where: str = "") -> Finding:
    return Finding(Check.PLAY, code, text, where)
