"""Who watched whom in the story, and when its prescribers were on site."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from apps.accounts.models import User
from apps.demo.services.book import Book
from apps.demo.services.person import Person
from apps.demo.services.setting import Place, Setting
from apps.dosing.models import DosingSession
from apps.monitoring.domain.presence import end_of_day
from apps.monitoring.domain.watchers import WatchAct
from apps.monitoring.models import PrescriberMark, WatchChange

#: Before the first check-in and after the last participant has left.
EARLIER, LATER = timedelta(minutes=25), timedelta(minutes=10)
CALLED_AWAY = "Called to another room"
_NAMES = UUID("0f6f5c2e-5b57-4a55-9d6f-3c8e1b7d2a90")


class Attending:
    """Writes the watch of every session, and at the end the prescriber's days."""

    def __init__(self, setting: Setting, book: Book) -> None:
        self.setting, self.book = setting, book
        self.days: dict[tuple[str, date], list[tuple[datetime, datetime | None]]] = defaultdict(list)
        self.told = 0

    def watch(self, person: Person, session: DosingSession) -> None:
        """The nurse who gave the first spray watches; in every third session, and in each that still goes on, another
        takes over. Now and then nobody is there for a moment."""
        t0 = session.dosed_at
        if t0 is None:
            return
        self.told += 1
        nurse, relief = person.staff.nurse, person.staff.relief
        until = session.ended_at or self.book.now
        chain = _Chain(person, session)
        half = t0 + (until - t0) / 2
        if session.ended_at is None and session.chair % 2 == 0:
            # The relief had the watch before the spray and hands it to the nurse.
            chain.take(relief, at=t0 - timedelta(minutes=2))
            chain.take(nurse, at=half)
            return
        chain.begin(nurse, at=t0)
        if session.ended_at is None or self.told % 3 == 0:
            if session.ended_at is not None and self.told % 36 == 0:
                chain.leave(CALLED_AWAY, at=half - timedelta(seconds=100))
            chain.take(relief, at=half)

    def sit(self, place: Place, session: DosingSession) -> None:
        """Somebody sat in a chair: the prescriber's day at this site is at least as long."""
        begins, ends = session.checked_in_at, session.ended_at
        day = begins.astimezone(place.zone).date()
        self.days[place.site.code, day].append((begins, ends))
        midnight = end_of_day(begins, place.zone)
        if (ends or self.book.now) > midnight:
            self.days[place.site.code, midnight.astimezone(place.zone).date()].append((midnight, ends))

    def mark(self) -> None:
        """Write the days. Once in a while the prescriber left before the last participant."""
        for number, ((code, day), spans) in enumerate(sorted(self.days.items()), start=1):
            place = self.setting.places[code]
            begins = min(begin for begin, _ in spans)
            comes = begins - EARLIER if (begins - EARLIER).astimezone(place.zone).date() == day else begins
            self._mark(place, at=comes, on_site=True)
            ends = [end for _, end in spans if end is not None]
            if len(ends) < len(spans):
                continue
            leaves = max(ends) + (LATER if number % 40 else -2 * LATER)
            if comes < leaves <= self.book.now and leaves < end_of_day(comes, place.zone):
                self._mark(place, at=leaves, on_site=False)

    def _mark(self, place: Place, *, at: datetime, on_site: bool) -> None:
        by = place.staff.investigator
        row = PrescriberMark(
            site=place.site, person=by, on_site=on_site, at=at, recorded_at=at, recorded_by=by
        )
        self.book.add(row)
        kind = "prescriber.arrived" if on_site else "prescriber.left"
        self.book.act_record(kind, by=by, at=at, subject=row, site=place.site.code)


class _Chain:
    """The changes of one watch, each beginning where the one before ended."""

    def __init__(self, person: Person, session: DosingSession) -> None:
        self.person, self.session = person, session
        self.ordinal = 0
        self.watcher: User | None = None

    def begin(self, by: User, *, at: datetime) -> None:
        """By giving the first spray."""
        row = self._change(WatchAct.SPRAY, to=by, by=by, at=at)
        self.person.act_record("watch.begun", by=by, at=at, subject=row, detail={"to": by.email})

    def take(self, by: User, *, at: datetime) -> None:
        """Taken over with a signature."""
        before = self.watcher
        signature = uuid5(_NAMES, f"{self.session.pk}:{self.ordinal}")
        row = self._change(WatchAct.TAKEN, to=by, by=by, at=at, signature=signature)
        detail = {
            "from": before.email if before else None,
            "to": by.email,
            "signature": str(signature),
            "signed_in": by.email,
        }
        self.person.act_record("watch.taken", by=by, at=at, subject=row, detail=detail)

    def leave(self, reason: str, *, at: datetime) -> None:
        """Left, although nobody took over."""
        by = self.watcher
        assert by is not None  # only a watcher leaves
        signature = uuid5(_NAMES, f"{self.session.pk}:{self.ordinal}")
        row = self._change(WatchAct.LEFT, to=None, by=by, at=at, signature=signature, reason=reason)
        self.person.act_record(
            "watch.left",
            by=by,
            at=at,
            subject=row,
            reason=reason,
            detail={"from": by.email, "signature": str(signature)},
        )

    def _change(
        self,
        act: WatchAct,
        *,
        to: User | None,
        by: User,
        at: datetime,
        signature: UUID | None = None,
        reason: str = "",
    ) -> WatchChange:
        self.ordinal += 1
        row = WatchChange(
            session=self.session,
            ordinal=self.ordinal,
            act=act.value,
            from_person=self.watcher,
            to_person=to,
            at=at,
            signature=signature,
            reason=reason,
            recorded_at=at,
            recorded_by=by,
        )
        self.person.book.add(row)
        self.watcher = to
        return row
