"""Intercurrent events as the protocol defines them, found in the records received by the data cut."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from apps.endpoints.domain.intercurrent import (
    IntercurrentEvent,
    PlannedDose,
    before_leaving,
    missed_in_a_row,
)
from apps.endpoints.selectors.cut import medicines_known, sprayed_known
from apps.participants.models import Participant
from apps.schedule.domain.windows import study_day
from apps.schedule.models import Visit
from apps.studies.domain.protocol import IntercurrentEvent as Definition
from apps.studies.domain.protocol import Protocol
from apps.studies.models import Study


def intercurrent_read(
    *,
    study: Study,
    protocol: Protocol,
    cut_at: datetime,
    first_dose: Mapping[UUID, datetime],
    left_at: Mapping[UUID, datetime],
) -> tuple[IntercurrentEvent, ...]:
    """Return everybody's events by participant, day and kind, on the days of the site's calendar.

    Days count from `first_dose`; what began before it is no event of the treatment. `left_at`: who was discontinued.
    """
    definitions = protocol.endpoints.intercurrent_events
    if not definitions:
        return ()
    first: dict[UUID, tuple[str, ZoneInfo, date]] = {}
    known = Participant.objects.filter(study=study, pk__in=first_dose).order_by("number")
    for pk, number, zone_name in known.values_list("pk", "number", "site__time_zone"):
        zone = ZoneInfo(zone_name)
        first[pk] = number, zone, first_dose[pk].astimezone(zone).date()

    def event(person: UUID, kind: str, on: date) -> IntercurrentEvent | None:
        number, _, begun = first[person]
        return (
            None if on < begun else IntercurrentEvent(number, kind, study_day(first_dose_date=begun, on=on))
        )

    def left(definition: Definition) -> Iterator[IntercurrentEvent | None]:
        for person, at in left_at.items():
            if person in first:
                yield event(person, definition.code, at.astimezone(first[person][1]).date())

    def medicine(definition: Definition) -> Iterator[IntercurrentEvent | None]:
        prohibited = {rule.code for rule in protocol.concomitant if rule.rule == "prohibited"}
        rows = medicines_known(study=study, cut_at=cut_at).filter(
            participant_id__in=first, concomitant_rule__in=set(definition.rules) or prohibited
        )
        begun: dict[UUID, date] = {}
        for person, on in rows.order_by("started_on", "id").values_list("participant_id", "started_on"):
            # One that was under way at the first dose was not begun afterwards.
            if on > first[person][2]:
                begun.setdefault(person, on)
        for person, on in begun.items():
            yield event(person, definition.code, on)

    def missed(definition: Definition) -> Iterator[IntercurrentEvent | None]:
        given = set(sprayed_known(study=study, cut_at=cut_at).values_list("visit_id", flat=True))
        doses: defaultdict[UUID, list[PlannedDose]] = defaultdict(list)
        visits = Visit.objects.filter(participant_id__in=first, is_dose=True).order_by("day", "id")
        for pk, person, day, missed_at in visits.values_list("pk", "participant_id", "day", "missed_at"):
            is_missed = missed_at is not None and missed_at <= cut_at
            doses[person].append(PlannedDose(day, pk in given, is_missed))
        for person, some in doses.items():
            day = missed_in_a_row(some, least=definition.least or 1)
            if day is not None:
                yield IntercurrentEvent(first[person][0], definition.code, day)

    readers: dict[str, Callable[[Definition], Iterator[IntercurrentEvent | None]]] = {
        "left_treatment": left,
        "prohibited_medicine": medicine,
        "doses_missed": missed,
    }
    found = [one for each in definitions for one in readers[each.event](each) if one is not None]
    leaving = next((each.code for each in definitions if each.event == "left_treatment"), "")
    missing = {each.code for each in definitions if each.event == "doses_missed"}
    told = before_leaving(found, leaving=leaving, only=missing)
    return tuple(sorted(told, key=lambda one: (one.number, one.day, one.kind)))
