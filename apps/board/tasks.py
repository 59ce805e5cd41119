"""The tick of the verifications that somebody asked for."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from apps.accounts.selectors import system_user
from apps.audit import services
from apps.core.exceptions import Conflict

log = logging.getLogger(__name__)


@shared_task
def audit_verifications_run() -> int:
    """Make the verifications that wait; return how many."""
    by, made = system_user(), 0
    while (run := services.verification_claim(by=by, at=timezone.now())) is not None:
        try:
            services.verification_make(run=run, by=by, at=timezone.now())
            made += 1
        except Conflict:
            # Another worker took it up because this one had stood still; the verdict is that worker's.
            log.warning("verification %s is another worker's by now", run.pk)
        except ValueError as fault:
            problem = f"The copy of the anchors cannot be read: {fault}"
            services.verification_fail(run=run, problem=problem, by=by, at=timezone.now())
        except Exception as fault:
            problem = f"A fault of the program ({type(fault).__name__})."
            services.verification_fail(run=run, problem=problem, by=by, at=timezone.now())
            raise
    return made
