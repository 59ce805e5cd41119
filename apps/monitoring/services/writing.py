"""One reading, what the rules found in it and the act, written in one statement."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from django.db import models

from apps.audit.models import AuditEvent
from apps.core.asking import row_of
from apps.core.writing import history_now
from apps.monitoring.models import Finding, Observation


class Outcome(StrEnum):
    """Whether it was written."""

    RECORDED = "RECORDED"
    #: The session moved on, or has another baseline, since it was read.
    STALE = "STALE"
    #: The identifier is taken.
    KNOWN = "KNOWN"


def recording_write(
    observation: Observation, findings: Sequence[Finding], event: AuditEvent, *, version: int, before: int
) -> Outcome:
    """Write all of it if the session is still as it was read: at `version`, with `before` readings before the dose.

    `raised` of the observation are then the findings, so that whoever answers need not ask for them.
    """
    told = history_now()
    [said] = row_of(
        "CALL monitoring_record(%s, %s, %s, %s, %s, NULL)",
        [
            version,
            before,
            _document(_row(observation)),
            _document([_row(finding) for finding in findings]),
            _document(_row(event) | ({"history": told} if told is not None else {})),
        ],
    )
    outcome = Outcome(said)
    if outcome is Outcome.RECORDED:
        observation.raised = tuple(findings)
        for row in (observation, *findings):
            row._state.adding = False
    return outcome


def _row(instance: models.Model) -> dict[str, Any]:
    given = instance.__dict__
    return {field.column: given[field.attname] for field in instance._meta.concrete_fields}


def _document(given: object) -> str:
    return json.dumps(given, default=str)
