"""The front door for people: pages. The door for programs is config/api_urls.py."""

from importlib.util import find_spec

from django.urls import include, path

from config import views

handler400 = "config.views.bad_request"
handler403 = "config.views.forbidden"
handler404 = "config.views.not_found"
handler500 = "config.views.server_error"

PAGES = (
    ("", "apps.board.urls"),
    ("", "apps.accounts.urls"),
    ("", "apps.studies.urls"),
    ("participants/", "apps.participants.urls"),
    ("screening/", "apps.screening.urls"),
    ("randomization/", "apps.randomization.urls"),
    ("unblinding/", "apps.unblinding.urls"),
    ("supply/", "apps.supply.urls"),
    ("schedule/", "apps.schedule.urls"),
    ("sessions/", "apps.monitoring.urls"),
    ("sessions/", "apps.dosing.urls"),
    ("ratings/", "apps.instruments.urls"),
    ("safety/", "apps.safety.urls"),
    ("deviations/", "apps.quality.urls"),
    ("papers/", "apps.papers.urls"),
    ("reminders/", "apps.reminders.urls"),
    ("reports/", "apps.endpoints.urls"),
    ("rehearsals/", "apps.rehearsal.urls"),
)

urlpatterns = [
    path("api/v1/", include("config.api_urls")),
    path("health/", views.health, name="health"),
    path("sessions/worker.js", views.chairside_worker, name="chairside_worker"),
    *[path(prefix, include(module)) for prefix, module in PAGES if find_spec(module)],
]
