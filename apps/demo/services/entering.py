"""Coming in and being screened: number, identity, consent, answers, verdict; and leaving again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from apps.demo.services.interviews import Interviews
from apps.demo.services.person import Person
from apps.instruments.domain.slots import screening_plans
from apps.participants.domain.discontinuation import (
    REASON_LABELS,
    DiscontinuationReason,
    ends_consent,
)
from apps.participants.domain.enrolment import age_on
from apps.participants.domain.status import ParticipantStatus
from apps.participants.models import Consent, Identity, StatusChange
from apps.screening.domain.eligibility import Assessment, Verdict, assess
from apps.screening.domain.facts import Known, facts_of
from apps.screening.models import Answer, Screening
from apps.studies.domain.protocol import Stage

FORM_VERSION = "1.0"
ENTRY_DELAY = timedelta(minutes=8)
#: As the screening service codes it.
FAILURE_CODE = "SCREEN_FAILURE"

REASON_CODES: Mapping[str, DiscontinuationReason] = {
    "Withdrawal of consent": DiscontinuationReason.WITHDREW_CONSENT,
    "Lack of efficacy": DiscontinuationReason.LACK_OF_EFFICACY,
    "Lost to follow-up": DiscontinuationReason.LOST_TO_FOLLOW_UP,
    "Protocol deviation": DiscontinuationReason.PROTOCOL_DEVIATION,
    "Adverse event": DiscontinuationReason.ADVERSE_EVENT,
}


class StoryFault(Exception):
    """The story and the protocol disagree; nothing is written."""


class Entering:
    """Writes how one person came in, and what screening found."""

    def __init__(self, person: Person, interviews: Interviews) -> None:
        self.person, self.demo, self.book = person, person.demo, person.book
        self.interviews = interviews
        self.consent: Consent | None = None

    def enrol(self) -> None:
        """The row, the identity, the consent."""
        person, demo = self.person, self.demo
        by, at = person.staff.coordinator, person.known(demo.consented_at, ENTRY_DELAY)
        row, who = person.row, demo.person
        row.status = ParticipantStatus.SCREENING.value
        row.sex = who.sex
        row.age_years = age_on(who.birth_date, demo.consented_at.astimezone(person.zone).date())
        row.recorded_at, row.recorded_by = at, by
        self.book.add(row)
        self.book.add(
            Identity(
                participant=row,
                full_name=who.name,
                birth_date=who.birth_date,
                phone=who.phone,
                email=who.email,
                recorded_at=at,
                recorded_by=by,
            )
        )
        self.consent = Consent(
            participant=row,
            protocol_version=person.setting.version,
            form_version=FORM_VERSION,
            consented_at=demo.consented_at,
            recorded_at=at,
            recorded_by=by,
        )
        self.book.add(self.consent)
        self.book.add(
            StatusChange(participant=row, to_status=row.status, at=at, recorded_at=at, recorded_by=by)
        )
        person.act_record("participant.enrolled", by=by, at=at, subject=row)
        person.act_record(
            "consent.recorded", by=by, at=at, subject=self.consent, detail={"form_version": FORM_VERSION}
        )

    def screen(self) -> None:
        """The screening with its interviews and answers, and the verdict if there is one yet."""
        person, screening = self.person, self.demo.screening
        by = person.staff.coordinator
        row = Screening(
            participant=person.row,
            protocol_version=person.setting.version,
            opened_at=screening.opened_at,
            recorded_at=screening.opened_at,
            recorded_by=by,
        )
        anchor = self.demo.consented_at.astimezone(person.zone).date()
        plans = screening_plans(person.setting.protocol, anchor=anchor, zone=person.zone)
        self.interviews.plan(plans, by=by, at=screening.opened_at)
        person.act_record(
            "screening.opened", by=by, at=screening.opened_at, subject=row, detail={"attempt": 1}
        )
        for rating in screening.ratings:
            self.interviews.hold(rating)
        self._clinician_scales()
        self._answer(row)
        if screening.decided_at is not None:
            self._decide(row, screening.decided_at)
        self.book.add(row)

    def _clinician_scales(self) -> None:
        """The scales behind the first facts: their result is kept, never their wording."""
        facts, screening = self.demo.screening.facts, self.demo.screening
        results = {"IDSC30": ("idsc30_total", "total"), "MGHATRQ": ("failed_documented", "failed")}
        for instrument, (fact, item) in results.items():
            if fact in facts:
                self.interviews.enter(
                    instrument,
                    "SW1",
                    {item: int(facts[fact])},
                    observed_at=screening.known_at[fact],
                    by=self.person.staff.investigator,
                )

    def _answer(self, row: Screening) -> None:
        """Answers are entered together: those of one day and one gate in one go."""
        screening, protocol = self.demo.screening, self.person.setting.protocol
        entered = {fact.key: fact for fact in protocol.facts if fact.source == "entered"}
        judged = {entry.code: entry for entry in protocol.criteria if entry.rule is None}
        groups: defaultdict[tuple[date, Stage], list[tuple[str, str, object]]] = defaultdict(list)
        for key, value in screening.facts.items():
            if key in entered:
                groups[self._day(key), entered[key].stage].append(("FACT", key, value))
        for code, answer in screening.answers.items():
            groups[self._day(code), judged[code].stage].append(("CRITERION", code, answer))
        last = screening.decided_at or self.person.now
        for _, given in sorted(groups.items()):
            at = min(max(screening.known_at[key] for _, key, _ in given) + timedelta(minutes=4), last)
            for kind, key, value in given:
                self.book.put(
                    Answer,
                    screening_id=row.pk,
                    kind=kind,
                    key=key,
                    value=value,
                    observed_at=screening.known_at[key],
                    recorded_at=at,
                    recorded_by_id=self.person.staff.coordinator.pk,
                )
            row.version += 1
            self.person.act_record(
                "screening.answered",
                by=self.person.staff.coordinator,
                at=at,
                subject=row,
                detail={"answered": sorted(key for _, key, _ in given), "changed": []},
            )

    def _day(self, key: str) -> date:
        return self.demo.screening.known_at[key].astimezone(self.person.zone).date()

    def _decide(self, row: Screening, at: datetime) -> None:
        """The verdict follows from the answers by the very rules of the screening service."""
        person, screening = self.person, self.demo.screening
        gates = {stage: self._assessment(stage) for stage in ("screening", "randomization")}
        failed = list(gates["randomization"].failed_codes)
        signed = "FAILED" if screening.failed else "ELIGIBLE"
        ready = gates["screening"].verdict is Verdict.ELIGIBLE
        if set(failed) != set(screening.failed) or (signed == "ELIGIBLE" and not ready):
            raise StoryFault(
                f"{person.row.number}: the story says {screening.failed or 'eligible'}, "
                f"the protocol says {[reason.message for reason in gates['randomization'].reasons]}"
            )
        version = row.version
        row.state, row.decided_at, row.decided_by = signed, at, person.staff.investigator
        row.fail_reasons = failed
        row.version += 1
        person.status_change(
            ParticipantStatus.SCREEN_FAILED.value if failed else ParticipantStatus.ELIGIBLE.value,
            by=person.staff.investigator,
            at=at,
            reason_code=FAILURE_CODE if failed else "",
            reason=", ".join(failed),
        )
        person.act_record(
            "screening.signed",
            by=person.staff.investigator,
            at=at,
            subject=row,
            detail={
                "signed": signed,
                "failed": failed,
                "randomization_gate": gates["randomization"].verdict.value,
                "answers_version": version,
            },
        )

    def _assessment(self, stage: Stage) -> Assessment:
        person, screening, protocol = self.person, self.demo.screening, self.person.setting.protocol
        totals: dict[str, dict[str, int | None]] = defaultdict(dict)
        for rating in screening.ratings:
            totals[rating.instrument][rating.visit] = rating.total
        known = Known(
            age_years=person.row.age_years,
            sex=person.row.sex,
            country=person.place.site.country,
            site=person.place.site.code,
            entered=screening.facts,
            totals=totals,
        )
        return assess(
            protocol=protocol, facts=facts_of(protocol, known), judgements=screening.answers, stage=stage
        )

    def leave(self) -> None:
        """Leaving early, with a code; who withdraws consent has it withdrawn in the same step."""
        person, demo = self.person, self.demo
        at = demo.discontinued_at
        if at is None or self.consent is None:
            return
        by, code = person.staff.coordinator, REASON_CODES[demo.discontinuation_reason]
        reason = ""
        if ends_consent(code) and any(one.observed_at > at for visit in demo.visits for one in visit.ratings):
            # They gave up the spray, not their data: somebody who comes back for the last rating still consents.
            code, reason = DiscontinuationReason.OTHER, "Wished to stop the nasal spray"
        person.status_change(
            ParticipantStatus.DISCONTINUED.value, by=by, at=at, reason_code=code.value, reason=reason
        )
        if ends_consent(code):
            words = REASON_LABELS[code]
            consent = self.consent
            consent.withdrawn_at, consent.withdrawn_by, consent.withdrawal_reason = at, by, words
            person.act_record("consent.withdrawn", by=by, at=at, subject=consent, reason=words)
        person.act_record(
            "participant.discontinued",
            by=by,
            at=at,
            subject=person.row,
            reason=reason,
            detail={"code": code.value},
        )
