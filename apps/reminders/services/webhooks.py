"""Webhooks: added with a secret that is shown once, tested, given another secret, ended."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.core.exceptions import Conflict, Invalid, Reason
from apps.reminders import selectors
from apps.reminders.domain.webhooks import secret_of, url_reasons
from apps.reminders.models import Telling, Webhook
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.models import Site, Study


@transaction.atomic
def webhook_add(
    *, study: Study, site_code: str, url: str, salt: str, by: User, at: datetime
) -> tuple[Webhook, str]:
    """
    Add a webhook for the whole study (`site_code` empty) or one of its sites; return it and its secret, shown once.

    :raises NotAllowed: without webhook:manage in the study
    :raises Invalid: with everything wrong in the address, or no such site
    :raises Conflict: if the same address is in use there already
    """
    access.check(user=by, permission=Permission.WEBHOOK_MANAGE, study_id=study.pk, now=at)
    reasons = url_reasons(url, local_allowed=settings.WEBHOOK_LOCAL_ALLOWED)
    site = None
    if site_code:
        site = Site.objects.filter(study=study, code=site_code).first()
        if site is None:
            reasons.append(Reason("no_such_site", "The study has no such site.", "site"))
    if reasons:
        raise Invalid(*reasons)
    Study.objects.select_for_update().get(pk=study.pk)
    if Webhook.objects.filter(study=study, site=site, url=url, ended_at=None).exists():
        raise Conflict(Reason("in_use", "This address is told already.", "url"))
    made = Webhook.objects.create(study=study, site=site, url=url, salt=salt, recorded_at=at, recorded_by=by)
    _record("webhook.added", made, by=by, at=at)
    return made, _secret(made)


@transaction.atomic
def webhook_secret_renew(*, webhook_id: UUID, salt: str, by: User, at: datetime) -> tuple[Webhook, str]:
    """
    Give a webhook another secret; the one before is void from this moment. Return it and the secret, shown once.

    :raises NotFound: if the person manages no such webhook
    :raises Conflict: if it has ended
    """
    hook = _in_use(webhook_id, by=by, at=at)
    hook.salt = salt
    hook.save(update_fields=["salt"])
    _record("webhook.renewed", hook, by=by, at=at)
    return hook, _secret(hook)


@transaction.atomic
def webhook_end(*, webhook_id: UUID, by: User, at: datetime) -> Webhook:
    """
    Tell a webhook nothing more.

    :raises NotFound: if the person manages no such webhook
    :raises Conflict: if it has ended
    """
    hook = _in_use(webhook_id, by=by, at=at)
    hook.ended_at, hook.ended_by = at, by
    hook.save(update_fields=["ended_at", "ended_by"])
    _record("webhook.ended", hook, by=by, at=at)
    return hook


@transaction.atomic
def webhook_test(*, webhook_id: UUID, by: User, at: datetime) -> Telling:
    """
    Make a test of a webhook due: it is sent as a finding would be, and says that it is a test.

    :raises NotFound: if the person manages no such webhook
    :raises Conflict: if it has ended, or a test waits already
    """
    hook = _in_use(webhook_id, by=by, at=at)
    if Telling.objects.filter(webhook=hook, finding=None, state__in=["DUE", "SENDING"]).exists():
        raise Conflict(Reason("test_waits", "A test is on its way already."))
    made = Telling.objects.create(
        study=hook.study, site=hook.site, webhook=hook, channel="WEBHOOK",
        key=f"test:{hook.pk}:{at.timestamp()}", due_at=at, try_at=at, recorded_at=at, recorded_by=by,
    )  # fmt: skip
    _record("webhook.tested", hook, by=by, at=at)
    return made


def _in_use(webhook_id: UUID, *, by: User, at: datetime) -> Webhook:
    selectors.webhook_get(viewer=by, webhook_id=webhook_id, now=at)
    hook = Webhook.objects.select_for_update(of=("self",)).select_related("study", "site").get(pk=webhook_id)
    access.check(user=by, permission=Permission.WEBHOOK_MANAGE, study_id=hook.study_id, now=at)
    if hook.ended_at is not None:
        raise Conflict(Reason("ended", "This webhook has ended."))
    return hook


def _secret(hook: Webhook) -> str:
    return secret_of(key=settings.SECRET_KEY, webhook_id=str(hook.pk), salt=hook.salt)


def _record(kind: str, hook: Webhook, *, by: User, at: datetime) -> None:
    event_record(
        kind=kind,
        by=by,
        at=at,
        subject=hook,
        study=hook.study.code,
        site=hook.site.code if hook.site else "",
        detail={"url": hook.url},
    )
