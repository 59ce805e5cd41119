"""Kits by their shuffled numbers, the stock of a site, and the kits of a visit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, DateField, ExpressionWrapper, F, Func, Q, QuerySet, Value

from apps.accounts.models import User
from apps.core.asking import Question
from apps.core.exceptions import NotFound
from apps.participants import selectors as participants
from apps.participants.models import Participant
from apps.randomization import selectors as randomization
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.models import Site
from apps.studies.selectors import protocol_of
from apps.supply.domain.kits import KitState, Movement
from apps.supply.models import Kit, KitMovement, WrongKit

_HELD = (KitState.DISPENSED.value, KitState.ADMINISTERED.value)


@dataclass(frozen=True, slots=True)
class SiteStock:
    """How many kits a site has in each state. `usable` are available and not expired; contents are not
    told.
    """

    site: Site
    usable: int
    expired: int
    quarantined: int
    dispensed: int
    returned: int
    next_expiry: date | None


@dataclass(frozen=True, slots=True)
class KitInHand:
    """A kit of a visit with its confirmation, if it was read at the hand-over."""

    kit: Kit
    confirmation: KitMovement | None


@dataclass(frozen=True, slots=True)
class HandOver:
    """A randomized participant with what to fetch for the first session."""

    allocation_id: UUID
    participant_id: UUID
    site_id: UUID
    participant_number: str
    randomization_number: str
    allocated_at: datetime
    allocated_by: str
    visit_code: str
    kits: tuple[str, ...]


def kits_visible(*, viewer: User, now: datetime) -> QuerySet[Kit]:
    """Return the kits at the viewer's sites, by number."""
    sites = access.sites_where(user=viewer, permission=Permission.KIT_READ, now=now)
    return (
        Kit.objects.filter(site__in=sites)
        .select_related("site", "participant")
        .order_by("site__code", "number")
    )


def kit_get(*, viewer: User, kit_id: UUID, now: datetime) -> Kit:
    """Return one kit with its ledger. Raises NotFound for one that is absent or at another site."""
    kit = kits_visible(viewer=viewer, now=now).filter(pk=kit_id).first()
    if kit is None:
        raise NotFound("There is no such kit.")
    return kit


def stock_by_site(*, viewer: User, now: datetime, study_id: UUID | None = None) -> tuple[SiteStock, ...]:
    """Return the stock of each site the viewer may see, by site code."""
    sites = access.sites_where(user=viewer, permission=Permission.KIT_READ, now=now).order_by("code")
    if study_id is not None:
        sites = sites.filter(study_id=study_id)
    today = _day_at_the_site(now)
    counts = {
        row["site_id"]: row
        for row in Kit.objects.filter(site__in=sites)
        .values("site_id")
        .annotate(
            usable=Count("id", filter=Q(state=KitState.AVAILABLE.value, expires_on__gte=today)),
            expired=Count("id", filter=Q(state=KitState.AVAILABLE.value, expires_on__lt=today)),
            quarantined=Count("id", filter=Q(state=KitState.QUARANTINED.value)),
            dispensed=Count("id", filter=Q(state__in=_HELD)),
            returned=Count("id", filter=Q(state__in=[KitState.RETURNED.value, KitState.DESTROYED.value])),
        )
    }
    expiries = dict(
        Kit.objects.filter(site__in=sites, state=KitState.AVAILABLE.value, expires_on__gte=today)
        .order_by("site_id", "expires_on", "id")
        .distinct("site_id")
        .values_list("site_id", "expires_on")
    )
    none = dict.fromkeys(("usable", "expired", "quarantined", "dispensed", "returned"), 0)
    return tuple(
        SiteStock(
            site=site,
            next_expiry=expiries.get(site.pk),
            **{name: counts.get(site.pk, none)[name] for name in none},
        )
        for site in sites
    )


def kits_of_visit(*, participant_id: UUID, visit_code: str) -> tuple[Kit, ...]:
    """Return the kits a participant holds for a visit, first device first. The caller has checked who
    asks.
    """
    held = Kit.objects.filter(participant_id=participant_id, visit_code=visit_code, state__in=_HELD)
    return tuple(held.order_by("position"))


def confirmation_of(kit: Kit) -> KitMovement | None:
    """Return the line that says a kit was read at its hand-over."""
    lines = KitMovement.objects.filter(kit=kit, movement=Movement.CONFIRM.value)
    return lines.select_related("recorded_by").order_by("line").last()


def visit_kits(
    *, viewer: User, participant_id: UUID, visit_code: str, now: datetime
) -> tuple[Participant, tuple[KitInHand, ...]]:
    """Return a participant with the kits they hold for a visit and what was confirmed of them.

    Raises NotFound for a participant who is absent or at a site whose kits the viewer does not see, and for a visit
    of which no kit was ever handed out.
    """
    participant = participants.participant_get(
        viewer=viewer, participant_id=participant_id, now=now, permission=Permission.KIT_READ
    )
    kits = kits_of_visit(participant_id=participant.pk, visit_code=visit_code)
    if not kits and not Kit.objects.filter(participant=participant, visit_code=visit_code).exists():
        raise NotFound("No kits were handed out for this visit.")
    return participant, tuple(KitInHand(kit, confirmation_of(kit)) for kit in kits)


def places_missing(*, participant: Participant, visit_code: str, held: Sequence[Kit]) -> tuple[int, ...]:
    """Return the places of a visit whose kit was taken back and not replaced. The caller has checked who asks."""
    known = Kit.objects.filter(participant=participant, visit_code=visit_code, position__isnull=False)
    return tuple(sorted(set(known.values_list("position", flat=True)) - {kit.position for kit in held}))


def kits_expiring(*, viewer: User, now: datetime, within_days: int) -> QuerySet[Kit]:
    """Return kits on the shelf that expire within so many days at the site, or have, the first to expire first."""
    return (
        kits_visible(viewer=viewer, now=now)
        .filter(state__in=[KitState.AVAILABLE.value, KitState.QUARANTINED.value])
        .annotate(today=_day_at_the_site(now))
        .filter(expires_on__lte=ExpressionWrapper(F("today") + within_days, output_field=DateField()))
        .order_by("expires_on", "site__code", "number")
    )


def wrong_kits_visible(*, viewer: User, now: datetime) -> QuerySet[WrongKit]:
    """Return the wrong-kit records at the viewer's sites, newest first."""
    sites = access.sites_where(user=viewer, permission=Permission.KIT_READ, now=now)
    return (
        WrongKit.objects.filter(participant__site__in=sites)
        .select_related("participant__site", "kit", "assigned", "recorded_by")
        .order_by("-recorded_at", "id")
    )


def _day_at_the_site(now: datetime) -> Func:
    """The date of a moment on the clock of a kit's site."""
    return Func(
        Func(F("site__time_zone"), Value(now), function="timezone"),
        template="(%(expressions)s)::date",
        output_field=DateField(),
    )


def handover_get(*, viewer: User, participant_id: UUID, now: datetime) -> HandOver:
    """Return a participant's randomization number and the kits of the first session.

    Raises NotFound for a participant who is absent, at another site, or not randomized; NotAllowed without
    ``randomization:read``.
    """
    participant, standing, (allocations, kits) = participants.participant_standing(
        randomization.allocation_known(participant=participant_id),
        _kits_held(participant=participant_id),
        viewer=viewer,
        participant_id=participant_id,
        now=now,
    )
    standing.check(Permission.RANDOMIZATION_READ, site=participant.site)
    if not allocations:
        raise NotFound("This participant is not randomized.")
    allocation_id, number, at, by = allocations[0]
    visit = protocol_of(participant.protocol_version).dosing_visits[0].code
    return HandOver(
        allocation_id=allocation_id,
        participant_id=participant.pk,
        site_id=participant.site_id,
        participant_number=participant.number,
        randomization_number=number,
        allocated_at=at,
        allocated_by=by,
        visit_code=visit,
        kits=tuple(number for of, number in kits if of == visit),
    )


@Question
def _kits_held(participant: UUID) -> QuerySet[Kit]:
    held = Kit.objects.filter(participant=participant, state__in=_HELD).order_by("position")
    return held.values_list("visit_code", "number")
