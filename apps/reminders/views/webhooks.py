"""Webhooks of a study: its administrator adds, tests and ends them."""

from __future__ import annotations

import secrets
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core.exceptions import NotAllowed, NotFound, Refused
from apps.reminders import presenters, selectors, services
from apps.reminders.forms import WebhookForm
from apps.reminders.models import Webhook
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.models import Site


@require_http_methods(["GET", "POST"])
@login_required
@sensitive_variables("secret")
def webhook_list(request: HttpRequest) -> HttpResponse:
    """The study's webhooks, and a form to add one. The secret of a new one is shown by this answer alone."""
    now = timezone.now()
    if request.study is None:
        raise NotFound("You belong to no study.")
    access.check(user=request.user, permission=Permission.WEBHOOK_MANAGE, study_id=request.study.pk, now=now)
    sites = list(Site.objects.filter(study=request.study).order_by("code"))
    form = WebhookForm(request.POST or None, sites=sites)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made, secret = services.webhook_add(
                    study=request.study,
                    site_code=form.cleaned_data["site"],
                    url=form.cleaned_data["url"],
                    salt=secrets.token_hex(16),
                    by=request.user,
                    at=now,
                )
                return _with_secret(request, made, secret)
            except (NotFound, NotAllowed):
                raise
            except Refused as refusal:
                status = refusal.status
                for reason in refusal.reasons:
                    form.add_error(reason.field if reason.field in form.fields else None, reason.message)
    hooks = selectors.webhooks_of(viewer=request.user, now=now, study=request.study)
    rows = [{"hook": hook, "state": presenters.webhook_state(hook)} for hook in hooks]
    return render(request, "reminders/webhooks.html", {"rows": rows, "form": form}, status=status)


@require_GET
@login_required
def webhook_detail(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    """One webhook, and how its deliveries went."""
    hook = selectors.webhook_get(viewer=request.user, webhook_id=webhook_id, now=timezone.now())
    return render(request, "reminders/webhook.html", _page(request, hook))


def _page(request: HttpRequest, hook: Webhook) -> dict[str, object]:
    page = Paginator(selectors.deliveries_of(webhook=hook), 50).get_page(request.GET.get("page"))
    return {"hook": hook, "state": presenters.webhook_state(hook), "page_obj": page}


@sensitive_variables("secret")
def _with_secret(request: HttpRequest, hook: Webhook, secret: str) -> HttpResponse:
    answer = render(request, "reminders/webhook.html", {**_page(request, hook), "secret": secret}, status=201)
    answer["Cache-Control"] = "no-store, private, max-age=0"
    return answer


@require_POST
@login_required
@sensitive_variables("secret")
def webhook_secret(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    """Another secret, shown by this answer alone."""
    hook, secret = services.webhook_secret_renew(
        webhook_id=webhook_id, salt=secrets.token_hex(16), by=request.user, at=timezone.now()
    )
    return _with_secret(request, hook, secret)


@require_POST
@login_required
def webhook_test(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    """Send a test."""
    services.webhook_test(webhook_id=webhook_id, by=request.user, at=timezone.now())
    messages.success(request, "A test is on its way; look again in some seconds.")
    return redirect("reminders:webhook", webhook_id=webhook_id)


@require_POST
@login_required
def webhook_end(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    """Tell it nothing more."""
    hook = services.webhook_end(webhook_id=webhook_id, by=request.user, at=timezone.now())
    messages.success(request, f"{hook.url} is told nothing more.")
    return redirect("reminders:webhooks")
