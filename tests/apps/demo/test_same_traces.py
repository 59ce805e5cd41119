"""One person walks through the real services; the seed wrote the same audit lines for somebody who did the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.dosing.models import DosingSession
from apps.dosing.services import (
    device_close,
    dose_request,
    gates_record,
    session_check_in,
    session_clear,
    spray_first,
)
from apps.instruments.domain.catalogue import INSTRUMENTS
from apps.instruments.models import RatingSlot
from apps.instruments.services import rating_enter, rating_record, slot_open
from apps.monitoring.domain.conditions import CONFIRMED_KINDS, Statement
from apps.monitoring.models import Finding, Observation
from apps.monitoring.services import (
    finding_acknowledge,
    observation_record,
    participant_release,
    prescriber_mark,
    watch_leave,
    watch_take_over,
)
from apps.papers.services import sheet_sending_record
from apps.participants.models import Participant
from apps.participants.services import participant_enroll
from apps.safety.models import Medication
from apps.safety.services import medication_record
from apps.schedule.models import Visit
from apps.schedule.services import visit_appoint
from apps.screening.domain.decision import Signed
from apps.screening.models import Answer, Screening
from apps.screening.services import AnswerGiven, answers_record, screening_decide, screening_open
from apps.studies.models import Site, Study
from apps.studies.selectors import protocol_of
from apps.supply.selectors import kits_of_visit
from apps.supply.services import participant_randomize_with_kits
from tests.factories.treatment import gate_answers

pytestmark = pytest.mark.usefixtures("db")

CONSENT = datetime(2026, 4, 6, 8, 0, tzinfo=UTC)
DAY_1 = datetime(2026, 5, 11, 8, 0, tzinfo=UTC)
SHAPE = dict[str, set[tuple[str, frozenset[str], bool]]]


def shape_of(lines: Iterable[AuditEvent], *, gates: frozenset[str]) -> SHAPE:
    """What a trail looks like: by kind, the sort of subject and the names of the details. Gate codes are values."""
    found: SHAPE = {}
    for line in lines:
        keys = frozenset(set(line.detail) - gates)
        found.setdefault(line.kind, set()).add((line.subject_type, keys, bool(line.reason)))
    return found


def moment(minutes: float) -> datetime:
    return DAY_1 + timedelta(minutes=minutes)


class Walk:
    """A participant of site 201, taken from consent to the end of the first session."""

    def __init__(self, study: Study, like: Participant) -> None:
        self.like = like
        self.site = Site.objects.get(study=study, code="201")
        self.protocol = protocol_of(study.protocol_versions.get())
        for role in ("coordinator", "investigator", "nurse", "rater"):
            setattr(self, role, User.objects.get(email=f"{role}@demo.example"))

    coordinator: User
    investigator: User
    nurse: User
    rater: User

    def enrol_and_screen(self) -> None:
        self.participant = participant_enroll(
            site_id=self.site.pk,
            full_name="Wanda Weg",
            birth_date=datetime(1980, 5, 17).date(),  # noqa: DTZ001
            sex=self.like.sex,
            consented_at=CONSENT,
            form_version="1.0",
            by=self.coordinator,
            at=CONSENT + timedelta(minutes=8),
        )
        screening = screening_open(
            participant_id=self.participant.pk, by=self.coordinator, at=CONSENT + timedelta(minutes=20)
        )
        for days, code in ((0, "SW1"), (9, "SW2"), (23, "SW4")):
            self.interview(code, CONSENT + timedelta(days=days, hours=2))
        self.scale("IDSC30", "SW1", CONSENT + timedelta(hours=3), self.investigator)
        self.scale("MGHATRQ", "SW1", CONSENT + timedelta(hours=3), self.investigator)
        earlier = Answer.objects.filter(screening__participant=self.like)
        answers_record(
            screening_id=screening.pk,
            answers=[
                AnswerGiven(one.kind, one.key, one.value, DAY_1 - timedelta(minutes=60)) for one in earlier
            ],
            by=self.coordinator,
            at=DAY_1 - timedelta(minutes=50),
        )
        screening = Screening.objects.get(pk=screening.pk)
        screening_decide(
            screening_id=screening.pk,
            signed=Signed.ELIGIBLE,
            version=screening.version,
            by=self.investigator,
            at=DAY_1 - timedelta(minutes=40),
        )

    def interview(self, code: str, at: datetime) -> None:
        slot = RatingSlot.objects.get(participant=self.participant, instrument="MADRS", visit_code=code)
        slot_open(slot_id=slot.pk, by=self.rater, at=at)
        rating_record(
            slot_id=slot.pk,
            items={item.code: 4 for item in INSTRUMENTS["MADRS"].items},
            observed_at=at,
            entered_at=at,
            by=self.rater,
            at=at,
        )

    def scale(self, instrument: str, visit: str, at: datetime, by: User) -> None:
        values = {"IDSC30": 44, "MGHATRQ": 2}
        rating_enter(
            participant_id=self.participant.pk,
            instrument=instrument,
            visit_code=visit,
            items={item.code: values.get(instrument, item.minimum) for item in INSTRUMENTS[instrument].items},
            observed_at=at,
            entered_at=at,
            by=by,
            at=at,
        )

    def randomize(self) -> None:
        participant_randomize_with_kits(
            participant_id=self.participant.pk, key=uuid4(), by=self.coordinator, at=moment(-30)
        )
        visit = Visit.objects.get(participant=self.participant, code="D4")
        visit_appoint(
            visit_id=visit.pk, planned_at=DAY_1 + timedelta(days=3), by=self.coordinator, at=moment(-28)
        )
        self.interview("D1", moment(-27))
        for instrument, by in (
            ("PHQ9", self.coordinator),
            ("CGIS", self.investigator),
            ("CSSRS", self.nurse),
        ):
            self.scale(instrument, "D1", moment(-24), by)

    def sit(self) -> DosingSession:
        visit = Visit.objects.get(participant=self.participant, code="D1")
        session = session_check_in(visit_id=visit.pk, chair=4, by=self.nurse, at=moment(-22))
        # Too high at first: withheld, measured again after the rest, cleared.
        session = gates_record(
            session_id=session.pk,
            answers=gate_answers(now=moment(-20), BP={"sbp": 146, "dbp": 88}),
            version=session.version,
            by=self.nurse,
            at=moment(-20),
        )
        session = gates_record(
            session_id=session.pk,
            answers={"BP": {"sbp": 134, "dbp": 84}},
            version=session.version,
            by=self.nurse,
            at=moment(-9),
        )
        session = session_clear(session_id=session.pk, version=session.version, by=self.nurse, at=moment(-8))
        session = dose_request(
            session_id=session.pk, dose_mg=56, version=session.version, by=self.investigator, at=moment(-7)
        )
        prescriber_mark(site_id=session.site_id, on_site=True, by=self.investigator, at=moment(-6))
        self.see(session, -1, -6, sbp=134, dbp=84, hr=70, rr=15, temp_c=36.6, **scales())
        for kit in kits_of_visit(participant_id=self.participant.pk, visit_code="D1"):
            at = moment(6 * ((kit.position or 1) - 1))
            session = spray_first(
                session_id=session.pk,
                kit_number=kit.number,
                nostril="LEFT",
                sprayed_at=at,
                version=session.version,
                by=self.nurse,
                at=at,
            )
            session = device_close(
                session_id=session.pk,
                ordinal=kit.position or 0,
                second_spray_at=at + timedelta(seconds=20),
                outcome="COMPLETE",
                version=session.version,
                by=self.nurse,
                at=at + timedelta(seconds=20),
            )
        return session

    def medicate(self) -> None:
        earlier = Medication.objects.get(participant=self.like, kind="STUDY_ORAL")
        medication_record(
            participant_id=self.participant.pk,
            kind=earlier.kind,
            name=earlier.name,
            started_on=DAY_1.date(),
            dose_text=earlier.dose_text,
            by=self.coordinator,
            at=moment(126),
        )

    def watch(self, session: DosingSession) -> None:
        # Left for a moment, and taken over by another.
        watch_leave(expected={session.pk: 1}, reason="Called away", by=self.nurse, at=moment(20))
        watch_take_over(expected={session.pk: 2}, by=self.investigator, at=moment(21))
        pressure = {"sbp": 128, "dbp": 80, "hr": 72}
        body = {**pressure, "rr": 15, "temp_c": 36.7}
        for slot, more in (
            (15, {}),
            (30, {"moaas": 4}),
            (40, {**body, **scales(3)}),
            (45, {}),
            (60, {**pressure, "ready": False}),
            (75, {}),
            (90, {**body, **scales(), "ready": True}),
            (120, {**pressure, "ready": True}),
        ):
            self.see(session, slot, slot, **more)
        for finding in Finding.objects.filter(session=session):
            finding_acknowledge(finding_id=finding.pk, by=self.nurse, at=moment(121))
        words = [one.code for one in self.protocol.discharge.conditions if one.kind in CONFIRMED_KINDS]
        participant_release(
            session_id=session.pk, statement=Statement(frozenset(words)), by=self.nurse, at=moment(124)
        )
        sheet_sending_record(session_id=session.pk, sent_on=DAY_1.date(), by=self.coordinator, at=moment(200))

    def see(self, session: DosingSession, slot: int, minute: float, **values: Any) -> None:
        observation_record(
            observation_id=uuid4(),
            session_id=session.pk,
            slot_minute=slot,
            values={"spo2": 98, "moaas": 5, **values},
            observed_at=moment(minute),
            entered_at=moment(minute),
            by=self.nurse,
            at=moment(minute),
        )


def scales(cadss: int = 0) -> dict[str, Any]:
    return {
        "cadss_items": {str(n): cadss if n < 4 else 0 for n in range(1, 24)},
        "bprs_items": {str(n): 0 for n in range(1, 5)},
    }


def test_the_seed_leaves_the_lines_that_the_services_leave(running: Study) -> None:
    like = Participant.objects.filter(study=running, site__code="201", sessions__visit__code="D1").first()
    assert like is not None
    walk = Walk(running, like)
    walk.enrol_and_screen()
    walk.randomize()
    walk.watch(walk.sit())
    walk.medicate()

    gates = frozenset(gate.code for gate in walk.protocol.gates)
    done = shape_of(
        AuditEvent.objects.filter(participant_number=walk.participant.number, study_code="t2-live"),
        gates=gates,
    )
    others = AuditEvent.objects.filter(study_code="t2-live").exclude(participant_number="")
    seeded = shape_of(others.exclude(participant_number=walk.participant.number), gates=gates)
    assert len(done) >= 28
    for kind, lines in done.items():
        assert kind in seeded, f"the seed leaves no {kind}"
        assert lines <= seeded[kind], f"{kind}: {lines - seeded[kind]} against {seeded[kind]}"

    # And nothing that the services would not leave: what is left over are acts this walk did not do.
    assert set(seeded) - set(done) <= {
        "adverse_event.recorded",
        "adverse_event.resolved",
        "consent.withdrawn",
        # The story's deviations and its early release go through the services themselves.
        "deviation.assessed",
        "deviation.recorded",
        "deviation.signed",
        "observation.entered_from_paper",
        "participant.discontinued",
        "participant.released_early",
        "session.released_early",
        "session.stopped",
        "visit.missed",
    }


def test_the_rows_of_a_seeded_session_look_like_the_services_rows(running: Study) -> None:
    like = Participant.objects.filter(study=running, site__code="201", sessions__visit__code="D1").first()
    assert like is not None
    walk = Walk(running, like)
    walk.enrol_and_screen()
    walk.randomize()
    walk.watch(walk.sit())
    mine = DosingSession.objects.get(participant=walk.participant)
    seeded = DosingSession.objects.filter(
        participant__study=running, visit__code="D1", state="DISCHARGED"
    ).exclude(pk=mine.pk)
    # The walk measured twice: one version more for the second answer.
    assert {one.version for one in seeded} == {mine.version - 1}
    for one in seeded:
        steps = list(
            one.transitions.order_by("session_version", "at").values_list("action", "session_version")
        )
        wanted = [
            (action, version if version == 1 else version - 1)
            for action, version in mine.transitions.order_by("session_version", "at").values_list(
                "action", "session_version"
            )
            if action not in {"WITHHOLD", "RECHECK"}
        ]
        assert steps == wanted
        assert one.gate_checks.count() == mine.gate_checks.count() - 1
        assert one.device_uses.count() == mine.device_uses.count() == 3
    mine_digest = Observation.objects.filter(session=mine).values_list("body_digest", flat=True)
    assert all(len(digest) == 64 for digest in mine_digest)


def test_a_seeded_reading_is_recognized_when_the_device_sends_it_again(running: Study) -> None:
    seen = (
        Observation.objects.filter(
            session__participant__study=running,
            session__state="OBSERVING",
            slot_minute=15,
            session__site__code="201",
        )
        .select_related("session")
        .first()
    )
    assert seen is not None
    again, is_new = observation_record(
        observation_id=seen.pk,
        session_id=seen.session_id,
        slot_minute=15,
        values={"spo2": seen.spo2, "moaas": seen.moaas},
        observed_at=seen.observed_at,
        entered_at=seen.entered_at,
        confirmed=seen.confirmed,
        by=User.objects.get(email="nurse@demo.example"),
        at=seen.recorded_at + timedelta(seconds=5),
    )
    assert again == seen
    assert not is_new
