"""The clock: every tick names a task that exists, a lost tick is harmless, and Redis holds nothing worth keeping."""

from __future__ import annotations

import pytest

from config.celery import app


def test_every_tick_names_a_task_that_exists() -> None:
    app.loader.import_default_modules()

    missing = {entry["task"] for entry in app.conf.beat_schedule.values()} - set(app.tasks)

    assert not missing


def test_only_what_reads_arms_goes_to_the_unblinded_queue() -> None:
    queues = {entry["task"]: entry["options"]["queue"] for entry in app.conf.beat_schedule.values()}

    assert {task for task, queue in queues.items() if queue == "unblinded"} == {
        "apps.endpoints.tasks.unblinded_reports_run",
        "apps.randomization.tasks.list_replays_run",
    }


@pytest.mark.parametrize("name", sorted(app.conf.beat_schedule))
def test_a_tick_carries_no_arguments_and_expires_before_the_next(name: str) -> None:
    entry = app.conf.beat_schedule[name]

    assert not entry.get("args")
    assert not entry.get("kwargs")
    assert entry["options"]["expires"] <= entry["schedule"]


def test_no_result_is_kept() -> None:
    assert app.conf.result_backend is None
    assert app.conf.task_ignore_result is True
    assert app.conf.accept_content == ["json"]
