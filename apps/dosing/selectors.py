"""Reading sessions. Another site's session is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.core.exceptions import Conflict, NotFound, Reason
from apps.dosing.domain.answers import answer_stored
from apps.dosing.domain.devices import SprayOutcome, Use
from apps.dosing.domain.dose import DoseOptions, dose_options
from apps.dosing.domain.gates import Check, Facts, GateOutcome
from apps.dosing.domain.kits import KitOfVisit, KitRefused, kit_reasons
from apps.dosing.domain.session import FINAL_STATES, SessionAction, SessionState
from apps.dosing.models import DeviceUse, DosingSession, GateCheck, SessionTransition
from apps.participants.domain.status import ParticipantStatus
from apps.participants.models import Participant
from apps.participants.selectors import consent_in_force
from apps.randomization.domain.plan import devices_per_session
from apps.schedule import selectors as schedule
from apps.schedule.domain.acts import over_reasons, window_reasons
from apps.schedule.domain.windows import spacing_reasons
from apps.schedule.models import Visit
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.domain.protocol import Protocol
from apps.studies.models import Site
from apps.studies.selectors import protocol_of
from apps.supply.domain.kits import number_read
from apps.supply.models import Kit
from apps.supply.selectors import kits_of_visit

_OVER = [state.value for state in FINAL_STATES]
_PATH = (
    "visit",
    "site",
    "participant__study",
    "participant__site",
    "participant__protocol_version",
)
#: Large, and read once per version by `protocol_of`; a session needs only to know which version it is.
_DOCUMENT = "participant__protocol_version__document"


def session_get(
    *,
    viewer: User,
    session_id: UUID,
    now: datetime,
    permission: Permission = Permission.SESSION_READ,
    lock: bool = False,
) -> DosingSession:
    """
    Return a session at a site where the viewer holds the permission.

    :raises NotFound: if there is none, or it is another site's
    """
    found = DosingSession.objects.filter(
        pk=session_id, site__in=access.sites_where(user=viewer, permission=permission, now=now)
    )
    found = found.select_related(*_PATH).defer(_DOCUMENT)
    if lock:
        found = found.select_for_update(of=("self",))
    session = found.first()
    if session is None:
        raise NotFound("There is no such session.")
    return session


def sessions_open(*, viewer: User, now: datetime, site: Site | None = None) -> QuerySet[DosingSession]:
    """Return the sessions not over yet, by chair: who sits where at this moment."""
    return (
        sessions_visible(viewer=viewer, now=now, site=site).exclude(state__in=_OVER).order_by("site", "chair")
    )


def sessions_visible(*, viewer: User, now: datetime, site: Site | None = None) -> QuerySet[DosingSession]:
    """Return every session at the viewer's sites, newest first."""
    sites = access.sites_where(user=viewer, permission=Permission.SESSION_READ, now=now)
    found = DosingSession.objects.filter(site__in=sites).select_related(*_PATH).defer(_DOCUMENT)
    if site is not None:
        found = found.filter(site=site)
    return found.order_by("-checked_in_at", "id")


def sessions_of(*, participant_id: UUID) -> QuerySet[DosingSession]:
    """Return a participant's sessions in order of check-in. Who asks has been checked at the participant."""
    return (
        DosingSession.objects.filter(participant_id=participant_id)
        .select_related("visit")
        .order_by("checked_in_at", "id")
    )


def session_that_counts(*, visit_id: UUID) -> DosingSession | None:
    """Return the session of a visit that did not stop before a spray: open, or carried through."""
    return DosingSession.objects.filter(visit_id=visit_id).exclude(state=SessionState.STOPPED.value).first()


def chairs_free(*, site: Site) -> tuple[int, ...]:
    """Return the chairs nobody sits in, in their order."""
    taken = DosingSession.objects.filter(site=site).exclude(state__in=_OVER).values_list("chair", flat=True)
    return tuple(chair for chair in range(1, site.chairs + 1) if chair not in set(taken))


def gate_facts(*, participant: Participant, now: datetime) -> Facts:
    """Return what gates need beside the answers."""
    return Facts(age_years=participant.age_years, now=now, tz=schedule.zone_of(participant))


def gate_checks(*, session: DosingSession, protocol: Protocol) -> Mapping[str, Check]:
    """Return the latest record of each gate of the protocol, as plain values."""
    gates = {gate.code: gate for gate in protocol.gates}
    rows = (
        GateCheck.objects.filter(session=session)
        .order_by("gate", "-session_version", "-at", "id")
        .distinct("gate")
    )
    return {
        row.gate: Check(
            gate=row.gate,
            answer=answer_stored(gates[row.gate], row.values),
            outcome=GateOutcome(row.outcome),
            message=row.message,
            clears_at=row.clears_at,
        )
        for row in rows
        if row.gate in gates
    }


def dose_previous(*, session: DosingSession) -> int | None:
    """Return the dose in mg asked for at the participant's last session with a spray; None before the first."""
    return (
        DosingSession.objects.filter(participant_id=session.participant_id, dosed_at__isnull=False)
        .exclude(pk=session.pk)
        .exclude(dose_mg__isnull=True)
        .order_by("-dosed_at", "id")
        .values_list("dose_mg", flat=True)
        .first()
    )


def dose_choices(*, session: DosingSession, protocol: Protocol) -> DoseOptions:
    """Return the doses the protocol opens at this visit for this participant."""
    return dose_options(
        rule=protocol.dose,
        age_years=session.participant.age_years,
        day=session.visit.day,
        previous_mg=dose_previous(session=session),
    )


def devices_planned(*, session: DosingSession, protocol: Protocol) -> int:
    """Return how many devices this session has: the same in every arm."""
    return devices_per_session(protocol=protocol, dose_mg=session.dose_mg)


def kits_planned(*, session: DosingSession) -> tuple[Kit, ...]:
    """Return the kits of the session's visit, first device first."""
    return kits_of_visit(participant_id=session.participant_id, visit_code=session.visit.code)


def kit_check(*, session: DosingSession, kit_number: str, at: datetime, ordinal: int | None = None) -> Kit:
    """
    Return the kit in the hand if it is the device's, by default the next one's.

    :raises KitRefused: naming what is wrong with it
    """
    kits = kits_planned(session=session)
    place = ordinal or DeviceUse.objects.filter(session=session).count() + 1
    grounds = kit_reasons(
        kits=[KitOfVisit(kit.number, kit.position or 0, kit.expires_on) for kit in kits],
        is_requested=session.dose_requested_at is not None,
        ordinal=place,
        number=number_read(kit_number),
        on=at.astimezone(schedule.zone_of(session.participant)).date(),
    )
    if grounds:
        raise KitRefused.because(grounds)
    return next(kit for kit in kits if kit.position == place)


def device_uses(*, session: DosingSession) -> Sequence[DeviceUse]:
    """Return the devices sprayed so far, in order."""
    return list(DeviceUse.objects.filter(session=session).select_related("kit").order_by("ordinal"))


def uses_as_values(rows: Sequence[DeviceUse]) -> tuple[Use, ...]:
    """Return device rows as plain values."""
    return tuple(
        Use(
            ordinal=row.ordinal,
            first_spray_at=row.first_spray_at,
            second_spray_at=row.second_spray_at,
            outcome=SprayOutcome(row.outcome) if row.outcome else None,
        )
        for row in rows
    )


def cleared_at(*, session: DosingSession) -> datetime | None:
    """Return when the session was cleared last."""
    return (
        SessionTransition.objects.filter(session=session, action=SessionAction.CLEAR.value)
        .order_by("-session_version", "id")
        .values_list("at", flat=True)
        .first()
    )


def transitions_of(*, session: DosingSession) -> QuerySet[SessionTransition]:
    """Return every step a session took, oldest first."""
    return (
        SessionTransition.objects.filter(session=session)
        .select_related("recorded_by")
        .order_by("session_version", "at", "id")
    )


def protocol_for(session: DosingSession) -> Protocol:
    """Return the protocol the participant follows."""
    return protocol_of(session.participant.protocol_version)


def visit_for_check_in(*, viewer: User, visit_id: UUID, now: datetime, lock: bool = False) -> Visit:
    """
    Return a visit to open a session at, as somebody who may check in there.

    :raises NotFound: if there is none, or it is another site's
    """
    return schedule.visit_get(
        viewer=viewer, visit_id=visit_id, now=now, permission=Permission.SESSION_CHECK_IN, lock=lock
    )


def session_to_act(
    *, session_id: UUID, permission: Permission, version: int | None, by: User, at: datetime
) -> DosingSession:
    """
    Load a session locked, for somebody who may act on it and saw its present version.

    :raises NotFound: if there is no such session at the person's sites
    :raises NotAllowed: if the person may see it and not do this
    :raises Conflict: if it changed since it was read
    """
    session = session_get(viewer=by, session_id=session_id, now=at, lock=True)
    access.check(user=by, permission=permission, site_id=session.site_id, now=at)
    if version is not None and version != session.version:
        raise Conflict(
            Reason(
                "stale_version",
                "Somebody took a step in this session meanwhile. Look at it again, then decide.",
                "version",
            )
        )
    return session


def in_trial_reasons(participant: Participant) -> tuple[Reason, ...]:
    """Return why a participant may not be dosed at all: not randomized, left the trial, no consent in force."""
    reasons = []
    if participant.status != ParticipantStatus.RANDOMIZED.value:
        word = ParticipantStatus(participant.status).value.replace("_", " ").lower()
        reasons.append(
            Reason("not_in_treatment", f"The participant is {word}, not randomized and in treatment.")
        )
    if consent_in_force(participant=participant) is None:
        reasons.append(Reason("no_consent", "No consent is in force."))
    return tuple(reasons)


def check_in_reasons(*, visit: Visit, now: datetime) -> tuple[Reason, ...]:
    """Return every ground against opening a session at a visit now, the chair aside: what a page shows before."""
    participant = visit.participant
    protocol, tz = protocol_of(participant.protocol_version), schedule.zone_of(participant)
    reasons = [
        *in_trial_reasons(participant),
        *over_reasons(schedule.status_of(visit, now=now)),
    ]
    if not visit.is_dose:
        return (*reasons, Reason("no_dosing_visit", "No dose is planned at this visit."))
    # The first dose carries the windows: on another day they move with it.
    if not schedule.carries_windows(visit, protocol=protocol):
        reasons += window_reasons(window=schedule.window_of(visit), at=now, tz=tz)
        if schedule.first_dose_waits(participant=participant):
            reasons.append(Reason("first_dose_first", "The first dose was not given yet."))
    reasons += spacing_reasons(
        on=now.astimezone(tz).date(),
        other_doses=schedule.dose_dates_given(participant=participant, but_not=visit.pk),
        spacing=protocol.spacing,
    )
    if session_that_counts(visit_id=visit.pk) is not None:
        reasons.append(Reason("session_open", "This visit has a session already."))
    return tuple(reasons)
