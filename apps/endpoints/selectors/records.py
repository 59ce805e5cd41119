"""From the trial's tables to the records the analysis takes. Arms are handed in or not known at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Max

from apps.endpoints.domain.measures import measures_of
from apps.endpoints.domain.placing import place_readings, placing_from_protocol, scores_of
from apps.endpoints.domain.values import (
    AdverseEventRecord,
    GuessRecord,
    ParticipantRecord,
    Severity,
    TrialRecords,
)
from apps.endpoints.selectors.cut import (
    ages_known,
    events_known,
    facts_known,
    failures_known,
    medicines_known,
    ratings_known,
    sprayed_known,
    steps_known,
)
from apps.endpoints.selectors.intercurrent import intercurrent_read
from apps.endpoints.selectors.readings import assessments_read, readings_read
from apps.endpoints.selectors.sessions import sessions_read, suicidality_read
from apps.participants.domain.discontinuation import REASON_LABELS
from apps.participants.models import Participant
from apps.safety.domain.events import ActionTaken
from apps.studies.domain.instrument_codes import GUESSES
from apps.studies.domain.protocol import Protocol
from apps.studies.models import Study

_REASONS: Mapping[str, str] = {code.value: label for code, label in REASON_LABELS.items()}


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the tables say, by participant."""

    age_years: Mapping[UUID, int]
    randomized_at: Mapping[UUID, datetime]
    completed: Mapping[UUID, datetime]
    discontinued: Mapping[UUID, tuple[datetime, str]]
    fail_reasons: Mapping[UUID, tuple[str, ...]]
    dosed: Mapping[UUID, tuple[datetime, ...]]
    rated: Mapping[UUID, datetime]
    oral_on: Mapping[UUID, date]
    screening: Mapping[UUID, Mapping[str, Any]]


def _facts(study: Study, protocol: Protocol, cut_at: datetime) -> _Facts:
    dosed: defaultdict[UUID, list[datetime]] = defaultdict(list)
    sprayed = sprayed_known(study=study, cut_at=cut_at).order_by("dosed_at", "id")
    for participant_id, moment in sprayed.values_list("participant_id", "dosed_at"):
        dosed[participant_id].append(moment)
    oral: dict[UUID, date] = {}
    started = (
        medicines_known(study=study, cut_at=cut_at).filter(kind="STUDY_ORAL").order_by("started_on", "id")
    )
    for participant_id, day in started.values_list("participant_id", "started_on"):
        oral.setdefault(participant_id, day)
    screening: defaultdict[UUID, dict[str, Any]] = defaultdict(dict)
    current = facts_known(study=study, cut_at=cut_at)
    rows = current.order_by("screening__attempt", "id").values_list(
        "screening__participant_id", "key", "value"
    )
    for participant_id, key, value in rows:
        screening[participant_id][key] = value
    steps = list(steps_known(study=study, cut_at=cut_at))
    return _Facts(
        age_years=ages_known(study=study, cut_at=cut_at),
        randomized_at={step.participant_id: step.at for step in steps if step.to_status == "RANDOMIZED"},
        completed={step.participant_id: step.at for step in steps if step.to_status == "COMPLETED"},
        discontinued={
            step.participant_id: (step.at, _REASONS.get(step.reason_code, step.reason_code) or step.reason)
            for step in steps
            if step.to_status == "DISCONTINUED"
        },
        fail_reasons=failures_known(study=study, cut_at=cut_at),
        dosed={key: tuple(moments) for key, moments in dosed.items()},
        rated=dict(
            ratings_known(study=study, cut_at=cut_at)
            .filter(observed_at__lte=cut_at)
            .order_by()
            .values_list("participant_id")
            .annotate(last=Max("observed_at"))
        ),
        oral_on=oral,
        screening=screening,
    )


def _strata(protocol: Protocol, participant: Participant, facts: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for factor in protocol.randomization.strata:
        if factor.source == "site_country":
            level: str | None = participant.site.country
        elif factor.source == "site":
            level = participant.site.code
        else:
            level = factor.level_of(facts)
        if level is not None:
            found[factor.code] = level
    return found


def _characteristics(
    participant: Participant,
    age_years: int,
    facts: Mapping[str, Any],
    strata: Mapping[str, str],
    baseline: float | None,
    protocol: Protocol,
) -> dict[str, float | str | None]:
    shown: dict[str, float | str | None] = {
        "Age, years": float(age_years),
        "Sex": participant.get_sex_display(),
        "Country": participant.site.country,
    }
    for factor in protocol.randomization.strata:
        if factor.source == "participant":
            shown[factor.label] = strata.get(factor.code)
    height, weight = facts.get("height_cm"), facts.get("weight_kg")
    if isinstance(height, (int, float)) and isinstance(weight, (int, float)) and height:
        shown["Body mass index, kg/m²"] = round(weight / (height / 100) ** 2, 1)
    shown[f"{protocol.endpoints.primary.instrument} at baseline"] = baseline
    return shown


def _subgroups(
    participant: Participant,
    age_years: int,
    strata: Mapping[str, str],
    protocol: Protocol,
    cut_points: Sequence[int] = (45, 65),
) -> dict[str, str]:
    """What effects are shown apart by: sex, bands of age, and every stratum but the site."""
    bounds = (18, *cut_points)
    low = max((bound for bound in bounds if bound <= age_years), default=0)
    high = next((bound - 1 for bound in bounds if bound > age_years), None)
    found = {
        "Sex": participant.get_sex_display(),
        "Age, years": f"{low} to {high}" if high is not None else f"{low} and older",
    }
    for factor in protocol.randomization.strata:
        if factor.source != "site" and factor.code in strata:
            found[factor.label] = strata[factor.code]
    return found


def _participants(
    study: Study,
    protocol: Protocol,
    facts: _Facts,
    baselines: Mapping[str, float | None],
    arms: Mapping[UUID, str] | None,
    lists: Mapping[UUID, str] | None,
    cut_at: datetime,
) -> tuple[ParticipantRecord, ...]:
    severe = {code for one in protocol.endpoints.analysis_sets for code in one.lists}
    entered = (
        Participant.objects.filter(study=study, recorded_at__lte=cut_at)
        .select_related("site")
        .order_by("number")
    )
    records = []
    for one in entered:
        zone = ZoneInfo(one.site.time_zone)
        randomized_at = facts.randomized_at.get(one.pk)
        stopped = facts.discontinued.get(one.pk)
        known = facts.screening.get(one.pk, {})
        age_years = facts.age_years[one.pk]
        strata = _strata(protocol, one, known)
        failed = randomized_at is None and one.pk in facts.fail_reasons
        doses, completed_at = facts.dosed.get(one.pk, ()), facts.completed.get(one.pk)
        seen_at = max((*doses, *filter(None, [facts.rated.get(one.pk)])), default=None)
        records.append(
            ParticipantRecord(
                number=one.number,
                site=one.site.code,
                country=one.site.country,
                screened_on=one.recorded_at.astimezone(zone).date(),
                screen_failed=failed,
                screen_failure_reasons=facts.fail_reasons[one.pk] if failed else (),
                randomized_on=randomized_at.astimezone(zone).date() if randomized_at else None,
                arm=None if arms is None or randomized_at is None else arms.get(one.pk),
                strata=strata,
                first_dose_at=doses[0] if doses else None,
                first_dose_on=doses[0].astimezone(zone).date() if doses else None,
                last_dose_on=doses[-1].astimezone(zone).date() if doses else None,
                first_oral_dose_on=facts.oral_on.get(one.pk),
                met_severity=None
                if lists is None or randomized_at is None or one.pk not in lists
                else lists[one.pk] in severe,
                completed=completed_at is not None,
                completed_on=completed_at.astimezone(zone).date() if completed_at else None,
                last_seen_on=seen_at.astimezone(zone).date() if seen_at else None,
                discontinued_on=stopped[0].astimezone(zone).date() if stopped and randomized_at else None,
                discontinuation_reason=stopped[1] if stopped and randomized_at else None,
                age_years=age_years,
                subgroups=_subgroups(one, age_years, strata, protocol),
                characteristics=_characteristics(
                    one, age_years, known, strata, baselines.get(one.number), protocol
                ),
            )
        )
    return tuple(records)


def _guesses(study: Study, cut_at: datetime) -> tuple[GuessRecord, ...]:
    """Return each participant's guess: the earliest visit's, as last corrected, where it was answered."""
    rows = ratings_known(study=study, cut_at=cut_at).filter(instrument__in=GUESSES)
    found: dict[str, int] = {}
    for number, items in rows.order_by("observed_at", "id").values_list("participant__number", "items"):
        if items.get("belief") is not None:
            found.setdefault(number, items["belief"])
    return tuple(GuessRecord(number, belief) for number, belief in sorted(found.items()))


def _events(
    study: Study, protocol: Protocol, facts: _Facts, cut_at: datetime
) -> tuple[AdverseEventRecord, ...]:
    related = set(protocol.safety.related_causalities)
    window = timedelta(days=protocol.safety.treatment_emergent_days_after_last_dose)
    records = []
    rows = events_known(study=study, cut_at=cut_at).select_related("participant__site")
    for event in sorted(
        rows, key=lambda row: (row.participant.number, row.onset_at, row.term, row.pgh_obj_id)
    ):
        zone = ZoneInfo(event.participant.site.time_zone)
        doses = facts.dosed.get(event.participant_id, ())
        onset_on = event.onset_at.astimezone(zone).date()
        dosed_that_day = [moment for moment in doses if moment.astimezone(zone).date() == onset_on]
        resolved = event.resolved_at if event.resolved_at and event.resolved_at <= cut_at else None
        resolved_on = resolved.astimezone(zone).date() if resolved else None
        records.append(
            AdverseEventRecord(
                number=event.participant.number,
                term=event.term,
                severity=Severity(event.severity),
                treatment_emergent=bool(doses)
                and event.onset_at >= doses[0]
                and onset_on <= doses[-1].astimezone(zone).date() + window,
                serious=event.is_serious,
                related=event.causality in related,
                led_to_discontinuation=event.action_taken == ActionTaken.DRUG_STOPPED.value,
                on_dosing_day=bool(dosed_that_day),
                resolved_same_day=None if resolved_on is None else resolved_on == onset_on,
                minutes_from_dose=int((event.onset_at - dosed_that_day[0]).total_seconds() // 60)
                if dosed_that_day and event.onset_at >= dosed_that_day[0]
                else None,
                began_on=onset_on,
                seriousness=tuple(event.seriousness),
            )
        )
    return tuple(records)


def records_read(
    *,
    study: Study,
    protocol: Protocol,
    cut_at: datetime,
    arms: Mapping[UUID, str] | None,
    lists: Mapping[UUID, str] | None = None,
) -> TrialRecords:
    """
    Return everything a report is computed from, as received by the data cut.

    `arms` maps participants to arm codes, `lists` to the code of the list they were drawn from; None leaves every arm
    and list untold, and nothing here could find them. `cut` says how each kind of row is read as of the cut.
    """
    facts = _facts(study, protocol, cut_at)
    first_dose = {key: moments[0] for key, moments in facts.dosed.items()}
    placing = placing_from_protocol(protocol)
    readings = place_readings(
        readings_read(
            study=study,
            protocol=protocol,
            cut_at=cut_at,
            measures=measures_of(protocol),
            first_dose=first_dose,
        ),
        placing=placing,
    )
    scores = scores_of(readings, placing=placing)
    primary = protocol.endpoints.primary.instrument
    baselines = {one.number: one.baseline for one in scores if one.instrument == primary}
    return TrialRecords(
        participants=_participants(study, protocol, facts, baselines, arms, lists, cut_at),
        scores=scores,
        readings=readings,
        intercurrent=intercurrent_read(
            study=study,
            protocol=protocol,
            cut_at=cut_at,
            first_dose=first_dose,
            left_at={key: at for key, (at, _) in facts.discontinued.items() if key in facts.randomized_at},
        ),
        adverse_events=_events(study, protocol, facts, cut_at),
        guesses=_guesses(study, cut_at),
        sessions=sessions_read(study=study, cut_at=cut_at),
        suicidality=suicidality_read(study=study, cut_at=cut_at, first_dose=first_dose),
        assessments=assessments_read(study=study, protocol=protocol, cut_at=cut_at),
        cut_on=cut_at.date(),
    )
