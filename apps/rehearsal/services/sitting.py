"""One dosing session of the play, from check-in to release, by the services that the chairside uses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from apps.dosing import selectors as dosing
from apps.dosing.models import DosingSession
from apps.dosing.services import (
    device_close,
    dose_request,
    gates_record,
    session_check_in,
    session_clear,
    spray_first,
)
from apps.monitoring import selectors as monitoring
from apps.monitoring.domain.conditions import CONFIRMED_KINDS, Statement
from apps.monitoring.domain.plan import DueSlot
from apps.monitoring.domain.readings import PREDOSE
from apps.monitoring.services import observation_record, participant_release, prescriber_mark
from apps.monitoring.services.release import NotReady
from apps.rehearsal.domain.answers import gate_answers, reading
from apps.rehearsal.services.crew import Crew
from apps.schedule.models import Visit
from apps.studies.domain.permissions import Permission
from apps.studies.domain.protocol import Protocol
from apps.supply.selectors import kits_of_visit

#: How often the plan may repeat before it counts as one that lets nobody go: two more hours of quarter hours.
REPEATS = 8
P = Permission


class Sitting:
    """One session. `step` names what is being done, for a finding; `dose_mg` the dose asked for."""

    def __init__(
        self, crew: Crew, protocol: Protocol, visit: Visit, *, highest: bool, chance: Random
    ) -> None:
        self.crew, self.protocol, self.visit, self.highest, self.chance = (
            crew,
            protocol,
            visit,
            highest,
            chance,
        )
        self.step = f"check-in at {visit.code}"
        self.session: DosingSession

    @property
    def dose_mg(self) -> int | None:
        """The dose asked for; None where the allocation fixes it."""
        return self.session.dose_mg

    def sit(self, at: datetime) -> datetime:
        """Play the session from `at` on; return when the participant left."""
        self.session = session_check_in(
            visit_id=self.visit.pk, chair=1, by=self.crew.who(P.SESSION_CHECK_IN, at), at=at
        )
        self._before(at + timedelta(minutes=5))
        self._spray(at + timedelta(minutes=15))
        return self._until_release()

    def _before(self, at: datetime) -> None:
        participant = self.session.participant
        predose = [slot for slot in self._slots(at) if slot.minute == PREDOSE]
        for slot in predose:
            self._observe(slot, at)
        self.step = f"gates at {self.visit.code}"
        by = self.crew.who(P.SESSION_CLEAR, at)
        answers = gate_answers(self.protocol, age_years=participant.age_years, now=at)
        self._now(
            gates_record(
                session_id=self.session.pk, answers=answers, version=self.session.version, by=by, at=at
            )
        )
        self.step = f"dose at {self.visit.code}"
        options = dosing.dose_choices(session=self.session, protocol=self.protocol)
        asked = None if options.is_fixed else (max if self.highest else min)(options.allowed)
        self._now(
            dose_request(
                session_id=self.session.pk,
                dose_mg=asked,
                version=self.session.version,
                by=self.crew.who(P.DOSE_REQUEST, at),
                at=at,
            )
        )
        self.step = f"clearing at {self.visit.code}"
        self._now(session_clear(session_id=self.session.pk, version=self.session.version, by=by, at=at))

    def _spray(self, at: datetime) -> None:
        self.step = f"prescriber on site at {self.visit.code}"
        prescriber = self.crew.who(P.PRESENCE_MARK, at)
        prescriber_mark(site_id=self.session.site_id, on_site=True, by=prescriber, at=at)
        self.step = f"spray at {self.visit.code}"
        by = self.crew.who(P.DOSE_GIVE, at)
        kits = kits_of_visit(participant_id=self.session.participant_id, visit_code=self.visit.code)
        devices = dosing.devices_planned(session=self.session, protocol=self.protocol)
        numbers = {kit.position: kit.number for kit in kits}
        for ordinal in range(1, devices + 1):
            sprayed = at + timedelta(minutes=self.protocol.devices.gap_minutes * (ordinal - 1))
            second = sprayed + timedelta(seconds=20)
            self._now(
                spray_first(
                    session_id=self.session.pk,
                    kit_number=numbers.get(ordinal, ""),
                    nostril="LEFT",
                    sprayed_at=sprayed,
                    version=self.session.version,
                    by=by,
                    at=sprayed,
                )
            )
            self._now(
                device_close(
                    session_id=self.session.pk,
                    ordinal=ordinal,
                    second_spray_at=second,
                    outcome="COMPLETE",
                    version=self.session.version,
                    by=by,
                    at=second,
                )
            )

    def _until_release(self) -> datetime:
        """Take every reading of the plan at its minute, then let the participant go as soon as the rules do."""
        dosed_at = self.session.dosed_at
        assert dosed_at is not None  # the first spray was recorded
        timed = sorted(
            (slot for slot in self._slots(dosed_at) if slot.minute != PREDOSE and not slot.repeat),
            key=lambda slot: slot.due_at or dosed_at,
        )
        for slot in timed:
            self._observe(slot, slot.due_at or dosed_at)
        rule, plan = self.protocol.discharge, self.protocol.observation_plan
        last = max([slot.due_at or dosed_at for slot in timed], default=dosed_at)
        at = max(last, dosed_at + timedelta(minutes=rule.min_minutes)) + timedelta(minutes=1)
        by_hand = frozenset(one.code for one in rule.conditions if one.kind in CONFIRMED_KINDS)
        taken = {slot.minute for slot in timed}
        for attempt in range(REPEATS + 1):
            self.step = f"release at {self.visit.code}"
            try:
                participant_release(
                    session_id=self.session.pk,
                    statement=Statement(confirmed=by_hand),
                    by=self.crew.who(P.SESSION_DISCHARGE, at),
                    at=at,
                )
            except NotReady:
                if attempt == REPEATS or not plan.after_plan_measures:
                    raise
                at += timedelta(minutes=plan.after_plan_every_minutes)
                for slot in self._slots(at):
                    if slot.repeat and slot.minute not in taken and slot.due_at and slot.due_at <= at:
                        taken.add(slot.minute)
                        self._observe(slot, slot.due_at)
            else:
                return at
        raise AssertionError("the last attempt either released or raised")

    def _slots(self, now: datetime) -> tuple[DueSlot, ...]:
        by = self.crew.who(P.SESSION_READ, now)
        return tuple(monitoring.watch(viewer=by, session_id=self.session.pk, now=now).slots)

    def _observe(self, slot: DueSlot, at: datetime) -> None:
        self.step = f"{slot.label} of the observation plan at {self.visit.code}"
        measures: Mapping[str, None] = dict.fromkeys(slot.measures)
        observation_record(
            observation_id=UUID(int=self.chance.getrandbits(128), version=4),
            session_id=self.session.pk,
            values=reading(measures),
            observed_at=at,
            entered_at=at,
            slot_minute=slot.minute,
            by=self.crew.who(P.OBSERVATION_RECORD, at),
            at=at,
        )

    def _now(self, session: DosingSession) -> None:
        self.session = session
