"""The first half of the play: a made-up participant is enrolled, screened, signed for and randomized."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from apps.core.exceptions import Reason, Refused
from apps.instruments.domain.entering import permissions_to_enter, planned_instrument
from apps.instruments.domain.slots import day_of
from apps.instruments.models import RatingSlot
from apps.instruments.services import rating_enter, rating_record
from apps.participants.models import Participant
from apps.participants.services import participant_enroll
from apps.rehearsal.domain.answers import items_with_total
from apps.rehearsal.domain.synthetic import MadeUp
from apps.rehearsal.services.crew import Crew
from apps.screening.domain.decision import Signed
from apps.screening.domain.sections import CRITERION, FACT
from apps.screening.models import Screening
from apps.screening.services import AnswerGiven, answers_record, screening_decide, screening_open
from apps.studies.domain.permissions import Permission
from apps.studies.domain.protocol import Protocol
from apps.supply.services import participant_randomize_with_kits


class NoWayIntoTreatment(Refused):
    """An open-label protocol: nothing takes an eligible participant into treatment without a draw."""

    code = "no_way_into_treatment"
    title = "Nothing leads into treatment"


class Entering:
    """One made-up participant on the way in. `step` names what is being done, for a finding."""

    def __init__(
        self, crew: Crew, protocol: Protocol, made: MadeUp, *, starts_on: date, chance: Random
    ) -> None:
        self.crew, self.protocol, self.made, self.chance = crew, protocol, made, chance
        self.starts_on = starts_on
        self.step = "enrolment"
        self.participant: Participant

    def enter(self) -> Participant:
        """Go all the way to the draw; return the participant as randomized."""
        at = self._enroll()
        at = self._screen(at)
        return self._randomize(at)

    def _enroll(self) -> datetime:
        consented_at = self.crew.at(self.starts_on, 9)
        at = consented_at + timedelta(minutes=20)
        self.participant = participant_enroll(
            site_id=self.crew.site.pk,
            full_name="Rehearsal, nobody",
            birth_date=date(self.starts_on.year - self.made.age_years, 1, 1),
            sex=self.made.sex,
            consented_at=consented_at,
            form_version="rehearsal",
            phone="0",
            emergency_contact="nobody",
            by=self.crew.who(Permission.PARTICIPANT_ENROLL, at),
            at=at,
        )
        return at + timedelta(minutes=10)

    def _screen(self, at: datetime) -> datetime:
        self.step = "screening"
        by = self.crew.who(Permission.SCREENING_RECORD, at)
        screening = screening_open(participant_id=self.participant.pk, by=by, at=at)
        self._answer(screening, "screening", at + timedelta(minutes=20))
        last = max([self._interview(slot, not_before=at) for slot in self._slots_waiting()], default=at)
        last = max(last, self._scales(at))
        self.step = "signature of eligibility"
        at = last + timedelta(hours=1)
        screening.refresh_from_db()
        screening_decide(
            screening_id=screening.pk,
            signed=Signed.ELIGIBLE,
            version=screening.version,
            by=self.crew.who(Permission.SCREENING_SIGN, at),
            at=at,
        )
        self.screening = screening
        return at

    def _randomize(self, at: datetime) -> Participant:
        day = at.astimezone(self.crew.at(self.starts_on, 0).tzinfo).date() + timedelta(days=1)
        at = self.crew.at(day, 8)
        self.step = "answers before randomization"
        self._answer(self.screening, "randomization", at)
        self.step = "randomization"
        at += timedelta(minutes=20)
        by = self.crew.who(Permission.PARTICIPANT_RANDOMIZE, at)
        if self.protocol.randomization.method == "none":
            raise NoWayIntoTreatment(
                Reason(
                    "no_draw",
                    "The protocol draws nobody, and no other step leads from eligible to treatment.",
                )
            )
        key = UUID(int=self.chance.getrandbits(128), version=4)
        participant_randomize_with_kits(participant_id=self.participant.pk, key=key, by=by, at=at)
        return Participant.objects.select_related("study", "site", "protocol_version").get(
            pk=self.participant.pk
        )

    def _answer(self, screening: Screening, stage: str, at: datetime) -> None:
        facts = {fact.key for fact in self.protocol.facts if fact.stage == stage}
        criteria = {entry.code for entry in self.protocol.criteria if entry.stage == stage}
        given = [
            AnswerGiven(FACT, key, value, at) for key, value in self.made.entered.items() if key in facts
        ] + [
            AnswerGiven(CRITERION, code, value, at)
            for code, value in self.made.judgements.items()
            if code in criteria
        ]
        if given:
            by = self.crew.who(Permission.SCREENING_RECORD, at)
            answers_record(screening_id=screening.pk, answers=given, by=by, at=at)

    def _slots_waiting(self) -> list[RatingSlot]:
        return list(
            RatingSlot.objects.filter(participant=self.participant, ratings__isnull=True).order_by(
                "opens_at", "id"
            )
        )

    def _interview(self, slot: RatingSlot, *, not_before: datetime) -> datetime:
        """The blinded rater holds an interview early in its window."""
        self.step = f"interview at {slot.visit_code}"
        held = max(slot.opens_at + timedelta(hours=10), not_before + timedelta(hours=2))
        total = self.made.totals.get((slot.instrument, slot.visit_code))
        rating_record(
            slot_id=slot.pk,
            items=items_with_total(slot.instrument, total),
            observed_at=held,
            entered_at=held,
            by=self.crew.who(Permission.RATING_RECORD, held),
            at=held,
        )
        return held

    def _scales(self, opened: datetime) -> datetime:
        """What the site rates at the visits of screening."""
        last = opened
        for visit in self.protocol.visits:
            if visit.anchor != "screening":
                continue
            held = max(opened, self.crew.at(day_of(self.starts_on, visit.day), 11)) + timedelta(hours=1)
            for entry in visit.instruments:
                if entry.rater != "blinded_rater":
                    self.step = f"{entry.instrument} at {visit.code}"
                    scale_enter(
                        self.crew, self.participant, self.protocol, visit.code, entry.instrument, at=held
                    )
            last = max(last, held)
        return last


def scale_enter(
    crew: Crew,
    participant: Participant,
    protocol: Protocol,
    visit_code: str,
    instrument: str,
    *,
    at: datetime,
) -> None:
    """Enter a scale that the site rates, by somebody who may."""
    planned = planned_instrument(protocol, visit_code=visit_code, instrument=instrument)
    allowed = permissions_to_enter(planned) if planned is not None else frozenset()
    wanted = sorted(allowed) or [Permission.SCREENING_RECORD]
    rating_enter(
        participant_id=participant.pk,
        instrument=instrument,
        visit_code=visit_code,
        items=items_with_total(instrument),
        observed_at=at,
        entered_at=at,
        by=crew.who(wanted[0], at, *wanted[1:]),
        at=at,
    )
