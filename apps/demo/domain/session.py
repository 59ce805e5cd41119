"""One fictional dosing session: the gates, the sprays, the two hours.

Blood pressure and dissociation rise after esketamine, peak at 40 minutes and are gone by 90 (sponsor's
medical information on cardiovascular and dissociative effects). Calibrated to the label's pooled short-term
trials: CADSS above 4 at least once in 61 to 84 % of participants on esketamine and 5 to 16 % on placebo;
MOAA/S below 5 at least once in 49 to 61 %; systolic rise of 40 or more in 8 %, diastolic rise of 25 or more
in 13 %; nine in ten ready to leave at 90 minutes. Nobody's pressure is refused by the gate without being
measured again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import exp

from apps.demo.domain.design import DemoDesign
from apps.demo.domain.draws import Draws, clipped
from apps.demo.domain.scales import CADSS_ITEM_MAXIMUM, CADSS_ITEMS, few_items
from apps.demo.domain.values import (
    DemoDevice,
    DemoObservation,
    DemoSession,
    GateAttempt,
    Treatment,
)

PEAK_MINUTE = 40
LAST_PLANNED_MINUTE = 240


@dataclass(frozen=True, slots=True)
class Constitution:
    """What a person brings to every session. `dissociation` and `pressure` are normal scores of
    susceptibility."""

    sbp: float
    dbp: float
    hr: float
    spo2: float
    dissociation: float
    pressure: float
    sedation: float


def draw_constitution(draws: Draws) -> Constitution:
    """Draw somebody whose resting pressure let them through screening."""
    return Constitution(
        sbp=clipped(draws.normal(119, 8.5), 96, 136),
        dbp=clipped(draws.normal(75.5, 5.5), 58, 87),
        hr=clipped(draws.normal(74, 8), 54, 98),
        spo2=clipped(draws.normal(97.7, 0.7), 96, 100),
        dissociation=draws.normal(),
        pressure=draws.normal(),
        sedation=draws.normal(),
    )


@dataclass(frozen=True, slots=True)
class _Effect:
    """How strong this session is: peak rises in mmHg, peak CADSS, how far and until when alertness falls."""

    sbp: float
    dbp: float
    hr: float
    cadss_peak: int
    cadss_tail: float
    moaas_low: int
    drowsy_until: float
    spo2: float


def _effect(treatment: Treatment, body: Constitution, *, dose_mg: int, ordinal: int, draws: Draws) -> _Effect:
    if treatment == "placebo":
        strange = draws.chance(0.006 * exp(0.9 * body.dissociation))
        drowsy = draws.chance(0.010 * exp(0.8 * body.sedation))
        return _Effect(
            sbp=draws.normal(1, 4),
            dbp=draws.normal(0.5, 3),
            hr=draws.normal(-1, 3),
            cadss_peak=draws.whole(5, 9) if strange else max(0, round(draws.normal(-0.6, 1))),
            cadss_tail=0.1,
            moaas_low=4 if drowsy else 5,
            drowsy_until=50,
            spo2=0.0,
        )
    strength = 1.0 if dose_mg > 56 else 0.88
    habit = 0.90 ** (ordinal - 1)  # each session is felt a little less
    rise = strength * exp(0.75 * body.pressure - 0.20) * exp(draws.normal(0, 0.30))
    felt = exp(1.75 + 0.80 * body.dissociation + draws.normal(0, 0.45)) * strength * habit
    sleepy = -0.50 + 0.9 * body.sedation - 0.06 * ordinal + draws.normal(0, 0.6)
    return _Effect(
        sbp=9.5 * rise + draws.normal(0, 3),
        dbp=6.6 * rise + draws.normal(0, 2.5),
        hr=draws.normal(2.5, 3),
        cadss_peak=min(int(felt), 70),
        cadss_tail=draws.uniform(0, 0.10) if draws.chance(0.96) else draws.uniform(0.15, 0.45),
        moaas_low=5 if sleepy < 0 else 4 if sleepy < 2.0 else 3,
        drowsy_until=clipped(draws.normal(62, 12), 45, 100),
        spo2=0.5 if not draws.chance(0.004) else 5.0,
    )


def _course(minute: float) -> float:
    """The share of the peak left at a minute after T0: none at 0, all at 40, a third at 90, a tenth at
    150."""
    if minute <= 0:
        return 0.0
    rise = minute / PEAK_MINUTE
    return rise * exp(1 - rise) if minute <= PEAK_MINUTE else exp(-(minute - PEAK_MINUTE) / 45)


def simulate_session(
    *,
    treatment: Treatment,
    body: Constitution,
    design: DemoDesign,
    ordinal: int,
    dose_mg: int,
    chair: int,
    arrives_at: datetime,
    next_day: timedelta | None,
    draws: Draws,
    sprays_at: datetime | None = None,
    calm: bool = False,
) -> DemoSession:
    """Play a session from check-in to the end of observation.

    `ordinal` counts this participant's sessions from 1. `next_day` is how far the next attempt is when the
    pressure stays too high, or None where the window leaves no other day. `sprays_at` forces the moment of T0
    (the gates then pass), which is how a session in progress at a given minute is made.
    """
    sbp, dbp = body.sbp + draws.normal(0, 5), body.dbp + draws.normal(0, 4)
    attempts, cleared_at = _gates(
        design, sbp, dbp, arrives_at, next_day, draws, forced=calm or sprays_at is not None
    )
    fasted_since = cleared_at - timedelta(minutes=draws.whole(135, 420))
    drank_at = cleared_at - timedelta(minutes=draws.whole(38, 110))
    if not attempts[-1].passed:
        return DemoSession(
            chair=chair,
            checked_in_at=arrives_at,
            fasted_since=fasted_since,
            drank_at=drank_at,
            gate_attempts=attempts,
            dose_mg=dose_mg,
            ended_at=attempts[-1].at + timedelta(minutes=10),
            stopped_reason="Blood pressure above the protocol's limit at every attempt",
        )
    requested_at = cleared_at + timedelta(seconds=draws.whole(60, 240))
    dosed_at = sprays_at or requested_at + timedelta(seconds=draws.whole(240, 720))
    effect = _effect(treatment, body, dose_mg=dose_mg, ordinal=ordinal, draws=draws)
    before = _predose(body, attempts[-1], at=requested_at, draws=draws)
    after, ready_minute = _watch(effect, body, attempts[-1], design, dosed_at, draws)
    return DemoSession(
        chair=chair,
        checked_in_at=arrives_at,
        fasted_since=fasted_since,
        drank_at=drank_at,
        gate_attempts=attempts,
        dose_mg=dose_mg,
        dose_requested_at=requested_at,
        dosed_at=dosed_at,
        devices=_devices(design, dosed_at, draws),
        observations=(before, *after),
        ready_minute=ready_minute,
        ended_at=after[-1].observed_at + timedelta(seconds=draws.whole(120, 480)),
    )


def _gates(
    design: DemoDesign,
    sbp: float,
    dbp: float,
    arrives_at: datetime,
    next_day: timedelta | None,
    draws: Draws,
    *,
    forced: bool,
) -> tuple[tuple[GateAttempt, ...], datetime]:
    """Measure before the dose: again after ten minutes' rest, and once more the next day if the window
    allows."""
    attempts: list[GateAttempt] = []
    rests = (draws.whole(6, 15), draws.whole(10, 14), draws.whole(25, 35))
    waits = [*(timedelta(minutes=rest) for rest in rests), next_day]
    at = arrives_at
    for number, wait in enumerate(waits):
        if wait is None:
            break
        at += wait
        nervous = 0.0 if forced else max(0.0, draws.normal(3 - 3 * number, 4))
        high = round(sbp + nervous + draws.normal(0, 2))
        low = min(round(dbp + 0.5 * nervous + draws.normal(0, 1.5)), high - 15)
        if forced:
            high, low = min(high, design.predose_sbp_max), min(low, design.predose_dbp_max)
        passed = high <= design.predose_sbp_max and low <= design.predose_dbp_max
        attempts.append(GateAttempt(at, high, low, passed))
        if passed:
            break
        if number == 2:  # another day is another resting pressure
            sbp, dbp = sbp - abs(draws.normal(6, 4)), dbp - abs(draws.normal(4, 3))
    return tuple(attempts), at


def _devices(design: DemoDesign, dosed_at: datetime, draws: Draws) -> tuple[DemoDevice, ...]:
    at, devices = dosed_at, []
    for ordinal in range(1, design.devices_per_session + 1):
        devices.append(
            DemoDevice(
                ordinal=ordinal,
                first_nostril="LEFT" if draws.chance(0.5) else "RIGHT",
                first_spray_at=at,
                second_spray_at=at + timedelta(seconds=draws.whole(12, 45)),
            )
        )
        at += timedelta(minutes=design.device_gap_minutes, seconds=draws.whole(5, 80))
    return tuple(devices)


def _predose(body: Constitution, gate: GateAttempt, *, at: datetime, draws: Draws) -> DemoObservation:
    return DemoObservation(
        slot_minute=-1,
        observed_at=at,
        sbp=gate.sbp,
        dbp=gate.dbp,
        hr=round(body.hr + draws.normal(0, 4)),
        rr=round(clipped(draws.normal(15, 1.5), 11, 20)),
        temp_c=round(draws.normal(36.6, 0.2), 1),
        spo2=round(clipped(body.spo2 + draws.normal(0, 0.5), 94, 100)),
        moaas=5,
        cadss_items=few_items(
            max(0, round(draws.normal(-0.9, 0.8))), count=CADSS_ITEMS, maximum=CADSS_ITEM_MAXIMUM, draws=draws
        ),
        bprs_items=(0, 0, 0, 0),
    )


def _watch(
    effect: _Effect,
    body: Constitution,
    gate: GateAttempt,
    design: DemoDesign,
    dosed_at: datetime,
    draws: Draws,
) -> tuple[tuple[DemoObservation, ...], int | None]:
    """Take the planned readings, then repeat until everything has returned; also the first minute judged
    ready."""
    seen: list[DemoObservation] = []
    ready_minute = None
    minutes = list(design.minutes)
    settled = False
    while minutes or not settled:
        planned = bool(minutes)
        if planned:
            minute, measures = minutes.pop(0)
        else:
            minute = minute + design.repeat_every_minutes
            measures = frozenset({"bp", "ready"})
        if minute > LAST_PLANNED_MINUTE:
            break
        exact = minute + draws.uniform(0, 1.8)
        if minute >= design.minimum_observation_minutes and seen and not _dissociation_over(seen, design):
            measures = measures | {"cadss"}
        reading = _reading(effect, body, gate, minute if planned else None, exact, measures, dosed_at, draws)
        if minute >= design.minimum_observation_minutes:
            reading = _declining(reading, seen)
        settled = _settled(reading, design)
        if "ready" in measures:
            # At an hour many still feel unsteady although every number is fine.
            steady = minute >= 90 or draws.chance(0.55 if effect.cadss_peak > 4 else 0.92)
            reading = replace(reading, ready=settled and steady)
            settled = bool(reading.ready)
            if settled and ready_minute is None:
                ready_minute = minute
        seen.append(reading)
    return tuple(seen), ready_minute


def _reading(
    effect: _Effect,
    body: Constitution,
    gate: GateAttempt,
    slot: int | None,
    minute: float,
    measures: frozenset[str],
    dosed_at: datetime,
    draws: Draws,
) -> DemoObservation:
    share = _course(minute)
    dissociated = effect.cadss_peak * (
        share if minute <= 60 else effect.cadss_tail * exp(-(minute - 90) / 25)
    )
    at_forty = slot == PEAK_MINUTE
    cadss = effect.cadss_peak if at_forty else round(clipped(dissociated, 0, effect.cadss_peak))
    drowsy = 12 < minute < effect.drowsy_until
    deepest = 25 < minute < 55
    sbp = clipped(gate.sbp + effect.sbp * share + draws.normal(0, 2.5), 85, 215)
    dbp = clipped(gate.dbp + effect.dbp * share + draws.normal(0, 2), 45, min(125, sbp - 15))
    return DemoObservation(
        slot_minute=slot,
        observed_at=dosed_at + timedelta(seconds=round(minute * 60)),
        spo2=round(clipped(body.spo2 + draws.normal(0, 0.5) - (effect.spo2 if deepest else 0), 88, 100)),
        moaas=5 if not drowsy else effect.moaas_low if deepest else max(effect.moaas_low, 4),
        sbp=round(sbp) if "bp" in measures else None,
        dbp=round(dbp) if "bp" in measures else None,
        hr=round(clipped(body.hr + effect.hr * share + draws.normal(0, 3), 46, 140))
        if "bp" in measures
        else None,
        rr=round(clipped(draws.normal(15, 1.5), 11, 22)) if "rr" in measures else None,
        temp_c=round(draws.normal(36.6, 0.2), 1) if "rr" in measures else None,
        cadss_items=few_items(cadss, count=CADSS_ITEMS, maximum=CADSS_ITEM_MAXIMUM, draws=draws)
        if "cadss" in measures
        else None,
        bprs_items=few_items(min(cadss // 12, 6), count=4, maximum=6, draws=draws)
        if "bprs" in measures
        else None,
    )


def _settled(reading: DemoObservation, design: DemoDesign) -> bool:
    pressure = (
        reading.sbp is None
        or reading.dbp is None
        or (reading.sbp < design.release_sbp_below and reading.dbp < design.release_dbp_below)
    )
    total = reading.cadss_total
    return (
        pressure
        and reading.moaas == 5
        and (total is None or total <= design.cadss_resolved_at_most)
        and reading.spo2 >= 93
    )


def _dissociation_over(seen: list[DemoObservation], design: DemoDesign) -> bool:
    latest = next((total for one in reversed(seen) if (total := one.cadss_total) is not None), 0)
    return latest <= design.cadss_resolved_at_most


def _declining(reading: DemoObservation, seen: list[DemoObservation]) -> DemoObservation:
    """Nobody leaves on a rising pressure: from the earliest discharge on, each reading is at most the one
    before."""
    before = next((one for one in reversed(seen) if one.sbp is not None and one.dbp is not None), None)
    if (
        before is None
        or before.sbp is None
        or before.dbp is None
        or reading.sbp is None
        or reading.dbp is None
    ):
        return reading
    return replace(reading, sbp=min(reading.sbp, before.sbp), dbp=min(reading.dbp, before.dbp))
