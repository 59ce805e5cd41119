"""Reading what a report is made of, and the jobs that make them."""

from apps.endpoints.selectors.jobs import final_reports_of, job_get, jobs_of, jobs_waiting, package_of
from apps.endpoints.selectors.records import records_read

__all__ = ["final_reports_of", "job_get", "jobs_of", "jobs_waiting", "package_of", "records_read"]
