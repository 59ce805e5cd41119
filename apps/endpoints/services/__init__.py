"""Reports: asked for, made by a worker, opened by those who may."""

from apps.endpoints.services.files import report_file_open, report_files
from apps.endpoints.services.jobs import (
    interim_request,
    job_claim,
    job_fail,
    job_progress,
    jobs_revive,
    report_cancel,
    report_request,
    report_retry,
)
from apps.endpoints.services.letters import letters_make, letters_release
from apps.endpoints.services.making import report_make

__all__ = [
    "interim_request",
    "job_claim",
    "job_fail",
    "job_progress",
    "jobs_revive",
    "letters_make",
    "letters_release",
    "report_cancel",
    "report_file_open",
    "report_files",
    "report_make",
    "report_request",
    "report_retry",
]
