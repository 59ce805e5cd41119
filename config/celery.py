"""The clock: which task runs how often. The database is the queue; a lost tick is made good by the next.

No result backend and no arguments in any message: Redis holds nothing but the names of tasks, so nothing is
lost with it and no arm can be found in it. Services never send a task; they write a due row.
"""

import ctypes
import signal
import sys
from typing import Any

from celery import Celery
from celery.signals import worker_process_init

from config import env

app = Celery("vigil")
app.conf.update(
    broker_url=env.broker_url(default=env.LOCAL_REDIS),
    broker_connection_retry_on_startup=True,
    # A broker that is away must not hold anybody up for long.
    broker_transport_options={"socket_timeout": 5, "socket_connect_timeout": 1, "socket_keepalive": True},
    result_backend=None,
    task_ignore_result=True,
    task_publish_retry=False,
    task_default_queue="default",
    task_routes={
        "apps.endpoints.tasks.unblinded_reports_run": {"queue": "unblinded"},
        "apps.randomization.tasks.list_replays_run": {"queue": "unblinded"},
    },
    task_serializer="json",
    accept_content=["json"],
    task_time_limit=15 * 60,
    task_soft_time_limit=14 * 60,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    timezone="UTC",
    enable_utc=True,
)


def _every(seconds: float, task: str, *, queue: str = "default") -> dict[str, Any]:
    """A tick not taken before the next is due is dropped: ten of them would do no more than one."""
    return {"task": task, "schedule": seconds, "options": {"queue": queue, "expires": seconds}}


app.conf.beat_schedule = {
    "send reminders that are due": _every(15, "apps.reminders.tasks.reminders_send_due"),
    "look at what may run out": _every(3600, "apps.reminders.tasks.outlook_tell"),
    "tell findings by mail": _every(5, "apps.reminders.tasks.findings_tell"),
    "tell findings by webhook": _every(5, "apps.reminders.tasks.webhooks_call"),
    "run pooled reports": _every(3, "apps.endpoints.tasks.pooled_reports_run"),
    "run unblinded reports": _every(3, "apps.endpoints.tasks.unblinded_reports_run", queue="unblinded"),
    "replay lists": _every(5, "apps.randomization.tasks.list_replays_run", queue="unblinded"),
    "anchor the chains of acts": _every(900, "apps.audit.tasks.anchor_set"),
    "verify the chains of acts": _every(5, "apps.board.tasks.audit_verifications_run"),
    "raise findings that are overdue": _every(30, "apps.monitoring.tasks.overdue_findings_raise"),
    "find participants nobody watches": _every(15, "apps.monitoring.tasks.unwatched_findings_raise"),
}
app.autodiscover_tasks()


@worker_process_init.connect
def _die_with_the_worker(**_signal: Any) -> None:
    """A pool process whose worker was killed ends too (Linux), and gives its database login back."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
