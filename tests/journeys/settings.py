"""A journey's Vigil: the evaluation settings, with queues of its own so that journeys never take each other's work."""

import os

from config.celery import app
from config.settings.dev import *  # noqa: F403

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
