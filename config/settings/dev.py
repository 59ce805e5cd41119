"""Evaluation on one machine: what `make run` uses. Not for real participants."""

from config.settings.base import *  # noqa: F403
from config.settings.base import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "apps.demo"]
ALLOWED_HOSTS = ["*"]
WEBHOOK_LOCAL_ALLOWED = True
