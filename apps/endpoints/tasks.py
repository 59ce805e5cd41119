"""The tick of the reports: take what waits, make it, one at a time. The pooled run on any worker, those by arm only
on the unblinded one, whose database login alone may read arms."""

from __future__ import annotations

import logging

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from apps.accounts.selectors import system_user
from apps.core.exceptions import Refused
from apps.endpoints import services

log = logging.getLogger(__name__)


def _run(*, by_arm: bool) -> int:
    by, made = system_user(), 0
    services.jobs_revive(by_arm=by_arm, by=by, at=timezone.now())
    while (job := services.job_claim(by_arm=by_arm, by=by, at=timezone.now())) is not None:
        try:
            services.report_make(job=job, by=by, at=timezone.now())
            made += 1
        except Refused as refusal:
            problem = "; ".join(reason.message for reason in refusal.reasons)
            services.job_fail(job_id=job.pk, problem=problem, by=by, at=timezone.now())
        except SoftTimeLimitExceeded:
            services.job_fail(job_id=job.pk, problem="It took too long.", by=by, at=timezone.now())
        except Exception as fault:
            # The fault's own words may quote data, so only its kind is kept.
            log.error("report %s failed: %s", job.pk, type(fault).__name__)
            problem = f"A fault of the program ({type(fault).__name__})."
            services.job_fail(job_id=job.pk, problem=problem, by=by, at=timezone.now())
            raise
    return made


@shared_task(name="apps.endpoints.tasks.pooled_reports_run")
def pooled_reports_run() -> int:
    """Make the pooled reports that wait; return how many."""
    return _run(by_arm=False)


@shared_task(name="apps.endpoints.tasks.unblinded_reports_run")
def unblinded_reports_run() -> int:
    """Make the reports by arm that wait, then the treatment letters that are released; return how many reports."""
    made = _run(by_arm=True)
    try:
        services.letters_make(by=system_user(), at=timezone.now())
    except Refused as refusal:
        log.error("letters were not made: %s", "; ".join(reason.code for reason in refusal.reasons))
    return made
