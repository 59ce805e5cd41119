"""The audit trail of a study, as far as the viewer may read it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.audit.selectors import events_of_study
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.models import Study


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
