"""Adding versions of a protocol."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Conflict, Reason
from apps.studies import access
from apps.studies.domain.loading import digest, document, load
from apps.studies.domain.permissions import Permission
from apps.studies.models import ProtocolVersion, Study


@transaction.atomic
def protocol_version_add(
    *, study: Study, source: str, effective_at: datetime, by: User, at: datetime
) -> ProtocolVersion:
    """
    Add a protocol file as the study's next version. Versions are immutable; the same content twice is refused.

    :raises apps.studies.domain.loading.ProtocolInvalid: naming each fault by its path
    :raises NotAllowed: without study:manage in the whole study
    :raises Conflict: if this content is a version already
    """
    access.check(user=by, permission=Permission.STUDY_MANAGE, study_id=study.id, now=at)
    locked = Study.objects.select_for_update().get(pk=study.pk)
    protocol = load(source)
    mark = digest(protocol)
    if locked.protocol_versions.filter(digest=mark).exists():
        raise Conflict(Reason("same_protocol", "This protocol is already a version of the study.", "source"))
    latest = locked.protocol_versions.order_by("-number").first()
    version = ProtocolVersion.objects.create(
        study=locked,
        number=latest.number + 1 if latest else 1,
        label=protocol.version,
        document=document(protocol),
        digest=mark,
        effective_at=effective_at,
        recorded_at=at,
        recorded_by=by,
    )
    event_record(
        kind="protocol.added",
        by=by,
        at=at,
        subject=version,
        study=locked.code,
        detail={"version": version.label, "digest": mark},
    )
    return version
