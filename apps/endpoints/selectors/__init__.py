"""Reading what a report is made of, and the jobs that make them."""

from apps.endpoints.selectors.jobs import job_get, jobs_of, jobs_waiting
from apps.endpoints.selectors.records import records_read

__all__ = ["job_get", "jobs_of", "jobs_waiting", "records_read"]
