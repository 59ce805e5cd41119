"""The fictional trial as the analysis sees it: the bridge to `endpoints`, used to hold the trial against its
model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from apps.demo.domain.calendar import local_date
from apps.demo.domain.values import DemoEvent, DemoParticipant, DemoSession, DemoTrial, DemoVisit
from apps.endpoints.domain.intercurrent import (
    IntercurrentEvent,
    PlannedDose,
    before_leaving,
    missed_in_a_row,
)
from apps.endpoints.domain.measures import Measure, measures_of
from apps.endpoints.domain.placing import place_readings, placing_from_protocol, scores_of
from apps.endpoints.domain.readings import RecordedReading
from apps.endpoints.domain.values import (
    AdverseEventRecord,
    Arm,
    ParticipantRecord,
    SessionReading,
    SessionRecord,
    Severity,
    SuicidalityRecord,
    TrialRecords,
)
from apps.schedule.domain.windows import study_day
from apps.studies.domain.instrument_codes import ITEMS
from apps.studies.domain.loading import load_shipped

ARMS = (Arm("ESK", "Esketamine"), Arm("PBO", "Placebo"))
_ARM_OF = {"esketamine": "ESK", "placebo": "PBO"}
LEFT, MISSED = "LEFT_TREATMENT", "DOSES_MISSED"
RELATED = ("POSSIBLE", "PROBABLE", "VERY_LIKELY")


def trial_records(trial: DemoTrial, *, blinded: bool = False) -> TrialRecords:
    """Everybody's records; `blinded` leaves the arms out."""
    protocol = load_shipped("transform_2")
    placing, measures = placing_from_protocol(protocol), measures_of(protocol)
    readings = place_readings(
        (reading for one in trial.participants for reading in _readings(one, measures)), placing=placing
    )
    return TrialRecords(
        participants=tuple(_participant(one, blinded=blinded) for one in trial.participants),
        scores=scores_of(readings, placing=placing),
        readings=readings,
        intercurrent=tuple(event for one in trial.participants for event in _intercurrent(one)),
        adverse_events=tuple(_event(one, event) for one in trial.participants for event in one.events),
        sessions=tuple(
            _session(one.number, ordinal, visit, session)
            for one in trial.participants
            for ordinal, (visit, session) in enumerate(
                [pair for pair in one.sessions if pair[1].dosed_at is not None], 1
            )
        ),
        suicidality=tuple(_suicidality(one) for one in trial.participants if one.first_dose_at is not None),
    )


def _readings(one: DemoParticipant, measures: Sequence[Measure]) -> Iterator[RecordedReading]:
    if one.randomized_at is None:
        return
    zone = one.site.time_zone
    first = None if one.first_dose_at is None else local_date(one.first_dose_at, zone)
    for visit in one.visits:
        for rating in visit.ratings:
            on = local_date(rating.observed_at, zone)
            day = None if first is None else study_day(first_dose_date=first, on=on)
            for measure in measures:
                items = dict(zip(ITEMS[rating.instrument], rating.items, strict=False))
                value = measure.of(total=rating.total, items=items)
                if measure.instrument == rating.instrument and value is not None:
                    yield RecordedReading(
                        one.number, measure.code, visit.code, day, rating.observed_at, value
                    )


def _intercurrent(one: DemoParticipant) -> Iterator[IntercurrentEvent]:
    """What the shipped protocol calls intercurrent events, by its codes."""
    if one.first_dose_at is None:
        return
    zone = one.site.time_zone
    first = local_date(one.first_dose_at, zone)
    found: list[IntercurrentEvent] = []

    def add(kind: str, on: date) -> None:
        found.append(IntercurrentEvent(one.number, kind, study_day(first_dose_date=first, on=on)))

    if one.discontinued_at is not None:
        add(LEFT, local_date(one.discontinued_at, zone))
    if one.medicine is not None:
        add("PROHIBITED_MEDICINE", one.medicine.started_on)
    doses = [
        PlannedDose(
            visit.day,
            visit.session is not None and visit.session.dosed_at is not None,
            visit.missed_at is not None,
        )
        for visit in one.visits
        if visit.is_dose
    ]
    missed = missed_in_a_row(doses, least=2)
    if missed is not None:
        found.append(IntercurrentEvent(one.number, MISSED, missed))
    told = before_leaving(found, leaving=LEFT, only={MISSED})
    yield from sorted(told, key=lambda event: (event.day, event.kind))


def _session(number: str, ordinal: int, visit: DemoVisit, session: DemoSession) -> SessionRecord:
    start = session.dosed_at
    assert start is not None
    return SessionRecord(
        number=number,
        ordinal=ordinal,
        day=visit.day,
        label=f"Day {visit.day}",
        dose_mg=session.dose_mg,
        minutes=None if session.ended_at is None else _minutes(start, session.ended_at),
        ready_minute=session.ready_minute,
        readings=tuple(
            SessionReading(
                slot=seen.slot_minute,
                minute=_minutes(start, seen.observed_at),
                sbp=seen.sbp,
                dbp=seen.dbp,
                pulse=seen.hr,
                saturation=seen.spo2,
                sedation=seen.moaas,
                dissociation=seen.cadss_total,
            )
            for seen in sorted(session.observations, key=lambda seen: seen.observed_at)
        ),
    )


def _minutes(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds() // 60)


def _suicidality(one: DemoParticipant) -> SuicidalityRecord:
    asked = [(visit.day, visit.cssrs_ideation) for visit in one.visits if visit.cssrs_ideation is not None]
    before = [category for day, category in asked if day <= 1]
    after = [category for day, category in asked if day > 1]
    return SuicidalityRecord(one.number, max(before, default=None), max(after, default=None))


def _participant(one: DemoParticipant, *, blinded: bool) -> ParticipantRecord:
    zone = one.site.time_zone
    baseline = next(
        (r.total for v in one.visits if v.day == 1 for r in v.ratings if r.instrument == "MADRS"), None
    )
    facts = one.screening.facts
    body_mass_index = one.person.weight_kg / (one.person.height_cm / 100) ** 2
    return ParticipantRecord(
        number=one.number,
        site=one.site.code,
        country=one.site.country,
        screened_on=local_date(one.consented_at, zone),
        screen_failure_reasons=one.screening.failed,
        screen_failed=one.status == "SCREEN_FAILED",
        randomized_on=None if one.randomized_at is None else local_date(one.randomized_at, zone),
        arm=None if blinded or one.treatment is None else _ARM_OF[one.treatment],
        strata=one.strata,
        first_dose_at=one.first_dose_at,
        first_dose_on=min(_dosing_dates(one), default=None),
        last_dose_on=max(_dosing_dates(one), default=None),
        first_oral_dose_on=one.first_oral_dose_on,
        completed=one.completed_at is not None,
        completed_on=None if one.completed_at is None else local_date(one.completed_at, zone),
        last_seen_on=max(
            (local_date(visit.held_at, zone) for visit in one.visits if visit.held_at is not None),
            default=None,
        ),
        discontinued_on=None if one.discontinued_at is None else local_date(one.discontinued_at, zone),
        discontinuation_reason=one.discontinuation_reason or None,
        age_years=one.person.age_years,
        subgroups={
            "Sex": "Female" if one.person.sex == "F" else "Male",
            "Age, years": "18 to 44" if one.person.age_years < 45 else "45 to 64",
            "Country": one.site.country,
            "Class of oral antidepressant": one.person.ad_class,
        },
        characteristics={
            "Age, years": float(one.person.age_years),
            "Sex": "Female" if one.person.sex == "F" else "Male",
            "Country": one.site.country,
            "Body mass index, kg/m²": round(body_mass_index, 1),
            "Class of oral antidepressant": one.person.ad_class,
            "Antidepressants failed before": _number(facts.get("failed_documented")),
            "IDS-C30 at screening": _number(facts.get("idsc30_total")),
            "MADRS at baseline": _number(baseline),
        },
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _event(one: DemoParticipant, event: DemoEvent) -> AdverseEventRecord:
    zone = one.site.time_zone
    onset_on = local_date(event.onset_at, zone)
    return AdverseEventRecord(
        number=one.number,
        term=event.term,
        severity=Severity(event.severity),
        treatment_emergent=one.first_dose_at is not None and event.onset_at >= one.first_dose_at,
        serious=bool(event.seriousness),
        related=event.causality in RELATED,
        led_to_discontinuation=event.action_taken == "DRUG_WITHDRAWN",
        on_dosing_day=onset_on in _dosing_dates(one),
        resolved_same_day=event.resolved_at is not None and local_date(event.resolved_at, zone) == onset_on,
        minutes_from_dose=event.minutes_from_dose,
        began_on=onset_on,
        seriousness=event.seriousness,
    )


def _dosing_dates(one: DemoParticipant) -> set[date]:
    zone = ZoneInfo(one.site.time_zone)
    return {s.dosed_at.astimezone(zone).date() for _, s in one.sessions if s.dosed_at is not None}
