"""One dosing session of the story: check-in, gates, dose, devices, the two hours, the way home.

Every step, version and audit line is what the services of dosing and monitoring would have written at that moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from apps.accounts.models import User
from apps.demo.domain.values import DemoDevice, DemoSession, DemoVisit, GateAttempt
from apps.demo.services.attending import Attending
from apps.demo.services.dispensing import Dispensing
from apps.demo.services.person import Person
from apps.demo.services.visiting import Visiting
from apps.demo.services.watching import Watching
from apps.dosing.domain.answers import (
    Answer,
    Confirmation,
    LastTaken,
    Measured,
    Pressure,
    Scored,
    answer_write,
)
from apps.dosing.domain.devices import SprayOutcome
from apps.dosing.domain.gates import Check, Facts, GateOutcome, judge
from apps.dosing.domain.session import ACTION_EVENTS, CHECK_IN, SessionAction, SessionState, next_state
from apps.dosing.models import DeviceUse, DosingSession, GateCheck, SessionTransition
from apps.monitoring.domain.readings import PREDOSE, Reading, Values
from apps.papers.models import SheetSending
from apps.studies.domain.protocol import BloodPressureGate, MinimumGate
from apps.studies.domain.protocol.gates import Gate, IntervalSinceGate, ScoreBelowGate
from apps.supply.models import Kit

CLEARING = timedelta(seconds=40)
TOO_HIGH = "Blood pressure above the limit after rest; another try on another day of the window"
#: Sheets of this day of the study are sent so many days later than the others, so that some are late.
FORGOTTEN_DAY, LINGERING = 11, 9
#: A morning on which the pressure stayed too high ends so long after the last measurement.
GIVING_UP = timedelta(minutes=10)


class Sitting:
    """Writes the sessions of one visit."""

    def __init__(
        self,
        person: Person,
        visiting: Visiting,
        dispensing: Dispensing,
        attending: Attending,
        *,
        is_active: bool,
    ) -> None:
        self.person, self.visiting, self.dispensing = person, visiting, dispensing
        self.attending = attending
        self.is_active = is_active
        self.protocol, self.staff, self.book = person.setting.protocol, person.staff, person.book
        self.dosed: dict[int, DosingSession] = {}
        self.in_hand: dict[str, list[Kit]] = {}

    def tell(self, visit: DemoVisit, session: DemoSession) -> None:
        """Write the session; attempts on two days are two sessions, the first of which stopped."""
        zone = self.person.zone
        days: dict[Any, list[GateAttempt]] = {}
        for attempt in session.gate_attempts:
            days.setdefault(attempt.at.astimezone(zone).date(), []).append(attempt)
        groups = list(days.values()) or [[]]
        for attempts in groups[:-1]:
            one = _One(self, visit, session, checked_in_at=session.checked_in_at)
            one.check(attempts)
            one.stop(TOO_HIGH, at=attempts[-1].at + GIVING_UP)
            self.attending.sit(self.person.place, one.row)
        arrived = session.checked_in_at
        if len(groups) > 1:
            arrived = groups[-1][0].at - timedelta(minutes=12)
        last = _One(self, visit, session, checked_in_at=arrived)
        last.check(groups[-1])
        if session.dose_requested_at is not None:
            last.ask(session.dose_requested_at)
        if session.dosed_at is not None:
            last.dose(session.dosed_at)
        elif session.ended_at is not None:
            last.stop(session.stopped_reason, at=session.ended_at)
        self.attending.sit(self.person.place, last.row)
        self.attending.watch(self.person, last.row)

    def kits_of(self, visit: DemoVisit, dose_mg: int, *, at: datetime) -> list[Kit]:
        """The kits of the visit; those of the first session were handed out with the draw."""
        kits = self.in_hand.get(visit.code)
        if kits is None:
            kits = self.in_hand[visit.code] = self.dispensing.hand_out(
                self.person,
                visit.code,
                dose_mg=dose_mg,
                is_active=self.is_active,
                by=self.staff.investigator,
                at=at,
            )
        return kits


class _One:
    """One row of `DosingSession` on its way through the table of states."""

    def __init__(
        self, sitting: Sitting, visit: DemoVisit, story: DemoSession, *, checked_in_at: datetime
    ) -> None:
        self.sitting, self.visit, self.story = sitting, visit, story
        self.person, self.book, self.protocol = sitting.person, sitting.book, sitting.protocol
        self.nurse = sitting.staff.nurse
        self.visit_row = sitting.visiting.rows[visit.code]
        self.row = DosingSession(
            visit=self.visit_row,
            participant=self.person.row,
            site=self.person.place.site,
            chair=story.chair,
            checked_in_at=checked_in_at,
            recorded_at=checked_in_at,
            recorded_by=self.nurse,
        )
        self.book.add(self.row)
        self.kept: dict[str, Check] = {}
        self.readings: list[Reading] = []
        self._transition(CHECK_IN, "", SessionState.CHECKED_IN, by=self.nurse, at=checked_in_at)
        self._record("session.checked_in", by=self.nurse, at=checked_in_at, detail={"chair": story.chair})

    def check(self, attempts: Sequence[GateAttempt]) -> None:
        """Answer the gates: all of them first, then the pressure again after each rest; clear when none holds."""
        for number, attempt in enumerate(attempts):
            at = self.person.known(attempt.at, timedelta(seconds=15))
            facts = Facts(self.person.row.age_years, at, self.person.zone)
            answered = {}
            for gate in self.protocol.gates:
                answer = self._answer(gate, attempt)
                if number and not isinstance(gate, BloodPressureGate):
                    continue
                verdict = judge(gate, answer, facts, self.kept.get(gate.code))
                self.kept[gate.code] = Check(
                    gate.code, answer, verdict.outcome, verdict.message, verdict.clears_at
                )
                answered[gate.code] = verdict.outcome.value
                self._keep(gate.code, at)
                self._read(gate, answer)
            self._follow(at)
            self.row.version += 1
            self._record("gates.recorded", by=self.nurse, at=at, detail=answered)
        if not attempts or self.row.state != SessionState.CHECKED_IN.value:
            return
        at = attempts[-1].at + CLEARING
        if at <= self.person.now:
            warned = sorted(
                code for code, check in self.kept.items() if check.outcome is not GateOutcome.PASSED
            )
            self._step(SessionAction.CLEAR, by=self.nurse, at=at, detail={"not_plainly_passed": warned})
            self.row.version += 1

    def ask(self, at: datetime) -> None:
        """The investigator asks for the dose; the same words and the same number of kits in every arm."""
        by = self.sitting.staff.investigator
        dose_mg = self.story.dose_mg
        kits = self.sitting.kits_of(self.visit, dose_mg, at=at)
        self.row.dose_mg, self.row.dose_requested_at, self.row.dose_requested_by = dose_mg, at, by
        self.row.version += 1
        self._record(
            "dose.requested",
            by=by,
            at=at,
            detail={"dose_mg": dose_mg, "kits": [kit.number for kit in kits]},
        )

    def dose(self, dosed_at: datetime) -> None:
        """The devices one after another, the readings, and the release if the two hours are over."""
        self.row.dosed_at = dosed_at
        self.sitting.dosed[self.visit.day] = self.row
        kits = self.sitting.in_hand[self.visit.code]
        for device, kit in zip(self.story.devices, kits, strict=False):
            use = self._spray(device, kit)
            if device.second_spray_at is not None:
                self._close(use, device.second_spray_at, is_last=device.ordinal == len(kits))
        ended_at = self.story.ended_at
        self.row.ended_at = ended_at
        over = self.row.state == SessionState.OBSERVING.value
        last_spray_at = max(one.second_spray_at or one.first_spray_at for one in self.story.devices)
        watching = Watching(
            self.person, self.row, self.readings, last_spray_at=last_spray_at if over else None
        )
        for seen in self.story.observations:
            watching.see(seen)
        if ended_at is None:
            return
        watching.acknowledge(until=ended_at)
        release = watching.release(at=ended_at)
        self._step(
            SessionAction.DISCHARGE,
            by=self.nurse,
            at=ended_at,
            detail={
                "minutes_observed": release.minutes_observed,
                "observations": watching.observed,
                "rule": release.rule_digest,
            },
        )
        self.row.version += 1
        self.person.act_record(
            "participant.released",
            by=self.nurse,
            at=ended_at,
            subject=release,
            detail={"minutes_observed": release.minutes_observed, "statement": release.statement},
        )

        self._send_sheet(ended_at)

    def _send_sheet(self, ended_at: datetime) -> None:
        """The monitoring data sheet was sent some days later; one visit's sheets wait longer than they should."""
        sheet = self.protocol.sheet
        days = 1 + self.visit.day % 5 + (LINGERING if self.visit.day == FORGOTTEN_DAY else 0)
        at = ended_at + timedelta(days=days, minutes=35)
        if sheet is None or at > self.person.now:
            return
        by = self.sitting.staff.coordinator
        line = SheetSending(
            session=self.row,
            ordinal=1,
            sent_on=at.astimezone(self.person.zone).date(),
            recorded_at=at,
            recorded_by=by,
        )
        self.book.add(line)
        self.person.act_record(
            "sheet.sent",
            by=by,
            at=at,
            subject=line,
            detail={"visit": self.visit.code, "sent_on": line.sent_on.isoformat()},
        )

    def stop(self, reason: str, *, at: datetime) -> None:
        """The session ends without a dose; the visit stays open within its window."""
        self._step(SessionAction.STOP, by=self.nurse, at=at, reason=reason)
        self.row.ended_at = at
        self.row.version += 1

    def _spray(self, device: DemoDevice, kit: Kit) -> DeviceUse:
        at = device.first_spray_at
        use = DeviceUse(
            session=self.row,
            ordinal=device.ordinal,
            kit=kit,
            first_nostril=device.first_nostril,
            first_spray_at=at,
            recorded_at=at,
            recorded_by=self.nurse,
        )
        self.book.add(use)
        self.sitting.dispensing.administer(kit, by=self.nurse, at=at)
        self._step(
            SessionAction.SPRAY,
            by=self.nurse,
            at=at,
            detail={"device": device.ordinal, "kit": kit.number, "sprayed_at": at.isoformat()},
        )
        self.row.version += 1
        if device.ordinal == 1:
            self.sitting.visiting.hold(self.visit_row, held_at=at, by=self.nurse, at=at)
        return use

    def _close(self, use: DeviceUse, at: datetime, *, is_last: bool) -> None:
        """The second spray; with the last device the dose is complete, in the same step of the session."""
        use.second_spray_at, use.outcome = at, SprayOutcome.COMPLETE.value
        detail = {"device": use.ordinal, "outcome": use.outcome}
        self._record("device.closed", by=self.nurse, at=at, detail=detail)
        if is_last:
            self._step(SessionAction.COMPLETE_DOSE, by=self.nurse, at=at)
        self.row.version += 1

    def _answer(self, gate: Gate, attempt: GateAttempt) -> Answer:
        """What was answered at an attempt; nobody was dosed on a full stomach in this story."""
        if isinstance(gate, BloodPressureGate):
            return Pressure(attempt.sbp, attempt.dbp, attempt.at)
        if isinstance(gate, IntervalSinceGate):
            since = {"food": self.story.fasted_since, "liquid": self.story.drank_at}.get(gate.since)
            if since is None:
                return LastTaken(None)
            return LastTaken(min(since, attempt.at - timedelta(minutes=gate.minimum_minutes + 6)))
        if isinstance(gate, MinimumGate):
            predose = next(iter(self.story.observations), None)
            seen = predose.spo2 if predose is not None and predose.slot_minute == -1 else 97
            return Measured(seen if gate.measure == "spo2" else 5, attempt.at)
        if isinstance(gate, ScoreBelowGate):
            return Scored(self.visit.cssrs_ideation or 0)
        return Confirmation(True)

    def _read(self, gate: Gate, answer: Answer) -> None:
        """What a gate measures is a predose reading too: nobody types it twice."""
        if isinstance(answer, Pressure):
            self.readings.append(Reading(answer.at, Values(sbp=answer.sbp, dbp=answer.dbp), PREDOSE))
        elif isinstance(answer, Measured) and isinstance(gate, MinimumGate):
            values = Values(**{gate.measure: int(answer.value)})
            self.readings.append(Reading(answer.at, values, PREDOSE))

    def _keep(self, code: str, at: datetime) -> None:
        check = self.kept[code]
        self.book.put(
            GateCheck,
            session_id=self.row.pk,
            gate=code,
            values=answer_write(check.answer),
            outcome=check.outcome.value,
            message=check.message[:300],
            clears_at=check.clears_at,
            session_version=self.row.version + 1,
            at=at,
            recorded_at=at,
            recorded_by_id=self.nurse.pk,
        )

    def _follow(self, at: datetime) -> None:
        holding = [code for code, check in self.kept.items() if check.outcome is GateOutcome.HELD]
        withheld = self.row.state == SessionState.WITHHELD.value
        if holding and not withheld:
            self._step(SessionAction.WITHHOLD, by=self.nurse, at=at, detail={"gates": holding})
        elif withheld and not holding:
            self._step(SessionAction.RECHECK, by=self.nurse, at=at)

    def _step(
        self,
        action: SessionAction,
        *,
        by: User,
        at: datetime,
        reason: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        before = SessionState(self.row.state)
        after = next_state(before, action)
        self.row.state = after.value
        self._transition(action.value, before.value, after, by=by, at=at, reason=reason)
        self._record(ACTION_EVENTS[action], by=by, at=at, reason=reason, detail=detail)

    def _transition(
        self, action: str, before: str, after: SessionState, *, by: User, at: datetime, reason: str = ""
    ) -> None:
        first = action == CHECK_IN
        self.book.put(
            SessionTransition,
            session_id=self.row.pk,
            action=action,
            from_state=before,
            to_state=after.value,
            at=at,
            session_version=self.row.version if first else self.row.version + 1,
            reason=reason,
            recorded_at=at,
            recorded_by_id=by.pk,
        )

    def _record(
        self,
        kind: str,
        *,
        by: User,
        at: datetime,
        reason: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        self.person.act_record(
            kind,
            by=by,
            at=at,
            subject=self.row,
            reason=reason,
            detail={"visit": self.visit.code, **(detail or {})},
        )
