"""What the tests run on: the same PostgreSQL, the same rights, quick password hashes."""

import os

from config.settings.base import *  # noqa: F403
from config.settings.base import DATABASES, INSTALLED_APPS, STORAGES

INSTALLED_APPS = [*INSTALLED_APPS, "apps.demo"]
ALLOWED_HOSTS = ["*"]
WEBHOOK_LOCAL_ALLOWED = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
# A pool would keep connections open that the test runner must close; tests use one plain connection.
DATABASES["default"]["OPTIONS"] = {
    key: value for key, value in DATABASES["default"].get("OPTIONS", {}).items() if key != "pool"
}
DATABASES["default"]["TEST"] = {"NAME": os.environ.get("VIGIL_TEST_DB", "test_vigil")}
CELERY_TASK_ALWAYS_EAGER = False
WHITENOISE_AUTOREFRESH = True  # nothing is collected in tests
