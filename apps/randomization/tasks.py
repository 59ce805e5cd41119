"""The tick of the replays. On the unblinded worker alone: no other login can read what a replay needs."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from apps.accounts.selectors import system_user
from apps.core.exceptions import Conflict, Refused
from apps.randomization.services import verification

log = logging.getLogger(__name__)


@shared_task(name="apps.randomization.tasks.list_replays_run")
def list_replays_run() -> int:
    """Make the replays that wait; return how many."""
    by, made = system_user(), 0
    while (run := verification.verification_claim(by=by, at=timezone.now())) is not None:
        try:
            verification.verification_make(run=run, by=by, at=timezone.now())
            made += 1
        except Conflict:
            # Another worker took it up because this one had stood still; the verdict is that worker's.
            log.warning("replay %s is another worker's by now", run.pk)
        except Refused as refusal:
            problem = "; ".join(reason.message for reason in refusal.reasons)
            verification.verification_fail(run=run, problem=problem, by=by, at=timezone.now())
        except Exception as fault:
            # The fault's own words may quote a place of the list, so only its kind is kept.
            log.error("replay %s failed: %s", run.pk, type(fault).__name__)
            problem = f"A fault of the program ({type(fault).__name__})."
            verification.verification_fail(run=run, problem=problem, by=by, at=timezone.now())
            raise
    return made
