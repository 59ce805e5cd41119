"""What people start on the screens that gather: verifying the chains of acts."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.models import AuditVerification
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.models import Study


@transaction.atomic
def audit_verification_request(*, study: Study, by: User, at: datetime) -> AuditVerification:
    """
    Ask for a walk over the chains of a study. Whoever reads acts may ask whether they are whole.

    :raises NotAllowed: without audit:read in the study
    :raises Conflict: while one is under way
    """
    access.check_anywhere(user=by, permission=Permission.AUDIT_READ, study_id=study.pk, now=at)
    return audit.verification_request(study_code=study.code, by=by, at=at)
