"""The two hours after each dose, and the suicidality scale, as the analysis takes them: as received by the data cut."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.endpoints.domain.values import SessionReading, SessionRecord, SuicidalityRecord
from apps.endpoints.selectors.cut import ratings_known, sprayed_known
from apps.monitoring.domain.readings import minutes_between
from apps.monitoring.models import Observation, Release
from apps.studies.models import Study

_READ = ("slot_minute", "observed_at", "sbp", "dbp", "hr", "spo2", "moaas", "cadss_total", "ready")


def sessions_read(*, study: Study, cut_at: datetime) -> tuple[SessionRecord, ...]:
    """Return the sessions in which something was sprayed, by participant and time, with their readings."""
    readings: defaultdict[UUID, list[Sequence[Any]]] = defaultdict(list)
    seen = Observation.objects.filter(session__participant__study=study, recorded_at__lte=cut_at)
    for session_id, *values in seen.order_by("observed_at", "id").values_list("session_id", *_READ):
        readings[session_id].append(values)
    watched = dict(
        Release.objects.filter(session__participant__study=study, recorded_at__lte=cut_at).values_list(
            "session_id", "minutes_observed"
        )
    )
    dosed = sprayed_known(study=study, cut_at=cut_at).order_by("participant__number", "dosed_at", "id")
    found: list[SessionRecord] = []
    ordinals: defaultdict[str, int] = defaultdict(int)
    for pk, number, day, label, dose_mg, dosed_at in dosed.values_list(
        "pk", "participant__number", "visit__day", "visit__label", "dose_mg", "dosed_at"
    ):
        ordinals[number] += 1
        rows = readings.get(pk, [])
        found.append(
            SessionRecord(
                number=number,
                ordinal=ordinals[number],
                day=day,
                label=label,
                dose_mg=dose_mg,
                minutes=watched.get(pk),
                ready_minute=next(
                    (minutes_between(dosed_at, row[1]) for row in rows if row[8] and row[1] >= dosed_at), None
                ),
                readings=tuple(_reading(row, dosed_at) for row in rows),
            )
        )
    return tuple(found)


def _reading(row: Sequence[Any], dosed_at: datetime) -> SessionReading:
    slot, observed_at, *values = row
    sbp, dbp, pulse, saturation, sedation, dissociation, _ready = values
    return SessionReading(
        slot=slot,
        minute=minutes_between(dosed_at, observed_at),
        sbp=sbp,
        dbp=dbp,
        pulse=pulse,
        saturation=saturation,
        sedation=sedation,
        dissociation=dissociation,
    )


def suicidality_read(
    *, study: Study, cut_at: datetime, first_dose: Mapping[UUID, datetime]
) -> tuple[SuicidalityRecord, ...]:
    """Return the most severe C-SSRS category of each treated participant before and after the first dose."""
    rows = ratings_known(study=study, cut_at=cut_at).filter(instrument="CSSRS", total__isnull=False)
    worst: dict[str, list[int | None]] = {}
    for participant_id, number, total, observed_at in rows.order_by(
        "participant__number", "observed_at", "id"
    ).values_list("participant_id", "participant__number", "total", "observed_at"):
        dosed_at = first_dose.get(participant_id)
        if dosed_at is None:
            continue
        known = worst.setdefault(number, [None, None])
        place = 0 if observed_at < dosed_at else 1
        before = known[place]
        known[place] = total if before is None else max(before, total)
    return tuple(SuicidalityRecord(number, *pair) for number, pair in sorted(worst.items()))
