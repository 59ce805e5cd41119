"""The schedule of one randomized participant: laid out at the draw, appointed, held or missed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from apps.accounts.models import User
from apps.demo.domain.values import DemoVisit
from apps.demo.services.interviews import Interviews
from apps.demo.services.person import Person
from apps.instruments.domain.slots import SlotPlan
from apps.participants.domain.status import ParticipantStatus
from apps.schedule.domain.planning import closing_code, first_dose_code, visits_planned
from apps.schedule.domain.windows import Place, Window, place, study_day
from apps.schedule.models import Visit

#: When a visit whose dose never came is recorded as missed: on the morning after its window.
MORNING = timedelta(hours=9, minutes=40)
NEVER_DOSED = "Blood pressure too high before the dose at every attempt"
ATTENDANCE = timedelta(minutes=20)


class Visiting:
    """Writes the visits of one person."""

    def __init__(self, person: Person, interviews: Interviews) -> None:
        self.person, self.interviews, self.book = person, interviews, person.book
        self.protocol = person.setting.protocol
        self.rows: dict[str, Visit] = {}
        self.first_dose_date = (person.demo.randomized_at or person.now).astimezone(person.zone).date()

    def plan(self, *, by: User, at: datetime) -> None:
        """Every visit from a first dose on the day of the draw, and the rater's interviews."""
        planned = visits_planned(
            protocol=self.protocol, first_dose_date=self.first_dose_date, tz=self.person.zone
        )
        for visit in planned:
            self.rows[visit.code] = Visit(
                participant=self.person.row,
                code=visit.code,
                label=visit.label,
                day=visit.day,
                is_dose=visit.is_dose,
                opens_at=visit.window.opens_at,
                target_date=visit.window.target_date,
                closes_at=visit.window.closes_at,
                recorded_at=at,
                recorded_by=by,
            )
            self.book.add(self.rows[visit.code])
        plans = [
            SlotPlan(
                entry.instrument,
                visit.code,
                entry.recall or "",
                visit.window.opens_at,
                visit.window.closes_at,
            )
            for visit in planned
            for entry in self.protocol.visit(visit.code).instruments
            if entry.rater == "blinded_rater"
        ]
        self.interviews.plan(plans, by=by, at=at)
        self._act("schedule.planned", None, by=by, at=at, detail={"visits": len(planned)})

    def appoint(self, visits: Mapping[str, DemoVisit], *, by: User, at: datetime) -> None:
        """Appointments, made in one go after the draw; the first dose is on the very day and needs none."""
        for code, visit in visits.items():
            row = self.rows[code]
            if code == first_dose_code(self.protocol) or visit.planned_at is None:
                continue
            row.planned_at = visit.planned_at
            row.version += 1
            self._act(
                "visit.appointed",
                row,
                by=by,
                at=at,
                detail={"visit": code, "planned_at": visit.planned_at.isoformat(), "chair": None},
            )

    def attend(self, visit: DemoVisit) -> None:
        """A visit without a dose; the one that closes treatment completes the participant."""
        closes = visit.code == closing_code(self.protocol)
        demo, row = self.person.demo, self.rows[visit.code]
        if visit.held_at is None:
            return
        if demo.discontinued_at is not None and visit.held_at > demo.discontinued_at:
            return  # they came back for a rating only: visits of who has left are not held
        at = demo.completed_at if closes else self.person.known(visit.held_at, ATTENDANCE)
        if at is None:
            return  # there just now: nobody has entered it yet
        self.hold(row, held_at=visit.held_at, by=self.person.staff.coordinator, at=at)
        if closes:
            self.person.status_change(
                ParticipantStatus.COMPLETED.value, by=self.person.staff.coordinator, at=at
            )

    def hold(self, row: Visit, *, held_at: datetime, by: User, at: datetime) -> None:
        """Mark a visit as held, as `visit_hold` does."""
        row.held_at, row.held_by = held_at, by
        row.version += 1
        on = held_at.astimezone(self.person.zone).date()
        window = Window(row.opens_at, row.target_date, row.closes_at)
        self._act(
            "visit.held",
            row,
            by=by,
            at=at,
            detail={
                "visit": row.code,
                "held_at": held_at.isoformat(),
                "study_day": study_day(first_dose_date=self.first_dose_date, on=on),
                "in_window": place(window, held_at) is Place.OPEN,
            },
        )

    def miss(self, visit: DemoVisit) -> None:
        """A visit that was not kept, or at which the dose could never be given."""
        row, at, reason = self.rows[visit.code], visit.missed_at, visit.missed_reason
        if at is None and visit.session is not None and visit.session.stopped_reason:
            morning = datetime.combine(row.closes_at.astimezone(self.person.zone).date(), time())
            at, reason = morning.replace(tzinfo=self.person.zone) + MORNING, NEVER_DOSED
        left = self.person.demo.discontinued_at
        if at is None or at > self.person.now or (left is not None and at > left):
            return
        by = self.person.staff.coordinator
        row.missed_at, row.missed_by, row.missed_reason = at, by, reason
        row.version += 1
        self._act("visit.missed", row, by=by, at=at, reason=reason, detail={"visit": row.code})

    def _act(
        self,
        kind: str,
        row: Visit | None,
        *,
        by: User,
        at: datetime,
        detail: Mapping[str, object],
        reason: str = "",
    ) -> None:
        subject = row if row is not None else self.person.row
        self.person.act_record(kind, by=by, at=at, subject=subject, reason=reason, detail=detail)
