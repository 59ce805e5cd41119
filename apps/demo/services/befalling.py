"""What befell one participant: adverse events as the site heard of them, and the study's oral antidepressant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from apps.accounts.models import User
from apps.demo.domain.calendar import local_moment
from apps.demo.domain.values import DemoEvent
from apps.demo.services.entering import StoryFault
from apps.demo.services.person import Person
from apps.dosing.models import DosingSession
from apps.safety.domain.events import Account, Outcome, faults
from apps.safety.domain.timing import report_due_at
from apps.safety.models import AdverseEvent, Medication

#: How soon the site knows: in the chair at once, at home with the next telephone call.
IN_CHAIR, AT_HOME = timedelta(minutes=3), timedelta(hours=20)
ENTRY = timedelta(minutes=4)
#: The story's words and the product's codes.
ACTIONS: Mapping[str, str] = {"NONE": "NONE", "DRUG_WITHDRAWN": "DRUG_STOPPED"}


class Befalling:
    """Writes the adverse events and medicines of one person."""

    def __init__(self, person: Person, sessions: Mapping[int, DosingSession]) -> None:
        self.person, self.sessions, self.book = person, sessions, person.book
        self.plan = person.setting.protocol.safety

    def tell(self, event: DemoEvent) -> None:
        """Record an event once the site knows of it, and its end when that is known too."""
        staff = self.person.staff
        session = self.sessions.get(event.session_day) if event.session_day is not None else None
        by: User = staff.nurse if session is not None else staff.coordinator
        aware_at = event.onset_at + (IN_CHAIR if session is not None else AT_HOME)
        at = aware_at + ENTRY
        if at > self.person.now:
            return  # nobody has told the site yet
        ended = event.resolved_at is not None and event.resolved_at <= at
        resolved_at = event.resolved_at
        known_end = resolved_at is not None and resolved_at + ENTRY <= self.person.now
        row = AdverseEvent(
            participant=self.person.row,
            session=session,
            term=event.term,
            severity=event.severity,
            causality=event.causality,
            is_serious=bool(event.seriousness),
            seriousness=sorted(event.seriousness),
            onset_at=event.onset_at,
            outcome=Outcome.NOT_RESOLVED.value,
            action_taken=ACTIONS.get(event.action_taken, event.action_taken),
            site_aware_at=aware_at,
            recorded_at=at,
            recorded_by=by,
        )
        if ended:
            row.resolved_at, row.outcome = resolved_at, Outcome.RESOLVED.value
        self._check(row)
        self._act("adverse_event.recorded", row, by=by, at=at, detail={"serious": row.is_serious})
        if known_end and not ended and resolved_at is not None:
            row.resolved_at, row.outcome = resolved_at, Outcome.RESOLVED.value
            row.version += 1
            self._act(
                "adverse_event.resolved", row, by=by, at=resolved_at + ENTRY, detail={"outcome": row.outcome}
            )
        self.book.add(row)

    def medicate(self) -> None:
        """The oral antidepressant that begins with the first dose of spray."""
        person, code = self.person, self.person.demo.person.oral_antidepressant
        day = person.demo.first_oral_dose_on
        if day is None or person.demo.first_dose_at is None:
            return
        drug = next(one for one in person.setting.protocol.oral_antidepressants if one.code == code)
        at = person.known(person.demo.first_dose_at, timedelta(minutes=130))
        row = Medication(
            participant=person.row,
            kind="STUDY_ORAL",
            name=drug.code,
            dose_text=f"{drug.titration[0].mg_per_day:g} mg daily",
            indication="Major depressive disorder",
            started_on=day,
            recorded_at=at,
            recorded_by=person.staff.coordinator,
        )
        self.book.add(row)
        person.act_record(
            "medication.recorded",
            by=row.recorded_by,
            at=at,
            subject=row,
            detail={"kind": row.kind, "name": row.name},
        )

    def medicate_beside(self) -> None:
        """A medicine that the protocol does not want, told at the next day's call."""
        person, medicine = self.person, self.person.demo.medicine
        rules = {rule.code for rule in person.setting.protocol.concomitant}
        if medicine is None or medicine.rule not in rules:
            return
        at = local_moment(medicine.started_on, 9.0, person.demo.site.time_zone) + AT_HOME
        if at > person.now:
            return
        row = Medication(
            participant=person.row,
            kind="CONCOMITANT",
            name=medicine.name,
            indication=medicine.indication,
            concomitant_rule=medicine.rule,
            started_on=medicine.started_on,
            recorded_at=at,
            recorded_by=person.staff.coordinator,
        )
        self.book.add(row)
        person.act_record(
            "medication.recorded",
            by=row.recorded_by,
            at=at,
            subject=row,
            detail={"kind": row.kind, "name": row.name, "rule": row.concomitant_rule},
        )

    def _check(self, row: AdverseEvent) -> None:
        account = Account(
            **{name: getattr(row, name) for name in Account.__slots__ if name != "seriousness"},
            seriousness=tuple(row.seriousness),
        )
        if found := faults(account, plan=self.plan, now=self.person.now):
            raise StoryFault(f"{self.person.row.number}, {row.term}: {[one.message for one in found]}")

    def _act(self, kind: str, row: AdverseEvent, *, by: User, at: object, detail: dict[str, object]) -> None:
        if row.is_serious:
            due = report_due_at(site_aware_at=row.site_aware_at, hours=self.plan.sae_hours)
            detail = {**detail, "report_due_at": due.isoformat()}
        self.person.act_record(kind, by=by, at=at, subject=row, detail=detail)
