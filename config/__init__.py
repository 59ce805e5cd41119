"""How the house is wired: settings, addresses, the clock. It alone knows every app; no app sees it."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
