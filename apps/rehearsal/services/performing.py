"""Performing a rehearsal: the checks, then the play, in one transaction that is never committed.

What does not follow a rollback: counters of sequences run on (identifiers of audit lines skip some numbers), and
PostgreSQL's own statistics. Locks, advisory ones too, end with the transaction; no service sends a message. So what
remains is the line in the sealed access log, written afterwards in a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from apps.accounts.models import User
from apps.rehearsal.domain.configuration import Configuration, parts
from apps.rehearsal.domain.findings import Finding
from apps.rehearsal.domain.labels import kit_findings
from apps.rehearsal.models import RehearsalRun
from apps.rehearsal.selectors import configuration_read, sealed
from apps.rehearsal.services.analysing import analysis_check
from apps.rehearsal.services.checking import configuration_check
from apps.rehearsal.services.playing import Played, Tell, parts_of, play
from apps.studies.domain.golive import LIVE
from apps.studies.models import Study

#: Enrolment begins on the day after, and the stock is asked from the last day on which the first doses may be given.
LEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rehearsal found, of which configuration, and what it played: counts without arms."""

    findings: tuple[Finding, ...]
    parts: tuple[tuple[str, str], ...]
    counts: Mapping[str, int]


class _RolledBack(Exception):
    """Ends the transaction of the play; never leaves this module."""


def rehearsal_perform(*, run: RehearsalRun, tell: Tell, by: User, at: datetime) -> Outcome:
    """
    Check the study's configuration as it is and, where nothing is wrong with it, play the trial; keep nothing of it.

    Needs the owner's login. The play is not begun on a configuration with findings: it would only stumble over them.
    """
    _access_record(run, by=by)
    outcome: Outcome | None = None
    try:
        with transaction.atomic():
            outcome = _perform(run, tell=tell, at=at)
            raise _RolledBack
    except _RolledBack:
        pass
    assert outcome is not None
    return outcome


def _perform(run: RehearsalRun, *, tell: Tell, at: datetime) -> Outcome:
    study = Study.objects.select_for_update(no_key=True).get(pk=run.study_id)
    configuration = configuration_read(study=study, now=at)
    starts_on = (at + LEAD).date()
    tell("checking the configuration")
    findings = configuration_check(
        study=study,
        configuration=configuration,
        first=run.first,
        weeks=run.weeks,
        starts_on=starts_on,
        first_dose_on=starts_on + timedelta(days=_screening_days(configuration)),
        moment=at,
    )
    if findings:
        return Outcome(findings, parts(configuration), {})
    study.state = LIVE
    study.save(update_fields=["state"])
    played = play(
        parts=parts_of(study=study, configuration=configuration, count=run.participants, on=starts_on),
        protocol=configuration.protocol,
        weeks=run.weeks,
        starts_on=starts_on,
        seed=run.seed,
        tell=tell,
    )
    tell("analysing the play")
    return Outcome(
        (*played.findings, *_afterwards(study, configuration, played)),
        parts(configuration),
        dict(sorted(played.counts.items())),
    )


def _afterwards(study: Study, configuration: Configuration, played: Played) -> tuple[Finding, ...]:
    if not played.through or played.ends_at is None:
        return ()
    protocol = configuration.protocol
    found = analysis_check(study=study, protocol=protocol, through=played.through, ends_at=played.ends_at)
    if protocol.randomization.method == "none":
        return found
    given = sealed.kits_given(participants=played.through, first_visit=protocol.dosing_visits[0].code)
    return (*found, *kit_findings(protocol, given))


def _screening_days(configuration: Configuration) -> int:
    days = [visit.latest_day for visit in configuration.protocol.visits if visit.anchor == "screening"]
    return max([0, *days])


def _access_record(run: RehearsalRun, *, by: User) -> None:
    """Leave the line of who reads what is sealed, and why, before it is read."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sealed.access (function, by, study_id, subject, reason) VALUES (%s, %s, %s, %s, %s)",
            ["rehearsal_perform", by.pk, run.study_id, str(run.pk), "rehearsal before going live"],
        )
