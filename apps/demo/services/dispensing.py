"""Kits of a story: received at the sites, handed out, sprayed; what is inside goes to the sealed schema only.

Every kit gets a number drawn at random, so numbers tell nothing. Kits of one half year
at one site are one lot, and every lot keeps a few unused kits of either content, so that no lot tells a content.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from operator import itemgetter
from uuid import UUID

from apps.accounts.models import User
from apps.demo.domain.draws import Draws
from apps.demo.services.book import Book
from apps.demo.services.person import Person
from apps.demo.services.setting import Place, Setting
from apps.supply.domain.kits import KitState, Movement
from apps.supply.models import Kit, KitMovement
from apps.supply.services import PastDispensing

SHELF_LIFE = timedelta(days=730)
#: Unused kits of either content that every lot keeps.
SPARE = 4


#: The audit line of each movement that has one of its own.
_ACTS = {
    Movement.ADMINISTER: "kit.administered",
    Movement.RETURN: "kit.returned",
    Movement.DESTROY: "kit.destroyed",
}


@dataclass(slots=True)
class Shelf:
    """The contents of all kits by identifier, and the requests they were handed out for: sealed knowledge."""

    contents: dict[UUID, str] = field(default_factory=dict)
    requests: list[PastDispensing] = field(default_factory=list)


class Dispensing:
    """Makes the kits of one study as they are handed out, then numbers and receives them all."""

    def __init__(self, setting: Setting, book: Book, *, story: str) -> None:
        self.setting, self.book = setting, book
        self.shelf = Shelf()
        self.draws = Draws(0, "kits", story)
        self.lots: dict[tuple[str, date], list[Kit]] = {}
        self.fresh: set[tuple[str, date]] = set()
        self.ledger: list[tuple[datetime, str, dict[str, object]]] = []
        self.numbers: set[int] = set()

    def hand_out(
        self,
        person: Person,
        visit_code: str,
        *,
        dose_mg: int,
        is_active: bool,
        by: User,
        at: datetime,
    ) -> list[Kit]:
        """Kits for a visit, first device first: as many hold the drug as the dose asks for, placebo fills up."""
        protocol = self.setting.protocol
        devices = protocol.dose.devices_per_session_blinded or 0
        active = dose_mg // protocol.devices.mg_per_device if is_active else 0
        kits = []
        for position in range(1, devices + 1):
            kit = self._kit(person.place, at, "ACTIVE" if position <= active else "PLACEBO")
            kit.participant, kit.visit_code, kit.position = person.row, visit_code, position
            self._move(kit, Movement.DISPENSE, KitState.DISPENSED, by=by, at=at)
            kits.append(kit)
        self.shelf.requests.append(PastDispensing(person.row.pk, visit_code, dose_mg, devices, by=by, at=at))
        person.act_record(
            "kits.dispensed",
            by=by,
            at=at,
            subject=person.row,
            detail={"visit": visit_code, "kits": [kit.number for kit in kits]},
        )
        return kits

    def administer(self, kit: Kit, *, by: User, at: datetime) -> None:
        """The device was sprayed."""
        self._move(kit, Movement.ADMINISTER, KitState.ADMINISTERED, by=by, at=at)

    def take_back(self, person: Person, kits: Sequence[Kit], *, reason: str, at: datetime) -> None:
        """Kits that were handed out and never sprayed go back to the pharmacist."""
        by = person.staff.pharmacist
        for kit in kits:
            self._move(kit, Movement.RETURN, KitState.RETURNED, by=by, at=at, reason=reason)

    def stock(self, place: Place, *, active: int, placebo: int, at: datetime) -> None:
        """Kits that nobody has asked for yet."""
        for content, count in (("ACTIVE", active), ("PLACEBO", placebo)):
            for _ in range(count):
                self._kit(place, at, content)

    def deliver(self, place: Place, *, active: int, placebo: int, at: datetime) -> None:
        """A fresh lot that arrived some days ago and nobody has asked for yet."""
        since = at.astimezone(place.zone).date() + timedelta(days=7)
        self.fresh.add((place.site.code, since))
        for content, count in (("ACTIVE", active), ("PLACEBO", placebo)):
            for _ in range(count):
                self._kit_of(place, since, content, lot=f"{since:%y%m}F-{place.site.code}")

    def receive(self, *, destroy_at: datetime | None) -> None:
        """Add the spare kits and write every receipt; destroy what is left at `destroy_at`.

        Rows are written in the order of the random numbers, so that nothing tells in which order they were needed.
        """
        for site_code, since in [key for key in self.lots if key not in self.fresh]:
            place = self.setting.places[site_code]
            middle = datetime.combine(since, time(12), tzinfo=place.zone) + timedelta(days=40)
            self.stock(place, active=SPARE, placebo=SPARE, at=middle)
        everything = sorted((kit for kits in self.lots.values() for kit in kits), key=_by_number)
        for kit in everything:
            self.book.add(kit)
        for (site_code, since), kits in self.lots.items():
            self._receive(self.setting.places[site_code], since, kits)
        if destroy_at is not None:
            self._destroy(everything, destroy_at)
        for _, _, line in sorted(self.ledger, key=itemgetter(0, 1)):
            self.book.put(KitMovement, **line)

    def _number(self) -> str:
        while (number := self.draws.whole(10000, 99999)) in self.numbers:
            pass
        self.numbers.add(number)
        return f"K{number}"

    def _kit(self, place: Place, at: datetime, content: str) -> Kit:
        local = at.astimezone(place.zone).date()
        since = date(local.year, 1 if local.month <= 6 else 7, 1)
        half = "A" if since.month == 1 else "B"
        return self._kit_of(place, since, content, lot=f"{since:%y}{half}-{place.site.code}")

    def _kit_of(self, place: Place, since: date, content: str, *, lot: str) -> Kit:
        kits = self.lots.setdefault((place.site.code, since), [])
        kit = Kit(
            study=self.setting.study,
            site=place.site,
            number=self._number(),
            lot=lot,
            state=KitState.AVAILABLE.value,
        )
        kits.append(kit)
        self.shelf.contents[kit.pk] = content
        return kit

    def _receive(self, place: Place, since: date, kits: list[Kit]) -> None:
        opened = place.site.opened_on or since
        on = max(since - timedelta(days=12), opened + timedelta(days=5))
        at = datetime.combine(on, time(10, 30), tzinfo=place.zone)
        by = place.staff.pharmacist
        for kit in sorted(kits, key=_by_number):
            kit.expires_on = on + SHELF_LIFE
            kit.recorded_at, kit.recorded_by = at, by
            self._line(kit, Movement.RECEIVE, "", KitState.AVAILABLE, by=by, at=at)
        self.book.act_record("kits.received", by=by, at=at, site=place.site.code, detail={"kits": len(kits)})

    def _destroy(self, kits: list[Kit], at: datetime) -> None:
        """Close-out: what was never handed out, or came back, is destroyed before a witness."""
        for kit in sorted(kits, key=_by_number):
            if kit.state not in (KitState.AVAILABLE.value, KitState.RETURNED.value):
                continue
            staff = self.setting.places[kit.site.code].staff
            self._move(
                kit,
                Movement.DESTROY,
                KitState.DESTROYED,
                by=staff.pharmacist,
                at=at,
                reason="Close-out of the study",
                witness=staff.investigator,
            )

    def _move(
        self,
        kit: Kit,
        movement: Movement,
        to: KitState,
        *,
        by: User,
        at: datetime,
        reason: str = "",
        witness: User | None = None,
    ) -> None:
        before, kit.state = kit.state, to.value
        self._line(kit, movement, before, to, by=by, at=at, reason=reason, witness=witness)
        if kind := _ACTS.get(movement):
            self.book.act_record(
                kind,
                by=by,
                at=at,
                subject=kit,
                site=kit.site.code,
                participant=kit.participant.number if kit.participant else "",
                reason=reason,
                detail={"kit": kit.number},
            )

    def _line(
        self,
        kit: Kit,
        movement: Movement,
        before: str,
        to: KitState,
        *,
        by: User,
        at: datetime,
        reason: str = "",
        witness: User | None = None,
    ) -> None:
        """One line of the ledger. Lines are written by time and number, never in the order of the story."""
        values = {
            "kit_id": kit.pk,
            "movement": movement.value,
            "at": at,
            "from_state": before,
            "to_state": to.value,
            "witness_id": witness.pk if witness else None,
            "reason": reason,
            "recorded_at": at,
            "recorded_by_id": by.pk,
        }
        self.ledger.append((at, kit.number, values))


def _by_number(kit: Kit) -> str:
    return kit.number
