"""A journey's Vigil: the evaluation settings, with queues of its own so that journeys never take each other's work."""

import os

from celery.signals import task_postrun, task_prerun

from config.celery import app
from config.settings.dev import *  # noqa: F403
from tests.journeys.travel import clock_follow, clock_leave

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

_queue = os.environ["VIGIL_JOURNEY_QUEUE"]
for _entry in app.conf.beat_schedule.values():
    _entry["options"]["queue"] = f"{_queue}-{_entry['options']['queue']}"
    _entry["schedule"] = min(_entry["schedule"], 2)

task_prerun.connect(clock_follow, weak=False)
task_postrun.connect(clock_leave, weak=False)
