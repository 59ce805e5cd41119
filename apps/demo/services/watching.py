"""The two hours of one session: readings, what the rules find in them, and the release."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

from apps.demo.domain.values import DemoObservation
from apps.demo.services.entering import StoryFault
from apps.demo.services.person import Person
from apps.dosing.models import DosingSession
from apps.monitoring.domain.clearance import assess, conditions_kept, ready_minute, rule_digest
from apps.monitoring.domain.conditions import CONFIRMED_KINDS, Statement
from apps.monitoring.domain.findings import Known, judge, still_open
from apps.monitoring.domain.limits import usual_ranges
from apps.monitoring.domain.plan import DueSlot, due_times, rule_minute, slot_at
from apps.monitoring.domain.readings import (
    MEASURE_OF_FACT,
    PREDOSE,
    Reading,
    Values,
    after_dose,
    baseline_of,
    minutes_between,
)
from apps.monitoring.domain.values import values_check
from apps.monitoring.models import Finding, Observation, Release
from apps.studies.domain.protocol import EscalationRule
from apps.studies.domain.rules import facts_of

ENTRY = timedelta(seconds=20)
NOTICE = timedelta(minutes=3)
#: Rules are frozen values, so what names one never changes.
_rule_digest = lru_cache(maxsize=8)(rule_digest)


class Watching:
    """Writes what was seen in one session."""

    def __init__(
        self,
        person: Person,
        session: DosingSession,
        predose: Sequence[Reading],
        *,
        last_spray_at: datetime | None,
    ) -> None:
        self.person, self.session, self.book = person, session, person.book
        self.protocol = person.setting.protocol
        self.last_spray_at = last_spray_at
        self.by = person.staff.nurse
        self.readings: list[Reading] = list(predose)
        self.findings: list[Finding] = []
        self.baseline: Values | None = None
        self.slots: tuple[DueSlot, ...] = due_times(
            dosed_at=session.dosed_at,
            last_spray_at=last_spray_at,
            plan=self.protocol.observation_plan,
            checked_in_at=session.checked_in_at,
            until=session.ended_at or person.now,
        )
        self.usual = usual_ranges(
            self.protocol.observation_plan, self.protocol.escalation, age_years=person.row.age_years
        )

    def see(self, seen: DemoObservation) -> None:
        """One set of readings, entered at once, and the findings the protocol's rules make of it."""
        given = given_of(seen)
        unusual = sorted(
            key
            for key, usual in self.usual.items()
            if given.get(key) is not None and not usual.holds(given[key])
        )
        checked = values_check(given, not_done={}, confirmed=unusual, usual=self.usual)
        if checked.reasons:
            raise StoryFault(f"{self.session}: {[reason.message for reason in checked.reasons]}")
        at = self.person.known(seen.observed_at, ENTRY)
        row = Observation(
            session=self.session,
            slot_minute=seen.slot_minute,
            **_columns(checked.values),
            observed_at=seen.observed_at,
            entered_at=at,
            confirmed=unusual,
            body_digest=_digest(self.session, seen, given, at, unusual),
            recorded_at=at,
            recorded_by=self.by,
        )
        self.book.add(row)
        reading = Reading(seen.observed_at, checked.values, seen.slot_minute, id=row.pk)
        self.readings.append(reading)
        found = self._judge(row, reading, at)
        self.person.act_record(
            "observation.recorded",
            by=self.by,
            at=at,
            subject=row,
            detail={
                "slot_minute": seen.slot_minute,
                "measures": sorted(checked.values.measures),
                "not_done": [],
                "findings": [finding.rule for finding in found],
            },
        )

    def _judge(self, row: Observation, reading: Reading, at: datetime) -> list[Finding]:
        rules = _rules_on(self.protocol.escalation, reading.values.measures)
        raised = judge(
            reading,
            rules,
            baseline=self._baseline(reading),
            minute=self._minute(reading),
            age_years=self.person.row.age_years,
        )
        made = [
            Finding(
                session=self.session,
                observation=row,
                key=f"{one.rule}:{row.pk}",
                rule=one.rule,
                severity=one.severity,
                message=one.message[:300],
                action=one.action,
                notify=list(one.notify),
                event_of_interest=one.event_of_interest,
                raised_at=row.observed_at,
                recheck_at=one.recheck_at,
                recorded_at=at,
                recorded_by=self.by,
            )
            for one in raised
        ]
        for finding in made:
            self.book.add(finding)
            self.findings.append(finding)
        return made

    def _baseline(self, reading: Reading) -> Values:
        """The predose values; once the first spray was given nothing changes them any more."""
        dosed_at = self.session.dosed_at
        if dosed_at is None or reading.observed_at < dosed_at:
            return baseline_of(self.readings, dosed_at)
        if self.baseline is None:
            self.baseline = baseline_of(self.readings, dosed_at)
        return self.baseline

    def _minute(self, reading: Reading) -> int | None:
        slot = slot_at(self.slots, reading.slot_minute)
        return rule_minute(reading.observed_at, slot, self.session.dosed_at)

    def acknowledge(self, *, until: datetime) -> None:
        """Somebody took note of every finding within minutes, before the participant left."""
        for finding in self.findings:
            at = min(finding.recorded_at + NOTICE, until)
            finding.acknowledged_at, finding.acknowledged_by = at, self.by
            self.person.act_record(
                "finding.acknowledged", by=self.by, at=at, subject=finding, detail={"rule": finding.rule}
            )

    def release(self, *, at: datetime) -> Release:
        """The end of the two hours, by the very rules of the release service."""
        rule = self.protocol.discharge
        statement = Statement(frozenset(one.code for one in rule.conditions if one.kind in CONFIRMED_KINDS))
        baseline = baseline_of(self.readings, self.session.dosed_at)
        conditions = assess(
            rule=rule,
            readings=self.readings,
            baseline=baseline,
            findings=still_open(
                [Known(finding.rule, finding.raised_at) for finding in self.findings],
                self.readings,
                self.protocol.escalation,
                baseline=baseline,
                minute_of=self._minute,
                age_years=self.person.row.age_years,
            ),
            dosed_at=self.session.dosed_at,
            last_spray_at=self.last_spray_at,
            statement=statement,
            now=at,
        )
        if unmet := [one for one in conditions if not one.met]:
            words = [f"{one.label}: {one.found}, {one.needed}" for one in unmet]
            raise StoryFault(f"{self.person.row.number} cannot leave the session of {at}: {words}")
        row = Release(
            session=self.session,
            released_at=at,
            minutes_observed=minutes_between(self.session.dosed_at or at, at),
            ready_minute=ready_minute(self.readings, self.session.dosed_at),
            statement={"confirmed": sorted(statement.confirmed), "accepted": {}},
            conditions=conditions_kept(conditions),
            rule_digest=_rule_digest(rule),
            recorded_at=at,
            recorded_by=self.by,
        )
        self.book.add(row)
        return row

    @property
    def observed(self) -> int:
        """How many readings were taken since the first spray."""
        return len(after_dose(self.readings, self.session.dosed_at))


@lru_cache(maxsize=64)
def _rules_on(rules: tuple[EscalationRule, ...], measures: frozenset[str]) -> tuple[EscalationRule, ...]:
    """The rules that these measures could trigger: a rule of which nothing was measured stays undecided."""
    asked = {rule.code: {MEASURE_OF_FACT.get(fact, "") for fact in facts_of(rule.trigger)} for rule in rules}
    return tuple(rule for rule in rules if asked[rule.code] & measures)


def given_of(seen: DemoObservation) -> dict[str, Any]:
    """The values as a page sends them."""
    given: dict[str, Any] = {
        "sbp": seen.sbp,
        "dbp": seen.dbp,
        "hr": seen.hr,
        "rr": seen.rr,
        "spo2": seen.spo2,
        "temp_c": seen.temp_c,
        "moaas": seen.moaas,
        "ready": seen.ready,
        "cadss_items": _items(seen.cadss_items),
        "bprs_items": _items(seen.bprs_items),
    }
    if seen.slot_minute == PREDOSE:
        given["ready"] = None
    return {key: value for key, value in given.items() if value is not None}


def _items(items: Sequence[int] | None) -> dict[str, int] | None:
    return None if items is None else {str(number): item for number, item in enumerate(items, start=1)}


def _columns(values: Values) -> dict[str, Any]:
    return {name: getattr(values, name) for name in Values.__dataclass_fields__}


def _digest(
    session: DosingSession, seen: DemoObservation, given: Mapping[str, Any], at: datetime, unusual: list[str]
) -> str:
    """The digest by which a repeated request is recognized, as `observation_record` computes it."""
    content = {
        "session": str(session.pk),
        "slot_minute": seen.slot_minute,
        "values": dict(given),
        "observed_at": seen.observed_at,
        "entered_at": at,
        "late_reason": "",
        "not_done": {},
        "confirmed": unusual,
        "note": "",
    }
    return sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
