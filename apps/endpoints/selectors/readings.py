"""Ratings with the day on which they were really taken, as received by the data cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from apps.endpoints.domain.measures import Measure
from apps.endpoints.domain.readings import RecordedReading
from apps.endpoints.domain.values import Assessment
from apps.endpoints.selectors.cut import ratings_known
from apps.schedule.domain.windows import study_day
from apps.studies.domain.protocol import Protocol
from apps.studies.models import Study


def readings_read(
    *,
    study: Study,
    protocol: Protocol,
    cut_at: datetime,
    measures: Sequence[Measure],
    first_dose: Mapping[UUID, datetime],
) -> tuple[RecordedReading, ...]:
    """Return what is analyzed of every final rating, but those of screening, which come before any treatment.

    Days are counted on the site's calendar from `first_dose`, by participant.
    """
    screening = [visit.code for visit in protocol.visits if visit.anchor == "screening"]
    rows = (
        ratings_known(study=study, cut_at=cut_at)
        .filter(instrument__in={measure.instrument for measure in measures})
        .exclude(visit_code__in=screening)
        .order_by("participant__number", "instrument", "observed_at", "id")
    )
    found = []
    for person, number, zone_name, instrument, visit, at, total, items in rows.values_list(
        "participant_id",
        "participant__number",
        "participant__site__time_zone",
        "instrument",
        "visit_code",
        "observed_at",
        "total",
        "items",
    ):
        zone, first = ZoneInfo(zone_name), first_dose.get(person)
        day = (
            None
            if first is None
            else study_day(first_dose_date=first.astimezone(zone).date(), on=at.astimezone(zone).date())
        )
        for measure in measures:
            if measure.instrument == instrument:
                value = measure.of(total=total, items=items)
                if value is not None:
                    found.append(RecordedReading(number, measure.code, visit, day, at, value))
    return tuple(found)


def assessments_read(*, study: Study, protocol: Protocol, cut_at: datetime) -> tuple[Assessment, ...]:
    """Return every total of the scale that tells a relapse, planned or not, by the day it was rated.

    Of two on one day the later stands. Nothing where the protocol defines no relapse.
    """
    if protocol.relapse is None:
        return ()
    instrument = protocol.relapse.instrument
    rows = ratings_known(study=study, cut_at=cut_at).filter(total__isnull=False, instrument=instrument)
    found: dict[tuple[str, date], float] = {}
    for number, zone, at, total in rows.order_by("observed_at", "id").values_list(
        "participant__number", "participant__site__time_zone", "observed_at", "total"
    ):
        found[number, at.astimezone(ZoneInfo(zone)).date()] = float(total)
    return tuple(Assessment(number, instrument, on, total) for (number, on), total in sorted(found.items()))
