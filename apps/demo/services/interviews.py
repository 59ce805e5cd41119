"""Ratings of one participant: interviews of the blinded rater in their slots, and the scales of the visits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from apps.accounts.models import User
from apps.demo.domain.values import DemoRating
from apps.demo.services.person import Person
from apps.instruments.domain.entering import planned_instrument
from apps.instruments.domain.scoring import instrument_of, score
from apps.instruments.domain.slots import SlotPlan, alias_of
from apps.instruments.models import Rating, RatingSlot

#: From the interview's beginning to its entry, and from looking at the form to sending it.
INTERVIEW = timedelta(minutes=25)
FORM_OPEN = timedelta(minutes=20)
ENTRY = timedelta(minutes=2)


class Interviews:
    """Writes the interviews and ratings of one person."""

    def __init__(self, person: Person) -> None:
        self.person, self.book = person, person.book
        self.slots: dict[tuple[str, str], RatingSlot] = {}

    def plan(self, plans: Sequence[SlotPlan], *, by: User, at: datetime) -> None:
        """Open slots for the rater, as `slots_make` does."""
        for plan in plans:
            slot = RatingSlot(
                participant=self.person.row,
                instrument=plan.instrument,
                visit_code=plan.visit_code,
                recall=plan.recall,
                opens_at=plan.opens_at,
                closes_at=plan.closes_at,
                recorded_at=at,
                recorded_by=by,
            )
            slot.alias = alias_of(slot.pk)
            while slot.alias in self.book.aliases:  # one in a million; two alike would be refused
                slot.pk = RatingSlot._meta.pk.get_default()
                slot.alias = alias_of(slot.pk)
            self.book.aliases.add(slot.alias)
            self.book.add(slot)
            self.slots[plan.instrument, plan.visit_code] = slot
        self.person.act_record(
            "rating_slot.planned",
            by=by,
            at=at,
            subject=self.person.row,
            detail={"visits": sorted({plan.visit_code for plan in plans}), "changed": len(plans)},
        )

    def hold(self, rating: DemoRating) -> None:
        """An interview by the blinded rater, entered when it is over; never before its slot was planned."""
        slot = self.slots[rating.instrument, rating.visit]
        rater = self.person.staff.rater
        opened_at = max(slot.recorded_at + ENTRY, rating.observed_at + INTERVIEW - FORM_OPEN)
        opened_at = self.person.known(min(opened_at, max(self.person.now, slot.recorded_at)))
        slot.rater = rater
        self.person.act_record(
            "rating_slot.opened",
            by=rater,
            at=opened_at,
            subject=slot,
            detail={"instrument": slot.instrument},
        )
        at = max(opened_at, min(self.person.now, max(rating.observed_at + INTERVIEW, opened_at + ENTRY)))
        items = dict(
            zip((item.code for item in instrument_of(rating.instrument).items), rating.items, strict=True)
        )
        self._write(rating.instrument, rating.visit, items, rating.observed_at, by=rater, at=at, slot=slot)

    def fill(self, rating: DemoRating) -> None:
        """A scale that the participant filled in or a clinician rated at the visit."""
        codes = [item.code for item in instrument_of(rating.instrument).items]
        staff = self.person.staff
        self.enter(
            rating.instrument,
            rating.visit,
            dict(zip(codes, rating.items, strict=False)),
            observed_at=rating.observed_at,
            by=staff.investigator if rating.instrument == "CGIS" else staff.coordinator,
        )

    def enter(
        self,
        instrument: str,
        visit_code: str,
        items: Mapping[str, int | None],
        *,
        observed_at: datetime,
        by: User,
    ) -> None:
        """Enter a scale from the page of a visit, as `rating_enter` does."""
        at = self.person.known(observed_at, ENTRY)
        self._write(instrument, visit_code, items, observed_at, by=by, at=at)

    def _write(
        self,
        instrument: str,
        visit_code: str,
        items: Mapping[str, int | None],
        observed_at: datetime,
        *,
        by: User,
        at: datetime,
        slot: RatingSlot | None = None,
    ) -> None:
        planned = planned_instrument(
            self.person.setting.protocol, visit_code=visit_code, instrument=instrument
        )
        row = Rating(
            participant=self.person.row,
            slot=slot,
            instrument=instrument,
            visit_code=visit_code,
            recall=slot.recall if slot else (planned.recall or "") if planned else "",
            items={item.code: items.get(item.code) for item in instrument_of(instrument).items},
            total=score(instrument, items).total,
            observed_at=observed_at,
            entered_at=at,
            recorded_at=at,
            recorded_by=by,
        )
        self.book.add(row)
        self.person.act_record(
            "rating.recorded",
            by=by,
            at=at,
            subject=row,
            detail={"instrument": instrument, "visit": visit_code, "done": True},
        )
