"""The audit trail of a study, as far as the viewer may read it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.audit.domain.anchors import Anchor
from apps.audit.domain.verification import UNDER_WAY, VerificationState
from apps.audit.models import AuditEvent, AuditVerification
from apps.audit.selectors import anchors_latest, events_of_study, verifications_of
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.models import Study

RUNS_SHOWN, ANCHORS_SHOWN = 20, 12


def audit_events(
    *, viewer: User, study: Study, now: datetime, participant: str = "", kind: str = "", person: str = ""
) -> QuerySet[AuditEvent]:
    """
    Return the acts of a study, latest first, narrowed to the viewer's sites.

    :raises NotAllowed: without audit:read in the study
    """
    access.check_anywhere(user=viewer, permission=Permission.AUDIT_READ, study_id=study.id, now=now)
    found = events_of_study(study_code=study.code)
    if not access.can(user=viewer, permission=Permission.AUDIT_READ, study_id=study.id, now=now):
        codes = access.sites_where(user=viewer, permission=Permission.AUDIT_READ, now=now).filter(study=study)
        found = found.filter(Q(site_code__in=codes.values("code")))
    if participant:
        found = found.filter(participant_number__iexact=participant)
    if kind:
        found = found.filter(kind__istartswith=kind)
    if person:
        found = found.filter(actor_label__icontains=person)
    return found


@dataclass(frozen=True, slots=True)
class ChainOfActs:
    """How the chains of a study stand: what was verified when, and the latest anchors. Latest first."""

    verifications: tuple[AuditVerification, ...]
    anchors: tuple[Anchor, ...]

    @property
    def under_way(self) -> bool:
        """True while a worker walks, or is about to."""
        return any(run.state in UNDER_WAY for run in self.verifications)

    @property
    def last(self) -> AuditVerification | None:
        """The last verification that found something out."""
        return next((run for run in self.verifications if run.state == VerificationState.DONE.value), None)


def audit_verifications(*, viewer: User, study: Study, now: datetime) -> QuerySet[AuditVerification]:
    """
    Return the verifications of a study, latest first.

    :raises NotAllowed: without audit:read in the study
    """
    access.check_anywhere(user=viewer, permission=Permission.AUDIT_READ, study_id=study.id, now=now)
    return verifications_of(study_code=study.code)


def audit_anchors(*, viewer: User, study: Study, now: datetime) -> list[Anchor]:
    """
    Return the latest anchors, latest first, each with the heads of this study's chains only.

    :raises NotAllowed: without audit:read in the study
    """
    access.check_anywhere(user=viewer, permission=Permission.AUDIT_READ, study_id=study.id, now=now)
    own = f"{study.code}/"
    return [
        replace(anchor, heads={chain: head for chain, head in anchor.heads.items() if chain.startswith(own)})
        for anchor in anchors_latest(count=ANCHORS_SHOWN)
    ]


def chain_of_acts(*, viewer: User, study: Study, now: datetime) -> ChainOfActs:
    """
    Return how the chains of a study stand.

    :raises NotAllowed: without audit:read in the study
    """
    runs = audit_verifications(viewer=viewer, study=study, now=now)[:RUNS_SHOWN]
    return ChainOfActs(tuple(runs), tuple(audit_anchors(viewer=viewer, study=study, now=now)))
